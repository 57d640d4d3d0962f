package aws

import (
	"cmp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/spec"
)

const (
	// managedTopicKey encrypts topics without a customer's key. Its policy admits all
	// principals of the account that act through SNS (SNS developer guide, "Key management").
	managedTopicKey = "alias/aws/sns"
	// signatureSHA256 has SNS sign what it delivers over HTTPS with SHA-256 instead of SHA-1.
	signatureSHA256 = 2
)

func (p *program) allTopics() error {
	for _, t := range p.t.Topics {
		if err := p.makeTopic(t); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) makeTopic(t *spec.Topic) error {
	element, err := p.Topic(t)
	if err != nil {
		return err
	}
	arn := p.topicARN(t)
	p.out.Topics[t.Name] = pulumi.StringMap{"arn": pulumi.String(arn)}
	if t.Existing.In(spec.AWS) != "" {
		return nil
	}
	args := &sns.TopicArgs{
		Name:             pulumi.String(p.topicName(t)),
		KmsMasterKeyId:   pulumi.String(cmp.Or(p.topicKey(t), managedTopicKey)),
		SignatureVersion: pulumi.Int(signatureSHA256),
		TracingConfig:    pulumi.String("PassThrough"),
		Tags:             p.tags(element),
	}
	if t.AWS != nil && t.AWS.Tracing {
		args.TracingConfig = pulumi.String("Active")
	}
	if t.Ordered {
		args.FifoTopic = pulumi.Bool(true)
		// The event's id deduplicates, within its key.
		args.ContentBasedDeduplication = pulumi.Bool(false)
		args.FifoThroughputScope = pulumi.String("MessageGroup")
	}
	topic, err := sns.NewTopic(p.Context, t.Name, args, element.Stateful()...)
	if err != nil {
		return err
	}
	p.made(arn, topic.Arn, topic)
	p.out.Topics[t.Name] = pulumi.StringMap{"arn": p.arnInput(arn)}
	access, err := sns.NewTopicPolicy(p.Context, t.Name, &sns.TopicPolicyArgs{
		Arn:    p.arnInput(arn),
		Policy: p.text(topicPolicy(arn).String()),
	}, element.Options(p.dependsOn(arn))...)
	if err != nil {
		return err
	}
	p.before(access)
	return nil
}
