package nats

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

func (p *program) allQueues() error {
	leased := p.leased()
	for _, q := range p.Topology.Queues {
		if err := p.queue(q, leased[permissions.QueueAddress(q.Name).DeadLetters()]); err != nil {
			return err
		}
	}
	return nil
}

// leased holds what services may dequeue.
func (p *program) leased() map[permissions.Address]bool {
	leased := map[permissions.Address]bool{}
	for _, g := range p.AllGrants() {
		if g.Verb == permissions.Dequeue {
			leased[g.Resource] = true
		}
	}
	return leased
}

func (p *program) queue(q *spec.Queue, deadLettersLeased bool) error {
	address := permissions.QueueAddress(q.Name)
	parent, err := p.Queue(q)
	if err != nil {
		return err
	}
	args := streamArgs{
		Description: q.Description,
		Subjects:    []string{p.layout.queueSubject(q.Name)},
		Retention:   workQueue,
		MaxAge:      duration(q.Retention),
	}
	if q.NATS != nil {
		args.MaxBytes = q.NATS.MaxBytes
	}
	if q.Delay > 0 {
		args.Subjects = []string{p.layout.dueSubject(q.Name)}
	}
	stream, err := p.stream(address, queueSuffix, args, parent, p.holding(q.Protect)...)
	if err != nil {
		return err
	}
	p.inboxes[q.Name] = stream
	if q.Delay > 0 {
		if err := p.delay(q, args, stream, parent); err != nil {
			return err
		}
	}
	if err := p.queueConsumer(q, stream, parent); err != nil {
		return err
	}
	if q.DeadLetter == nil || q.DeadLetter.Queue != "" {
		return nil
	}
	var lease time.Duration
	if deadLettersLeased {
		lease = q.Lease
	}
	_, made := p.layout.made(address)
	return p.deadLetters(address, "Dead letters of queue "+made, lease, q.Protect, parent)
}

// queueConsumer registers the consumer that services lease a queue's messages through.
func (p *program) queueConsumer(q *spec.Queue, stream *streamResource, parent pulumi.Resource) error {
	address := permissions.QueueAddress(q.Name)
	args := consumerArgs{
		Name:          p.layout.stackName(),
		AckWait:       duration(q.Lease),
		MaxDeliver:    -1,
		MaxAckPending: inFlight(q),
	}
	var opts []pulumi.ResourceOption
	if q.DeadLetter != nil {
		args.MaxDeliver = q.DeadLetter.MaxAttempts
		args.Relay = map[string]string{"deadLetters": p.layout.deadLettersOf(address, q.DeadLetter)}
		// Else the advisory of a last delivery could come before there is a stream to keep it.
		opts = append(opts, pulumi.DependsOn([]pulumi.Resource{p.advisories}))
	}
	return p.consumer(typeConsumer, resourceName(address, queueSuffix), stream.Name, address, args, parent, opts...)
}

// inFlight is how many messages may be on their way at once: one keeps their order.
func inFlight(q *spec.Queue) int {
	if q.Ordered {
		return 1
	}
	return -1
}

// delay registers the stream that takes what is enqueued in a queue's place, and the
// consumer through which the relay moves the messages that are due. It comes after the
// queue's own stream, which else would still hold its subject.
func (p *program) delay(q *spec.Queue, like streamArgs, queue *streamResource, parent pulumi.Resource) error {
	address := permissions.QueueAddress(q.Name)
	_, made := p.layout.made(address)
	args := like
	args.Description = "Messages of queue " + made + " that are not due yet"
	args.Subjects = []string{p.layout.queueSubject(q.Name)}
	args.MaxAge = duration(q.Delay + q.Retention)
	opts := append(p.holding(q.Protect), pulumi.DependsOn([]pulumi.Resource{queue}))
	const suffix = queueSuffix + delaySuffix
	stream, err := p.stream(address, suffix, args, parent, opts...)
	if err != nil {
		return err
	}
	p.inboxes[q.Name] = stream
	return p.consumer(typeConsumer, resourceName(address, suffix), stream.Name, address, consumerArgs{
		Name: p.layout.stackName(), AckWait: duration(relayAckWait), MaxDeliver: -1, MaxAckPending: waiting(q),
		Relay: map[string]string{"delay": spanFact(q.Delay), "to": p.layout.dueSubject(q.Name)},
	}, parent)
}

