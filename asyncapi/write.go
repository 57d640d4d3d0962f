package asyncapi

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// A Stack is what a document is written of.
type Stack struct {
	Topology *spec.Topology
	// Resolved is the spec of the stack alone, which the document quotes.
	Resolved *spec.Resolved
	// Outputs are what applications need to connect, in the shape of `msgdeploy outputs`;
	// nil where nothing is known. Values that read ${…} are not known yet. Services'
	// outputs are never written.
	Outputs map[string]any
}

// Format is how a document is written.
type Format string

// The formats of a document.
const (
	YAML Format = "yaml"
	JSON Format = "json"
)

// Write writes the AsyncAPI document of a stack: a channel for each topic, queue and
// queue of dead letters, an operation for each permission and each subscription to a
// service. The same stack gives the same bytes. There are no secrets in it, nor where
// state is kept.
func Write(w io.Writer, s Stack, f Format) error {
	var resolved yaml.Node
	if err := yaml.Unmarshal(s.Resolved.JSON(), &resolved); err != nil {
		return fmt.Errorf("read the resolved spec: %w", err)
	}
	wr := newWriter(s, resolved.Content[0])
	wr.document()
	if f == JSON {
		return writeJSON(w, wr.root)
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := encode(enc, wr.root); err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	return nil
}

type writer struct {
	Stack
	// doc is the spec of the stack, and own finds the elements in it: topics.orders.
	doc  *yaml.Node
	own  map[string]*yaml.Node
	root *yaml.Node
	// enqueued are the queues that services enqueue into.
	enqueued map[*spec.Queue]bool
	// messages are the keys of the messages that channels refer to, in the order of need.
	messages []string
	// servers are where topics and where queues are.
	topicServers, queueServers []string
}

func newWriter(s Stack, doc *yaml.Node) *writer {
	w := &writer{Stack: s, doc: doc, own: map[string]*yaml.Node{}, root: mapping(nowhere()), enqueued: map[*spec.Queue]bool{}}
	for _, section := range []string{"topics", "queues"} {
		elements := value(doc, section)
		for i, key := range keys(elements) {
			w.own[section+"."+key.Value] = elements.Content[2*i+1]
		}
	}
	for _, p := range s.Topology.Permissions {
		if p.Verb == spec.Enqueue {
			w.enqueued[p.Queue] = true
		}
	}
	return w
}

// str and object build nodes that come from nowhere.
func str(s string) *yaml.Node { return text(s, nowhere()) }

func object(pairs ...any) *yaml.Node {
	m := mapping(nowhere())
	for i := 0; i+1 < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case *yaml.Node:
			if v != nil {
				put(m, pairs[i].(string), v)
			}
		case string:
			if v != "" {
				put(m, pairs[i].(string), str(v))
			}
		}
	}
	return m
}

func reference(section, key string) *yaml.Node {
	return object("$ref", "#/"+section+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(key))
}

func (w *writer) document() {
	t := w.Topology
	servers := w.servers()
	channels, operations := w.channels(), w.operations()
	put(w.root, "asyncapi", str(Version))
	put(w.root, "info", object(
		"title", t.Project+" ("+t.Stack+")",
		"version", "1",
		"description", fmt.Sprintf("The topics and queues of %s in its stack %s, and which service may use them how.", t.Project, t.Stack),
	))
	put(w.root, "servers", servers)
	put(w.root, "channels", channels)
	put(w.root, "operations", operations)
	if messages := w.components(); messages != nil {
		put(w.root, "components", object("messages", messages))
	}
	put(w.root, extension, w.extension())
}

// extension is what AsyncAPI has no word for, and belongs to no channel or operation.
func (w *writer) extension() *yaml.Node {
	ext := mapping(nowhere())
	for i := 0; i+1 < len(w.doc.Content); i += 2 {
		key, v := w.doc.Content[i], w.doc.Content[i+1]
		switch key.Value {
		case "version", "topics", "queues", "permissions", "state":
			// Channels and operations say it; where state is kept is nobody else's business.
		case "stacks":
			put(ext, key.Value, w.stacks(v))
		default:
			if !empty(v) {
				put(ext, key.Value, fresh(v))
			}
		}
	}
	return ext
}

