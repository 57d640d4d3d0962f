package standin

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Azure returns the tables of pulumi-azure-native.
//
// What each type has: pulumi-azure-native SDK v2.90.0. What replaces: the plugin's own
// metadata (pulumi-azure-native, provider/pkg/gen/replacement.go) and the parts of a
// resource's id; where that is silent, hashicorp/terraform-provider-azurerm 69697b7.
func Azure() Package {
	inputs := azureInputs()
	maps.Copy(inputs, busInputs())
	return Package{
		Name: "azure-native", Version: "2.90.0", Compares: AgainstInputs, Inputs: inputs,
		Types: slices.Concat(groupTypes(), eventTypes(), storageTypes(), identityTypes(), busTypes()),
	}
}

// subscriptionID begins the ids of everything in the provider's subscription.
func subscriptionID(m Made) string { return "/subscriptions/" + m.Config.String("subscriptionId") }

func groupID(m Made) string {
	return subscriptionID(m) + "/resourceGroups/" + m.Inputs.String("resourceGroupName")
}

// inGroup is the id of a resource in its resource group.
func inGroup(m Made, path string) string { return groupID(m) + "/providers/" + path }

func azureNeed(id string) Need {
	return Need{ID: id, Missing: "Code=\"ParentResourceNotFound\" Message=\"Failed to perform the operation: a resource that it is about was not found\""}
}

func needsGroup(m Made) []Need {
	return []Need{{ID: groupID(m), Missing: "Code=\"ResourceGroupNotFound\" Message=\"Resource group could not be found\""}}
}

// azureType completes a type whose id follows from its inputs, and which the plugin does
// not create where it exists.
func azureType(t Type, id func(Made) string, needs func(Made) []Need) Type {
	if t.Make == nil {
		t.Make = func(m Made) (string, map[string]any) { return id(m), nil }
	}
	t.Identity, t.Taken, t.Needs = id, "cannot create already existing resource", needs
	return t
}

func groupTypes() []Type {
	return []Type{azureType(Type{
		Token: "azure-native:resources:ResourceGroup", Named: "resourceGroupName",
		ForceNew: []string{"resourceGroupName", "location"},
		Checks:   []Check{Matches("resourceGroupName", regexp.MustCompile(`^[-\w._()]{0,89}[-\w_()]$`), "is no name of a resource group"), azureTags(50)},
	}, groupID, nil)}
}

// azureTags: "Use tags to organize your Azure resources"; of a storage account the SDK says 15.
func azureTags(most int) Check {
	return func(v Values) []Problem {
		tags := v.Map("tags")
		if len(tags) > most {
			return problem("tags", "are %d, of at most %d", len(tags), most)
		}
		for key := range tags {
			if key == "" || len(key) > 512 || strings.ContainsAny(key, `<>%&\?/`) {
				return problem("tags", "have a key that is none")
			}
		}
		return nil
	}
}

func eventTypes() []Type {
	topic := func(m Made) string {
		return inGroup(m, "Microsoft.EventGrid/topics/"+m.Inputs.String("topicName"))
	}
	return []Type{
		azureType(Type{
			Token: "azure-native:eventgrid:Topic", Named: "topicName",
			ForceNew: []string{"resourceGroupName", "topicName", "location", "inputSchema", "inputSchemaMapping"},
			Checks: []Check{
				Matches("topicName", regexp.MustCompile(`^[-a-zA-Z0-9]{3,50}$`), "expected 3 to 50 letters, digits and hyphens"),
				OneOf("inputSchema", "EventGridSchema", "CustomEventSchema", "CloudEventSchemaV1_0"),
				OneOf("publicNetworkAccess", "Enabled", "Disabled"), azureTags(50),
			},
			Computed: []string{"endpoint", "identity.principalId"},
			Make: func(m Made) (string, map[string]any) {
				identity := maps.Clone(m.Inputs.Map("identity"))
				if identity == nil {
					identity = map[string]any{}
				}
				if identity["type"] == "SystemAssigned" {
					identity["principalId"] = azureGUID(m, "principal")
				}
				endpoint := "https://" + m.Inputs.String("topicName") + "." + m.Inputs.String("location") + "-1.eventgrid.azure.net/api/events"
				return topic(m), map[string]any{"endpoint": endpoint, "identity": identity}
			},
		}, topic, needsGroup),
		azureType(Type{
			Token: "azure-native:eventgrid:EventSubscription", Named: "eventSubscriptionName",
			ForceNew: []string{"scope", "eventSubscriptionName", "eventDeliverySchema"},
			Checks: []Check{
				Matches("eventSubscriptionName", regexp.MustCompile(`^[-a-zA-Z0-9]{3,64}$`), "expected 3 to 64 letters, digits and hyphens"),
				Between("retryPolicy.maxDeliveryAttempts", 1, 30), Between("retryPolicy.eventTimeToLiveInMinutes", 1, 1440),
				Conflict("destination", "deliveryWithResourceIdentity"), Conflict("deadLetterDestination", "deadLetterWithResourceIdentity"),
				advancedFilters, destination("destination"), destination("deliveryWithResourceIdentity.destination"),
			},
		}, func(m Made) string {
			return m.Inputs.String("scope") + "/providers/Microsoft.EventGrid/eventSubscriptions/" + m.Inputs.String("eventSubscriptionName")
		}, eventNeeds),
	}
}

