// Package permissions turns a topology into the set of grants that make it work:
// what the spec allows its services, and the deliveries that its subscriptions and
// dead letters imply.
package permissions

import "github.com/msgdeploy/msgdeploy/spec"

// Verb is what a grant allows. Beside the verbs of the spec there are the implied ones.
type Verb string

// The verbs. Deliver is a topic's delivery to a queue or a service; DeadLetter is
// what puts undeliverable messages into a dead-letter queue.
const (
	Publish    Verb = Verb(spec.Publish)
	Enqueue    Verb = Verb(spec.Enqueue)
	Dequeue    Verb = Verb(spec.Dequeue)
	Deliver    Verb = "deliver"
	DeadLetter Verb = "dead-letter"
)

// Address names an element of the spec, or the dead letters of one: `topic.orders`,
// `queue.jobs`, `queue.jobs.deadLetter`, `subscription.mail.deadLetter`, `service.api`.
type Address string

// Grant is one resolved edge: Principal may use Verb on Resource.
type Grant struct {
	// Principal is a service for the spec's verbs, and a topic, a queue or a subscription for the implied ones.
	Principal Address
	Verb      Verb
	Resource  Address
	// Implied is set where no permission of the spec asked for the grant.
	Implied bool
	// Origin is where the spec asked for it.
	Origin spec.Origin
}
