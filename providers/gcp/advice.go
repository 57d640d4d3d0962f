package gcp

import (
	"fmt"
	"strings"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

var _ providers.Adviser = (*Provider)(nil)

// Advise says where a queue that stands gets one more subscription: whoever dequeues must
// receive from that one too, or its messages wait until they expire.
func (*Provider) Advise(t *spec.Topology, created func(permissions.Address) bool) []providers.Advice {
	l := layout{t}
	var advice []providers.Advice
	for _, s := range t.Subscriptions {
		address := permissions.SubscriptionAddress(s.Name)
		if s.ToQueue == nil || !created(address) || created(permissions.QueueAddress(s.ToQueue.Name)) {
			continue
		}
		advice = append(advice, providers.Advice{
			Element: address,
			Text: fmt.Sprintf("Consumers of queue %s must change: they receive from %s too now.%s",
				s.ToQueue.Name, l.subscription(s), whoDequeues(t, s.ToQueue)),
		})
	}
	return advice
}

// whoDequeues names the services whose code that is about.
func whoDequeues(t *spec.Topology, q *spec.Queue) string {
	var names []string
	for _, p := range t.Permissions {
		if p.Queue == q && p.Verb == spec.Dequeue && !p.DeadLetter {
			names = append(names, p.Service.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf(" In this stack that is %s.", strings.Join(names, ", "))
}
