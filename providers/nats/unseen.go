package nats

// Unseen says what beside a stack's own resources its refresh does not read: it asks for each stream and each
// consumer by its name.
func (*Provider) Unseen() []string {
	return []string{"Consumers that others made on this stack's streams, and users that others made in its accounts."}
}
