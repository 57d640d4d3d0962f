package gcp

// identity returns the inputs by which Google Cloud knows what is made, by type token. What stays enabled or is
// Google's own has none: deleting it does nothing.
//
// Sources: API references of Pub/Sub (projects.topics.create and projects.subscriptions.create, ALREADY_EXISTS)
// and IAM (projects.serviceAccounts.create, 409); pulumi-gcp v7.38.0, the IamMember resources: a grant that is
// there already is taken for the new one.
func identity() map[string][]string {
	return map[string][]string{
		typeTopic:              {"name", "project"},
		typeSubscription:       {"name", "project"},
		typeTopicMember:        {"topic", "role", "member"},
		typeSubscriptionMember: {"subscription", "role", "member"},
		typeAccount:            {"accountId", "project"},
		typeAccountMember:      {"serviceAccountId", "role", "member"},
		typeCloudRunMember:     {"project", "location", "name", "role", "member"},
		typeKeyMember:          {"cryptoKeyId", "role", "member"},
	}
}