// advancedFilters: https://learn.microsoft.com/azure/event-grid/event-filtering, limitations.
func advancedFilters(v Values) []Problem {
	const path = "filter.advancedFilters"
	total := 0
	for _, f := range v.List(path) {
		values := f.Strings("values")
		total += len(values)
		for _, s := range values {
			if len([]rune(s)) > 512 {
				return problem(path, "hold a string of more than 512 characters")
			}
		}
	}
	if total > 25 {
		return problem(path, "hold %d values, of at most 25", total)
	}
	return nil
}

// destination checks where events are to go. The SDK does not type it.
func destination(path string) Check {
	required := map[string][]string{
		"StorageQueue": {"resourceId", "queueName"}, "ServiceBusQueue": {"resourceId"}, "AzureFunction": {"resourceId"}, "WebHook": {"endpointUrl"},
	}
	return func(v Values) []Problem {
		if !v.Has(path) || v.Unknown(path) {
			return nil
		}
		needed, ok := required[v.String(path+".endpointType")]
		if !ok {
			return problem(path+".endpointType", "is none that is known")
		}
		for _, name := range needed {
			if v.String(path+"."+name) == "" {
				return problem(path+"."+name, "is required")
			}
		}
		if url := v.String(path + ".endpointUrl"); url != "" && !strings.HasPrefix(url, "https://") {
			return problem(path+".endpointUrl", "expected an https URL")
		}
		if n, ok := v.Number(path + ".maxEventsPerBatch"); ok && (n < 1 || n > 5000) {
			return problem(path+".maxEventsPerBatch", "expected 1 to 5000")
		}
		return nil
	}
}

// eventNeeds are the topic, and the queue and the container that Event Grid looks for when
// a subscription is made.
func eventNeeds(m Made) []Need {
	needs := []Need{azureNeed(m.Inputs.String("scope"))}
	const to = "deliveryWithResourceIdentity.destination"
	switch id := m.Inputs.String(to + ".resourceId"); m.Inputs.String(to + ".endpointType") {
	case "StorageQueue":
		needs = append(needs, azureNeed(id+"/queueServices/default/queues/"+m.Inputs.String(to+".queueName")))
	case "ServiceBusQueue":
		needs = append(needs, azureNeed(id))
	}
	const dead = "deadLetterWithResourceIdentity.deadLetterDestination"
	if name := m.Inputs.String(dead + ".blobContainerName"); name != "" {
		needs = append(needs, azureNeed(m.Inputs.String(dead+".resourceId")+"/blobServices/default/containers/"+name))
	}
	return needs
}

