package azure

import "github.com/msgdeploy/msgdeploy/providers"

// words are what the properties of a type are called in a spec: those of azure-native 2.90
// (pulumi-azure-native-sdk, modules eventgrid/v2, servicebus/v2, storage/v2).
func words(token string) []providers.Word {
	switch token {
	case typeTopic:
		return []providers.Word{{Of: "topic", Path: "tags.*", Key: "labels.*"}}
	case typeBusTopic:
		return []providers.Word{{Of: "topic", Path: "supportOrdering", Key: "ordered"}}
	case typeEventSubscription:
		return []providers.Word{
			{Of: "subscription", Path: "retryPolicy.maxDeliveryAttempts", Key: "retry.maxAttempts"},
			{Of: "subscription", Path: "retryPolicy.eventTimeToLiveInMinutes", Key: "azure.timeToLive", Unit: providers.Minutes},
			{Of: "subscription", Path: "destination.maxEventsPerBatch", Key: "azure.maxEventsPerBatch"},
		}
	case typeBusQueue:
		return []providers.Word{
			{Of: "queue", Path: "lockDuration", Key: "lease", Unit: providers.ISO},
			{Of: "queue", Path: "defaultMessageTimeToLive", Key: "retention", Unit: providers.ISO},
			{Of: "queue", Path: "maxDeliveryCount", Key: "deadLetter.maxAttempts", Unit: providers.Bounded},
			{Of: "queue", Path: "requiresSession", Key: "ordered"},
		}
	case typeIdentity:
		return []providers.Word{{Of: "service", Path: "tags.*", Key: "labels.*"}}
	default:
		return nil
	}
}
