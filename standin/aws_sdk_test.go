package standin

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
)

func TestAWSInputs(t *testing.T) {
	t.Parallel()
	testInputs(t, AWS(), "aws_inputs.go", "awsInputs", []argumented{
		sns.TopicArgs{}, sns.TopicPolicyArgs{}, sns.TopicSubscriptionArgs{},
		sqs.QueueArgs{}, sqs.QueuePolicyArgs{}, sqs.RedrivePolicyArgs{}, sqs.RedriveAllowPolicyArgs{},
		iam.RoleArgs{}, iam.RolePolicyArgs{}, iam.PolicyArgs{}, iam.RolePolicyAttachmentArgs{},
		iam.UserPolicyArgs{}, iam.UserPolicyAttachmentArgs{},
		lambda.PermissionArgs{}, eks.PodIdentityAssociationArgs{},
	})
	testInputs(t, AWS(), "aws_provider_inputs.go", "awsProviderInputs", []argumented{aws.ProviderArgs{}})
}
