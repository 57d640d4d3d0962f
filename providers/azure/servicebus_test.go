package azure

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestServiceBusProperties holds the names of what is set against those that
// pulumi-azure-native-sdk documents for 2022-01-01-preview.
func TestServiceBusProperties(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args       any
		documented string
	}{
		{namespaceArgs{}, "alternateName disableLocalAuth encryption identity location minimumTlsVersion namespaceName privateEndpointConnections publicNetworkAccess resourceGroupName sku tags zoneRedundant"},
		{busQueueArgs{}, "autoDeleteOnIdle deadLetteringOnMessageExpiration defaultMessageTimeToLive duplicateDetectionHistoryTimeWindow enableBatchedOperations enableExpress enablePartitioning forwardDeadLetteredMessagesTo forwardTo lockDuration maxDeliveryCount maxMessageSizeInKilobytes maxSizeInMegabytes namespaceName queueName requiresDuplicateDetection requiresSession resourceGroupName status"},
		{busTopicArgs{}, "autoDeleteOnIdle defaultMessageTimeToLive duplicateDetectionHistoryTimeWindow enableBatchedOperations enableExpress enablePartitioning maxMessageSizeInKilobytes maxSizeInMegabytes namespaceName requiresDuplicateDetection resourceGroupName status supportOrdering topicName"},
		{busSubscriptionArgs{}, "autoDeleteOnIdle clientAffineProperties deadLetteringOnFilterEvaluationExceptions deadLetteringOnMessageExpiration defaultMessageTimeToLive duplicateDetectionHistoryTimeWindow enableBatchedOperations forwardDeadLetteredMessagesTo forwardTo isClientAffine lockDuration maxDeliveryCount namespaceName requiresSession resourceGroupName status subscriptionName topicName"},
		{busRuleArgs{}, "action correlationFilter filterType namespaceName resourceGroupName ruleName sqlFilter subscriptionName topicName"},
		{skuArgs{}, "capacity name tier"},
		{sqlFilterArgs{}, "compatibilityLevel requiresPreprocessing sqlExpression"},
	} {
		typ := reflect.TypeOf(c.args)
		for i := range typ.NumField() {
			if key := typ.Field(i).Tag.Get("pulumi"); !slices.Contains(strings.Fields(c.documented), key) {
				t.Errorf("%s.%s sets %q, which is not documented", typ.Name(), typ.Field(i).Name, key)
			}
		}
	}
}

func TestISO(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0:                             "PT0S",
		30 * time.Second:              "PT30S",
		90 * time.Second:              "PT1M30S",
		5 * time.Minute:               "PT5M",
		25 * time.Hour:                "P1DT1H",
		96 * time.Hour:                "P4D",
		36*time.Hour + 30*time.Minute: "P1DT12H30M",
		1500 * time.Millisecond:       "PT1.5S",
	} {
		if got := iso(d); got != want {
			t.Errorf("iso(%s) = %s, want %s", d, got, want)
		}
	}
}

func TestSQLFilter(t *testing.T) {
	t.Parallel()
	if got, want := sqlFilter(map[string][]string{"kind": {"card", "it's"}, "country": {"de"}}),
		"user.[country] IN ('de') AND user.[kind] IN ('card', 'it''s')"; got != want {
		t.Errorf("filter = %s, want %s", got, want)
	}
	if got := sqlFilter(nil); got != "1=1" {
		t.Errorf("no filter = %s: a subscription without a rule gets nothing", got)
	}
}
