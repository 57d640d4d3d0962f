package azure

// identity returns the inputs by which Azure knows what is made, by type token: the parts of its id.
//
// Source: pulumi-azure-native, provider/pkg/provider/provider.go, Create, which refuses an id that exists; of role
// assignments, of which Azure takes one for each scope, principal and role whatever they are called,
// https://github.com/hashicorp/terraform-provider-azurerm/issues/17421.
func identity() map[string][]string {
	const group, namespace, account = "resourceGroupName", "namespaceName", "accountName"
	return map[string][]string{
		typeGroup:             {group},
		typeTopic:             {group, "topicName"},
		typeEventSubscription: {"scope", "eventSubscriptionName"},
		typeAccount:           {account},
		typeQueue:             {account, "queueName"},
		typeContainer:         {account, "containerName"},
		typeIdentity:          {group, "resourceName"},
		typeFederation:        {group, "resourceName", "federatedIdentityCredentialResourceName"},
		typeAssignment:        {"scope", "principalId", "roleDefinitionId"},
		typeRole:              {"scope", "roleDefinitionId"},
		typeNamespace:         {namespace},
		typeBusQueue:          {namespace, "queueName"},
		typeBusTopic:          {namespace, "topicName"},
		typeBusSubscription:   {namespace, "topicName", "subscriptionName"},
		typeBusRule:           {namespace, "topicName", "subscriptionName", "ruleName"},
	}
}
