package aws

import (
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

const (
	// deadLetterRetention is the longest that SQS keeps a message.
	deadLetterRetention = 14 * 24 * time.Hour
	// The defaults of the settings that only SQS has, where a queue has no `aws` block.
	defaultMaxMessageSize = 256 << 10
	defaultReceiveWait    = 20 * time.Second
	// dataKeyReuse is for how long SQS encrypts with one data key: its default, written
	// down so that a change made elsewhere is seen.
	dataKeyReuse = 5 * time.Minute
	// redriveSourceLimit is how many queues a RedriveAllowPolicy can name (SQS API, SetQueueAttributes).
	redriveSourceLimit = 10
	// deadLetterEnd ends the names of the resources of a queue's dead letters.
	deadLetterEnd = "_deadLetter"
)

func (p *program) allQueues() error {
	for _, q := range p.t.Queues {
		if err := p.makeQueue(q); err != nil {
			return err
		}
	}
	return nil
}

// makeQueue makes a queue and the queue of its dead letters.
func (p *program) makeQueue(q *spec.Queue) error {
	element, err := p.Queue(q)
	if err != nil {
		return err
	}
	p.elements[element.Address] = element
	if arn := q.Existing.In(spec.AWS); arn != "" {
		p.out.Queues[q.Name] = pulumi.StringMap{"arn": pulumi.String(arn), "url": pulumi.String(p.queueURL(arn))}
		return nil
	}
	args := p.queueArgs(q)
	args.Name = pulumi.String(p.queueName(q))
	args.MessageRetentionSeconds = seconds(q.Retention)
	args.DelaySeconds = seconds(q.Delay)
	queue, err := p.newQueue(element, q.Name, p.queueARN(q), args)
	if err != nil {
		return err
	}
	p.out.Queues[q.Name] = pulumi.StringMap{"arn": p.arnInput(p.queueARN(q)), "url": queue.Url}
	if q.DeadLetter == nil || q.DeadLetter.Queue != "" {
		return nil
	}
	args = p.queueArgs(q)
	args.Name = pulumi.String(p.deadLetterName(q))
	args.MessageRetentionSeconds = seconds(deadLetterRetention)
	args.DelaySeconds = pulumi.Int(0)
	_, err = p.newQueue(element, q.Name+deadLetterEnd, p.deadLettersARN(q), args)
	return err
}

// queueArgs are what a queue and its dead letters have in common. What SQS would keep as
// it is when left out is written down, so that taking it from the spec resets it.
func (p *program) queueArgs(q *spec.Queue) *sqs.QueueArgs {
	own := q.AWS
	if own == nil {
		own = &spec.AWSQueue{MaxMessageSize: defaultMaxMessageSize, ReceiveWait: defaultReceiveWait}
	}
	args := &sqs.QueueArgs{
		VisibilityTimeoutSeconds: seconds(q.Lease),
		ReceiveWaitTimeSeconds:   seconds(own.ReceiveWait),
		MaxMessageSize:           pulumi.Int(int(own.MaxMessageSize)),
	}
	encrypt(args, p.queueKey(q))
	if q.Ordered {
		args.FifoQueue = pulumi.Bool(true)
		// The event's id deduplicates, within its key; keys do not wait for each other.
		args.ContentBasedDeduplication = pulumi.Bool(false)
		args.DeduplicationScope = pulumi.String("messageGroup")
		args.FifoThroughputLimit = pulumi.String("perMessageGroupId")
	}
	return args
}

// encrypt chooses between a customer's key and SQS's own encryption, which exclude each other.
func encrypt(args *sqs.QueueArgs, key string) {
	if key == "" {
		args.SqsManagedSseEnabled = pulumi.Bool(true)
		return
	}
	args.KmsMasterKeyId = pulumi.String(key)
	args.KmsDataKeyReusePeriodSeconds = seconds(dataKeyReuse)
}

func (p *program) newQueue(element *elements.Element, name, arn string, args *sqs.QueueArgs) (*sqs.Queue, error) {
	args.Tags = p.tags(element)
	queue, err := sqs.NewQueue(p.Context, name, args, element.Stateful()...)
	if err != nil {
		return nil, err
	}
	p.made(arn, queue.Arn, queue)
	p.urls[arn] = queue.Url
	return queue, nil
}

// wireQueues makes what refers to other queues and to topics: the policies, and who takes
// whose dead letters.
func (p *program) wireQueues() error {
	for _, q := range p.t.Queues {
		if q.Existing.In(spec.AWS) != "" {
			continue
		}
		if err := p.wireQueue(q); err != nil {
			return err
		}
	}
	for _, q := range p.t.Queues {
		if q.DeadLetter == nil {
			continue
		}
		if err := p.redrive(q); err != nil {
			return err
		}
	}
	return nil
}

// wireQueue makes the policies of a queue and of its dead letters.
func (p *program) wireQueue(q *spec.Queue) error {
	element := p.elements[permissions.QueueAddress(q.Name)]
	if err := p.queueAccess(element, q.Name, p.queueARN(q), p.topicsInto(q.Name)); err != nil {
		return err
	}
	if sources := p.sourcesOf(q.Name); len(sources) > 0 {
		arns := make([]string, 0, len(sources))
		for _, source := range sources {
			arns = append(arns, p.queueARN(source))
		}
		if err := p.allowRedrive(element, q.Name, p.queueARN(q), arns); err != nil {
			return err
		}
	}
	if q.DeadLetter == nil || q.DeadLetter.Queue != "" {
		return nil
	}
	name, arn := q.Name+deadLetterEnd, p.deadLettersARN(q)
	if err := p.queueAccess(element, name, arn, nil); err != nil {
		return err
	}
	return p.allowRedrive(element, name, arn, []string{p.queueARN(q)})
}

// queueAccess makes the one policy of a queue: a second one would take its place.
func (p *program) queueAccess(element *elements.Element, name, arn string, topics []string) error {
	access, err := sqs.NewQueuePolicy(p.Context, name, &sqs.QueuePolicyArgs{
		QueueUrl: p.urls[arn],
		Policy:   p.text(p.queuePolicy(arn, topics).String()),
	}, element.Options()...)
	if err != nil {
		return err
	}
	p.after[arn] = append(p.after[arn], access)
	p.before(access)
	return nil
}

// redrivePermission says whose dead letters a queue takes.
type redrivePermission struct {
	RedrivePermission string   `json:"redrivePermission"`
	SourceQueueARNs   []string `json:"sourceQueueArns,omitempty"`
}

func (p *program) allowRedrive(element *elements.Element, name, arn string, sources []string) error {
	allowed := redrivePermission{RedrivePermission: "byQueue", SourceQueueARNs: sorted(sources)}
	if len(sources) > redriveSourceLimit {
		allowed = redrivePermission{RedrivePermission: "allowAll"}
	}
	access, err := sqs.NewRedriveAllowPolicy(p.Context, name, &sqs.RedriveAllowPolicyArgs{
		QueueUrl:           p.urls[arn],
		RedriveAllowPolicy: p.text(jsonText(allowed)),
	}, element.Options()...)
	if err != nil {
		return err
	}
	// SQS refuses a source that is not allowed yet.
	p.redrives[arn] = access
	p.before(access)
	return nil
}

// redriveTarget is where a queue's messages go after the last attempt. The count is a
// number: SQS would take a string, and show a difference ever after.
type redriveTarget struct {
	DeadLetterTargetARN string `json:"deadLetterTargetArn"`
	MaxReceiveCount     int    `json:"maxReceiveCount,omitempty"`
}

// redrive makes the resource that goes when the spec says `deadLetter: false`.
func (p *program) redrive(q *spec.Queue) error {
	target := p.deadLettersARN(q)
	var wait []pulumi.Resource // for nothing where the dead letters go to a queue that was made elsewhere
	if allowed := p.redrives[target]; allowed != nil {
		wait = append(wait, allowed)
	}
	redrive, err := sqs.NewRedrivePolicy(p.Context, q.Name, &sqs.RedrivePolicyArgs{
		QueueUrl:      p.urls[p.queueARN(q)],
		RedrivePolicy: p.text(jsonText(redriveTarget{target, q.DeadLetter.MaxAttempts})),
	}, p.elements[permissions.QueueAddress(q.Name)].Options(pulumi.DependsOn(wait))...)
	if err != nil {
		return err
	}
	p.before(redrive)
	p.out.Queues[q.Name].(pulumi.StringMap)["deadLetterUrl"] = p.urlInput(target)
	return nil
}

// urlInput is the URL of a queue.
func (p *program) urlInput(arn string) pulumi.StringInput {
	if url, ok := p.urls[arn]; ok {
		return url
	}
	return pulumi.String(p.queueURL(arn))
}

// seconds is a time of a queue, which are whole seconds.
func seconds(d time.Duration) pulumi.IntPtrInput { return pulumi.Int(int(d / time.Second)) }
