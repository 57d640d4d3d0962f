package aws

import (
	"fmt"
	"strings"
	"time"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// The limits of subscriptions: SNS developer guide, "Subscription filter policies",
// "Amazon SNS message delivery retries", and https://aws.amazon.com/sns/features (FIFO).
const (
	filterKeyLimit         = 5
	filterCombinationLimit = 150
	filtersPerTopicLimit   = 200
	fifoSubscriptionLimit  = 100
	retryTimeLimit         = time.Hour
)

func (c *check) subscriptions() {
	filters, ofTopic := map[string]int{}, map[string]int{}
	targets := map[string]*spec.Subscription{}
	for _, s := range c.t.Subscriptions {
		topic := s.Topic.Name
		if len(s.Filter) > 0 {
			filters[topic]++
			c.filter(s)
			if filters[topic] == filtersPerTopicLimit+1 {
				c.beyond(s.At("filter"), "A topic has at most %d subscriptions with filters, and `%s` has more.", filtersPerTopicLimit, topic)
			}
		}
		ofTopic[topic]++
		if s.Topic.Ordered && ofTopic[topic] == fifoSubscriptionLimit+1 {
			c.beyond(s.Range, "A FIFO topic has at most %d subscriptions, and `%s` has more.", fifoSubscriptionLimit, topic)
		}
		c.once(s, targets)
		if s.ToService != nil {
			c.towardsService(s)
		}
	}
}

// filter checks the size of a filter: every key, and every combination of values counts.
func (c *check) filter(s *spec.Subscription) {
	if n := len(s.Filter); n > filterKeyLimit {
		c.beyond(s.At("filter"), "A filter has at most %d attributes, and this one has %d.", filterKeyLimit, n)
		return
	}
	combinations := 1
	for _, values := range s.Filter {
		combinations *= max(1, len(values))
	}
	if combinations > filterCombinationLimit {
		c.beyond(s.At("filter"), "The numbers of values of a filter's attributes, multiplied, are at most %d, and %d here.", filterCombinationLimit, combinations)
	}
}

// once reports a second subscription of one target to one topic: SNS knows only one, and
// the second would change the first.
func (c *check) once(s *spec.Subscription, targets map[string]*spec.Subscription) {
	target := c.targetOf(s)
	key := s.Topic.Name + " " + target
	first, taken := targets[key]
	if !taken {
		targets[key] = s
		return
	}
	d := providers.Problem(providers.CodeSubscribedTwice, s.Range, "Subscribed twice",
		c.on("SNS has one subscription for a topic and a target, and `%s` and `%s` are both from `%s` to %s. Make one of them, whose filter has the values of both.",
			first.Name, s.Name, s.Topic.Name, target))
	d.Related = []diag.Related{{Range: first.Range, Message: "this one comes first"}}
	c.diags = append(c.diags, d)
}

func (c *check) targetOf(s *spec.Subscription) string {
	switch {
	case s.ToQueue != nil:
		return c.queueARN(s.ToQueue)
	case functionOf(s.ToService) != "":
		return functionOf(s.ToService)
	default:
		return s.ToService.Endpoint.URL
	}
}

func (c *check) towardsService(s *spec.Subscription) {
	if d := s.DeadLetter; d != nil && d.Queue != "" && c.t.Queue(d.Queue).Ordered {
		c.problem(providers.CodeOrder, d.At("queue"), "Ordered and unordered do not go together",
			"What a topic could not deliver to a service goes into a queue without order, and `%s` is `ordered`. Name another queue, or none: a queue is made then.", d.Queue)
	}
	if functionOf(s.ToService) != "" {
		return
	}
	if strings.HasPrefix(s.ToService.Endpoint.URL, "http:") && c.target.Endpoint == "" {
		c.problem(providers.CodeNotSupported, s.ToService.At("endpoint"), "This cloud cannot do that",
			"SNS does not reach this computer. Give `%s` an https endpoint in this stack's `patch`.", s.ToService.Name)
	}
	c.retries(s)
}

// retries reports a schedule that takes longer than SNS tries.
func (c *check) retries(s *spec.Subscription) {
	if total := retryTime(s.Retry, s.Retry.MaxAttempts); total > retryTimeLimit {
		fits := s.Retry.MaxAttempts
		for fits > 1 && retryTime(s.Retry, fits) > retryTimeLimit {
			fits--
		}
		at := s.At("retry")
		if s.Asked("retry.maxAttempts") {
			at = s.At("retry.maxAttempts")
		}
		c.beyond(at, "SNS retries for %s, and this takes %s. With these pauses `maxAttempts` is at most %d; or set a shorter `maxBackoff`.",
			spec.FormatDuration(retryTimeLimit), spec.FormatDuration(total), fits)
	}
}

// retryTime is how long all pauses of a schedule take: each is twice the one before, up to the longest.
func retryTime(r *spec.Retry, attempts int) time.Duration {
	var total time.Duration
	pause := r.MinBackoff
	for range attempts - 1 {
		total += pause
		pause = min(2*pause, r.MaxBackoff)
	}
	return total
}

// places reports what lies in another region or account, which one deployment does not
// reach, and what cannot be known as long as the account is not.
func (c *check) places() {
	if key := c.target.KMSKey; key != "" {
		c.sameRegion(c.target.At("kmsKey"), "The key", key)
	}
	for _, t := range c.t.Topics {
		if arn := t.Existing.In(spec.AWS); arn != "" {
			c.sameRegion(t.At("existing.aws"), "The topic", arn)
			c.foreignAccount(t.At("existing.aws"), "topic", t.Name, arn)
		}
		if t.AWS != nil && t.AWS.KMSKey != "" {
			c.sameRegion(t.At("aws.kmsKey"), "The key", t.AWS.KMSKey)
		}
	}
	for _, q := range c.t.Queues {
		if arn := q.Existing.In(spec.AWS); arn != "" {
			c.sameRegion(q.At("existing.aws"), "The queue", arn)
			c.foreignAccount(q.At("existing.aws"), "queue", q.Name, arn)
		}
		if q.AWS != nil && q.AWS.KMSKey != "" {
			c.sameRegion(q.At("aws.kmsKey"), "The key", q.AWS.KMSKey)
		}
	}
	for _, s := range c.t.Subscriptions {
		if s.ToService == nil || functionOf(s.ToService) == "" {
			continue
		}
		at := s.ToService.At("function.aws")
		c.sameRegion(at, "The function", functionOf(s.ToService))
		c.sameAccount(at, "the function", functionOf(s.ToService))
	}
	c.foreignElements()
}

// foreignElements reports elements of other projects whose ARNs nobody can tell.
func (c *check) foreignElements() {
	if c.accountKnown() {
		return
	}
	for _, t := range c.t.ForeignTopics {
		c.accountNeeded(t.Range, fmt.Sprintf("the ARN of `%s`", t.Name))
	}
	for _, q := range c.t.ForeignQueues {
		c.accountNeeded(q.Range, fmt.Sprintf("the ARN of `%s`", q.Name))
	}
}

func (c *check) accountNeeded(at diag.Range, what string) {
	d := providers.Problem(providers.CodeAccountNeeded, at, "The account is not known",
		c.on("Without its account nobody can tell %s. Add `account` to the stack.", what))
	d.Related = []diag.Related{{Range: c.target.Range, Message: "the stack is here"}}
	c.diags = append(c.diags, d)
}

// sameRegion reports what is in another region: SNS, SQS and KMS use what is in their own.
func (c *check) sameRegion(at diag.Range, what, arn string) {
	if region := parseARN(arn).region; region != c.target.Region {
		c.problem(providers.CodeElsewhere, at, "That is somewhere else", "%s is in %s, and the stack in %s: both must be in one region.", what, region, c.target.Region)
	}
}

// sameAccount reports what would have to be changed in another account.
func (c *check) sameAccount(at diag.Range, what, arn string) {
	if account := parseARN(arn).account; c.accountKnown() && account != c.account() {
		c.problem(providers.CodeElsewhere, at, "That is somewhere else",
			"Account %s holds %s, and the stack is deployed to %s: what it must allow can be said only there.", account, what, c.account())
	}
}

// foreignAccount warns that an element of another account must let this one in.
func (c *check) foreignAccount(at diag.Range, kind, name, arn string) {
	if account := parseARN(arn).account; c.accountKnown() && account != c.account() {
		c.diags = append(c.diags, providers.Caution(providers.CodePolicyElsewhere, at, "A policy that is not ours must allow this",
			c.on("The %s `%s` is of account %s. Its policy, and that of its key, must allow account %s too; what msgdeploy grants is not enough.", kind, name, account, c.account())))
	}
}
