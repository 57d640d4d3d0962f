package nats

import (
	"strings"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// nameLimit is JetStream's limit on names of streams and consumers (JSMaxNameLen).
const nameLimit = 255

// What a stream's name ends with. The parts of helper streams begin with `_`, which no
// element's name contains: no element can take their place.
const (
	queueSuffix      = "-queue"
	deadLetterSuffix = "-dlq"
	delaySuffix      = "_delay"
	advisoriesSuffix = "_advisories"
)

// layout is how a topology lies on a broker: the names and subjects of everything. They
// are an API, as applications are configured with them: the rules never change.
//
// No two stacks share a subject, as neither a project's, a stack's nor an element's name
// contains a dot.
type layout struct{ t *spec.Topology }

// stackName is what begins the name of whatever belongs to the stack, and the name of the
// durable consumer that services lease messages through.
func (l layout) stackName() string { return l.t.Project + "-" + l.t.Stack }

// base is the stream of a topic, and the beginning of the names of a queue's streams.
func (l layout) base(a permissions.Address, suffix string) string {
	return providers.Physical(l.t, a, suffix, nameLimit)
}

func (l layout) topicStream(name string) string { return l.base(permissions.TopicAddress(name), "") }

func (l layout) queueStream(name string) string {
	return l.base(permissions.QueueAddress(name), queueSuffix)
}

// delayStream holds what was enqueued until its delay is over.
func (l layout) delayStream(name string) string {
	return l.base(permissions.QueueAddress(name), queueSuffix+delaySuffix)
}

// deadLetterStream holds the dead letters of a queue or of a subscription.
func (l layout) deadLetterStream(owner permissions.Address) string {
	suffix := deadLetterSuffix
	if kind, _ := owner.Split(); kind == "queue" {
		suffix = queueSuffix + deadLetterSuffix
	}
	return l.base(owner, suffix)
}

// advisories is the stream of the server's notes that a queue's message was delivered
// for the last time.
func (l layout) advisories() string { return l.stackName() + advisoriesSuffix }

// advisorySubject is where the server publishes those notes for the stack's consumers:
// https://docs.nats.io/running-a-nats-service/nats_admin/monitoring/monitoring_jetstream
func (l layout) advisorySubject() string {
	return "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.*." + l.stackName()
}

// subscriptionConsumer is the durable consumer that the relay reads for a subscription.
func (l layout) subscriptionConsumer(name string) string {
	return l.base(permissions.SubscriptionAddress(name), "")
}

// resourceName is how the program calls the resource with a physical name: the same
// without what the whole stack shares, so that it reads like the spec.
func (l layout) resourceName(physical string) string {
	return strings.TrimPrefix(strings.TrimPrefix(physical, l.stackName()), "-")
}

// subject joins the stack's part of a subject with the rest.
func (l layout) subject(rest string) string { return l.t.Project + "." + l.t.Stack + "." + rest }

func (l layout) topicSubject(name string) string { return l.subject("topic." + name) }

// queueSubject is what services enqueue on.
func (l layout) queueSubject(name string) string { return l.subject("queue." + name) }

// dueSubject is where the relay puts the messages of a queue whose delay is over.
func (l layout) dueSubject(name string) string { return l.subject("due." + name) }

func (l layout) deadLetterSubject(owner permissions.Address) string {
	return l.subject("dlq." + string(owner))
}

// deadLettersOf is where the dead letters of owner go: to a subject of their own or to
// another queue.
func (l layout) deadLettersOf(owner permissions.Address, d *spec.DeadLetter) string {
	if d.Queue != "" {
		return l.queueSubject(d.Queue)
	}
	return l.deadLetterSubject(owner)
}

// A service leases and completes messages through these subjects of the JetStream API:
// https://docs.nats.io/reference/reference-protocols/nats_api_reference
const (
	consumerInfo = "$JS.API.CONSUMER.INFO."
	consumerNext = "$JS.API.CONSUMER.MSG.NEXT."
	consumerAck  = "$JS.ACK."
)

// leaseSubjects are what a service needs to lease, extend and complete messages of a stream.
func (l layout) leaseSubjects(stream string) []string {
	address := stream + "." + l.stackName()
	return []string{consumerAck + address + ".>", consumerInfo + address, consumerNext + address}
}
