package gcp

import "github.com/msgdeploy/msgdeploy/providers"

// The types of resources that tables and programs name.
const (
	typeTopic              = "gcp:pubsub/topic:Topic"
	typeSubscription       = "gcp:pubsub/subscription:Subscription"
	typeTopicMember        = "gcp:pubsub/topicIAMMember:TopicIAMMember"
	typeSubscriptionMember = "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember"
	typeAccount            = "gcp:serviceaccount/account:Account"
	typeAccountMember      = "gcp:serviceaccount/iAMMember:IAMMember"
	typeCloudRunMember     = "gcp:cloudrunv2/serviceIamMember:ServiceIamMember"
	typeKeyMember          = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
	typeService            = "gcp:projects/service:Service"
	typeServiceIdentity    = "gcp:projects/serviceIdentity:ServiceIdentity"
)

// made is a type of resource, what of a spec it is made for, and how.
type made struct {
	providers.ResourceType
	of, sets string
}

// mapping is what becomes of a spec, in the order in which it is documented.
func mapping() []made {
	member := func(token, of, sets string) made {
		return made{providers.ResourceType{Token: token, Computed: []string{"etag"}}, of, sets}
	}
	return []made{
		{providers.ResourceType{Token: typeTopic, Stateful: true, Words: topicWords(), Asides: []string{deadLettersEnd}}, "a topic; what a queue's messages are enqueued into; dead letters",
			"labels; `gcp: {kmsKey, regions, retention, schema}`; dead letters lie where and as the messages lay that they were"},
		{providers.ResourceType{Token: typeSubscription, Stateful: true, Words: subscriptionWords(), Asides: []string{deadLettersEnd}}, "a queue, and each topic that feeds it; a subscription to a service; dead letters",
			"never expires; of a queue: pull, lease as ack deadline, retention, order and exactly-once delivery where asked; of a service: push with a signed token, without envelope unless `deliver: native`, backoffs; `filter`; dead letters, which are kept for 14 days"},
		member(typeTopicMember, "`publish`, `enqueue`; the Pub/Sub agent's right to publish dead letters", "one member of one role on one topic"),
		member(typeSubscriptionMember, "`dequeue`, for each subscription of the queue; the agent's right to take dead letters", "one member of one role on one subscription"),
		{providers.ResourceType{Token: typeAccount, Computed: []string{"email", "member", "name", "uniqueId"}},
			"a service that has permissions and no `member`; whose tokens sign what is pushed to a service", "no keys"},
		member(typeAccountMember, "`workloadIdentity`; the agent's right to tokens of the account that signs", "on that account only"),
		member(typeCloudRunMember, "a service that runs on Cloud Run and is pushed to", "on that service only"),
		member(typeKeyMember, "`kmsKey`: the agent's right to use it", "on that key only, and it stays when the stack is destroyed: every stack of the project needs the same grant"),
		{providers.ResourceType{Token: typeService}, "`enableApi`", "stays enabled when the stack is destroyed"},
		{providers.ResourceType{Token: typeServiceIdentity, Computed: []string{"email", "member"}},
			"the Pub/Sub agent", "only where a stack has dead letters, pushes or keys; Google makes it, once a project"},
	}
}

// Resources describes the types of resources of a stack on Google Cloud.
func (*Provider) Resources() []providers.ResourceType {
	all := mapping()
	types := make([]providers.ResourceType, len(all))
	ids := identity()
	for i, m := range all {
		types[i] = m.ResourceType
		types[i].Identity = ids[m.Token]
	}
	return types
}
