package graph_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/report/graph"
)

const before = `version: 1
project: shop
topics: {orders: {}, prices: {existing: {gcp: projects/acme-prod/topics/prices}}}
queues: {jobs: {}, audit: {deadLetter: false}, legacy: {}}
subscriptions: {order-jobs: {topic: orders, to: {queue: jobs}}, old: {topic: orders, to: {queue: legacy}}}
services: {web: {}, worker: {}}
permissions: {web: {publish: [orders]}, worker: {dequeue: [jobs, legacy]}}
stacks: {prod: {gcp: {project: acme-prod, region: europe-west1}}}
`

const after = `version: 1
project: shop
topics: {orders: {}}
queues: {jobs: {}, audit: {}, mails: {}}
subscriptions: {order-jobs: {topic: orders, to: {queue: jobs}}}
services: {web: {}, worker: {}}
permissions: {web: {publish: [orders], enqueue: [mails]}, worker: {dequeue: [jobs, audit]}}
stacks: {prod: {gcp: {project: acme-prod, region: europe-west1}}}
`

// changes are those from before to after, with a replacement.
func changes() []deploy.Change {
	component := func(element, kind, name string, op deploy.Op, diff ...deploy.PropertyDiff) deploy.Change {
		return deploy.Change{Element: element, Type: "msgdeploy:index:" + kind, Name: name, Op: op, Component: true, Diff: diff}
	}
	resource := func(element string, op deploy.Op) deploy.Change {
		return deploy.Change{Element: element, Type: "nats:index:Stream", Op: op}
	}
	grants := func(before, after []any) deploy.PropertyDiff {
		return deploy.PropertyDiff{Path: "grants", Kind: "update", Before: before, After: after}
	}
	return []deploy.Change{
		resource("queue.audit", deploy.OpUpdate),
		resource("queue.jobs", deploy.OpReplace), resource("queue.jobs", deploy.OpUpdate),
		component("queue.legacy", "Queue", "legacy", deploy.OpDelete), resource("queue.legacy", deploy.OpDelete),
		component("queue.mails", "Queue", "mails", deploy.OpCreate), resource("queue.mails", deploy.OpCreate),
		component("service.web", "Service", "web", deploy.OpUpdate, grants([]any{"publish topic.orders"}, []any{"enqueue queue.mails", "publish topic.orders"})),
		component("service.worker", "Service", "worker", deploy.OpUpdate, grants([]any{"dequeue queue.jobs", "dequeue queue.legacy"}, []any{"dequeue queue.audit", "dequeue queue.jobs"})),
		resource("stack", deploy.OpUpdate),
		component("subscription.old", "Subscription", "old", deploy.OpDelete),
		component("topic.prices", "Topic", "prices", deploy.OpDelete),
	}
}

// marked lists what is marked, nodes first.
func marked(g *graph.Graph) []string {
	var out []string
	for _, n := range g.Nodes {
		if n.Mark != "" {
			out = append(out, string(n.Address)+" "+string(n.Mark))
		}
	}
	for _, e := range g.Edges {
		if e.Mark != "" {
			out = append(out, string(e.From)+" -> "+string(e.To)+" "+string(e.Mark))
		}
	}
	return out
}

// TestCompare: with the graph before the changes, all that was is drawn, as deleted; what stands elsewhere
// is not deleted by being referred to no more.
func TestCompare(t *testing.T) {
	t.Parallel()
	old, next := parse(t, before), parse(t, after)
	got := next.Compare(old, changes())
	want := []string{
		"service.web changed",
		"service.worker changed",
		"subscription.old deleted",
		"queue.audit changed",
		"queue.jobs replaced",
		"queue.legacy deleted",
		"queue.mails created",
		"queue.audit.deadLetter created",
		"queue.legacy.deadLetter deleted",
		"queue.mails.deadLetter created",
		"queue.audit -> queue.audit.deadLetter gained",
		"queue.audit -> service.worker gained",
		"queue.legacy -> queue.legacy.deadLetter lost",
		"queue.legacy -> service.worker lost",
		"queue.mails -> queue.mails.deadLetter gained",
		"service.web -> queue.mails gained",
		"subscription.old -> queue.legacy lost",
		"topic.orders -> subscription.old lost",
	}
	if diff := cmp.Diff(want, marked(got)); diff != "" {
		t.Errorf("marks (-want +got):\n%s", diff)
	}
	if !slices.ContainsFunc(got.Nodes, func(n graph.Node) bool { return n.Address == "topic.prices" }) {
		t.Error("the topic that is referred to no more is not drawn")
	}
	if len(marked(next)) > 0 || len(marked(old)) > 0 {
		t.Error("Compare changed the graphs that it compared")
	}
}

// TestCompareWithoutOld: what only the changes know is drawn as far as they tell.
func TestCompareWithoutOld(t *testing.T) {
	t.Parallel()
	got := parse(t, after).Compare(nil, changes())
	want := []string{
		"service.web changed",
		"service.worker changed",
		"subscription.old deleted",
		"queue.audit changed",
		"queue.jobs replaced",
		"queue.legacy deleted",
		"queue.mails created",
		"queue.mails.deadLetter created",
		"queue.audit -> service.worker gained",
		"queue.legacy -> service.worker lost",
		"queue.mails -> queue.mails.deadLetter gained",
		"service.web -> queue.mails gained",
	}
	if diff := cmp.Diff(want, marked(got)); diff != "" {
		t.Errorf("marks (-want +got):\n%s", diff)
	}
}

// TestCompareNothing: where nothing changes nothing is marked.
func TestCompareNothing(t *testing.T) {
	t.Parallel()
	g := parse(t, busy(100))
	if diff := cmp.Diff(g, g.Compare(parse(t, busy(100)), nil)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAround: an element is drawn with what it is connected with, on through subscriptions, and no more.
func TestAround(t *testing.T) {
	t.Parallel()
	g := parse(t, before)
	addresses := func(g *graph.Graph) []string {
		var out []string
		for _, n := range g.Nodes {
			out = append(out, string(n.Address))
		}
		return out
	}
	for element, want := range map[string][]string{
		"queue.legacy": {"service.worker", "topic.orders", "subscription.old", "queue.legacy", "queue.legacy.deadLetter"},
		"topic.orders": {"service.web", "topic.orders", "subscription.old", "subscription.order-jobs", "queue.jobs", "queue.legacy"},
		"queue.audit":  {"queue.audit"},
		"queue.none":   nil,
	} {
		if diff := cmp.Diff(want, addresses(g.Around(permissionsAddress(element)))); diff != "" {
			t.Errorf("around %s (-want +got):\n%s", element, diff)
		}
	}
}
