package asyncapi

import (
	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Options are what the caller of [Read] knows better than the document.
type Options struct {
	// Project is the name of the spec's project; "" takes it from the document.
	Project string
	// Schema is what the spec names as its JSON Schema for editors; "" is none.
	Schema string
	// Check says what a stack's cloud cannot do; nil knows no cloud.
	Check func(*spec.Topology) diag.Diagnostics
}

// Read makes a spec of an AsyncAPI 3 document in YAML or JSON. The diagnostics point into
// the document: errors for what keeps it from being read, and a warning for each part
// that a spec has no word for. The spec is nil if there are errors; else it is valid for
// each of its stacks. The same document gives the same bytes.
func Read(file string, source []byte, o Options) ([]byte, diag.Diagnostics) {
	d, ok := parse(file, source)
	if !ok {
		return nil, d.ds
	}
	r := &reader{
		document:  d,
		spec:      mapping(nowhere()),
		optional:  map[*yaml.Node]string{},
		groups:    map[*yaml.Node]bool{},
		copier:    copier{left: maxCopied},
		byNode:    map[*yaml.Node]*channel{},
		sqs:       map[string]*channel{},
		verbs:     map[string]*yaml.Node{},
		claimed:   map[grant]*channel{},
		granted:   map[grant]bool{},
		receivers: map[[2]string]string{},
		topics:    newNames(), queues: newNames(), subscriptions: newNames(),
	}
	r.extension()
	r.info(o)
	r.collect()
	r.demands()
	for _, c := range r.channels {
		r.channel(c)
	}
	for _, c := range r.channels {
		r.wire(c)
	}
	r.operations()
	r.servers()
	r.components()
	r.rest(d.root, "of an AsyncAPI document", "asyncapi", "info", "servers", "channels", "operations", "components", "defaultContentType", extension)
	if len(r.channels)+len(r.own.Content) == 0 && !d.ds.HasErrors() {
		r.report(failure(CodeNoChannels, d.at(d.root), "There are no channels",
			"Topics and queues are made of `channels`, of which this document has none."))
	}
	if r.left < 0 {
		r.report(failure(CodeMalformed, d.at(d.root), "The document refers to too much",
			"What its references stand for comes to more than can be handled."))
		return nil, d.ds
	}
	if len(r.channels) == 0 && d.ds.HasErrors() {
		return nil, d.ds
	}
	out := r.settle(o) // also with errors, so that all of them are shown at once
	if d.ds.HasErrors() {
		return nil, d.ds
	}
	return out, d.ds
}

// A reader turns a document into a spec.
type reader struct {
	*document
	copier
	// spec is the spec as it grows.
	spec *yaml.Node
	// optional are the values in it that stand for parts of the document that a spec
	// may not be able to express, with what to call each part.
	optional map[*yaml.Node]string
	// groups are the mappings around optional values that go when nothing is left in them.
	groups map[*yaml.Node]bool
	// own are the keys of the document's own x-msgdeploy.
	own *yaml.Node
	// service is who the document is about, unless an operation says otherwise.
	service  string
	channels []*channel
	// byNode finds a channel by its value in `channels`.
	byNode map[*yaml.Node]*channel
	// claimed are the names that x-msgdeploy gives channels.
	claimed map[grant]*channel
	// sqs finds a queue by the name that its binding gives it.
	sqs map[string]*channel

	services map[string]*yaml.Node // settings, by name
	verbs    map[string]*yaml.Node // permissions, by service
	granted  map[grant]bool
	// receivers are the services that were made of endpoints.
	receivers    map[[2]string]string
	serviceNames *names

	topics, queues, subscriptions *names
}

// extension takes over what the document's own x-msgdeploy says of the spec.
func (r *reader) extension() {
	r.own = r.section(r.root, extension, "keys of a spec, such as `project`, `services` and `stacks`")
	for i := 0; i+1 < len(r.own.Content); i += 2 {
		key, v := r.own.Content[i], r.own.Content[i+1]
		switch key.Value {
		case "topics", "queues", "permissions", "version":
			r.malformed(key, "`%s` does not belong here: topics and queues are `channels`, permissions are `operations`, each with an `%s` of its own.", key.Value, extension)
		default:
			if twin := r.copy(v); twin != nil {
				r.spec.Content = append(r.spec.Content, text(key.Value, key), twin)
			}
		}
	}
	for _, name := range keys(value(r.spec, "subscriptions")) {
		r.subscriptions.take(name.Value)
	}
}

// info names the project and the service.
func (r *reader) info(o Options) {
	info := r.section(r.root, "info", "what the document is about")
	title := words(info, "title")
	r.service = slug(title, "service", longestName)
	switch project := value(r.spec, "project"); {
	case o.Project != "":
		remove(r.spec, project)
		put(r.spec, "project", text(o.Project, nowhere()))
	case project == nil:
		from := value(info, "title")
		if from == nil {
			from = nowhere()
		}
		put(r.spec, "project", text(slug(title, "project", longestProject), from))
	}
	r.rest(info, "of an AsyncAPI document's info", "title", "version", "description", extension)
}

// servers reports what the document says of servers: where a spec is deployed is for its
// stacks to say.
func (r *reader) servers() {
	servers := r.section(r.root, "servers", "a server each")
	if len(servers.Content) == 0 || value(r.own, "stacks") != nil {
		return
	}
	for i := 0; i+1 < len(servers.Content); i += 2 {
		r.dropped(servers.Content[i], "The server `%s` is not carried over: where a spec is deployed is for its `stacks` to say. The spec gets one, `local`, on this machine.", clip(servers.Content[i].Value))
	}
}

// components reports components, of which messages that [Write] writes say nothing new.
func (r *reader) components() {
	key, all := entry(r.root, "components")
	if all == nil || empty(all) {
		return
	}
	for i, k := range keys(all) {
		for _, message := range keys(all.Content[2*i+1]) {
			if k.Value != "messages" || message.Value != cloudEventMessage && message.Value != bytesMessage {
				r.dropped(key, "Components are read where channels and operations refer to them; what else is in `components` stays in this document.")
				return
			}
		}
	}
}

// rest reports the keys of an object that nothing was made of.
func (r *reader) rest(object *yaml.Node, what string, known ...string) {
	seen := make(map[string]bool, len(known))
	for _, k := range known {
		seen[k] = true
	}
	for i := 0; i+1 < len(object.Content); i += 2 {
		key, v := object.Content[i], object.Content[i+1]
		if seen[key.Value] || empty(v) {
			continue
		}
		if why := losses[key.Value]; why != "" {
			r.dropped(key, "%s", why)
		} else {
			r.dropped(key, "A spec has no word for `%s` %s.", clip(key.Value), what)
		}
	}
}

// empty reports whether a value says nothing.
func empty(v *yaml.Node) bool {
	return v.Kind != yaml.ScalarNode && len(v.Content) == 0 || v.Kind == yaml.ScalarNode && v.ShortTag() == nullTag
}

// losses are the reasons of what is lost most often, by key.
var losses = map[string]string{
	"messages":     "What is in messages is not for a spec to say: `messages` stay in this document.",
	"parameters":   "A topic or queue has one name. What `parameters` tell apart becomes an attribute of the messages, which subscriptions can filter by.",
	"reply":        "There are no replies: give them a channel of their own, on which the service that answers sends.",
	"security":     "Who a service is, is for its `identity` to say: `security` is not carried over.",
	"traits":       "Traits are not laid over what they belong to: write what they say where it holds.",
	"tags":         "Tags are not carried over.",
	"externalDocs": "Links to documentation are not carried over.",
}

// keys returns the keys of a mapping.
func keys(m *yaml.Node) []*yaml.Node {
	if m == nil || m.Kind != yaml.MappingNode {
		return nil
	}
	out := make([]*yaml.Node, 0, len(m.Content)/2)
	for i := 0; i+1 < len(m.Content); i += 2 {
		out = append(out, m.Content[i])
	}
	return out
}
