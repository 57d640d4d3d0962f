package gcp

import (
	"fmt"
	"time"

	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

const (
	minAttempts = 5
	maxAttempts = 100
	// maxBackoff is the longest pause between two deliveries.
	maxBackoff = 10 * time.Minute
	// longRetention is from where on retention needs a Pub/Sub that is newer than the
	// documentation of the plugin, and than every emulator.
	longRetention = 7 * 24 * time.Hour
	// maxLabel is the longest label of a host name: RFC 1035, 2.3.4.
	maxLabel = 63
)

// The documents that limits are from.
const (
	sourceAPI    = "pubsubpb of cloud.google.com/go/pubsub/v2 v2.7.0"
	sourceSDK    = "pulumi-gcp v7.38.0"
	sourceFilter = "https://cloud.google.com/pubsub/docs/subscription-message-filter"
	sourceRun    = "https://cloud.google.com/run/docs/triggering/https-request"
)

// bounds are Pub/Sub's ranges of the times of a queue.
func bounds() []providers.Bound {
	return []providers.Bound{
		{
			Path: "lease", Of: func(q *spec.Queue) time.Duration { return q.Lease },
			Min: 10 * time.Second, Max: 10 * time.Minute,
			What:   "Pub/Sub hides a message that was delivered",
			Source: sourceSDK + ", pubsub.SubscriptionArgs.AckDeadlineSeconds",
		},
		{
			Path: "retention", Of: func(q *spec.Queue) time.Duration { return q.Retention },
			Min: 10 * time.Minute, Max: 31 * 24 * time.Hour,
			What:   "Pub/Sub keeps a message that nobody completes",
			Source: sourceAPI + ", Subscription.message_retention_duration",
		},
	}
}

// Limit is one of Google Cloud's limits that a topology is held against.
type Limit struct {
	// Of is the key of the spec, or what the limit is of.
	Of, Range, Source string
}

// Limits are all limits that Check knows, in the order in which they are documented.
func Limits() []Limit {
	var limits []Limit
	for _, b := range bounds() {
		limits = append(limits, Limit{"`queues.*." + b.Path + "`", b.String(), b.Source})
	}
	return append(limits,
		Limit{"`queues.*.deadLetter.maxAttempts`, `subscriptions.*.retry.maxAttempts`", fmt.Sprintf("%d to %d, kept approximately", minAttempts, maxAttempts), sourceSDK + ", pubsub.SubscriptionDeadLetterPolicyArgs.MaxDeliveryAttempts"},
		Limit{"`subscriptions.*.retry.minBackoff`, `maxBackoff`", "at most " + spec.FormatDuration(maxBackoff), sourceSDK + ", pubsub.SubscriptionRetryPolicyArgs"},
		Limit{"`subscriptions.*.filter`", fmt.Sprintf("%d bytes in Pub/Sub's language", maxFilter), sourceFilter},
		Limit{"`subscriptions.*.gcp.ackDeadline`", "10s to 10m", sourceSDK + ", pubsub.SubscriptionArgs.AckDeadlineSeconds"},
		Limit{"`topics.*.gcp.retention`", "10m to 31d", sourceSDK + ", pubsub.TopicArgs.MessageRetentionDuration"},
		Limit{"names of topics and subscriptions", nameRule().String(), sourceAPI + ", Topic.name"},
		Limit{"ids of service accounts", accountRule().String(), sourceSDK + ", serviceaccount.AccountArgs.AccountId"},
		Limit{"`services.*.function.gcp` without `endpoint`", fmt.Sprintf("the service's name, a hyphen and the project's number have at most %d characters", maxLabel), sourceRun},
	)
}

// nameRule is what Pub/Sub takes as the name of a topic or a subscription.
func nameRule() providers.NameRule {
	return providers.NameRule{
		Limit: maxName,
		// Three characters or more, the first a letter, and not beginning with goog.
		Expr:  `^([A-Za-fh-z][A-Za-z0-9._~+%-]{2,}|g[A-Za-np-z0-9._~+%-][A-Za-z0-9._~+%-]+|go[A-Za-np-z0-9._~+%-][A-Za-z0-9._~+%-]*|goo([A-Za-fh-z0-9._~+%-][A-Za-z0-9._~+%-]*)?)$`,
		Words: "3 or more letters, digits and - . _ ~ + %, beginning with a letter and not with goog",
	}
}

// accountRule is what IAM takes as the id of a service account.
func accountRule() providers.NameRule {
	return providers.NameRule{
		Limit: maxAccountID,
		Expr:  `^[a-z][-a-z0-9]{4,28}[a-z0-9]$`,
		Words: "6 or more lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
	}
}
