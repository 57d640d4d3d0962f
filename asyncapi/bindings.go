package asyncapi

import (
	"math"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/spec"
)

// optionally puts a value that stands for a part of the document into an element. Where
// the spec cannot have it, it is left out again, and reported.
func (r *reader) optionally(element *yaml.Node, key string, v, part *yaml.Node, what string) {
	if v == nil {
		return
	}
	v.Line, v.Column = part.Line, part.Column
	element.Content = append(element.Content, text(key, part), v)
	r.optional[v] = what
}

// group returns the mapping under a key of an element, which goes if nothing stays in it.
func (r *reader) group(element *yaml.Node, key string) *yaml.Node {
	g := child(element, key)
	r.groups[g] = true
	return g
}

// seconds reads a binding's number of seconds; nil and a diagnostic if it is none.
func (r *reader) seconds(n *yaml.Node, what string) *yaml.Node {
	s, ok := integer(n)
	if !ok || s < 0 || s > math.MaxInt64/int64(time.Second) {
		r.malformed(n, "`%s` must be a number of seconds.", what)
		return nil
	}
	return text(spec.FormatDuration(time.Duration(s)*time.Second), n)
}

// channelBindings takes over what the bindings of a channel say of a topic or a queue.
func (r *reader) channelBindings(c *channel, bindings *yaml.Node) {
	for i := 0; i+1 < len(bindings.Content); i += 2 {
		key := bindings.Content[i]
		b := r.object(key, bindings.Content[i+1], "a binding")
		switch {
		case b == nil:
		case key.Value == "sqs" && c.kind == queue:
			r.sqsQueue(c, b)
		case key.Value == "sns" && c.kind == topic:
			r.snsTopic(c, b)
		case key.Value == "googlepubsub":
			r.pubsubTopic(c, b)
		case len(b.Content) > 0 || key.Value == "sqs" || key.Value == "sns":
			r.dropped(key, "The binding of `%s` says nothing that a spec can say of a %s.", clip(key.Value), c.kind)
		}
	}
}

// sqsQueue takes over a queue of Amazon SQS.
func (r *reader) sqsQueue(c *channel, b *yaml.Node) {
	q := r.section(b, "queue", "a queue")
	for i := 0; i+1 < len(q.Content); i += 2 {
		key, v := q.Content[i], q.Content[i+1]
		if empty(v) {
			continue
		}
		switch key.Value {
		case "name":
			if first := r.sqs[v.Value]; first == nil {
				r.sqs[v.Value] = c
			}
		case "fifoQueue":
			if isTrue(q, key.Value) {
				r.optionally(c.element, "ordered", boolean(true, v), v, "fifoQueue")
			}
		case "deliveryDelay":
			r.optionally(c.element, "delay", r.seconds(v, key.Value), v, key.Value)
		case "visibilityTimeout":
			r.optionally(c.element, "lease", r.seconds(v, key.Value), v, key.Value)
		case "messageRetentionPeriod":
			r.optionally(c.element, "retention", r.seconds(v, key.Value), v, key.Value)
		case "receiveMessageWaitTime":
			if wait := r.seconds(v, key.Value); wait != nil {
				r.optionally(r.group(c.element, "aws"), "receiveWait", wait, v, key.Value)
			}
		case "redrivePolicy": // wire takes it, when every queue has its name
		default:
			r.common(c, key, v)
		}
	}
	r.rest(b, "of an SQS binding", "queue", "deadLetterQueue", "bindingVersion")
}

// common takes over what the bindings of every cloud have: what an element is marked
// with. Whatever else there is is reported.
func (r *reader) common(c *channel, key, v *yaml.Node) {
	switch key.Value {
	case "tags", "labels":
		labels := mapping(v)
		for i := 0; i+1 < len(v.Content); i += 2 {
			if label := v.Content[i+1]; label.Kind == yaml.ScalarNode && v.Kind == yaml.MappingNode {
				labels.Content = append(labels.Content, text(v.Content[i].Value, v.Content[i]), literal(label.Value, label))
			}
		}
		r.optionally(c.element, "labels", labels, v, key.Value)
	case "policy":
		r.dropped(key, "A `policy` is not carried over: who may do what is for the spec's `permissions` to say.")
	default:
		r.dropped(key, "A spec has no word for `%s` of this binding.", clip(key.Value))
	}
}

