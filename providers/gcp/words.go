package gcp

import "github.com/msgdeploy/msgdeploy/providers"

// deadLettersEnd ends the names of the resources that keep dead letters.
const deadLettersEnd = ".deadLetter"

// topicWords and subscriptionWords are what properties are called in a spec: those of
// pulumi-gcp 7 (sdk/v7/go/gcp/pubsub, pulumiTypes.go).
func topicWords() []providers.Word {
	return []providers.Word{
		{Of: "topic", Path: "kmsKeyName", Key: "gcp.kmsKey"},
		{Of: "topic", Path: "messageStoragePolicy.allowedPersistenceRegions", Key: "gcp.regions"},
		{Of: "topic", Path: "messageRetentionDuration", Key: "gcp.retention", Unit: providers.Span},
		{Of: "topic", Path: "schemaSettings.schema", Key: "gcp.schema.name"},
		{Of: "topic", Path: "schemaSettings.encoding", Key: "gcp.schema.encoding", Unit: providers.Upper},
		{Of: "topic", Path: "labels.*", Key: "labels.*"},
		{Of: "queue", Path: "kmsKeyName", Key: "gcp.kmsKey"},
		{Of: "queue", Path: "messageStoragePolicy.allowedPersistenceRegions", Key: "gcp.regions"},
		{Of: "queue", Path: "labels.*", Key: "labels.*"},
	}
}

func subscriptionWords() []providers.Word {
	return []providers.Word{
		{Of: "queue", Path: "ackDeadlineSeconds", Key: "lease", Unit: providers.Seconds},
		{Of: "queue", Path: "messageRetentionDuration", Key: "retention", Unit: providers.Span},
		{Of: "queue", Path: "enableMessageOrdering", Key: "ordered"},
		{Of: "queue", Path: "enableExactlyOnceDelivery", Key: "gcp.exactlyOnce"},
		{Of: "queue", Path: "deadLetterPolicy.maxDeliveryAttempts", Key: "deadLetter.maxAttempts"},
		{Of: "queue", Path: "labels.*", Key: "labels.*"},
		{Of: "subscription", Path: "filter", Key: "filter"},
		{Of: "subscription", Path: "retryPolicy.minimumBackoff", Key: "retry.minBackoff", Unit: providers.Span},
		{Of: "subscription", Path: "retryPolicy.maximumBackoff", Key: "retry.maxBackoff", Unit: providers.Span},
		{Of: "subscription", Path: "labels.*", Key: "labels.*"},
	}
}