func storageTypes() []Type {
	account := func(m Made) string {
		return inGroup(m, "Microsoft.Storage/storageAccounts/"+m.Inputs.String("accountName"))
	}
	part := func(path, name string) func(Made) string {
		return func(m Made) string { return account(m) + path + m.Inputs.String(name) }
	}
	needsAccount := func(m Made) []Need { return []Need{azureNeed(account(m))} }
	name := regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])+$`)
	named := func(path string) Check {
		return func(v Values) []Problem {
			if s := v.String(path); s != "" && (len(s) < 3 || len(s) > 63 || !name.MatchString(s)) {
				return problem(path, "expected 3 to 63 lower-case letters, digits and single hyphens between them")
			}
			return nil
		}
	}
	return []Type{
		azureType(Type{
			Token: "azure-native:storage:StorageAccount", Named: "accountName",
			ForceNew: []string{"accountName", "resourceGroupName", "location", "isHnsEnabled", "immutableStorageWithVersioning", "encryption.requireInfrastructureEncryption"},
			Checks: []Check{
				Matches("accountName", regexp.MustCompile(`^[a-z0-9]{3,24}$`), "expected 3 to 24 lower-case letters and digits"),
				OneOf("minimumTlsVersion", "TLS1_0", "TLS1_1", "TLS1_2"), OneOf("publicNetworkAccess", "Enabled", "Disabled"), azureTags(15),
			},
		}, account, needsGroup),
		azureType(Type{
			Token: "azure-native:storage:Queue", Named: "queueName",
			ForceNew: []string{"accountName", "resourceGroupName", "queueName"}, Checks: []Check{named("queueName")},
		}, part("/queueServices/default/queues/", "queueName"), needsAccount),
		azureType(Type{
			Token: "azure-native:storage:BlobContainer", Named: "containerName",
			ForceNew: []string{"accountName", "resourceGroupName", "containerName"},
			Checks:   []Check{named("containerName"), OneOf("publicAccess", "Container", "Blob", "None")},
		}, part("/blobServices/default/containers/", "containerName"), needsAccount),
	}
}

func identityTypes() []Type {
	identity := func(m Made) string {
		return inGroup(m, "Microsoft.ManagedIdentity/userAssignedIdentities/"+m.Inputs.String("resourceName"))
	}
	guid := regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)
	return []Type{
		azureType(Type{
			Token: "azure-native:managedidentity:UserAssignedIdentity", Named: "resourceName",
			ForceNew: []string{"resourceGroupName", "resourceName", "location"},
			Checks:   []Check{Matches("resourceName", regexp.MustCompile(`^[a-zA-Z0-9][-_a-zA-Z0-9]{2,127}$`), "expected 3 to 128 letters, digits, hyphens and underscores"), azureTags(50)},
			Computed: []string{"clientId", "principalId", "tenantId"},
			Make: func(m Made) (string, map[string]any) {
				return identity(m), map[string]any{
					"clientId": azureGUID(m, "client"), "principalId": azureGUID(m, "principal"), "tenantId": azureGUID(Made{}, "tenant"),
				}
			},
		}, identity, needsGroup),
		azureType(Type{
			Token: "azure-native:managedidentity:FederatedIdentityCredential", Named: "federatedIdentityCredentialResourceName",
			ForceNew: []string{"resourceGroupName", "resourceName", "federatedIdentityCredentialResourceName"},
			Takes: func(m Made) []Share {
				return []Share{{Of: "federated credentials of " + identity(m), Amount: 1, Most: 20}}
			},
		}, func(m Made) string {
			return identity(m) + "/federatedIdentityCredentials/" + m.Inputs.String("federatedIdentityCredentialResourceName")
		}, func(m Made) []Need { return []Need{azureNeed(identity(m))} }),
		{
			Token: "azure-native:authorization:RoleAssignment", Named: "roleAssignmentName",
			ForceNew: []string{"scope", "principalId", "roleAssignmentName"},
			Checks:   []Check{Matches("roleAssignmentName", guid, "expected a GUID"), OneOf("principalType", "User", "Group", "ServicePrincipal", "ForeignGroup", "Device")},
			Make: func(m Made) (string, map[string]any) {
				return m.Inputs.String("scope") + "/providers/Microsoft.Authorization/roleAssignments/" + m.Inputs.String("roleAssignmentName"), nil
			},
			// Whatever its name is, Azure has one for the three.
			Identity: func(m Made) string {
				return strings.ToLower(m.Inputs.String("scope") + "|" + m.Inputs.String("principalId") + "|" + m.Inputs.String("roleDefinitionId"))
			},
			Taken: "Code=\"RoleAssignmentExists\" Message=\"The role assignment already exists.\"",
			Needs: func(m Made) []Need { return []Need{azureNeed(m.Inputs.String("scope"))} },
			Takes: func(m Made) []Share {
				return []Share{{Of: "role assignments of " + subscriptionID(m), Amount: 1, Most: 4000}}
			},
		},
		azureType(Type{
			Token: "azure-native:authorization:RoleDefinition", Named: "roleDefinitionId",
			ForceNew: []string{"scope", "roleDefinitionId"},
			Checks:   []Check{Matches("roleDefinitionId", guid, "expected a GUID"), AtMostBytes("roleName", 512), AtMostBytes("description", 1024)},
		}, func(m Made) string {
			return m.Inputs.String("scope") + "/providers/Microsoft.Authorization/roleDefinitions/" + m.Inputs.String("roleDefinitionId")
		}, nil),
	}
}

// azureGUID stands for a GUID that Azure rolls.
func azureGUID(m Made, what string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(string(m.URN)+"#"+what)).String()
}
