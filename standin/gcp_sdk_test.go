package standin

import (
	"testing"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/cloudrunv2"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/kms"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/projects"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/pubsub"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/serviceaccount"
)

func TestGCPInputs(t *testing.T) {
	t.Parallel()
	testInputs(t, GCP(), "gcp_inputs.go", "gcpInputs", []argumented{
		gcp.ProviderArgs{},
		pubsub.TopicArgs{}, pubsub.SubscriptionArgs{}, pubsub.TopicIAMMemberArgs{}, pubsub.SubscriptionIAMMemberArgs{},
		serviceaccount.AccountArgs{}, serviceaccount.IAMMemberArgs{}, cloudrunv2.ServiceIamMemberArgs{}, kms.CryptoKeyIAMMemberArgs{},
		projects.ServiceArgs{}, projects.ServiceIdentityArgs{},
	})
}
