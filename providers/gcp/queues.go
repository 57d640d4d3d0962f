package gcp

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/pubsub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

// allQueues registers the topics of all queues before the subscriptions of any: a queue's
// dead letters may go to another one.
func (p *program) allQueues() error {
	for _, q := range p.Topology.Queues {
		element, err := p.Queue(q)
		if err != nil {
			return err
		}
		p.queues[q.Name] = element
		id, known := p.layout.queueTopic(q)
		if !known {
			continue
		}
		inbox := topic{resourceID: id}
		if !adoptedQueue(q) {
			if inbox, err = p.topic(q.Name+".queue", id, queueStorage(q), &pubsub.TopicArgs{}, element); err != nil {
				return err
			}
		}
		p.inboxes[q.Name] = inbox
	}
	for _, q := range p.Topology.Queues {
		if err := p.queueSubscription(q); err != nil {
			return err
		}
	}
	return nil
}

// queueSubscription registers the pull subscription of what is enqueued in a queue, after
// that of the queue which takes its dead letters.
func (p *program) queueSubscription(q *spec.Queue) error {
	if _, done := p.subscriptions[q.Name]; done {
		return nil
	}
	id := p.layout.queueSubscription(q)
	if adoptedQueue(q) {
		p.subscriptions[q.Name] = []subscription{{resourceID: id}}
		return nil
	}
	s, err := p.pull(q, q.Name+".queue", id, p.inboxes[q.Name], "", p.queues[q.Name])
	p.subscriptions[q.Name] = []subscription{s}
	return err
}

// pull registers a pull subscription from which the messages of a queue are dequeued.
// Matching is the filter of the subscription; "" is every message of the topic.
func (p *program) pull(q *spec.Queue, resource string, id resourceID, from topic, matching string, element *elements.Element) (subscription, error) {
	args := p.subscriptionArgs(id, from, element)
	args.AckDeadlineSeconds = pulumi.Int(int(q.Lease / time.Second))
	args.MessageRetentionDuration = seconds(q.Retention)
	args.EnableMessageOrdering = pulumi.Bool(q.Ordered)
	args.EnableExactlyOnceDelivery = pulumi.Bool(q.GCP != nil && q.GCP.ExactlyOnce)
	if matching != "" {
		args.Filter = pulumi.String(matching)
	}
	return p.subscribe(wanted{
		resource: resource, id: id, args: args, element: element,
		deadLetter: q.DeadLetter,
		source: deadLetterSource{
			owner: permissions.QueueAddress(q.Name), element: p.queues[q.Name], resource: q.Name + ".queue.deadLetter",
			storage: queueStorage(q), lease: q.Lease,
		},
	})
}

// subscriptionArgs are what all subscriptions have in common: none of them expires.
func (p *program) subscriptionArgs(id resourceID, from topic, element *elements.Element) *pubsub.SubscriptionArgs {
	return &pubsub.SubscriptionArgs{
		Name:    pulumi.String(id.name),
		Project: pulumi.String(id.project),
		Topic:   from.path(),
		Labels:  pulumi.ToStringMap(element.Labels()),
		// Left out, a subscription that nobody pulls from is deleted after 31 days.
		ExpirationPolicy: &pubsub.SubscriptionExpirationPolicyArgs{Ttl: pulumi.String("")},
	}
}

// deadLetterSource is whose dead letters a subscription has, for those that are made for it.
type deadLetterSource struct {
	owner    permissions.Address
	element  *elements.Element
	resource string
	storage  storage
	// lease is that of a dead letter which is dequeued.
	lease time.Duration
}

// wanted is a subscription that is to be registered.
type wanted struct {
	resource string
	id       resourceID
	args     *pubsub.SubscriptionArgs
	element  *elements.Element
	// after are what must stand before it.
	after []pulumi.Resource
	// deadLetter is nil where it has none; source says whose they are.
	deadLetter *spec.DeadLetter
	source     deadLetterSource
}

// subscribe registers a subscription and what its dead letters need: the topic that takes
// them before it, and after it the right of the Pub/Sub agent to take them from it, which
// cannot be given before there is a subscription.
func (p *program) subscribe(w wanted) (subscription, error) {
	d := w.deadLetter
	if d != nil {
		to, err := p.deadLetterTopic(d, w.source)
		if err != nil {
			return subscription{}, err
		}
		w.args.DeadLetterPolicy = &pubsub.SubscriptionDeadLetterPolicyArgs{
			DeadLetterTopic:     to.path(),
			MaxDeliveryAttempts: pulumi.Int(d.MaxAttempts),
		}
		w.after = append(w.after, to.ready...)
	}
	made, err := pubsub.NewSubscription(p.Context, w.resource, w.args, w.element.Stateful(p.after(w.after...))...)
	if err != nil {
		return subscription{}, fmt.Errorf("subscription %s: %w", w.id, err)
	}
	s := subscription{w.id, made}
	if d == nil || p.emulated {
		return s, nil
	}
	agent, err := p.theAgent()
	if err != nil {
		return s, err
	}
	return s, p.grantOnSubscription(w.resource, s, agent.Member, w.element)
}

// deadLetterTopic returns the topic that takes dead letters: another queue's, or one that
// is made for the element.
func (p *program) deadLetterTopic(d *spec.DeadLetter, source deadLetterSource) (*deadLetterTopic, error) {
	holds := source.owner.DeadLetters()
	if d.Queue != "" {
		holds = permissions.QueueAddress(d.Queue)
	}
	if t, ok := p.deadLetterTopics[holds]; ok {
		return t, nil
	}
	t := &deadLetterTopic{}
	resource, element := source.resource, source.element
	if d.Queue != "" {
		q := p.Topology.Queue(d.Queue)
		if err := p.queueSubscription(q); err != nil {
			return nil, err
		}
		t.topic = p.inboxes[q.Name]
		if s := p.subscriptions[q.Name][0]; s.made != nil {
			t.ready = append(t.ready, s.made)
		}
		resource, element = q.Name+".queue", p.queues[q.Name]
	} else if err := p.makeDeadLetters(t, source); err != nil {
		return nil, err
	}
	if !p.emulated {
		agent, err := p.theAgent()
		if err != nil {
			return nil, err
		}
		grant, err := p.grantOnTopic(resource, t.topic, agent.Member, element)
		if err != nil {
			return nil, err
		}
		t.ready = append(t.ready, grant)
	}
	p.deadLetterTopics[holds] = t
	return t, nil
}

// makeDeadLetters registers a topic for dead letters, and the subscription that keeps them.
func (p *program) makeDeadLetters(t *deadLetterTopic, source deadLetterSource) error {
	name := p.layout.deadLetters(source.owner)
	made, err := p.topic(source.resource, p.layout.in("topics", name), source.storage, &pubsub.TopicArgs{}, source.element)
	if err != nil {
		return err
	}
	id := p.layout.in("subscriptions", name)
	args := p.subscriptionArgs(id, made, source.element)
	args.AckDeadlineSeconds = pulumi.Int(int(source.lease / time.Second))
	args.MessageRetentionDuration = seconds(p.longestKept())
	s, err := p.subscribe(wanted{resource: source.resource, id: id, args: args, element: source.element})
	if err != nil {
		return err
	}
	t.topic = made
	t.ready = append(t.ready, s.made)
	p.deadLetters[source.owner.DeadLetters()] = s
	return nil
}
