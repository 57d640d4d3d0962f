package azure

import (
	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

// allQueues registers the queues, those that take the dead letters of others before them.
func (p *program) allQueues() error {
	for _, q := range p.t.Queues {
		if err := p.queue(q); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) queue(q *spec.Queue) error {
	if _, done := p.out.Queues[q.Name]; done {
		return nil
	}
	element, err := p.Queue(q)
	if err != nil {
		return err
	}
	p.out.Queues[q.Name] = p.queueOutputs(q)
	switch {
	case !isMade(q.Existing):
	case p.queued(q):
		p.queues[q.Name], err = p.busQueue(q, element)
	default:
		p.queues[q.Name], err = p.made(typeQueue, q.Name, &storage.QueueArgs{
			ResourceGroupName: p.groupName(),
			AccountName:       p.accountName(),
			QueueName:         pulumi.String(p.queueName(q)),
		}, element.Stateful())
	}
	return err
}

func (p *program) busQueue(q *spec.Queue, element *elements.Element) (pulumi.Resource, error) {
	args := busQueueArgs{
		ResourceGroupName:                p.groupName(),
		NamespaceName:                    p.busName(),
		QueueName:                        pulumi.String(p.queueName(q)),
		LockDuration:                     pulumi.String(iso(q.Lease)),
		DefaultMessageTimeToLive:         pulumi.String(iso(q.Retention)),
		MaxDeliveryCount:                 pulumi.Int(neverDead),
		DeadLetteringOnMessageExpiration: pulumi.Bool(false),
		RequiresSession:                  pulumi.Bool(q.Ordered),
		RequiresDuplicateDetection:       pulumi.Bool(q.Ordered),
	}
	if q.Ordered {
		args.DuplicateDetectionHistoryTimeWindow = pulumi.String(iso(deduplicationWindow))
	}
	if d := q.DeadLetter; d != nil {
		args.MaxDeliveryCount = pulumi.Int(d.MaxAttempts)
		args.DeadLetteringOnMessageExpiration = pulumi.Bool(true)
		if d.Queue != "" {
			other := p.t.Queue(d.Queue)
			if err := p.queue(other); err != nil {
				return nil, err
			}
			args.ForwardDeadLetteredMessagesTo = p.tied(p.queueName(other), p.queues[other.Name])
		}
	}
	return p.made(typeBusQueue, q.Name, properties(args), element.Stateful())
}
