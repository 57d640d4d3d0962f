package asyncapi

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/spec"
)

// The messages that documents refer to: what is in them is for their senders to say.
const (
	cloudEventMessage = "cloudEvent"
	bytesMessage      = "bytes"
)

func formatMessage(f spec.Format) string {
	if f == spec.Raw {
		return bytesMessage
	}
	return cloudEventMessage
}

// contents are the messages that a queue holds: those of the topics that feed it, and
// whatever services enqueue.
func (w *writer) contents(q *spec.Queue, fed []spec.Format) []string {
	var messages []string
	for _, f := range fed {
		messages = append(messages, formatMessage(f))
	}
	if len(fed) == 0 || w.enqueued[q] {
		messages = append(messages, bytesMessage)
	}
	slices.Sort(messages)
	return slices.Compact(messages)
}

// carries refers to messages, which are then written among the components.
func (w *writer) carries(messages ...string) *yaml.Node {
	m := mapping(nowhere())
	for _, message := range messages {
		put(m, message, reference("components/messages", message))
		if !slices.Contains(w.messages, message) {
			w.messages = append(w.messages, message)
		}
	}
	return m
}

// components returns the messages that were referred to, nil if none was.
func (w *writer) components() *yaml.Node {
	if len(w.messages) == 0 {
		return nil
	}
	slices.Sort(w.messages)
	messages := mapping(nowhere())
	for _, message := range w.messages {
		if message == bytesMessage {
			put(messages, message, object("title", "Bytes as they were sent", "contentType", "application/octet-stream"))
			continue
		}
		// The attributes that each event must have, and the optional ones that filters use
		// most: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
		property := func(description string) *yaml.Node {
			return object("type", "string", "minLength", scalar(intTag, "1", nowhere()), "description", description)
		}
		required := sequence(nowhere(), str("specversion"), str("id"), str("source"), str("type"))
		put(messages, message, object(
			"title", "A structured CloudEvents 1.0 JSON",
			"contentType", cloudEvents,
			"payload", object("type", "object", "required", required, "properties", object(
				"specversion", object("type", "string", "const", "1.0"),
				"id", property("Tells events of one source apart."),
				"source", property("Where it happened."),
				"type", property("What happened."),
			)),
		))
	}
	return messages
}
