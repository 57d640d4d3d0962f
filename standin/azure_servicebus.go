package standin

import (
	"regexp"
	"time"
)

// busInputs are the inputs of Service Bus's types, as pulumi-azure-native-sdk
// servicebus/v20220101preview documents them.
func busInputs() map[string]Properties {
	text, required, number, boolean := Property{Kind: String}, Property{Kind: String, Required: true}, Property{Kind: Number}, Property{Kind: Bool}
	client := Properties{"clientId": text, "isDurable": boolean, "isShared": boolean}
	action := Properties{"compatibilityLevel": number, "requiresPreprocessing": boolean, "sqlExpression": text}
	return map[string]Properties{
		"azure-native:servicebus:Namespace": {
			"alternateName": text, "disableLocalAuth": boolean, "encryption": {Kind: Object}, "identity": {Kind: Object}, "location": text,
			"minimumTlsVersion": text, "namespaceName": text, "privateEndpointConnections": {Kind: List}, "publicNetworkAccess": text,
			"resourceGroupName": required, "tags": {Kind: Map}, "zoneRedundant": boolean,
			"sku": {Kind: Object, Of: Properties{"name": required, "tier": text, "capacity": number}},
		},
		"azure-native:servicebus:Queue": {
			"autoDeleteOnIdle": text, "deadLetteringOnMessageExpiration": boolean, "defaultMessageTimeToLive": text,
			"duplicateDetectionHistoryTimeWindow": text, "enableBatchedOperations": boolean, "enableExpress": boolean, "enablePartitioning": boolean,
			"forwardDeadLetteredMessagesTo": text, "forwardTo": text, "lockDuration": text, "maxDeliveryCount": number,
			"maxMessageSizeInKilobytes": number, "maxSizeInMegabytes": number, "namespaceName": required, "queueName": text,
			"requiresDuplicateDetection": boolean, "requiresSession": boolean, "resourceGroupName": required, "status": text,
		},
		"azure-native:servicebus:Topic": {
			"autoDeleteOnIdle": text, "defaultMessageTimeToLive": text, "duplicateDetectionHistoryTimeWindow": text, "enableBatchedOperations": boolean,
			"enableExpress": boolean, "enablePartitioning": boolean, "maxMessageSizeInKilobytes": number, "maxSizeInMegabytes": number,
			"namespaceName": required, "requiresDuplicateDetection": boolean, "resourceGroupName": required, "status": text, "supportOrdering": boolean, "topicName": text,
		},
		"azure-native:servicebus:Subscription": {
			"autoDeleteOnIdle": text, "clientAffineProperties": {Kind: Object, Of: client}, "deadLetteringOnFilterEvaluationExceptions": boolean,
			"deadLetteringOnMessageExpiration": boolean, "defaultMessageTimeToLive": text, "duplicateDetectionHistoryTimeWindow": text,
			"enableBatchedOperations": boolean, "forwardDeadLetteredMessagesTo": text, "forwardTo": text, "isClientAffine": boolean, "lockDuration": text,
			"maxDeliveryCount": number, "namespaceName": required, "requiresSession": boolean, "resourceGroupName": required, "status": text,
			"subscriptionName": text, "topicName": required,
		},
		"azure-native:servicebus:Rule": {
			"action": {Kind: Object, Of: action}, "correlationFilter": {Kind: Object}, "filterType": text, "namespaceName": required,
			"resourceGroupName": required, "ruleName": text, "sqlFilter": {Kind: Object, Of: action}, "subscriptionName": required, "topicName": required,
		},
	}
}

