package spec_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/spec"
)

// TestLabels lays labels over each other, and remembers which line each is of.
func TestLabels(t *testing.T) {
	t.Parallel()
	got := resolveText(t, []byte(`version: 1
project: demo
labels: {team: all, env: any, region: eu}
topics:
  orders: {owner: sales}
queues:
  jobs:
    labels: {team: jobs}
subscriptions:
  feed: {topic: orders, to: {queue: jobs}, labels: {team: feed}}
services: {api: {}}
stacks:
  local:
    nats: {}
    patch:
      labels: {env: local, region: null}
      topics: {orders: {labels: {owner: null, kind: x}}}
      queues: {jobs: {labels: null}}
`), "local")
	type placed struct {
		Value string
		Line  int
	}
	flat := func(labels spec.Labels) map[string]placed {
		out := map[string]placed{}
		for key, l := range labels {
			out[key] = placed{l.Value, l.Range.Start.Line}
		}
		return out
	}
	all := map[string]placed{"team": {"all", 3}, "env": {"local", 16}}
	for name, c := range map[string]struct {
		labels spec.Labels
		want   map[string]placed
	}{
		"spec":         {got.Labels, all},
		"topic":        {got.Topics[0].Labels, map[string]placed{"team": {"all", 3}, "env": {"local", 16}, "owner": {"sales", 5}, "kind": {"x", 17}}},
		"queue":        {got.Queues[0].Labels, all},
		"subscription": {got.Subscriptions[0].Labels, map[string]placed{"team": {"feed", 10}, "env": {"local", 16}}},
		"service":      {got.Services[0].Labels, all},
	} {
		if diff := cmp.Diff(c.want, flat(c.labels)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestNaming(t *testing.T) {
	t.Parallel()
	const head = "version: 1\nproject: demo\n"
	for name, c := range map[string]struct {
		text, want string
		line       int
	}{
		"default":     {head + "stacks: {local: {nats: {}}}\n", spec.DefaultNaming, 0},
		"the spec's":  {head + "naming: \"${name}\"\nstacks: {local: {nats: {}}}\n", "${name}", 3},
		"the stack's": {head + "naming: \"${name}\"\nstacks:\n  local: {nats: {}, naming: \"${stack}.${name}\"}\n", "${stack}.${name}", 5},
	} {
		got := resolveText(t, []byte(c.text), "local")
		if got.Naming != c.want || got.NamingAt.Start.Line != c.line {
			t.Errorf("%s: %q of line %d, want %q of line %d", name, got.Naming, got.NamingAt.Start.Line, c.want, c.line)
		}
	}
}

// TestUses makes another project's elements known, and none of them the stack's own.
func TestUses(t *testing.T) {
	t.Parallel()
	got := resolveText(t, []byte(`
version: 1
project: demo
uses: {accounts: {topics: [user-created], queues: [exports], naming: "${name}"}}
queues: {jobs: {}}
subscriptions: {feed: {topic: accounts/user-created, to: {queue: jobs}}}
services: {api: {}}
permissions: {api: {publish: [accounts/user-created], enqueue: [accounts/exports], dequeue: [accounts/exports]}}
stacks: {local: {nats: {}}}
`), "local")
	topic, queue := got.Topic("accounts/user-created"), got.Queue("accounts/exports")
	if topic == nil || topic.Project != "accounts" || topic.Naming != "${name}" || topic.Format != spec.CloudEvents {
		t.Fatalf("topic %+v", topic)
	}
	if queue == nil || queue.Project != "accounts" || queue.DeadLetter != nil {
		t.Fatalf("queue %+v", queue)
	}
	if got.Subscriptions[0].Topic != topic {
		t.Error("the subscription is of another topic")
	}
	var granted []string
	for _, p := range got.Permissions {
		switch {
		case p.Topic == topic, p.Queue == queue:
			granted = append(granted, string(p.Verb))
		}
	}
	if !slices.Equal(granted, []string{"publish", "enqueue", "dequeue"}) {
		t.Errorf("granted %v", granted)
	}
	if len(got.Topics) != 0 || len(got.Queues) != 1 || got.Queue("jobs") != got.Queues[0] {
		t.Error("another project's elements are among the stack's own")
	}
	for name, found := range map[string]bool{
		"topic": got.Topic("user-created") != nil, "queue": got.Queue("exports") != nil,
		"subscription": got.Subscription("other") != nil, "service": got.Service("other") != nil,
	} {
		if found {
			t.Errorf("a %s that is not there was found", name)
		}
	}
	if got.Subscription("feed") != got.Subscriptions[0] || got.Service("api") != got.Services[0] {
		t.Error("elements are not found by their names")
	}
}

// TestExistingIsOfItsCloud: what exists in one cloud is made in the others, dead letters and all.
func TestExistingIsOfItsCloud(t *testing.T) {
	t.Parallel()
	s, ds := spec.Load("spec.yaml", []byte(`
version: 1
project: demo
queues:
  jobs:
    existing: {aws: "arn:aws:sqs:eu-west-1:111122223333:jobs"}
    retention: 1d
stacks:
  aws: {aws: {region: eu-west-1, account: "111122223333"}}
  gcp: {gcp: {project: acme-prod, region: europe-west1}}
`))
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	aws, warnings := s.Resolve("aws")
	if aws.Queues[0].DeadLetter != nil || len(warnings) != 1 || warnings[0].Code != spec.CodeExisting || warnings.HasErrors() {
		t.Errorf("where it exists: dead letters %v, %v", aws.Queues[0].DeadLetter, warnings)
	}
	gcp, none := s.Resolve("gcp")
	if gcp.Queues[0].DeadLetter == nil || len(none) != 0 {
		t.Errorf("where it is made: dead letters %v, %v", gcp.Queues[0].DeadLetter, none)
	}
}
