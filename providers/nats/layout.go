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
	queueSuffix      = providers.QueueSuffix
	deadLetterSuffix = providers.DeadLetterSuffix
	delaySuffix      = "_delay"
	advisoriesSuffix = "_advisories"
)

// layout is how a topology lies on a broker: the names and subjects of everything. They
// are an API, as applications are configured with them: the rules never change.
//
// No two stacks share a subject, as neither a project's, a stack's nor an element's name
// contains a dot.
type layout struct{ t *spec.Topology }

// made returns the project whose stack makes an element, and the name under which it was
// made there: a move changes neither streams nor subjects.
func (l layout) made(a permissions.Address) (project, name string) {
	_, name = providers.Standing(l.t, a).Split()
	if other, theirs, foreign := strings.Cut(name, "/"); foreign {
		return other, theirs
	}
	return l.t.Project, name
}

// stackName is what begins the names of what the whole stack shares, see [layout.leaser].
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
	return l.base(owner, deadLettersSuffix(owner))
}

func deadLettersSuffix(owner permissions.Address) string {
	if kind, _ := owner.Split(); kind == "queue" {
		return queueSuffix + deadLetterSuffix
	}
	return deadLetterSuffix
}

// account is the account of a service, and the user in it.
func (l layout) account(name string) string { return l.base(permissions.ServiceAddress(name), "") }

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

// leaser is the durable consumer through which services lease a queue's messages: it is
// called like the stack that the queue is of.
func (l layout) leaser(queue permissions.Address) string {
	project, _ := l.made(queue)
	return project + "-" + l.t.Stack
}

// resourceName is how the program calls a stream of an element and what is of it: like the
// element, and like the stream. It begins with the name of the element, so that the resource
// follows it in a move.
func resourceName(a permissions.Address, suffix string) string {
	_, name := a.Split()
	return name + suffix
}

// subject is that of an element, of a kind such as "queue" or "due".
func (l layout) subject(kind string, a permissions.Address) string {
	project, name := l.made(a)
	return project + "." + l.t.Stack + "." + kind + "." + name
}

// every stands for the subjects of a kind of all elements of the stack.
func (l layout) every(kind string) string { return l.t.Project + "." + l.t.Stack + "." + kind + ".*" }

func (l layout) topicSubject(name string) string {
	return l.subject("topic", permissions.TopicAddress(name))
}

// queueSubject is what services enqueue on.
func (l layout) queueSubject(name string) string {
	return l.subject("queue", permissions.QueueAddress(name))
}

// dueSubject is where the relay puts the messages of a queue whose delay is over.
func (l layout) dueSubject(name string) string {
	return l.subject("due", permissions.QueueAddress(name))
}

func (l layout) deadLetterSubject(owner permissions.Address) string {
	kind, _ := owner.Split()
	return l.subject("dlq."+kind, owner)
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

// leaseSubjects are what a service needs to lease, extend and complete messages of a
// queue's stream, or of its dead letters'.
func (l layout) leaseSubjects(queue permissions.Address, stream string) []string {
	address := stream + "." + l.leaser(queue)
	return []string{consumerAck + address + ".>", consumerInfo + address, consumerNext + address}
}
