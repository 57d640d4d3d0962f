package main

import (
	"math"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The types of Azure that the file cloud knows.
const (
	azureGroup      = "azure-native:resources:ResourceGroup"
	azureTopic      = "azure-native:eventgrid:Topic"
	azureSubscribed = "azure-native:eventgrid:EventSubscription"
	azureAccount    = "azure-native:storage:StorageAccount"
	azureQueue      = "azure-native:storage:Queue"
	azureContainer  = "azure-native:storage:BlobContainer"
	azureIdentity   = "azure-native:managedidentity:UserAssignedIdentity"
	azureFederated  = "azure-native:managedidentity:FederatedIdentityCredential"
	azureAssigned   = "azure-native:authorization:RoleAssignment"
	azureRole       = "azure-native:authorization:RoleDefinition"
	azureNamespace  = "azure-native:servicebus:Namespace"
	azureBusQueue   = "azure-native:servicebus:Queue"
	azureBusTopic   = "azure-native:servicebus:Topic"
	azureBusSub     = "azure-native:servicebus:Subscription"
	azureBusRule    = "azure-native:servicebus:Rule"
)

// path is the id of a resource in a group; the parts that are inputs stand in braces.
func path(template string) func(place, resource.PropertyMap) string {
	return func(p place, in resource.PropertyMap) string {
		parts := strings.Split("/subscriptions/{}/resourceGroups/{resourceGroupName}"+template, "/")
		for i, part := range parts {
			if part == "{}" {
				parts[i] = p.subscription
			} else if input, ok := strings.CutPrefix(part, "{"); ok {
				parts[i] = text(in, strings.TrimSuffix(input, "}"))
			}
		}
		return strings.Join(parts, "/")
	}
}

// below are the ids that a resource's own is below of, and must be there: that of its group, and
// those of what it belongs to.
func below(typesAndNames ...string) func(resource.PropertyMap) []need {
	return needing(append([]string{azureGroup, "resourceGroupName"}, typesAndNames...)...)
}

// named is what every resource says of itself. The properties that are part of an id are no outputs.
func named(provider string, more ...string) func(place, string, int, resource.PropertyMap) resource.PropertyMap {
	return func(_ place, id string, _ int, _ resource.PropertyMap) resource.PropertyMap {
		return props(append([]string{"name", id[strings.LastIndex(id, "/")+1:], "type", provider}, more...)...)
	}
}

func azureKinds() map[string]kind {
	kinds := map[string]kind{}
	for _, part := range []map[string]kind{gridKinds(), storageKinds(), accessKinds(), busKinds()} {
		for name, k := range part {
			k.computed = append(k.computed, "name", "type")
			kinds[name] = k
		}
	}
	return kinds
}

func gridKinds() map[string]kind {
	return map[string]kind{
		azureGroup: {
			replaces: []string{"resourceGroupName", "location"},
			computed: []string{"properties"},
			limits:   []limit{matches("resourceGroupName", `^[-\w._()]{1,89}[-\w_()]$`)},
			id:       path(""),
			tells:    named("Microsoft.Resources/resourceGroups"),
			source:   "pulumi-azure-native-sdk resources 2.90.0; azure-native provider/pkg/gen/replacement.go",
		},
		azureTopic: {
			required: []string{"resourceGroupName"},
			replaces: []string{"resourceGroupName", "topicName", "location", "inputSchema", "inputSchemaMapping"},
			computed: []string{"endpoint", "metricResourceId", "provisioningState", "identity.principalId", "identity.tenantId", "identity.userAssignedIdentities"},
			defaults: map[string]any{"disableLocalAuth": false, "inputSchema": "EventGridSchema", "publicNetworkAccess": "Enabled"},
			limits: []limit{
				matches("topicName", `^[-a-zA-Z0-9]{3,50}$`), oneOf("publicNetworkAccess", "Enabled", "Disabled"),
				oneOf("inputSchema", "EventGridSchema", "CustomEventSchema", "CloudEventSchemaV1_0"),
			},
			id: path("/providers/Microsoft.EventGrid/topics/{topicName}"),
			tells: func(p place, id string, generation int, in resource.PropertyMap) resource.PropertyMap {
				out := named("Microsoft.EventGrid/topics", "provisioningState", "Succeeded",
					"endpoint", "https://"+text(in, "topicName")+"."+text(in, "location")+"-1.eventgrid.azure.net/api/events",
					"metricResourceId", guid("metric", id))(p, id, generation, in)
				if identity := within(in, "identity"); text(identity, "type") == "SystemAssigned" {
					identity = identity.Copy()
					for name, v := range props("principalId", guid("principal", id, strconv.Itoa(generation)), "tenantId", guid("tenant")) {
						identity[name] = v
					}
					out["identity"] = resource.NewObjectProperty(identity)
				}
				return out
			},
			needs:  below(),
			source: "pulumi-azure-native-sdk eventgrid 2.88.0; terraform-provider-azurerm eventgrid_topic_resource.go",
		},
		azureSubscribed: {
			required: []string{"scope"},
			replaces: []string{"scope", "eventSubscriptionName", "eventDeliverySchema"},
			computed: []string{"provisioningState", "topic"},
			defaults: map[string]any{"eventDeliverySchema": "EventGridSchema"},
			limits: []limit{
				matches("eventSubscriptionName", `^[-a-zA-Z0-9]{3,64}$`),
				oneOf("eventDeliverySchema", "EventGridSchema", "CustomInputSchema", "CloudEventSchemaV1_0"),
			},
			conflicts: [][2]string{{"destination", "deliveryWithResourceIdentity"}, {"deadLetterDestination", "deadLetterWithResourceIdentity"}},
			id: func(_ place, in resource.PropertyMap) string {
				return text(in, "scope") + "/providers/Microsoft.EventGrid/eventSubscriptions/" + text(in, "eventSubscriptionName")
			},
			tells:  named("Microsoft.EventGrid/eventSubscriptions", "provisioningState", "Succeeded"),
			needs:  needing(azureTopic, "scope"),
			source: "pulumi-azure-native-sdk eventgrid 2.88.0; azurerm eventgrid_event_subscription_resource.go",
		},
	}
}

func storageKinds() map[string]kind {
	const account = "/providers/Microsoft.Storage/storageAccounts/{accountName}"
	hyphened := `^[a-z0-9]+(-[a-z0-9]+)*$`
	long := func(name string) func(resource.PropertyMap) string {
		return func(in resource.PropertyMap) string {
			if n := len(text(in, name)); n < 3 || n > 63 {
				return name + " has 3 to 63 characters"
			}
			return ""
		}
	}
	return map[string]kind{
		azureAccount: {
			required: []string{"kind", "resourceGroupName", "sku"},
			replaces: []string{
				"accountName", "resourceGroupName", "location", "isHnsEnabled", "immutableStorageWithVersioning",
				"encryption.requireInfrastructureEncryption", "encryption.services.queue.keyType", "encryption.services.table.keyType",
				"dnsEndpointType", "enableNfsV3", "extendedLocation",
			},
			computed: []string{"creationTime", "primaryEndpoints", "primaryLocation", "provisioningState", "statusOfPrimary"},
			defaults: map[string]any{"enableHttpsTrafficOnly": true},
			limits:   []limit{matches("accountName", `^[a-z0-9]{3,24}$`), oneOf("minimumTlsVersion", "TLS1_0", "TLS1_1", "TLS1_2")},
			id:       path(account),
			tells: func(p place, id string, generation int, in resource.PropertyMap) resource.PropertyMap {
				out := named("Microsoft.Storage/storageAccounts", "provisioningState", "Succeeded", "statusOfPrimary", "available",
					"creationTime", "2026-01-01T00:00:00Z", "primaryLocation", text(in, "location"))(p, id, generation, in)
				out["primaryEndpoints"] = resource.NewObjectProperty(props(
					"queue", "https://"+text(in, "accountName")+".queue.core.windows.net/",
					"blob", "https://"+text(in, "accountName")+".blob.core.windows.net/"))
				return out
			},
			needs:  below(),
			source: "pulumi-azure-native-sdk storage 2.90.0; replacement.go; azurerm storage_account_resource.go",
		},
		azureQueue: {
			required: []string{"accountName", "resourceGroupName"},
			replaces: []string{"accountName", "resourceGroupName", "queueName"},
			computed: []string{"approximateMessageCount"},
			limits:   []limit{matches("queueName", hyphened)},
			together: long("queueName"),
			id:       path(account + "/queueServices/default/queues/{queueName}"),
			tells:    named("Microsoft.Storage/storageAccounts/queueServices/queues"),
			needs:    below(azureAccount, "accountName"),
			source:   "pulumi-azure-native-sdk storage 2.90.0; Storage REST, Put Message",
		},
		azureContainer: {
			required: []string{"accountName", "resourceGroupName"},
			replaces: []string{"accountName", "resourceGroupName", "containerName"},
			computed: []string{"etag", "lastModifiedTime", "leaseState"},
			limits:   []limit{matches("containerName", hyphened), oneOf("publicAccess", "Container", "Blob", "None")},
			together: long("containerName"),
			id:       path(account + "/blobServices/default/containers/{containerName}"),
			tells:    named("Microsoft.Storage/storageAccounts/blobServices/containers", "leaseState", "Available"),
			needs:    below(azureAccount, "accountName"),
			source:   "pulumi-azure-native-sdk storage 2.90.0; azurerm storage_container_resource.go",
		},
	}
}

func accessKinds() map[string]kind {
	const identity = "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}"
	return map[string]kind{
		azureIdentity: {
			required: []string{"resourceGroupName"},
			replaces: []string{"resourceGroupName", "resourceName", "location"},
			computed: []string{"clientId", "principalId", "tenantId"},
			limits:   []limit{matches("resourceName", `^[a-zA-Z0-9][-_a-zA-Z0-9]{2,127}$`)},
			id:       path(identity),
			tells: func(p place, id string, generation int, in resource.PropertyMap) resource.PropertyMap {
				again := strconv.Itoa(generation)
				return named("Microsoft.ManagedIdentity/userAssignedIdentities", "tenantId", guid("tenant"),
					"principalId", guid("principal", id, again), "clientId", guid("client", id, again))(p, id, generation, in)
			},
			needs:  below(),
			source: "pulumi-azure-native-sdk managedidentity 2.81.0",
		},
		azureFederated: {
			required: []string{"audiences", "issuer", "resourceGroupName", "resourceName", "subject"},
			replaces: []string{"resourceGroupName", "resourceName", "federatedIdentityCredentialResourceName"},
			limits:   []limit{matches("federatedIdentityCredentialResourceName", `^[a-zA-Z0-9][-_a-zA-Z0-9]{2,119}$`)},
			id:       path(identity + "/federatedIdentityCredentials/{federatedIdentityCredentialResourceName}"),
			tells:    named("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"),
			needs:    below(azureIdentity, "resourceName"),
			source:   "pulumi-azure-native-sdk managedidentity 2.81.0",
		},
		azureAssigned: {
			required: []string{"principalId", "roleDefinitionId", "scope"},
			replaces: []string{"principalId", "scope", "roleAssignmentName"},
			computed: []string{"createdBy", "createdOn", "updatedBy", "updatedOn"},
			defaults: map[string]any{"principalType": "User"},
			limits: []limit{
				matches("roleAssignmentName", `^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`),
				oneOf("principalType", "User", "Group", "ServicePrincipal", "ForeignGroup", "Device"),
			},
			id: func(_ place, in resource.PropertyMap) string {
				return text(in, "scope") + "/providers/Microsoft.Authorization/roleAssignments/" + text(in, "roleAssignmentName")
			},
			tells: named("Microsoft.Authorization/roleAssignments"),
			rival: func(c *cloud, in resource.PropertyMap) string {
				if c.any(func(t *thing) bool {
					there := t.inputs()
					return t.Type == azureAssigned && text(there, "scope") == text(in, "scope") &&
						text(there, "principalId") == text(in, "principalId") && text(there, "roleDefinitionId") == text(in, "roleDefinitionId")
				}) {
					return "409 RoleAssignmentExists: the principal has this role at this scope by another name"
				}
				return ""
			},
			source: "pulumi-azure-native-sdk authorization 2.90.0; replacement.go; terraform-provider-azurerm#17421, azure-cli#8599",
		},
		azureRole: {
			required: []string{"scope"},
			replaces: []string{"scope", "roleDefinitionId"},
			computed: []string{"createdBy", "createdOn", "updatedBy", "updatedOn"},
			limits:   []limit{oneOf("roleType", "CustomRole")},
			id: func(_ place, in resource.PropertyMap) string {
				return text(in, "scope") + "/providers/Microsoft.Authorization/roleDefinitions/" + text(in, "roleDefinitionId")
			},
			tells: named("Microsoft.Authorization/roleDefinitions"),
			rival: func(c *cloud, in resource.PropertyMap) string {
				if c.any(func(t *thing) bool { return t.Type == azureRole && t.Inputs["roleName"] == text(in, "roleName") }) {
					return "409 RoleDefinitionWithSameNameExists: names of roles are unique in a tenant"
				}
				return ""
			},
			source: "pulumi-azure-native-sdk authorization 2.90.0; role-based-access-control custom roles",
		},
	}
}

func busKinds() map[string]kind {
	const namespace = "/providers/Microsoft.ServiceBus/namespaces/{namespaceName}"
	told := []string{"accessedAt", "countDetails", "createdAt", "systemData", "updatedAt", "sizeInBytes"}
	return map[string]kind{
		azureNamespace: {
			required: []string{"resourceGroupName"},
			replaces: []string{"resourceGroupName", "namespaceName", "location"},
			computed: []string{"createdAt", "metricId", "provisioningState", "serviceBusEndpoint", "status", "updatedAt"},
			defaults: map[string]any{"publicNetworkAccess": "Enabled"},
			limits: []limit{
				matches("namespaceName", `^[a-zA-Z][-a-zA-Z0-9]{4,48}[a-zA-Z0-9]$`), oneOf("minimumTlsVersion", "1.0", "1.1", "1.2"),
			},
			id: path(namespace),
			tells: func(p place, id string, generation int, in resource.PropertyMap) resource.PropertyMap {
				return named("Microsoft.ServiceBus/Namespaces", "provisioningState", "Succeeded", "status", "Active",
					"serviceBusEndpoint", "https://"+text(in, "namespaceName")+".servicebus.windows.net:443/")(p, id, generation, in)
			},
			needs:  below(),
			source: "pulumi-azure-native-sdk servicebus/v20220101preview; azurerm servicebus_namespace_resource.go",
		},
		azureBusQueue: {
			required: []string{"resourceGroupName", "namespaceName"},
			replaces: []string{"resourceGroupName", "namespaceName", "queueName", "requiresDuplicateDetection", "requiresSession", "enablePartitioning"},
			computed: told,
			limits:   []limit{matches("queueName", `^.{1,260}$`), between("maxDeliveryCount", 1, math.MaxInt32)},
			id:       path(namespace + "/queues/{queueName}"),
			tells:    named("Microsoft.ServiceBus/namespaces/queues"),
			needs:    below(azureNamespace, "namespaceName", azureBusQueue, "forwardDeadLetteredMessagesTo", azureBusQueue, "forwardTo"),
			source:   "pulumi-azure-native-sdk servicebus/v20220101preview; replacement.go; azurerm servicebus_queue_resource.go",
		},
		azureBusTopic: {
			required: []string{"resourceGroupName", "namespaceName"},
			replaces: []string{"resourceGroupName", "namespaceName", "topicName", "requiresDuplicateDetection", "enablePartitioning"},
			computed: told,
			limits:   []limit{matches("topicName", `^.{1,260}$`)},
			id:       path(namespace + "/topics/{topicName}"),
			tells:    named("Microsoft.ServiceBus/namespaces/topics"),
			needs:    below(azureNamespace, "namespaceName"),
			source:   "pulumi-azure-native-sdk servicebus/v20220101preview; replacement.go; azurerm servicebus_topic_resource.go",
		},
		azureBusSub: {
			required: []string{"resourceGroupName", "namespaceName", "topicName"},
			replaces: []string{"resourceGroupName", "namespaceName", "topicName", "subscriptionName", "requiresSession"},
			computed: told,
			limits:   []limit{matches("subscriptionName", `^.{1,50}$`)},
			id:       path(namespace + "/topics/{topicName}/subscriptions/{subscriptionName}"),
			tells:    named("Microsoft.ServiceBus/namespaces/topics/subscriptions"),
			needs:    below(azureNamespace, "namespaceName", azureBusTopic, "topicName", azureBusQueue, "forwardTo"),
			source:   "pulumi-azure-native-sdk servicebus/v20220101preview; azurerm servicebus_subscription_resource.go",
		},
		azureBusRule: {
			required: []string{"resourceGroupName", "namespaceName", "topicName", "subscriptionName"},
			replaces: []string{"resourceGroupName", "namespaceName", "topicName", "subscriptionName", "ruleName"},
			limits:   []limit{matches("ruleName", `^.{1,50}$`), oneOf("filterType", "SqlFilter", "CorrelationFilter")},
			id:       path(namespace + "/topics/{topicName}/subscriptions/{subscriptionName}/rules/{ruleName}"),
			tells:    named("Microsoft.ServiceBus/Namespaces/Topics/Subscriptions/Rules"),
			needs:    below(azureBusSub, "subscriptionName"),
			source:   "azurerm servicebus_subscription_rule_resource.go",
		},
	}
}
