package aws

import (
	"fmt"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// groups is a spec of n topics, each with a queue, a subscription and a service: ten
// resources, components included.
func groups(b *testing.B, n int) *spec.Topology {
	b.Helper()
	var topics, queues, subscriptions, services, permissions strings.Builder
	for i := range n {
		fmt.Fprintf(&topics, "  topic-%05d: {}\n", i)
		fmt.Fprintf(&queues, "  queue-%05d: {deadLetter: false}\n", i)
		fmt.Fprintf(&subscriptions, "  sub-%05d: {topic: topic-%05d, to: {queue: queue-%05d}}\n", i, i, i)
		fmt.Fprintf(&services, "  svc-%05d: {identity: {aws: {role: role-%05d}}}\n", i, i)
		fmt.Fprintf(&permissions, "  svc-%05d: {publish: [topic-%05d], dequeue: [queue-%05d]}\n", i, i, i)
	}
	s, ds := spec.Load("spec.yaml", []byte(head+"topics:\n"+topics.String()+"queues:\n"+queues.String()+"subscriptions:\n"+subscriptions.String()+
		"services:\n"+services.String()+"permissions:\n"+permissions.String()+stack))
	if ds.HasErrors() {
		b.Fatal(ds)
	}
	t, ds := s.Resolve("staging")
	if ds.HasErrors() {
		b.Fatal(ds)
	}
	return t
}

// BenchmarkProgram checks and renders 1,000 and 10,000 resources.
func BenchmarkProgram(b *testing.B) {
	for _, n := range []int{100, 1000} {
		t := groups(b, n)
		grants := permissions.Derive(t)
		b.Run(fmt.Sprintf("check/%d", 10*n), func(b *testing.B) {
			for b.Loop() {
				if ds := New().Check(t); ds.HasErrors() {
					b.Fatal(ds)
				}
			}
		})
		b.Run(fmt.Sprintf("render/%d", 10*n), func(b *testing.B) {
			for b.Loop() {
				if _, err := providers.Render(b.Context(), New(), t, grants); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