// busTypes: replacements as pulumi-azure-native's metadata has them, a subscription's
// sessions as terraform-provider-azurerm does.
func busTypes() []Type {
	namespace := func(m Made) string {
		return inGroup(m, "Microsoft.ServiceBus/namespaces/"+m.Inputs.String("namespaceName"))
	}
	topic := func(m Made) string { return namespace(m) + "/topics/" + m.Inputs.String("topicName") }
	subscription := func(m Made) string { return topic(m) + "/subscriptions/" + m.Inputs.String("subscriptionName") }
	queue := func(m Made, name string) string { return namespace(m) + "/queues/" + name }
	entity := regexp.MustCompile(`^[a-zA-Z0-9]([-._~/a-zA-Z0-9]{0,258}[a-zA-Z0-9])?$`)
	part := regexp.MustCompile(`^[a-zA-Z0-9]([-._a-zA-Z0-9]{0,48}[a-zA-Z0-9])?$`)
	const entityRule, partRule = "is no name of 1 to 260 characters", "is no name of 1 to 50 characters"
	return []Type{
		azureType(Type{
			Token: "azure-native:servicebus:Namespace", Named: "namespaceName",
			ForceNew: []string{"resourceGroupName", "namespaceName", "location"},
			Checks: []Check{
				Matches("namespaceName", regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]{4,48}[a-zA-Z0-9]$`), "expected 6 to 50 letters, digits and hyphens"),
				OneOf("sku.name", "Basic", "Standard", "Premium"), OneOf("minimumTlsVersion", "1.0", "1.1", "1.2"),
			},
		}, namespace, needsGroup),
		azureType(Type{
			Token: "azure-native:servicebus:Queue", Named: "queueName",
			ForceNew: []string{"resourceGroupName", "namespaceName", "queueName", "requiresDuplicateDetection", "requiresSession", "enablePartitioning"},
			Checks: []Check{
				Matches("queueName", entity, entityRule), Between("maxDeliveryCount", 1, 1<<31-1),
				isoAtMost("lockDuration", 5*time.Minute), isoAtMost("duplicateDetectionHistoryTimeWindow", 7*24*time.Hour),
			},
		}, func(m Made) string { return queue(m, m.Inputs.String("queueName")) }, func(m Made) []Need {
			needs := []Need{azureNeed(namespace(m))}
			for _, path := range []string{"forwardTo", "forwardDeadLetteredMessagesTo"} {
				if to := m.Inputs.String(path); to != "" {
					needs = append(needs, azureNeed(queue(m, to)))
				}
			}
			return needs
		}),
		azureType(Type{
			Token: "azure-native:servicebus:Topic", Named: "topicName",
			ForceNew: []string{"resourceGroupName", "namespaceName", "topicName", "requiresDuplicateDetection", "enablePartitioning"},
			Checks:   []Check{Matches("topicName", entity, entityRule)},
		}, topic, func(m Made) []Need { return []Need{azureNeed(namespace(m))} }),
		azureType(Type{
			Token: "azure-native:servicebus:Subscription", Named: "subscriptionName",
			ForceNew: []string{"resourceGroupName", "namespaceName", "topicName", "subscriptionName", "requiresSession"},
			Checks:   []Check{Matches("subscriptionName", part, partRule), forwardsWithoutSessions},
		}, subscription, func(m Made) []Need {
			needs := []Need{azureNeed(topic(m))}
			if to := m.Inputs.String("forwardTo"); to != "" {
				needs = append(needs, azureNeed(queue(m, to)))
			}
			return needs
		}),
		azureType(Type{
			Token: "azure-native:servicebus:Rule", Named: "ruleName",
			ForceNew: []string{"resourceGroupName", "namespaceName", "topicName", "subscriptionName", "ruleName"},
			Checks: []Check{
				Matches("ruleName", part, "is no name of 1 to 50 characters, or is one that exists already: $Default"),
				OneOf("filterType", "SqlFilter", "CorrelationFilter"), AtMostBytes("sqlFilter.sqlExpression", 1024),
			},
		}, func(m Made) string { return subscription(m) + "/rules/" + m.Inputs.String("ruleName") },
			func(m Made) []Need { return []Need{azureNeed(subscription(m))} }),
	}
}

// forwardsWithoutSessions: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-auto-forwarding
func forwardsWithoutSessions(v Values) []Problem {
	if v.Bool("requiresSession") && v.Has("forwardTo") {
		return problem("forwardTo", "cannot be had with requiresSession")
	}
	return nil
}

// isoAtMost refuses a duration that is no ISO 8601, or longer.
func isoAtMost(path string, most time.Duration) Check {
	pattern := regexp.MustCompile(`^P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$`)
	units := regexp.MustCompile(`(\d+(?:\.\d+)?)([DHMS])`)
	lengths := map[string]string{"D": "h", "H": "h", "M": "m", "S": "s"}
	return func(v Values) []Problem {
		s := v.String(path)
		if s == "" {
			return nil
		}
		if !pattern.MatchString(s) || s == "P" {
			return problem(path, "is no ISO 8601 duration")
		}
		var sum time.Duration
		for _, m := range units.FindAllStringSubmatch(s, -1) {
			d, err := time.ParseDuration(m[1] + lengths[m[2]])
			if err != nil {
				return problem(path, "is no ISO 8601 duration")
			}
			if m[2] == "D" {
				d *= 24
			}
			sum += d
		}
		if sum > most {
			return problem(path, "is %s, of at most %s", sum, most)
		}
		return nil
	}
}
