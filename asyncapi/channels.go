package asyncapi

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
)

// What a channel becomes.
const (
	topic = "topic"
	queue = "queue"
	// deadLetters are those of a queue: the queue makes them.
	deadLetters = "deadLetters"
)

// A channel of the document, and what becomes of it.
type channel struct {
	key, node *yaml.Node
	// ext is the channel's own x-msgdeploy, and settings what it says of the element.
	ext, settings *yaml.Node
	kind, name    string
	// element is the topic or queue in the spec.
	element *yaml.Node
	// shared is set when several instances of an application share its messages.
	shared bool
}

// reference is how permissions name the channel.
func (c *channel) reference() string {
	if c.kind == deadLetters {
		return c.name + ".deadLetter"
	}
	return c.name
}

// collect finds the channels, and what x-msgdeploy says of each.
func (r *reader) collect() {
	all := r.section(r.root, "channels", "a channel each")
	for i := 0; i+1 < len(all.Content); i += 2 {
		key, raw := all.Content[i], all.Content[i+1]
		node := r.object(key, raw, "a channel")
		if node == nil {
			continue
		}
		c := &channel{key: key, node: node}
		c.ext = r.section(node, extension, "`topic` or `queue`, and `settings`")
		c.settings = value(c.ext, "settings")
		if c.settings != nil && c.settings.Kind != yaml.MappingNode {
			r.malformed(c.settings, "`settings` must be a mapping: the keys of a topic or queue of a spec.")
			c.settings = nil
		}
		r.explicit(c)
		r.channels = append(r.channels, c)
		r.byNode[raw] = c
	}
}

// explicit takes the kind and the name that x-msgdeploy gives a channel.
func (r *reader) explicit(c *channel) {
	for i := 0; i+1 < len(c.ext.Content); i += 2 {
		key, v := c.ext.Content[i], c.ext.Content[i+1]
		switch key.Value {
		case "settings":
		case topic, queue, deadLetters:
			if c.kind != "" {
				r.malformed(key, "A channel is one of `topic`, `queue` and `deadLetters`, not two of them.")
				continue
			}
			if v.Kind != yaml.ScalarNode || v.ShortTag() != strTag {
				r.malformed(key, "`%s` takes a name.", key.Value)
				continue
			}
			c.kind, c.name = key.Value, v.Value
		default:
			r.malformed(key, "There is no `%s` in the %s of a channel: it has `topic`, `queue` or `deadLetters`, each with a name, and `settings`.", clip(key.Value), extension)
		}
	}
	if (c.kind == topic || c.kind == queue) && !c.foreign() {
		r.claim(c)
	}
}

// foreign reports whether another project has the channel, as `uses` says.
func (c *channel) foreign() bool { return strings.Contains(c.name, "/") }

// claim takes a name that x-msgdeploy gives, which no other channel may have.
func (r *reader) claim(c *channel) {
	element := grant{verb: c.kind, name: c.name}
	first := r.claimed[element]
	if first == nil {
		r.claimed[element] = c
		r.namesOf(c.kind).taken[c.name] = true
		return
	}
	d := failure(spec.CodeDuplicateKey, r.at(value(c.ext, c.kind)), "Two channels have one name",
		fmt.Sprintf("The %s `%s` is already the channel `%s`. Give this one another name.", c.kind, clip(c.name), clip(first.key.Value)))
	d.Related = []diag.Related{{Range: r.at(value(first.ext, c.kind)), Message: "the first one is here"}}
	r.report(d)
	c.name = r.namesOf(c.kind).take(c.name)
}

func (r *reader) namesOf(kind string) *names {
	if kind == topic {
		return r.topics
	}
	return r.queues
}

// decide says what becomes of a channel that x-msgdeploy does not speak of.
func (r *reader) decide(c *channel, bindings *yaml.Node) {
	switch {
	case c.kind != "":
		return
	case value(bindings, "sqs") != nil:
		c.kind = queue
	case value(bindings, "sns") != nil || value(bindings, "googlepubsub") != nil:
		c.kind = topic
	case c.shared:
		c.kind = queue
	default:
		c.kind = topic
	}
	c.name = r.namesOf(c.kind).take(slug(c.key.Value, c.kind, longestName))
}

// channel makes a topic or a queue of a channel.
func (r *reader) channel(c *channel) {
	bindings := r.section(c.node, "bindings", "a protocol each")
	r.decide(c, bindings)
	if c.kind == deadLetters || c.foreign() {
		return
	}
	at := c.key
	if named := value(c.ext, c.kind); named != nil {
		at = named
	}
	key := text(c.name, at)
	c.element = mapping(c.key)
	section := child(r.spec, c.kind+"s")
	section.Content = append(section.Content, key, c.element)
	r.describe(c, key)
	if c.settings != nil {
		// x-msgdeploy says it all: the rest was made of it, or is there for others to read.
		if twin := r.copy(c.settings); twin != nil {
			c.element.Content = append(c.element.Content, twin.Content...)
		}
		return
	}
	r.format(c)
	r.channelBindings(c, bindings)
	r.rest(c.node, "of a channel", "address", "title", "summary", "description", "bindings", extension, outputsExtension)
}

// describe takes over the channel's description, and as comments what a spec's reader
// may want to find again.
func (r *reader) describe(c *channel, key *yaml.Node) {
	if c.settings != nil {
		if description := words(c.node, "description"); description != "" {
			put(c.element, "description", literal(description, value(c.node, "description")))
		}
		return
	}
	var comments []string
	if key := oneLine(c.key.Value); key != c.name && key != "" {
		comments = append(comments, "channel "+key)
	}
	if address := words(c.node, "address"); address != "" && address != c.key.Value {
		comments = append(comments, "address "+oneLine(address))
	}
	for _, from := range []string{"description", "summary", "title"} {
		said := strings.TrimSpace(words(c.node, from))
		switch {
		case said == "":
		case value(c.element, "description") == nil:
			put(c.element, "description", literal(said, value(c.node, from)))
		default:
			comments = append(comments, from+": "+oneLine(said))
		}
	}
	key.HeadComment = strings.Join(comments, "\n")
}

// cloudEvents is the media type of a structured CloudEvent (the CloudEvents HTTP binding).
const cloudEvents = "application/cloudevents+json"

// format says of a topic whether its messages are CloudEvents, if the document tells.
func (r *reader) format(c *channel) {
	if c.kind != topic {
		return
	}
	messages := r.section(c.node, "messages", "a message each")
	for i := 0; i+1 < len(messages.Content); i += 2 {
		message := r.object(messages.Content[i], messages.Content[i+1], "a message")
		if message == nil {
			return
		}
		stated := value(message, "contentType")
		if stated == nil {
			stated = value(r.root, "defaultContentType")
		}
		if stated == nil || stated.Kind != yaml.ScalarNode || strings.HasPrefix(stated.Value, cloudEvents) {
			continue
		}
		put(c.element, "format", text("raw", stated))
		return
	}
}