// waiting is how many messages that are not due the relay holds at once: they are due in
// the order in which they came, so those behind need not be looked at.
func waiting(q *spec.Queue) int {
	if q.Ordered {
		return 1
	}
	return broker.MaxDelayed
}

// deadLetters registers the stream of an element's dead letters, and a consumer if
// services may dequeue them: lease is 0 if none may.
func (p *program) deadLetters(owner permissions.Address, description string, lease time.Duration, protect bool, parent pulumi.Resource) error {
	suffix := deadLettersSuffix(owner)
	stream, err := p.stream(owner, suffix, streamArgs{
		Description: description,
		Subjects:    []string{p.layout.deadLetterSubject(owner)},
		Retention:   workQueue,
		MaxAge:      duration(deadLetterRetention),
	}, parent, p.holding(protect)...)
	if err != nil || lease == 0 {
		return err
	}
	return p.consumer(typeConsumer, resourceName(owner, suffix), stream.Name, owner, consumerArgs{
		Name: p.layout.stackName(), AckWait: duration(lease), MaxDeliver: -1, MaxAckPending: -1,
	}, parent)
}

func (p *program) allSubscriptions() error {
	for _, s := range p.Topology.Subscriptions {
		if err := p.subscription(s); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) subscription(s *spec.Subscription) error {
	address := permissions.SubscriptionAddress(s.Name)
	parent, err := p.Subscription(s)
	if err != nil {
		return err
	}
	topic := p.topicStream(s.Topic)
	var opts []pulumi.ResourceOption
	if s.Topic.Project != "" {
		opts = append(opts, pulumi.DependsOn([]pulumi.Resource{p.broker})) // no stream of ours does
	}
	if s.Protect {
		opts = append(opts, pulumi.Protect(true))
	}
	if isSource(s) {
		inputs := pulumi.Map{"stream": p.inboxes[s.ToQueue.Name].Name, "topic": topic}
		return p.registerInputs(typeSource, s.Name, inputs, parent, &consumerResource{}, opts...)
	}
	args := consumerArgs{
		Name:          p.layout.subscriptionConsumer(s.Name),
		AckWait:       duration(relayAckWait),
		MaxDeliver:    -1,
		MaxAckPending: relayInFlight(s),
		New:           true,
		Description:   s.Description,
	}
	switch {
	case s.ToQueue != nil:
		args.Relay = forwardFacts(p.layout.forward(s))
	case s.ToService.Endpoint != nil:
		args.Relay = pushFacts(p.layout.push(s))
	}
	if err := p.consumer(typeSubscription, s.Name, topic, address, args, parent, opts...); err != nil {
		return err
	}
	if s.DeadLetter == nil || s.DeadLetter.Queue != "" {
		return nil
	}
	_, made := p.layout.made(address)
	return p.deadLetters(address, "Dead letters of subscription "+made, 0, s.Protect, parent)
}

// topicStream is the name of the stream of a topic, which another project's stack makes
// where the topic is its.
func (p *program) topicStream(t *spec.Topic) pulumi.StringInput {
	if t.Project != "" {
		return pulumi.String(p.layout.topicStream(t.Name))
	}
	return p.topics[t.Name].Name
}

// relayInFlight is how many messages of a subscription the relay may have at once. An
// ordered topic is delivered one at a time; an unordered one as fast as the relay likes.
func relayInFlight(s *spec.Subscription) int {
	if s.Topic.Ordered {
		return 1
	}
	return -1
}
