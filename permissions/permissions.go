// Package permissions turns a topology into the set of grants that make it work:
// what the spec allows its services, and the deliveries that its subscriptions and
// dead letters imply.
package permissions

import (
	"cmp"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/spec"
)

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

// deadLetters ends the address of an element's own dead-letter queue.
const deadLetters = ".deadLetter"

// Stack is the address of what belongs to no element.
const Stack Address = "stack"

// TopicAddress is the address of a topic.
func TopicAddress(name string) Address { return Address("topic." + name) }

// QueueAddress is the address of a queue.
func QueueAddress(name string) Address { return Address("queue." + name) }

// SubscriptionAddress is the address of a subscription.
func SubscriptionAddress(name string) Address { return Address("subscription." + name) }

// ServiceAddress is the address of a service.
func ServiceAddress(name string) Address { return Address("service." + name) }

// DeadLetters is the address of the dead letters of a queue or a subscription.
func (a Address) DeadLetters() Address { return a + deadLetters }

// Owner returns the element that a belongs to, and whether a is its dead letters.
func (a Address) Owner() (owner Address, isDeadLetters bool) {
	s, ok := strings.CutSuffix(string(a), deadLetters)
	return Address(s), ok
}

// Split returns the kind and the name in a, of its owner where a is dead letters.
func (a Address) Split() (kind, name string) {
	owner, _ := a.Owner()
	kind, name, _ = strings.Cut(string(owner), ".")
	return kind, name
}

// Grant is one resolved edge: Principal may use Verb on Resource.
type Grant struct {
	// Principal is a service for the spec's verbs, and a topic, a queue or a
	// subscription for the implied ones.
	Principal Address
	Verb      Verb
	Resource  Address
	// Implied is set where no permission of the spec asked for the grant.
	Implied bool
	// Origin is where the spec asked for it: the permission, or what implies the grant.
	Origin spec.Origin
}

// String returns the grant without its principal: "publish topic.orders".
func (g Grant) String() string { return string(g.Verb) + " " + string(g.Resource) }

// Derive returns every grant that t asks for or implies, sorted by principal, verb
// and resource, each once.
//
// A subscription implies that its topic delivers to its target, and, with dead
// letters, that the subscription puts them where they go; a queue with dead letters
// implies the same of the queue.
func Derive(t *spec.Topology) []Grant {
	grants := make([]Grant, 0, len(t.Permissions)+len(t.Queues)+2*len(t.Subscriptions))
	for _, p := range t.Permissions {
		grants = append(grants, Grant{
			Principal: ServiceAddress(p.Service.Name),
			Verb:      Verb(p.Verb),
			Resource:  resource(p),
			Origin:    p.Origin,
		})
	}
	for _, q := range t.Queues {
		if q.DeadLetter != nil {
			grants = append(grants, deadLetter(QueueAddress(q.Name), q.DeadLetter, q.Origin))
		}
	}
	for _, s := range t.Subscriptions {
		grants = append(grants, Grant{
			Principal: TopicAddress(s.Topic.Name),
			Verb:      Deliver,
			Resource:  target(s),
			Implied:   true,
			Origin:    s.Origin,
		})
		if s.DeadLetter != nil {
			grants = append(grants, deadLetter(SubscriptionAddress(s.Name), s.DeadLetter, s.Origin))
		}
	}
	slices.SortStableFunc(grants, compare)
	return slices.CompactFunc(grants, func(a, b Grant) bool { return compare(a, b) == 0 })
}

// Of returns the grants of one principal, in the order of Derive.
func Of(grants []Grant, principal Address) []Grant {
	i, _ := slices.BinarySearchFunc(grants, principal, func(g Grant, p Address) int {
		return strings.Compare(string(g.Principal), string(p))
	})
	j := i
	for j < len(grants) && grants[j].Principal == principal {
		j++
	}
	return grants[i:j]
}

// Words returns grants as users read them, without their principals, sorted.
func Words(grants []Grant) []string {
	words := make([]string, 0, len(grants))
	for _, g := range grants {
		words = append(words, g.String())
	}
	slices.Sort(words)
	return words
}

func compare(a, b Grant) int {
	return cmp.Or(
		strings.Compare(string(a.Principal), string(b.Principal)),
		strings.Compare(string(a.Verb), string(b.Verb)),
		strings.Compare(string(a.Resource), string(b.Resource)),
	)
}

func resource(p *spec.Permission) Address {
	switch {
	case p.Topic != nil:
		return TopicAddress(p.Topic.Name)
	case p.DeadLetter && p.Queue.DeadLetter != nil && p.Queue.DeadLetter.Queue != "":
		// `deadLetter: {queue: other}`: the dead letters are that queue's messages.
		return QueueAddress(p.Queue.DeadLetter.Queue)
	case p.DeadLetter:
		return QueueAddress(p.Queue.Name).DeadLetters()
	default:
		return QueueAddress(p.Queue.Name)
	}
}

func target(s *spec.Subscription) Address {
	if s.ToQueue != nil {
		return QueueAddress(s.ToQueue.Name)
	}
	return ServiceAddress(s.ToService.Name)
}

func deadLetter(owner Address, d *spec.DeadLetter, o spec.Origin) Grant {
	to := owner.DeadLetters()
	if d.Queue != "" {
		to = QueueAddress(d.Queue)
	}
	return Grant{Principal: owner, Verb: DeadLetter, Resource: to, Implied: true, Origin: o}
}
