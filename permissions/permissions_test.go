package permissions_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// topology has one of everything that grants or implies.
func topology() *spec.Topology {
	created := &spec.Topic{Name: "created"}
	other := &spec.Queue{Name: "other"}
	jobs := &spec.Queue{Name: "jobs", DeadLetter: &spec.DeadLetter{MaxAttempts: 5}}
	moved := &spec.Queue{Name: "moved", DeadLetter: &spec.DeadLetter{MaxAttempts: 5, Queue: "other"}}
	api, mailer := &spec.Service{Name: "api"}, &spec.Service{Name: "mailer"}
	return &spec.Topology{
		Topics:   []*spec.Topic{created},
		Queues:   []*spec.Queue{jobs, moved, other},
		Services: []*spec.Service{api, mailer},
		Subscriptions: []*spec.Subscription{
			{Name: "keep", Topic: created, ToQueue: jobs},
			{Name: "mail", Topic: created, ToService: mailer, DeadLetter: &spec.DeadLetter{MaxAttempts: 3}},
		},
		Permissions: []*spec.Permission{
			{Service: mailer, Verb: spec.Dequeue, Queue: jobs, DeadLetter: true},
			{Service: mailer, Verb: spec.Dequeue, Queue: moved, DeadLetter: true},
			{Service: mailer, Verb: spec.Dequeue, Queue: other},
			{Service: api, Verb: spec.Publish, Topic: created},
			{Service: api, Verb: spec.Enqueue, Queue: jobs},
		},
	}
}

func TestDerive(t *testing.T) {
	t.Parallel()
	var got []string
	for _, g := range permissions.Derive(topology()) {
		line := string(g.Principal) + " " + g.String()
		if g.Implied {
			line += " (implied)"
		}
		got = append(got, line)
	}
	want := []string{
		"queue.jobs dead-letter queue.jobs.deadLetter (implied)",
		"queue.moved dead-letter queue.other (implied)",
		"service.api enqueue queue.jobs",
		"service.api publish topic.created",
		"service.mailer dequeue queue.jobs.deadLetter",
		"service.mailer dequeue queue.other", // asked twice: as itself and as the dead letters of moved
		"subscription.mail dead-letter subscription.mail.deadLetter (implied)",
		"topic.created deliver queue.jobs (implied)",
		"topic.created deliver service.mailer (implied)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
}

func TestDeriveIsOrderIndependent(t *testing.T) {
	t.Parallel()
	a, b := topology(), topology()
	slices.Reverse(b.Permissions)
	slices.Reverse(b.Queues)
	slices.Reverse(b.Subscriptions)
	strip := func(gs []permissions.Grant) (out []string) {
		for _, g := range gs {
			out = append(out, string(g.Principal)+" "+g.String())
		}
		return out
	}
	if diff := cmp.Diff(strip(permissions.Derive(a)), strip(permissions.Derive(b))); diff != "" {
		t.Errorf("order of the spec changes the grants:\n%s", diff)
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	grants := permissions.Derive(topology())
	if got := permissions.Of(grants, permissions.ServiceAddress("mailer")); len(got) != 2 {
		t.Errorf("Of(service.mailer) = %d grants, want 2", len(got))
	}
	if got := permissions.Of(grants, permissions.ServiceAddress("nobody")); len(got) != 0 {
		t.Errorf("Of(service.nobody) = %v, want none", got)
	}
}

func TestAddress(t *testing.T) {
	t.Parallel()
	a := permissions.QueueAddress("jobs").DeadLetters()
	if owner, dead := a.Owner(); owner != "queue.jobs" || !dead {
		t.Errorf("Owner(%s) = %s, %v", a, owner, dead)
	}
	if kind, name := a.Split(); kind != "queue" || name != "jobs" {
		t.Errorf("Split(%s) = %s, %s", a, kind, name)
	}
}
