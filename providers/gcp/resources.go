package gcp

import "github.com/msgdeploy/msgdeploy/providers"

// The types of resources that hold messages, or decide whether they are delivered.
const (
	typeTopic        = "gcp:pubsub/topic:Topic"
	typeSubscription = "gcp:pubsub/subscription:Subscription"
)

// The other types of resources.
const (
	typeService            = "gcp:projects/service:Service"
	typeServiceIdentity    = "gcp:projects/serviceIdentity:ServiceIdentity"
	typeTopicMember        = "gcp:pubsub/topicIAMMember:TopicIAMMember"
	typeSubscriptionMember = "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember"
	typeAccount            = "gcp:serviceaccount/account:Account"
	typeAccountMember      = "gcp:serviceaccount/iAMMember:IAMMember"
	typeCloudRunMember     = "gcp:cloudrunv2/serviceIamMember:ServiceIamMember"
	typeKeyMember          = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
)

// Resources describes the types of resources of a stack on Google Cloud.
func (*Provider) Resources() []providers.ResourceType {
	return []providers.ResourceType{
		{Token: typeTopic, Stateful: true},
		{Token: typeSubscription, Stateful: true},
		{Token: typeService},
		{Token: typeServiceIdentity, Computed: []string{"email", "member"}},
		{Token: typeTopicMember, Computed: []string{"etag"}},
		{Token: typeSubscriptionMember, Computed: []string{"etag"}},
		{Token: typeAccount, Computed: []string{"email", "member", "name", "uniqueId"}},
		{Token: typeAccountMember, Computed: []string{"etag"}},
		{Token: typeCloudRunMember, Computed: []string{"etag"}},
		{Token: typeKeyMember, Computed: []string{"etag"}},
	}
}
