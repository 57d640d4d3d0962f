package asyncapi

import (
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/spec"
)

// The versions of the bindings that the JSON Schema of AsyncAPI 3.0.0 knows for channels:
// https://github.com/asyncapi/spec-json-schemas, definitions/3.0.0/channelBindingsObject.json.
// That of Google Pub/Sub has nothing to say without a schema, and NATS has none.
const (
	snsBinding = "0.1.0"
	sqsBinding = "0.2.0"
)

// topicBindings returns the binding of an SNS topic whose name is known, and else nil.
func (w *writer) topicBindings(t *spec.Topic, out map[string]string) *yaml.Node {
	name := lastPart(out["arn"], ":")
	if w.Topology.Target.AWS == nil || name == "" {
		return nil
	}
	var ordering *yaml.Node
	if t.Ordered {
		ordering = object("type", "FIFO", "contentBasedDeduplication", boolean(false, nowhere()))
	}
	return object("sns", object("name", name, "ordering", ordering, "bindingVersion", snsBinding))
}

// queueBindings returns the binding of an SQS queue whose name is known, and else nil.
func (w *writer) queueBindings(q *spec.Queue, out map[string]string) *yaml.Node {
	name := lastPart(out["arn"], ":")
	if name == "" {
		name = lastPart(out["url"], "/")
	}
	if w.Topology.Target.AWS == nil || name == "" {
		return nil
	}
	seconds := func(d time.Duration) *yaml.Node { return number(int64(d/time.Second), nowhere()) }
	settings := object("name", name, "fifoQueue", boolean(q.Ordered, nowhere()))
	if q.Existing == nil || q.Existing.AWS == "" {
		put(settings, "deliveryDelay", seconds(q.Delay))
		put(settings, "visibilityTimeout", seconds(q.Lease))
		put(settings, "messageRetentionPeriod", seconds(q.Retention))
		put(settings, "redrivePolicy", w.redrive(q, out))
	}
	return object("sqs", object("queue", settings, "bindingVersion", sqsBinding))
}

// redrive says where an SQS queue's dead letters go, nil if that is not known.
func (w *writer) redrive(q *spec.Queue, out map[string]string) *yaml.Node {
	if q.DeadLetter == nil {
		return nil
	}
	to := lastPart(out["deadLetterUrl"], "/")
	if q.DeadLetter.Queue != "" {
		to = lastPart(w.outputs("queues", q.DeadLetter.Queue)["arn"], ":")
	}
	if to == "" {
		return nil
	}
	return object("deadLetterQueue", object("name", to), "maxReceiveCount", number(int64(q.DeadLetter.MaxAttempts), nowhere()))
}

// lastPart returns what follows the last separator.
func lastPart(s, separator string) string { return s[strings.LastIndex(s, separator)+1:] }
