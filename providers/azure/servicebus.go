package azure

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The arguments of Service Bus's resources, which are registered by their type tokens:
// these are all the properties that programs set. A test holds their names against the
// documented ones: pulumi-azure-native-sdk servicebus/v20220101preview.

type namespaceArgs struct {
	ResourceGroupName   pulumi.StringInput    `pulumi:"resourceGroupName"`
	NamespaceName       pulumi.StringInput    `pulumi:"namespaceName"`
	Location            pulumi.StringInput    `pulumi:"location"`
	SKU                 skuArgs               `pulumi:"sku"`
	DisableLocalAuth    pulumi.BoolInput      `pulumi:"disableLocalAuth"`
	MinimumTLSVersion   pulumi.StringInput    `pulumi:"minimumTlsVersion"`
	PublicNetworkAccess pulumi.StringInput    `pulumi:"publicNetworkAccess"`
	Tags                pulumi.StringMapInput `pulumi:"tags"`
}

// skuArgs are "Standard" twice: the tier repeats the name.
type skuArgs struct {
	Name pulumi.StringInput `pulumi:"name"`
	Tier pulumi.StringInput `pulumi:"tier"`
}

type busQueueArgs struct {
	ResourceGroupName pulumi.StringInput `pulumi:"resourceGroupName"`
	NamespaceName     pulumi.StringInput `pulumi:"namespaceName"`
	QueueName         pulumi.StringInput `pulumi:"queueName"`
	// LockDuration and the other times are ISO 8601, such as PT30S.
	LockDuration                        pulumi.StringInput `pulumi:"lockDuration"`
	DefaultMessageTimeToLive            pulumi.StringInput `pulumi:"defaultMessageTimeToLive"`
	MaxDeliveryCount                    pulumi.IntInput    `pulumi:"maxDeliveryCount"`
	DeadLetteringOnMessageExpiration    pulumi.BoolInput   `pulumi:"deadLetteringOnMessageExpiration"`
	ForwardDeadLetteredMessagesTo       pulumi.StringInput `pulumi:"forwardDeadLetteredMessagesTo"`
	RequiresSession                     pulumi.BoolInput   `pulumi:"requiresSession"`
	RequiresDuplicateDetection          pulumi.BoolInput   `pulumi:"requiresDuplicateDetection"`
	DuplicateDetectionHistoryTimeWindow pulumi.StringInput `pulumi:"duplicateDetectionHistoryTimeWindow"`
}

type busTopicArgs struct {
	ResourceGroupName                   pulumi.StringInput `pulumi:"resourceGroupName"`
	NamespaceName                       pulumi.StringInput `pulumi:"namespaceName"`
	TopicName                           pulumi.StringInput `pulumi:"topicName"`
	SupportOrdering                     pulumi.BoolInput   `pulumi:"supportOrdering"`
	RequiresDuplicateDetection          pulumi.BoolInput   `pulumi:"requiresDuplicateDetection"`
	DuplicateDetectionHistoryTimeWindow pulumi.StringInput `pulumi:"duplicateDetectionHistoryTimeWindow"`
}

type busSubscriptionArgs struct {
	ResourceGroupName                         pulumi.StringInput `pulumi:"resourceGroupName"`
	NamespaceName                             pulumi.StringInput `pulumi:"namespaceName"`
	TopicName                                 pulumi.StringInput `pulumi:"topicName"`
	SubscriptionName                          pulumi.StringInput `pulumi:"subscriptionName"`
	ForwardTo                                 pulumi.StringInput `pulumi:"forwardTo"`
	RequiresSession                           pulumi.BoolInput   `pulumi:"requiresSession"`
	DeadLetteringOnMessageExpiration          pulumi.BoolInput   `pulumi:"deadLetteringOnMessageExpiration"`
	DeadLetteringOnFilterEvaluationExceptions pulumi.BoolInput   `pulumi:"deadLetteringOnFilterEvaluationExceptions"`
}

type busRuleArgs struct {
	ResourceGroupName pulumi.StringInput `pulumi:"resourceGroupName"`
	NamespaceName     pulumi.StringInput `pulumi:"namespaceName"`
	TopicName         pulumi.StringInput `pulumi:"topicName"`
	SubscriptionName  pulumi.StringInput `pulumi:"subscriptionName"`
	RuleName          pulumi.StringInput `pulumi:"ruleName"`
	FilterType        pulumi.StringInput `pulumi:"filterType"`
	SQLFilter         sqlFilterArgs      `pulumi:"sqlFilter"`
}

type sqlFilterArgs struct {
	SQLExpression pulumi.StringInput `pulumi:"sqlExpression"`
}

// properties returns the inputs of a resource: those fields of args, one of the structs
// above, that are set.
func properties(args any) pulumi.Map {
	v := reflect.ValueOf(args)
	m := pulumi.Map{}
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("pulumi")
		switch field := v.Field(i); {
		case field.Kind() == reflect.Struct:
			m[key] = properties(field.Interface())
		case !field.IsNil():
			m[key] = field.Interface().(pulumi.Input)
		}
	}
	return m
}
