package azure

// Unseen says what beside a stack's own resources its refresh does not read. A role assignment is a resource of
// its own (https://learn.microsoft.com/azure/role-based-access-control/role-assignments), so others' are not in the state.
func (*Provider) Unseen() []string {
	return []string{
		"Role assignments and keys by which others may use this stack's topics and queues, beside those of the stack.",
		"Subscriptions that others made to this stack's topics.",
	}
}
