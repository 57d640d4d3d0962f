package standin

import (
	"testing"

	"github.com/pulumi/pulumi-azure-native-sdk/authorization/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/eventgrid/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/managedidentity/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/resources/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	pulumiazurenativesdk "github.com/pulumi/pulumi-azure-native-sdk/v2"
)

// Service Bus's inputs are in azure_servicebus.go: there is no module of the SDK for them here.
func TestAzureInputs(t *testing.T) {
	t.Parallel()
	testInputs(t, Azure(), "azure_inputs.go", "azureInputs", []argumented{
		pulumiazurenativesdk.ProviderArgs{}, resources.ResourceGroupArgs{},
		eventgrid.TopicArgs{}, eventgrid.EventSubscriptionArgs{},
		storage.StorageAccountArgs{}, storage.QueueArgs{}, storage.BlobContainerArgs{},
		managedidentity.UserAssignedIdentityArgs{}, managedidentity.FederatedIdentityCredentialArgs{},
		authorization.RoleAssignmentArgs{}, authorization.RoleDefinitionArgs{},
	})
}
