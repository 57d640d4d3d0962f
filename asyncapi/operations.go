package asyncapi

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// demands looks at operations for what decides between topics and queues.
func (r *reader) demands() {
	all := r.section(r.root, "operations", "an operation each")
	for i := 0; i+1 < len(all.Content); i += 2 {
		op := all.Content[i+1]
		for hops := 0; hops < maxHops && value(op, "$ref") != nil; hops++ {
			if op = r.quietly(value(op, "$ref")); op == nil {
				break
			}
		}
		if op == nil || words(op, "action") != "receive" {
			continue
		}
		// NATS calls it a queue group: each message goes to one of those who receive.
		if words(value(value(op, "bindings"), "nats"), "queue") == "" {
			continue
		}
		if c := r.channelOf(op, false); c != nil {
			c.shared = true
		}
	}
}

// quietly is target without a diagnostic: who needs what it leads to reports it.
func (r *reader) quietly(ref *yaml.Node) *yaml.Node {
	said := len(r.ds)
	n := r.target(ref)
	r.ds = r.ds[:said]
	return n
}

// channelOf returns the channel of an operation.
func (r *reader) channelOf(op *yaml.Node, report bool) *channel {
	key, n := entry(op, "channel")
	for hops := 0; n != nil && hops < maxHops; hops++ {
		if c := r.byNode[n]; c != nil {
			return c
		}
		ref := value(n, "$ref")
		if ref == nil {
			break
		}
		if report {
			if n = r.target(ref); n == nil {
				return nil // reported
			}
		} else {
			n = r.quietly(ref)
		}
	}
	if report {
		if key == nil {
			key = op
		}
		r.malformed(key, "An operation's `channel` must be a reference to one of the document's channels, as `$ref: '#/channels/orders'`.")
	}
	return nil
}

// operations makes permissions of the operations, and of those that receive from topics
// subscriptions too.
func (r *reader) operations() {
	all := r.section(r.root, "operations", "an operation each")
	for i := 0; i+1 < len(all.Content); i += 2 {
		key := all.Content[i]
		if op := r.object(key, all.Content[i+1], "an operation"); op != nil {
			r.operation(key, op)
		}
	}
}

func (r *reader) operation(key, op *yaml.Node) {
	c := r.channelOf(op, true)
	action := value(op, "action")
	if action == nil || action.Value != "send" && action.Value != "receive" {
		r.malformed(key, "`%s` needs an `action`: `send` or `receive`.", clip(key.Value))
		return
	}
	ext := r.section(op, extension, "`service`, or `subscription`")
	service, letters := r.explicitOperation(ext, key)
	if c == nil {
		return
	}
	if value(ext, "subscription") == nil {
		r.serve(service)
		name := text(c.reference(), key)
		switch {
		case action.Value == "receive" && letters != nil:
			name = text(letters.Value+".deadLetter", letters)
			r.permit(service, "dequeue", name)
		case action.Value == "receive" && c.kind == topic:
			name = r.receive(c, service, key)
		case action.Value == "receive":
			r.permit(service, "dequeue", name)
		case c.kind == topic:
			r.permit(service, "publish", name)
		default:
			r.permit(service, "enqueue", name)
		}
		if len(ext.Content) == 0 { // else it was made of a spec, and says nothing new
			name.LineComment = about(op)
		}
	}
	r.rest(op, "of an operation", "action", "channel", "title", "summary", "description", "bindings", extension)
	r.operationBindings(c, r.section(op, "bindings", "a protocol each"))
}

// about is what an operation says of itself, as a comment.
func about(op *yaml.Node) string {
	var said []string
	for _, from := range []string{"title", "summary", "description"} {
		if s := oneLine(words(op, from)); s != "" {
			said = append(said, strings.TrimSuffix(s, "."))
		}
	}
	return strings.Join(said, ". ")
}

// explicitOperation returns the service that an operation belongs to, and the queue whose
// dead letters it receives, if x-msgdeploy says so.
func (r *reader) explicitOperation(ext, key *yaml.Node) (service, letters *yaml.Node) {
	service = text(r.service, key)
	for i := 0; i+1 < len(ext.Content); i += 2 {
		k, v := ext.Content[i], ext.Content[i+1]
		if known := k.Value == "service" || k.Value == "subscription" || k.Value == deadLetters; !known {
			r.malformed(k, "There is no `%s` in the %s of an operation: it has `service`, `subscription` and `deadLetters`.", clip(k.Value), extension)
			continue
		}
		if v.Kind != yaml.ScalarNode || v.ShortTag() != strTag {
			r.malformed(k, "`%s` takes a name.", k.Value)
			continue
		}
		switch k.Value {
		case "service":
			service = text(v.Value, v)
		case deadLetters:
			letters = v
		}
	}
	return service, letters
}

// serve makes sure that the spec has a service.
func (r *reader) serve(service *yaml.Node) {
	if r.services == nil {
		r.services = map[string]*yaml.Node{}
		known := value(r.spec, "services")
		for i, key := range keys(known) {
			r.services[key.Value] = known.Content[2*i+1]
		}
	}
	if r.services[service.Value] != nil {
		return
	}
	settings := mapping(service)
	r.services[service.Value] = settings
	if services := child(r.spec, "services"); services.Kind == yaml.MappingNode {
		services.Content = append(services.Content, text(service.Value, service), settings)
	}
}

// A grant is a permission of the spec, or a service that receives from a topic.
type grant struct{ service, verb, name string }

// first reports whether a grant is new, and remembers it.
func (r *reader) first(g grant) bool {
	known := r.granted[g]
	r.granted[g] = true
	return !known
}

// permit lets a service use a verb on what name says, once.
func (r *reader) permit(service *yaml.Node, verb string, name *yaml.Node) {
	if !r.first(grant{service.Value, verb, name.Value}) {
		return
	}
	verbs := r.verbs[service.Value]
	if verbs == nil {
		verbs = mapping(service)
		r.verbs[service.Value] = verbs
		permissions := child(r.spec, "permissions")
		permissions.Content = append(permissions.Content, text(service.Value, service), verbs)
	}
	list := value(verbs, verb)
	if list == nil {
		list = sequence(name)
		put(verbs, verb, list)
	}
	list.Content = append(list.Content, name)
}

// receive lets a service receive from a topic: by push if it has an endpoint or a
// function, and else through a queue of its own.
//
// It returns where a comment belongs.
func (r *reader) receive(c *channel, service, key *yaml.Node) *yaml.Node {
	from := text(c.name, key)
	if !r.first(grant{service.Value, "receive", c.name}) {
		return from
	}
	base := cut(c.name+"-"+service.Value, longestName)
	to := mapping(key)
	if s := r.services[service.Value]; value(s, "endpoint") != nil || value(s, "function") != nil {
		put(to, "service", text(service.Value, service))
	} else {
		name := r.queues.take(base)
		q := text(name, key)
		q.HeadComment = "what " + service.Value + " receives from " + c.name
		queues := child(r.spec, "queues")
		queues.Content = append(queues.Content, q, mapping(key))
		put(to, "queue", text(name, key))
		r.permit(service, "dequeue", text(name, key))
	}
	r.subscribe(base, from, to)
	return from
}

// subscribe adds a subscription and returns it.
func (r *reader) subscribe(name string, from, to *yaml.Node) *yaml.Node {
	s := mapping(from)
	put(s, topic, from)
	put(s, "to", to)
	if subscriptions := child(r.spec, "subscriptions"); subscriptions.Kind == yaml.MappingNode {
		subscriptions.Content = append(subscriptions.Content, text(r.subscriptions.take(name), from), s)
	}
	return s
}
