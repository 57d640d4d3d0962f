// Package aws is the provider for Amazon SNS, SQS and IAM: the program that makes a
// topology of their resources, and what it must refuse or say beforehand.
//
// # Mapping
//
// A topic is an SNS topic and a queue an SQS queue, FIFO where ordered; dead letters are
// SQS queues. A subscription is an SNS subscription, a service an IAM role or user, and
// its permissions are identity policies. See mapping, from which docs/aws.md is made.
//
// # Delivery semantics
//
// At least once; in order per key where both topic and queue are ordered, and then once
// within five minutes. Raw delivery: queues and endpoints get the published bytes.
// Lambda has no raw delivery and gets SNS's event.
//
// # Limits
//
// Those of limits and queueBounds, each with its source. What goes beyond is said by
// Check, on the line that asks.
//
// # Permissions
//
// One statement a verb, with only its ARNs, see verbTable. Nothing is granted on `*`, to
// everybody or to another account. Resource policies only deny what comes without TLS and
// allow SNS to deliver; KMS actions are granted on customers' keys only.
package aws

import (
	"fmt"

	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Provider is AWS. The zero Provider is ready to use.
type Provider struct{}

var _ providers.Provider = (*Provider)(nil)

// New returns the provider.
func New() *Provider { return &Provider{} }

// Resources describes the types of pulumi-aws 6.83 that programs register.
func (*Provider) Resources() []providers.ResourceType {
	var types []providers.ResourceType
	ids, adopts := identity(), adopting()
	for _, m := range mapping() {
		m.Identity = ids[m.Token]
		if how, ok := adopts[m.Token]; ok {
			m.Adopts = &how
		}
		types = append(types, m.ResourceType)
	}
	return types
}

// made is a type of resource and what of a spec becomes one.
type made struct {
	providers.ResourceType
	// of is the element, or the part of one, in words.
	of string
	// sets says how it is made, beyond what the spec asks for.
	sets string
}

// mapping is what becomes of a spec, in the order in which it is documented.
func mapping() []made {
	typ := func(token string, computed ...string) providers.ResourceType {
		return providers.ResourceType{Token: token, Computed: computed}
	}
	stateful := func(t providers.ResourceType) providers.ResourceType {
		t.Stateful = true
		return t
	}
	subscription := stateful(typ("aws:sns/topicSubscription:TopicSubscription", "arn"))
	subscription.Unconfirmed = "pendingConfirmation"
	return withWords([]made{
		{stateful(typ("aws:sns/topic:Topic", "arn")), "a topic",
			"FIFO where `ordered`, with deduplication by the event's id within its key; encrypted with the customer's key or AWS's own; signatures with SHA-256"},
		{typ("aws:sns/topicPolicy:TopicPolicy"), "a topic's policy",
			"nothing without TLS; it takes the place of SNS's default policy, so that only what the services' own policies say is allowed"},
		{stateful(typ("aws:sqs/queue:Queue", "arn", "url")), "a queue; a queue's dead letters; what a subscription could not deliver",
			"FIFO where `ordered`, per key; long polling of 20 s; encrypted; dead letters are kept for 14 days"},
		{typ("aws:sqs/queuePolicy:QueuePolicy"), "a queue's policy, one whatever feeds it",
			"nothing without TLS; deliveries of exactly the topics that feed it, by their ARNs and account"},
		{typ("aws:sqs/redrivePolicy:RedrivePolicy"), "`deadLetter` of a queue", "a resource of its own, so that `deadLetter: false` takes it away"},
		{typ("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"), "whose dead letters a queue takes", "up to 10 queues by name; beyond that all of the account (a warning)"},
		{subscription, "a subscription", "raw delivery unless `deliver: native`; `filter` on message attributes; dead letters; towards endpoints a delivery policy, and last of all"},
		{typ("aws:lambda/permission:Permission"), "a subscription to a function", "for its topic only, one statement a subscription"},
		{typ("aws:iam/role:Role", "arn"), "`identity.aws.create`", "trust for exactly the parties named, path and permissions boundary"},
		{typ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "associationArn", "associationId"), "`trust: [{podIdentity}]`", "the Kubernetes service account that gets the role"},
		{typ("aws:iam/rolePolicy:RolePolicy"), "the permissions of a service that is a role", "an inline policy, as long as it has room"},
		{typ("aws:iam/userPolicy:UserPolicy"), "the permissions of a service that is a user", "an inline policy, as long as it has room"},
		{typ("aws:iam/policy:Policy", "arn"), "permissions that have no room inline; `policyOnly`", "each resource has its place by its hash: one more rewrites one policy"},
		{typ("aws:iam/rolePolicyAttachment:RolePolicyAttachment"), "managed policies of a role", ""},
		{typ("aws:iam/userPolicyAttachment:UserPolicyAttachment"), "managed policies of a user", ""},
	})
}

// limit is something that AWS has only so much of.
type limit struct {
	what   string
	most   string
	source string
}

// limits are what Check goes by, beside the bounds of queues' times.
func limits() []limit {
	n := func(n int, unit string) string { return fmt.Sprintf("%d %s", n, unit) }
	const (
		sqs    = "SQS developer guide, quotas"
		sns    = "SNS developer guide, filter policies and message delivery retries"
		names  = "terraform-provider-aws, internal/service/{sns,sqs}"
		quotas = "IAM user guide, IAM and AWS STS quotas"
	)
	return []limit{
		{"name of a topic, `.fifo` included", n(topicNameLimit, "characters"), names},
		{"name of a queue, `.fifo` included", n(queueNameLimit, "characters"), names},
		{"policy of a queue", n(queuePolicyLimit, "characters"), sqs},
		{"queues whose dead letters another queue names", n(redriveSourceLimit, ""), "SQS API reference, SetQueueAttributes"},
		{"attributes of a filter", n(filterKeyLimit, ""), sns},
		{"combinations of a filter's values", n(filterCombinationLimit, ""), sns},
		{"subscriptions of a topic with filters", n(filtersPerTopicLimit, ""), sns},
		{"subscriptions of a FIFO topic", n(fifoSubscriptionLimit, ""), "aws.amazon.com/sns/features"},
		{"all pauses of `retry` together", spec.FormatDuration(retryTimeLimit), sns},
		{"trust policy of a role", n(trustLimit, "characters"), quotas},
		{"inline policies of a role that is made", n(roleInlineLimit, "characters"), quotas},
		{"inline policy of a role that exists, whose others are not known", n(foreignRoleBudget, fmt.Sprintf("of %d characters", roleInlineLimit)), quotas},
		{"inline policy of a user", n(foreignUserBudget, fmt.Sprintf("of %d characters", userInlineLimit)), quotas},
		{"managed policy", n(managedLimit, "characters"), quotas},
		{"managed policies of a role or user", n(attachmentLimit, ""), quotas},
	}
}
