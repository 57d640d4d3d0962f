// Package aws is the provider for Amazon SNS, SQS and IAM: the program that makes a
// topology of their resources, and what it must refuse or say beforehand.
package aws

import (
	"github.com/msgdeploy/msgdeploy/providers"
)

// Provider is AWS. The zero Provider is ready to use.
type Provider struct{}

var _ providers.Provider = (*Provider)(nil)

// New returns the provider.
func New() *Provider { return &Provider{} }

// Resources describes the types of pulumi-aws 6.83 that programs register.
func (*Provider) Resources() []providers.ResourceType {
	return []providers.ResourceType{
		{Token: "aws:eks/podIdentityAssociation:PodIdentityAssociation", Computed: []string{"associationArn", "associationId"}},
		{Token: "aws:iam/policy:Policy", Computed: []string{"arn"}},
		{Token: "aws:iam/role:Role", Computed: []string{"arn"}},
		{Token: "aws:iam/rolePolicy:RolePolicy"},
		{Token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment"},
		{Token: "aws:iam/userPolicy:UserPolicy"},
		{Token: "aws:iam/userPolicyAttachment:UserPolicyAttachment"},
		{Token: "aws:lambda/permission:Permission"},
		{Token: "aws:sns/topic:Topic", Computed: []string{"arn"}, Stateful: true},
		{Token: "aws:sns/topicPolicy:TopicPolicy"},
		{Token: "aws:sns/topicSubscription:TopicSubscription", Computed: []string{"arn"}, Stateful: true},
		{Token: "aws:sqs/queue:Queue", Computed: []string{"arn", "url"}, Stateful: true},
		{Token: "aws:sqs/queuePolicy:QueuePolicy"},
		{Token: "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"},
		{Token: "aws:sqs/redrivePolicy:RedrivePolicy"},
	}
}
