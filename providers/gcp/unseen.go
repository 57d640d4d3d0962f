package gcp

// Unseen says what beside a stack's own resources its refresh does not read. A member of a role is added by
// a read, a change and a write of the policy that leaves others' members alone, so none of them is in the state
// (https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/pubsub_topic_iam, "non-authoritative").
func (*Provider) Unseen() []string {
	return []string{
		"Members that others gave roles on this stack's topics and subscriptions, beside those of the stack.",
		"Subscriptions that others made to this stack's topics.",
	}
}
