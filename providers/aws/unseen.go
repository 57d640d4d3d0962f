package aws

// Unseen says what beside a stack's own resources its refresh does not read. The policies of queues and
// topics are one document each, which a refresh reads whole; of a role only the inline policies by their
// names are (https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html).
func (*Provider) Unseen() []string {
	return []string{
		"Policies that others gave the roles and users of this stack's services, beside those of the stack.",
		"Subscriptions that others made to this stack's topics.",
	}
}