// stacks is the one stack, without where its state is kept.
func (w *writer) stacks(stacks *yaml.Node) *yaml.Node {
	def := fresh(value(stacks, w.Topology.Stack))
	if state := value(def, "state"); state != nil {
		remove(def, state)
	}
	return object(w.Topology.Stack, def)
}

// fresh copies a node of a spec. What specs hold is bounded already.
func fresh(n *yaml.Node) *yaml.Node { return (&copier{left: int(^uint(0) >> 1)}).copy(n) }

// channels returns a channel for each topic, queue and queue of dead letters, and for
// what other projects have.
func (w *writer) channels() *yaml.Node {
	channels := mapping(nowhere())
	for _, t := range w.Topology.ForeignTopics {
		put(channels, string(permissions.TopicAddress(t.Name)), w.foreign(topic, t.Name, t.Project, w.topicServers))
	}
	for _, q := range w.Topology.ForeignQueues {
		put(channels, string(permissions.QueueAddress(q.Name)), w.foreign(queue, q.Name, q.Project, w.queueServers))
	}
	for _, t := range w.Topology.Topics {
		put(channels, string(permissions.TopicAddress(t.Name)), w.topic(t))
	}
	fed := map[string][]spec.Format{}
	for _, s := range w.Topology.Subscriptions {
		if s.ToQueue != nil {
			fed[s.ToQueue.Name] = append(fed[s.ToQueue.Name], s.Topic.Format)
		}
	}
	for _, q := range w.Topology.Queues {
		address := permissions.QueueAddress(q.Name)
		put(channels, string(address), w.queue(q, fed[q.Name]))
		if q.DeadLetter != nil && q.DeadLetter.Queue == "" {
			put(channels, string(address.DeadLetters()), w.deadLetters(q, fed[q.Name]))
		}
	}
	return channels
}

// foreign is the channel of what another project has: all that is known of it is its name.
func (w *writer) foreign(kind, name, project string, servers []string) *yaml.Node {
	return object(
		"address", scalar(nullTag, "null", nowhere()),
		"title", "The "+kind+" "+name+" of the project "+project,
		"servers", refs("servers", servers),
		extension, object(kind, name),
	)
}

func (w *writer) topic(t *spec.Topic) *yaml.Node {
	settings := w.settings("topics", t.Name)
	out := w.outputs("topics", t.Name)
	return object(
		"address", address(out, "subject", "arn", "topic", "endpoint", "id"),
		"title", "Topic "+t.Name,
		"description", t.Description,
		"servers", refs("servers", w.topicServers),
		"messages", w.carries(formatMessage(t.Format)),
		"bindings", w.topicBindings(t, out),
		extension, object(topic, t.Name, "settings", settings),
		outputsExtension, known(out),
	)
}

func (w *writer) queue(q *spec.Queue, fed []spec.Format) *yaml.Node {
	settings := w.settings("queues", q.Name)
	out := w.outputs("queues", q.Name)
	return object(
		"address", address(out, "subject", "url", "queue", "topic", "arn"),
		"title", "Queue "+q.Name,
		"description", q.Description,
		"servers", refs("servers", w.queueServers),
		"messages", w.carries(w.contents(q, fed)...),
		"bindings", w.queueBindings(q, out),
		extension, object(queue, q.Name, "settings", settings),
		outputsExtension, known(out),
	)
}

func (w *writer) deadLetters(q *spec.Queue, fed []spec.Format) *yaml.Node {
	out := w.outputs("queues", q.Name)
	return object(
		"address", address(out, "deadLetterUrl", "deadLetterStream", "deadLetterQueue"),
		"title", "Dead letters of "+q.Name,
		"servers", refs("servers", w.queueServers),
		"messages", w.carries(w.contents(q, fed)...),
		extension, object(deadLetters, q.Name),
	)
}

