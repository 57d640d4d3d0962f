package aws

import (
	"fmt"
	"strings"
	"time"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Check reports what SNS, SQS and IAM cannot do, do otherwise, cannot name or have no room
// for, and what must be allowed by policies that are not msgdeploy's. It contacts nobody.
func (*Provider) Check(t *spec.Topology) diag.Diagnostics {
	c := &check{place: placeOf(t), grants: permissions.Derive(t)}
	c.diags = append(c.diags, providers.CheckCapabilities(t)...)
	for _, step := range []func(){c.names, c.places, c.queues, c.subscriptions, c.deliveriesInto, c.services} {
		step()
	}
	return c.diags
}

// check collects what is wrong with one topology.
type check struct {
	*place
	grants []permissions.Grant
	diags  diag.Diagnostics
}

// on begins a detail.
func (c *check) on(format string, args ...any) string {
	return fmt.Sprintf("Stack %s is on aws. ", c.t.Stack) + fmt.Sprintf(format, args...)
}

func (c *check) beyond(at diag.Range, format string, args ...any) {
	c.diags = append(c.diags, providers.Problem(providers.CodeBeyondLimit, at, "The cloud cannot do that much", c.on(format, args...)))
}

func (c *check) problem(code string, at diag.Range, summary, format string, args ...any) {
	c.diags = append(c.diags, providers.Problem(code, at, summary, c.on(format, args...)))
}

// The rules of names: hashicorp/terraform-provider-aws, internal/service/sns and sqs; IAM
// user guide, "IAM and AWS STS quotas", which compares names without regard to case.
func nameRule(limit int, fold bool) providers.NameRule {
	if fold {
		return providers.NameRule{Limit: limit, Expr: `^[\w+=,.@-]+$`, Words: "letters, digits and characters of _+=,.@-", FoldCase: true}
	}
	return providers.NameRule{Limit: limit, Expr: `^[A-Za-z0-9_-]+$`, Words: "letters, digits, _ and - (`.fifo` is added to those of ordered ones)"}
}

// names finds names that are not allowed, were cut, or are those of two elements.
func (c *check) names() {
	space := func(what string, ordered bool, limit int) *providers.Namespace {
		_, limit = fifo(ordered, limit)
		return &providers.Namespace{What: what, Rule: nameRule(limit, false)}
	}
	topics := map[bool]*providers.Namespace{false: space("topics", false, topicNameLimit), true: space("FIFO topics", true, topicNameLimit)}
	queues := map[bool]*providers.Namespace{false: space("queues", false, queueNameLimit), true: space("FIFO queues", true, queueNameLimit)}
	roles := &providers.Namespace{What: "roles", Rule: nameRule(roleNameLimit, true)}
	for _, t := range c.t.Topics {
		if t.Existing.In(spec.AWS) == "" {
			topics[t.Ordered].Name(c.t, permissions.TopicAddress(t.Name), "")
		}
	}
	for _, q := range c.t.Queues {
		if q.Existing.In(spec.AWS) != "" {
			continue
		}
		address := permissions.QueueAddress(q.Name)
		queues[q.Ordered].Name(c.t, address, "")
		if q.DeadLetter != nil && q.DeadLetter.Queue == "" {
			queues[q.Ordered].Name(c.t, address.DeadLetters(), deadLetterSuffix)
		}
	}
	for _, s := range c.t.Subscriptions {
		if s.DeadLetter != nil && s.DeadLetter.Queue == "" {
			queues[false].Name(c.t, permissions.SubscriptionAddress(s.Name).DeadLetters(), undeliveredSuffix)
		}
	}
	for _, s := range c.t.Services {
		if id := identityOf(s); id != nil && id.Create != nil && len(c.grantsOf(s)) > 0 {
			roles.Name(c.t, permissions.ServiceAddress(s.Name), "")
		}
	}
	for _, n := range []*providers.Namespace{topics[false], topics[true], queues[false], queues[true], roles} {
		c.diags = append(c.diags, n.Diagnostics()...)
	}
}

func (c *check) grantsOf(s *spec.Service) []permissions.Grant {
	return permissions.Of(c.grants, permissions.ServiceAddress(s.Name))
}

// queueBounds are the ranges of SQS's CreateQueue.
func queueBounds() []providers.Bound {
	const source = "Amazon SQS API reference, CreateQueue"
	return []providers.Bound{
		{Path: "lease", Of: func(q *spec.Queue) time.Duration { return q.Lease }, Max: 12 * time.Hour, Step: time.Second, What: "SQS hides a dequeued message", Source: source},
		{Path: "retention", Of: func(q *spec.Queue) time.Duration { return q.Retention }, Min: time.Minute, Max: 14 * 24 * time.Hour, Step: time.Second, What: "SQS keeps a message", Source: source},
		{Path: "delay", Of: func(q *spec.Queue) time.Duration { return q.Delay }, Max: 15 * time.Minute, Step: time.Second, What: "SQS delays a message", Source: source},
	}
}

func (c *check) queues() {
	for _, q := range c.t.Queues {
		if arn := q.Existing.In(spec.AWS); arn != "" {
			c.sameOrder("queue", q.Name, q.Ordered, arn, q.Origin)
			continue
		}
		c.diags = append(c.diags, providers.CheckBounds(c.t, q, queueBounds())...)
		if q.DeadLetter != nil && q.DeadLetter.Queue != "" {
			c.deadLetterOrder(q)
		}
		if sources := c.sourcesOf(q.Name); len(sources) > redriveSourceLimit {
			c.diags = append(c.diags, providers.Caution(providers.CodeBeyondLimit, sources[redriveSourceLimit].At("deadLetter.queue"), "The cloud cannot do that much",
				c.on("SQS can say of %d queues that another takes their dead letters, and %d put theirs into `%s`: every queue of the account may. Give some a dead-letter queue of their own to have it said.",
					redriveSourceLimit, len(sources), q.Name)))
		}
	}
	for _, t := range c.t.Topics {
		if arn := t.Existing.In(spec.AWS); arn != "" {
			c.sameOrder("topic", t.Name, t.Ordered, arn, t.Origin)
		}
	}
}

// sameOrder reports an existing element whose spec says something else than its name,
// which ends in `.fifo` if and only if it keeps order.
func (c *check) sameOrder(kind, name string, ordered bool, arn string, o spec.Origin) {
	if strings.HasSuffix(arn, fifoSuffix) == ordered {
		return
	}
	is, say := "is a FIFO "+kind, "true"
	if ordered {
		is, say = "is no FIFO "+kind, "false"
	}
	c.problem(providers.CodeOrder, o.At("existing.aws"), "Ordered and unordered do not go together", "`%s` %s. Say `ordered: %s`.", name, is, say)
}

func (c *check) deadLetterOrder(q *spec.Queue) {
	other := c.t.Queue(q.DeadLetter.Queue)
	if other.Ordered == q.Ordered {
		return
	}
	c.problem(providers.CodeOrder, q.At("deadLetter.queue"), "Ordered and unordered do not go together",
		"SQS puts the dead letters of a FIFO queue into FIFO queues only, and those of others into others only: `%s` and `%s` must both be `ordered`, or neither. "+
			"Without `deadLetter.queue`, `%s` gets a queue that fits.", q.Name, other.Name, q.Name)
}

// deliveriesInto checks the policies that deliveries need: ours for their size, those of
// others for what they must say.
func (c *check) deliveriesInto() {
	for _, q := range c.t.Queues {
		topics := c.topicsInto(q.Name)
		if len(topics) == 0 {
			continue
		}
		arn := c.queueARN(q)
		if q.Existing.In(spec.AWS) != "" {
			c.policyElsewhere(q, topics)
			continue
		}
		if size := len(c.queuePolicy(arn, topics).String()); size > queuePolicyLimit {
			c.beyond(c.lastInto(q), "The policy of a queue has room for %d characters, and the %d topics that deliver into `%s` need %d. Let fewer topics feed it, or give them shorter names.",
				queuePolicyLimit, len(topics), q.Name, size)
		}
		c.keyPolicy(c.queueKey(q), c.keyAt(q.Origin), "queue `"+q.Name+"`", topics)
	}
	for _, s := range c.t.Subscriptions {
		if s.DeadLetter != nil && s.DeadLetter.Queue == "" {
			c.keyPolicy(c.topicKey(s.Topic), c.keyAt(s.Topic.Origin), "the dead letters of subscription `"+s.Name+"`", []string{c.topicARN(s.Topic)})
		}
	}
}

// queuePolicyLimit is the size of a queue's policy in bytes (SQS developer guide, "Quotas
// related to policies").
const queuePolicyLimit = 8192

// lastInto is where the last subscription that delivers into a queue stands.
func (c *check) lastInto(q *spec.Queue) diag.Range {
	at := q.Range
	for _, s := range c.t.Subscriptions {
		if s.ToQueue == q {
			at = s.At("to")
		}
	}
	return at
}

// keyAt is where a customer's key is asked for: by the element or by the stack.
func (c *check) keyAt(o spec.Origin) diag.Range {
	if o.Asked("aws.kmsKey") {
		return o.At("aws.kmsKey")
	}
	return c.target.At("kmsKey")
}

// keyPolicy warns that a key's policy must let SNS use it: without that, what SNS delivers
// is lost, and nobody is told (aws/aws-cdk#19796).
func (c *check) keyPolicy(key string, at diag.Range, what string, topics []string) {
	if key == "" {
		return
	}
	c.diags = append(c.diags, providers.Caution(providers.CodeKeyPolicy, at, "A key's policy must let the cloud deliver",
		c.on("SNS delivers into %s, which %s encrypts. The key is yours: see to it that its policy has the statement %s", what, key, jsonText(c.keyStatement(topics)))))
}

// policyElsewhere warns that the policy of a queue that was made elsewhere must allow deliveries.
func (c *check) policyElsewhere(q *spec.Queue, topics []string) {
	policy := c.queuePolicy(c.queueARN(q), topics)
	c.diags = append(c.diags, providers.Caution(providers.CodePolicyElsewhere, q.At("existing.aws"), "A policy that is not ours must allow this",
		c.on("SNS delivers into `%s`, which exists already and is never changed. See to it that its policy has the statement %s", q.Name, jsonText(policy.Statement[1]))))
}
