package azure

import "testing"

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, action string
		want            bool
	}{
		{"*", "Microsoft.Storage/storageAccounts/listKeys/action", true},
		{"*/read", "Microsoft.Storage/storageAccounts/read", true},
		{"*/read", "Microsoft.Storage/storageAccounts/write", false},
		{"Microsoft.ServiceBus/*/send/action", "Microsoft.ServiceBus/namespaces/messages/send/action", true},
		{"Microsoft.ServiceBus/*/send/action", "Microsoft.ServiceBus/namespaces/messages/receive/action", false},
		{"Microsoft.ServiceBus/*/queues/read", "microsoft.servicebus/NAMESPACES/queues/read", true},
		{"Microsoft.ServiceBus/*/queues/read", "Microsoft.ServiceBus/queues/read", false},
		{"Microsoft.Storage/a/read", "Microsoft.Storage/a/readAll", false},
		{"Microsoft.*/write", "Microsoft.EventGrid/topics/eventSubscriptions/write", true},
	} {
		if got := matchAny([]string{c.pattern}, c.action); got != c.want {
			t.Errorf("%s matches %s: %v, want %v", c.pattern, c.action, got, c.want)
		}
	}
}

// What the not… lists name is taken away again, on its own plane only.
func TestNotActions(t *testing.T) {
	t.Parallel()
	r := role{
		actions: []string{"Microsoft.Storage/*"}, notActions: []string{"*/listKeys/action"},
		dataActions: []string{"Microsoft.Storage/*/messages/*"}, notDataActions: []string{"*/messages/delete"},
	}
	for action, want := range map[string]bool{
		"Microsoft.Storage/storageAccounts/write":           true,
		"Microsoft.Storage/storageAccounts/listKeys/action": false,
		"Microsoft.Compute/virtualMachines/read":            false,
	} {
		if got := r.permits(action); got != want {
			t.Errorf("permits %s: %v, want %v", action, got, want)
		}
	}
	for action, want := range map[string]bool{queueMessages + "read": true, queueMessages + "delete": false} {
		if got := r.permitsData(action); got != want {
			t.Errorf("permits on data %s: %v, want %v", action, got, want)
		}
	}
	if r.permits("Microsoft.Storage/x/messages/read") != true || r.permitsData("Microsoft.Storage/storageAccounts/write") {
		t.Error("the planes are mixed up")
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	const scope = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a/queueServices/default/queues/jobs"
	for id, want := range map[string]bool{
		scope:               true,
		scope + "/messages": true,
		scope + "-other":    false,
		"/subscriptions/s":  false,
		"/SUBSCRIPTIONS/S/resourcegroups/g/providers/microsoft.storage/storageaccounts/a/queueservices/default/queues/JOBS": true,
	} {
		if got := covers(scope, id); got != want {
			t.Errorf("covers %s: %v, want %v", id, got, want)
		}
	}
}
