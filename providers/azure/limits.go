package azure

import (
	"strconv"
	"time"

	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// What Azure takes as names. The rules are those of
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
// and of the SDK's fields; Event Grid's and Service Bus's as terraform-provider-azurerm
// validates them, too.

func eventTopicNames() providers.NameRule {
	return providers.NameRule{Limit: 50, Expr: `^[-a-zA-Z0-9]{3,50}$`, Words: "3 to 50 letters, digits and hyphens", FoldCase: true}
}

func eventSubscriptionNames() providers.NameRule {
	return providers.NameRule{Limit: 64, Expr: `^[-a-zA-Z0-9]{3,64}$`, Words: "3 to 64 letters, digits and hyphens", FoldCase: true}
}

func storageQueueNames() providers.NameRule {
	return providers.NameRule{Limit: 63, Expr: `^[a-z0-9](-[a-z0-9]|-?[a-z0-9](-?[a-z0-9])+)$`, Words: "3 to 63 lower-case letters, digits and single hyphens between them"}
}

func containerNames() providers.NameRule { return storageQueueNames() }

func busNames() providers.NameRule {
	return providers.NameRule{Limit: 260, Expr: `^[a-zA-Z0-9]([-._~/a-zA-Z0-9]*[a-zA-Z0-9])?$`, Words: "letters, digits, periods, hyphens, underscores, tildes and slashes, with a letter or digit at both ends", FoldCase: true}
}

func busSubscriptionNames() providers.NameRule {
	return providers.NameRule{Limit: 50, Expr: `^[a-zA-Z0-9]([-._a-zA-Z0-9]*[a-zA-Z0-9])?$`, Words: "letters, digits, periods, hyphens and underscores, with a letter or digit at both ends", FoldCase: true}
}

func identityNames() providers.NameRule {
	return providers.NameRule{Limit: 128, Expr: `^[a-zA-Z0-9][-_a-zA-Z0-9]{2,127}$`, Words: "3 to 128 letters, digits, hyphens and underscores, beginning with a letter or digit", FoldCase: true}
}

// busBounds are the times of a Service Bus queue.
func busBounds() []providers.Bound {
	return []providers.Bound{{
		Path: "lease", Of: func(q *spec.Queue) time.Duration { return q.Lease },
		Min: time.Second, Max: 5 * time.Minute,
		What:   "Service Bus locks a received message",
		Source: "pulumi-azure-native-sdk servicebus/v20220101preview/queue.go, lockDuration",
	}}
}

// The limits that are counted.
const (
	// Event Grid: https://learn.microsoft.com/azure/event-grid/quotas-limits
	maxEventTopics        = 100 // custom topics of a subscription in a region
	maxEventSubscriptions = 500 // of a topic
	maxEventAttempts      = 30  // eventgrid.RetryPolicy, maxDeliveryAttempts
	// https://learn.microsoft.com/azure/event-grid/event-filtering
	maxFilterValues = 25  // in all filters of a subscription
	maxFilterValue  = 512 // characters of a string
	// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas
	maxBusSubscriptions = 2000 // of a topic
	maxSQLExpression    = 1024 // characters
	// https://learn.microsoft.com/azure/role-based-access-control/troubleshoot-limits
	maxAssignments = 4000 // of a subscription; cannot be raised
	// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
	maxFederations = 20 // of an identity
)

// deduplicationWindow is for how long ordered elements recognise the id of a message
// again: Service Bus's own default.
const deduplicationWindow = 10 * time.Minute

// neverDead is the greatest count that Service Bus takes, an int32: messages of queues
// that are to have no dead letters stay in them.
const neverDead = 1<<31 - 1

// limit is a row of the table of limits in docs/azure.md.
type limit struct{ what, most, source string }

// limits are what [Provider.Check] goes by beside the bounds of queues.
func limits() []limit {
	const names = "learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules"
	n := strconv.Itoa
	return []limit{
		{"name of an Event Grid topic", n(eventTopicNames().Limit) + " characters", names},
		{"name of an event subscription", n(eventSubscriptionNames().Limit) + " characters", names},
		{"name of a Storage queue or a container", n(storageQueueNames().Limit) + " characters", names},
		{"name of a Service Bus queue or topic", n(busNames().Limit) + " characters", names},
		{"name of a Service Bus subscription", n(busSubscriptionNames().Limit) + " characters", names},
		{"name of a managed identity", n(identityNames().Limit) + " characters", names},
		{"Event Grid topics of a subscription in a region (a warning: the quota can be raised)", n(maxEventTopics), "learn.microsoft.com/azure/event-grid/quotas-limits"},
		{"subscriptions of an Event Grid topic", n(maxEventSubscriptions), "learn.microsoft.com/azure/event-grid/quotas-limits"},
		{"subscriptions of a Service Bus topic", n(maxBusSubscriptions), "learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas"},
		{"`retry.maxAttempts`", n(maxEventAttempts), "eventgrid.RetryPolicy of the SDK"},
		{"values in the filters of an event subscription", n(maxFilterValues), "learn.microsoft.com/azure/event-grid/event-filtering"},
		{"a value of them", n(maxFilterValue) + " characters", "learn.microsoft.com/azure/event-grid/event-filtering"},
		{"a filter on Service Bus, as SQL", n(maxSQLExpression) + " characters", "learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas"},
		{"role assignments of a subscription", n(maxAssignments), "learn.microsoft.com/azure/role-based-access-control/troubleshoot-limits"},
		{"`federated` of an identity", n(maxFederations), "learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations"},
	}
}
