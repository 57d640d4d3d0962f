package aws

import "github.com/msgdeploy/msgdeploy/providers"

// withWords adds to the types what their properties are called in a spec. The properties
// are those of pulumi-aws 6.83 (sdk/v6/go/aws); the documents in them are SNS's and SQS's:
// SQS API reference, SetQueueAttributes, "RedrivePolicy"; SNS developer guide, "Creating an
// HTTP/S delivery policy".
func withWords(rows []made) []made {
	for i := range rows {
		rows[i].Words = wordsOf(rows[i].Token)
		// The queues of dead letters are like their owners in part.
		if rows[i].Token == "aws:sqs/queue:Queue" {
			rows[i].Asides = []string{deadLetterEnd, undeliveredEnd}
		}
	}
	return rows
}

func wordsOf(token string) []providers.Word {
	switch token {
	case "aws:sns/topic:Topic":
		return []providers.Word{
			{Of: "topic", Path: "fifoTopic", Key: "ordered"},
			{Of: "topic", Path: "tags.*", Key: "labels.*"},
		}
	case "aws:sqs/queue:Queue":
		return []providers.Word{
			{Of: "queue", Path: "visibilityTimeoutSeconds", Key: "lease", Unit: providers.Seconds},
			{Of: "queue", Path: "messageRetentionSeconds", Key: "retention", Unit: providers.Seconds},
			{Of: "queue", Path: "delaySeconds", Key: "delay", Unit: providers.Seconds},
			{Of: "queue", Path: "fifoQueue", Key: "ordered"},
			{Of: "queue", Path: "maxMessageSize", Key: "aws.maxMessageSize", Unit: providers.Bytes},
			{Of: "queue", Path: "receiveWaitTimeSeconds", Key: "aws.receiveWait", Unit: providers.Seconds},
			{Of: "queue", Path: "tags.*", Key: "labels.*"},
		}
	case "aws:sqs/redrivePolicy:RedrivePolicy":
		return []providers.Word{
			{Of: "queue", Path: "redrivePolicy.maxReceiveCount", Key: "deadLetter.maxAttempts"},
		}
	case "aws:sns/topicSubscription:TopicSubscription":
		return []providers.Word{
			{Of: "subscription", Path: "filterPolicy.*", Key: "filter.*"},
			{Of: "subscription", Path: "deliveryPolicy.healthyRetryPolicy.numRetries", Key: "retry.maxAttempts", Unit: providers.Retries},
			{Of: "subscription", Path: "deliveryPolicy.healthyRetryPolicy.minDelayTarget", Key: "retry.minBackoff", Unit: providers.Seconds},
			{Of: "subscription", Path: "deliveryPolicy.healthyRetryPolicy.maxDelayTarget", Key: "retry.maxBackoff", Unit: providers.Seconds},
			{Of: "subscription", Path: "deliveryPolicy.throttlePolicy.maxReceivesPerSecond", Key: "aws.maxPerSecond"},
			{Of: "subscription", Path: "endpointAutoConfirms", Key: "aws.autoConfirms"},
		}
	case "aws:iam/role:Role":
		return []providers.Word{
			{Of: "service", Path: "permissionsBoundary", Key: "identity.aws.create.permissionsBoundary"},
			{Of: "service", Path: "path", Key: "identity.aws.create.path"},
			{Of: "service", Path: "tags.*", Key: "labels.*"},
		}
	default:
		return nil
	}
}