// settings returns what the spec says of an element, but its description, for which
// AsyncAPI has a word.
func (w *writer) settings(section, name string) *yaml.Node {
	settings := mapping(nowhere())
	if own := w.own[section+"."+name]; own != nil && own.Kind == yaml.MappingNode {
		settings = fresh(own)
	}
	if d := value(settings, "description"); d != nil {
		remove(settings, d)
	}
	return settings
}

// outputs returns what is known of an element in the cloud.
func (w *writer) outputs(section, name string) map[string]string {
	known := map[string]string{}
	elements, _ := w.Outputs[section].(map[string]any)
	element, _ := elements[name].(map[string]any)
	for key, v := range element {
		if s, ok := v.(string); ok && !strings.Contains(s, "${") {
			known[key] = s
		}
	}
	return known
}

// address is the first of some outputs that is known; null says that none is.
func address(out map[string]string, keys ...string) *yaml.Node {
	for _, key := range keys {
		// Braces would be parameters.
		if v := out[key]; v != "" && !strings.ContainsAny(v, "{}") {
			return str(v)
		}
	}
	return scalar(nullTag, "null", nowhere())
}

// known is all that is known of an element in the cloud; nil if that is nothing.
func known(out map[string]string) *yaml.Node {
	if len(out) == 0 {
		return nil
	}
	m := mapping(nowhere())
	for _, key := range slices.Sorted(maps.Keys(out)) {
		put(m, key, str(out[key]))
	}
	return m
}

// refs is a list of references; nil if it is empty.
func refs(section string, keys []string) *yaml.Node {
	if len(keys) == 0 {
		return nil
	}
	list := sequence(nowhere())
	for _, key := range keys {
		list.Content = append(list.Content, reference(section, key))
	}
	return list
}

// operations returns an operation for each permission and each subscription to a service.
func (w *writer) operations() *yaml.Node {
	operations := mapping(nowhere())
	for _, p := range w.Topology.Permissions {
		action, what, on := "send", "publishes on", string(permissions.TopicAddress(nameOf(p.Topic)))
		if p.Queue != nil {
			what, on = "enqueues into", string(permissions.QueueAddress(p.Queue.Name))
		}
		if p.Verb == spec.Dequeue {
			action, what = "receive", "dequeues from"
		}
		ext := object("service", p.Service.Name)
		of := on
		if p.DeadLetter {
			of = string(permissions.Address(on).DeadLetters())
			on = w.lettersOf(p.Queue)
		}
		if on != of {
			// The dead letters are the messages of another queue, and so is the channel.
			put(ext, deadLetters, str(p.Queue.Name))
		}
		put(operations, fmt.Sprintf("%s.%s.%s", p.Service.Name, p.Verb, of), object(
			"action", action,
			"channel", reference("channels", on),
			"summary", fmt.Sprintf("%s %s %s", p.Service.Name, what, of),
			extension, ext,
		))
	}
	for _, s := range w.Topology.Subscriptions {
		if s.ToService != nil {
			put(operations, fmt.Sprintf("%s.receive.%s", s.ToService.Name, permissions.SubscriptionAddress(s.Name)), object(
				"action", "receive",
				"channel", reference("channels", string(permissions.TopicAddress(s.Topic.Name))),
				"summary", fmt.Sprintf("%s receives what is published on %s", s.ToService.Name, permissions.TopicAddress(s.Topic.Name)),
				"description", s.Description,
				extension, object("subscription", s.Name),
			))
		}
	}
	return operations
}

// lettersOf is the channel of a queue's dead letters.
func (w *writer) lettersOf(q *spec.Queue) string {
	if q.DeadLetter.Queue != "" {
		return string(permissions.QueueAddress(q.DeadLetter.Queue))
	}
	return string(permissions.QueueAddress(q.Name).DeadLetters())
}

func nameOf(t *spec.Topic) string {
	if t == nil {
		return ""
	}
	return t.Name
}
