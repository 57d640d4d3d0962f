package broker

import (
	"context"
	"time"
)

// Route is one thing that a [Relay] does: a [Forward], a [Push], a [Delay] or [DeadLetters].
type Route interface {
	// relay runs until ctx is done, and what it has begun until work is.
	relay(ctx, work context.Context, r *Relay)
}

// Source is the durable pull consumer that a route reads.
type Source struct {
	// Element is the address in the spec of what the route is for: `subscription.audit`.
	Element string
	Stream  string
	// Consumer waits for explicit acknowledgements and never stops delivering
	// (MaxDeliver -1): attempts are the relay's to count.
	Consumer string
}

// Forward publishes the messages of a topic that match a filter to a queue, in order.
type Forward struct {
	Source
	Filter Filter
	// Subject is the queue's.
	Subject string
}

// Push delivers the messages of a topic that match a filter to an HTTP endpoint.
type Push struct {
	Source
	Filter Filter
	// Endpoint is the URL that messages are posted to.
	Endpoint string
	// Topic and Subscription are the names that the endpoint is told.
	Topic, Subscription string
	// ContentType is that of messages that do not say; "" is application/octet-stream.
	ContentType string
	Retry       Retry
	// DeadLetterSubject takes the messages whose last attempt failed; "" drops them.
	DeadLetterSubject string
	// MaxInFlight bounds how many messages are being delivered at once; 0 is 16.
	MaxInFlight int
	// Ordered delivers one message after the other. Where a failed one must hold up all
	// behind it, the consumer says so as well (MaxAckPending 1).
	Ordered bool
}

// Retry is exponential: MinBackoff doubles with each attempt up to MaxBackoff.
type Retry struct {
	// MaxAttempts counts the first one; 0 is 1.
	MaxAttempts            int
	MinBackoff, MaxBackoff time.Duration
}

// MaxDelayed is how many messages the consumer of a [Delay] is to have out at once, unless
// the queue is ordered, which is 1 (MaxAckPending). It bounds what the broker keeps track of
// while messages wait, not how many can wait.
const MaxDelayed = 256

// Delay publishes the messages of a stream to a queue, in order, once they have the age of
// Delay, by the clock of this machine.
type Delay struct {
	Source
	// Subject is the one that the queue's stream listens on.
	Subject string
	Delay   time.Duration
}

// DeadLetters moves messages that were delivered as often as their queue allows. Source is
// the stream of the broker's own advisories that tell of it.
type DeadLetters struct {
	Source
	// Queues holds, by the name of its stream, every queue that has dead letters.
	Queues map[string]DeadLetterQueue
}

// DeadLetterQueue is a queue that has dead letters.
type DeadLetterQueue struct {
	// Element is the queue's address in the spec: `queue.jobs`.
	Element string
	// Consumer is the one from which services dequeue.
	Consumer string
	// Subject takes the dead letters.
	Subject string
}

// Filter maps an attribute to the values it may have: OR within an attribute, AND across
// them; a message without the attribute does not match. An empty Filter matches everything.
type Filter map[string][]string

// EventKind says what happened to a message.
type EventKind string

// The kinds of events.
const (
	Delivered    EventKind = "delivered"     // the endpoint took it
	Forwarded    EventKind = "forwarded"     // the queue has it
	Filtered     EventKind = "filtered"      // the filter did not match
	Retried      EventKind = "retried"       // it will be tried again
	DeadLettered EventKind = "dead-lettered" // it is among the dead letters now
	Dropped      EventKind = "dropped"       // the last attempt failed, and there are no dead letters
	Waiting      EventKind = "waiting"       // no message: the route cannot be served at present
)

// Event is something that happened to a message, or to a route as a whole ([Waiting]).
type Event struct {
	Kind EventKind
	// Element is the address in the spec.
	Element string
	// ID is the publisher's, or else `<stream>.<sequence>`.
	ID string
	// Attempt counts from 1. It is 0 where the number means nothing: forwarding is tried
	// without end, and a delayed message was looked at before.
	Attempt int
	// Target is the endpoint, without what may be secret in it, or the subject.
	Target string
	// Detail is a phrase: the endpoint's answer, or why and when again.
	Detail string
}