// snsTopic takes over a topic of Amazon SNS.
func (r *reader) snsTopic(c *channel, b *yaml.Node) {
	for i := 0; i+1 < len(b.Content); i += 2 {
		key, v := b.Content[i], b.Content[i+1]
		switch {
		case key.Value == "name" || key.Value == "bindingVersion" || empty(v):
		case key.Value != "ordering":
			r.common(c, key, v)
		default:
			if words(v, "type") == "FIFO" {
				r.optionally(c.element, "ordered", boolean(true, v), value(v, "type"), "ordering")
			}
			if isTrue(v, "contentBasedDeduplication") {
				r.dropped(value(v, "contentBasedDeduplication"), "Messages are told apart by their event's id, never by what is in them.")
			}
			r.rest(v, "of an SNS topic's ordering", "type", "contentBasedDeduplication")
		}
	}
}

// pubsubTopic takes over a topic of Google Cloud Pub/Sub.
func (r *reader) pubsubTopic(c *channel, b *yaml.Node) {
	for i := 0; i+1 < len(b.Content); i += 2 {
		key, v := b.Content[i], b.Content[i+1]
		switch {
		case key.Value == "bindingVersion" || empty(v):
		case key.Value != "messageStoragePolicy":
			r.common(c, key, v)
		default:
			if regions := value(v, "allowedPersistenceRegions"); regions != nil && !empty(regions) {
				r.optionally(r.group(c.element, "gcp"), "regions", r.copy(regions), regions, "allowedPersistenceRegions")
			}
			r.rest(v, "of a storage policy", "allowedPersistenceRegions")
		}
	}
}

// wire takes over what refers to other channels: where a queue's dead letters go.
func (r *reader) wire(c *channel) {
	if c.kind != queue || c.settings != nil {
		return
	}
	b := r.section(r.section(c.node, "bindings", "a protocol each"), "sqs", "a binding")
	policy := r.section(r.section(b, "queue", "a queue"), "redrivePolicy", "a policy")
	made := value(b, "deadLetterQueue")
	if made != nil && r.identified(made) == nil {
		r.dropped(made, "This queue of dead letters is not a channel of the document: the spec makes one of its own, with settings of its own.")
	}
	if len(policy.Content) == 0 {
		return
	}
	letters := mapping(policy)
	if attempts := value(policy, "maxReceiveCount"); attempts != nil {
		if n, ok := integer(attempts); ok {
			r.optionally(letters, "maxAttempts", number(n, attempts), attempts, "maxReceiveCount")
		} else {
			r.malformed(attempts, "`maxReceiveCount` must be a whole number.")
		}
	}
	if dead := r.identified(value(policy, "deadLetterQueue")); dead != nil && dead != c {
		name := value(policy, "deadLetterQueue")
		r.optionally(letters, "queue", text(dead.name, name), name, "deadLetterQueue")
	} else if name := value(policy, "deadLetterQueue"); name != nil && made == nil {
		r.dropped(name, "This queue of dead letters is not a channel of the document: the spec makes one of its own.")
	}
	if len(letters.Content) > 0 {
		put(c.element, "deadLetter", letters)
		r.groups[letters] = true
	}
	r.rest(policy, "of a redrive policy", "maxReceiveCount", "deadLetterQueue")
}

// identified returns the queue that an identifier of the SNS and SQS bindings means.
func (r *reader) identified(id *yaml.Node) *channel {
	name := words(id, "name")
	if arn := words(id, "arn"); name == "" {
		name = arn[strings.LastIndex(arn, ":")+1:]
	}
	if name == "" {
		return nil
	}
	return r.sqs[name]
}
