package aws

import (
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// The limits of names, from the validation of hashicorp/terraform-provider-aws
// (internal/service/sns, internal/service/sqs), the IAM user guide ("IAM and AWS STS
// quotas") and Lambda's AddPermission.
const (
	topicNameLimit     = 256
	queueNameLimit     = 80
	roleNameLimit      = 64
	policyNameLimit    = 128
	statementNameLimit = 100
)

// What a physical name ends with. A FIFO topic or queue must end in `.fifo`, which counts.
const (
	fifoSuffix = ".fifo"
	// deadLetterSuffix ends the dead-letter queue of a queue, undeliveredSuffix that of a
	// subscription: a queue and a subscription may have one name.
	deadLetterSuffix  = providers.DeadLetterSuffix
	undeliveredSuffix = "-sub" + providers.DeadLetterSuffix
)

// unknownAccount stands for the account where the spec names none, and is as long as
// one, so that sizes of policies are right.
const unknownAccount = "{account-id}"

// place is where a stack lies: the names, ARNs and URLs of everything in it.
type place struct {
	t         *spec.Topology
	target    *spec.AWSTarget
	partition partition
	// deadLetterSources and deliveries are found out when they are first asked for.
	deadLetterSources map[string][]*spec.Queue
	deliveries        map[string][]string
}

func placeOf(t *spec.Topology) *place {
	return &place{t: t, target: t.Target.AWS, partition: partitionOf(t.Target.AWS.Region)}
}

// A partition is a set of regions with accounts and an ARN prefix of their own.
type partition struct{ id, domain, regions string }

// partitions are those of aws-sdk-go-v2, internal/endpoints/awsrulesfn/partitions.json,
// each with what the names of its regions begin with.
func partitions() []partition {
	return []partition{
		{"aws-cn", "amazonaws.com.cn", "cn-"},
		{"aws-eusc", "amazonaws.eu", "eusc-"},
		{"aws-iso", "c2s.ic.gov", "us-iso-"},
		{"aws-iso-b", "sc2s.sgov.gov", "us-isob-"},
		{"aws-iso-e", "cloud.adc-e.uk", "eu-isoe-"},
		{"aws-iso-f", "csp.hci.ic.gov", "us-isof-"},
		{"aws-us-gov", "amazonaws.com", "us-gov-"},
		{"aws", "amazonaws.com", ""},
	}
}

func partitionOf(region string) partition {
	all := partitions()
	i := slices.IndexFunc(all, func(p partition) bool { return strings.HasPrefix(region, p.regions) })
	return all[i] // the last one has every region
}

// account is the account that the stack lies in, or what stands for it.
func (p *place) account() string {
	if p.target.Account == "" {
		return unknownAccount
	}
	return p.target.Account
}

// accountKnown reports whether the spec names the account, which makes ARNs known.
func (p *place) accountKnown() bool { return p.target.Account != "" }

// arn is the ARN of a resource of the stack's region and account.
func (p *place) arn(service, resource string) string {
	return strings.Join([]string{"arn", p.partition.id, service, p.target.Region, p.account(), resource}, ":")
}

// iamARN is the ARN of an IAM resource, which has no region.
func (p *place) iamARN(resource string) string {
	return "arn:" + p.partition.id + ":iam::" + p.account() + ":" + resource
}

// fifo is what a name ends with, and the limit of what stands before it.
func fifo(ordered bool, limit int) (suffix string, rest int) {
	if ordered {
		return fifoSuffix, limit - len(fifoSuffix)
	}
	return "", limit
}

func (p *place) topicName(t *spec.Topic) string {
	suffix, limit := fifo(t.Ordered, topicNameLimit)
	return providers.Physical(p.t, permissions.TopicAddress(t.Name), "", limit) + suffix
}

func (p *place) queueName(q *spec.Queue) string {
	suffix, limit := fifo(q.Ordered, queueNameLimit)
	return providers.Physical(p.t, permissions.QueueAddress(q.Name), "", limit) + suffix
}

// deadLetterName is the name of the queue that is made for a queue's dead letters: FIFO
// where the queue is, as SQS demands.
func (p *place) deadLetterName(q *spec.Queue) string {
	suffix, limit := fifo(q.Ordered, queueNameLimit)
	return providers.Physical(p.t, permissions.QueueAddress(q.Name), deadLetterSuffix, limit) + suffix
}

// undeliveredName is the name of the queue that is made for what a subscription could not deliver.
func (p *place) undeliveredName(s *spec.Subscription) string {
	return providers.Physical(p.t, permissions.SubscriptionAddress(s.Name), undeliveredSuffix, queueNameLimit)
}

func (p *place) topicARN(t *spec.Topic) string {
	if arn := t.Existing.In(spec.AWS); arn != "" {
		return arn
	}
	return p.arn("sns", p.topicName(t))
}

func (p *place) queueARN(q *spec.Queue) string {
	if arn := q.Existing.In(spec.AWS); arn != "" {
		return arn
	}
	return p.arn("sqs", p.queueName(q))
}

// deadLettersARN is the ARN of the queue that takes the dead letters of a queue.
func (p *place) deadLettersARN(q *spec.Queue) string {
	if q.DeadLetter.Queue != "" {
		return p.queueARN(p.t.Queue(q.DeadLetter.Queue))
	}
	return p.arn("sqs", p.deadLetterName(q))
}

// undeliveredARN is the ARN of the queue that takes what a subscription could not deliver.
func (p *place) undeliveredARN(s *spec.Subscription) string {
	if s.DeadLetter.Queue != "" {
		return p.queueARN(p.t.Queue(s.DeadLetter.Queue))
	}
	return p.arn("sqs", p.undeliveredName(s))
}

// resourceARN is the ARN of what a grant is about: a topic, a queue or dead letters.
func (p *place) resourceARN(a permissions.Address) string {
	kind, name := a.Split()
	_, dead := a.Owner()
	switch {
	case kind == "topic":
		return p.topicARN(p.t.Topic(name))
	case kind == "queue" && dead:
		return p.deadLettersARN(p.t.Queue(name))
	case kind == "queue":
		return p.queueARN(p.t.Queue(name))
	default:
		return p.undeliveredARN(p.t.Subscription(name))
	}
}

// queueURL is the URL of a queue with a known ARN: https://sqs.REGION.DOMAIN/ACCOUNT/NAME,
// as documented in the SQS developer guide ("Amazon SQS queue and message identifiers").
func (p *place) queueURL(arn string) string {
	a := parseARN(arn)
	base := "https://sqs." + a.region + "." + p.partition.domain
	if p.target.Endpoint != "" {
		base = strings.TrimSuffix(p.target.Endpoint, "/")
	}
	return base + "/" + a.account + "/" + a.resource
}

// An arn has the parts of arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE.
type arn struct{ partition, service, region, account, resource string }

// parseARN takes an ARN apart. The spec has seen to its form.
func parseARN(s string) arn {
	const parts = 6
	f := strings.SplitN(s, ":", parts)
	if len(f) < parts {
		return arn{}
	}
	return arn{f[1], f[2], f[3], f[4], f[5]}
}
