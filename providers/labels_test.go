package providers_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// stacks is one stack of every cloud.
const stacks = `
stacks:
  aws: {aws: {region: eu-west-1, account: "111122223333"}}
  gcp: {gcp: {project: acme-prod, region: europe-west1}}
  azure: {azure: {subscription: 00000000-0000-0000-0000-000000000000, location: westeurope}}
  nats: {nats: {}}
`

func topology(t *testing.T, text, stack string) *spec.Topology {
	t.Helper()
	s, ds := spec.Load("spec.yaml", []byte(text+stacks))
	top, more := s.Resolve(stack)
	if ds = append(ds, more...); ds.HasErrors() {
		t.Fatal(ds)
	}
	return top
}

// TestLabels is what a resource is marked with in each cloud.
func TestLabels(t *testing.T) {
	t.Parallel()
	const text = `
version: 1
project: shop
labels: {team: commerce, tier: one}
queues: {jobs: {owner: payments, labels: {tier: two}, movedFrom: tasks}}
`
	for stack, own := range map[string]map[string]string{
		"aws":   {"msgdeploy:project": "shop", "msgdeploy:stack": "aws", "msgdeploy:element": "queue.tasks"},
		"gcp":   {"msgdeploy-project": "shop", "msgdeploy-stack": "gcp", "msgdeploy-element": "queue_tasks"},
		"azure": {"msgdeploy-project": "shop", "msgdeploy-stack": "azure", "msgdeploy-element": "queue.tasks"},
		"nats":  {"msgdeploy.project": "shop", "msgdeploy.stack": "nats", "msgdeploy.element": "queue.tasks"},
	} {
		top := topology(t, text, stack)
		want := map[string]string{"team": "commerce", "tier": "two", "owner": "payments"}
		common := map[string]string{"team": "commerce", "tier": "one"}
		for key, value := range own {
			want[key] = value
			if !strings.HasSuffix(key, "element") {
				common[key] = value
			}
		}
		jobs := permissions.QueueAddress("jobs")
		for _, of := range []permissions.Address{jobs, jobs.DeadLetters()} {
			if diff := cmp.Diff(want, providers.Labels(top, of)); diff != "" {
				t.Errorf("%s on %s (-want +got)\n%s", of, stack, diff)
			}
		}
		if diff := cmp.Diff(common, providers.Labels(top, permissions.Stack)); diff != "" {
			t.Errorf("the stack on %s (-want +got)\n%s", stack, diff)
		}
	}
}

// TestOwnLabelsAreAllowed: what msgdeploy adds itself, each cloud takes, at its longest.
func TestOwnLabelsAreAllowed(t *testing.T) {
	t.Parallel()
	longest := "a" + strings.Repeat("b", 49)
	text := `
version: 1
project: a` + strings.Repeat("b", 39) + `
topics: {orders: {}}
queues: {jobs: {}}
subscriptions: {` + longest + `: {topic: orders, to: {queue: jobs}}}
`
	for _, stack := range []string{"aws", "gcp", "azure", "nats"} {
		top := topology(t, text, stack)
		rules := providers.RulesOfLabels(top.Target.Cloud())
		for key, value := range providers.Labels(top, permissions.SubscriptionAddress(longest)) {
			if len(key) > rules.Key.Most || len(value) > rules.Value.Most ||
				!regexp.MustCompile(rules.Key.Expr).MatchString(key) || !regexp.MustCompile(rules.Value.Expr).MatchString(value) {
				t.Errorf("%s would refuse %s=%s", stack, key, value)
			}
		}
	}
}

// TestCheckLabels has one label at a time that some clouds take and others refuse.
func TestCheckLabels(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("x", n) }
	for label, want := range map[string]string{
		`team: commerce`:   "",
		`Team: commerce`:   "gcp",
		`team: Commerce`:   "gcp",
		`team: "größe"`:    "",
		`team: ""`:         "",
		`"1st": a`:         "gcp",
		`"a.b": c`:         "gcp",
		`"a b": c`:         "gcp",
		`"a?b": c`:         "aws gcp azure",
		`a: "b?c"`:         "aws gcp",
		`"aws:x": y`:       "aws gcp",
		`"AWS:x": y`:       "aws gcp",
		`azure-x: y`:       "azure",
		`msgdeploy-x: y`:   "aws gcp azure nats",
		`"_nats.x": y`:     "gcp nats",
		long(63) + `: y`:   "",
		long(64) + `: y`:   "gcp",
		long(128) + `: y`:  "gcp",
		long(129) + `: y`:  "aws gcp",
		long(512) + `: y`:  "aws gcp",
		`x: ` + long(63):   "",
		`x: ` + long(64):   "gcp",
		`x: ` + long(256):  "gcp",
		`team: a, teaM: b`: "aws gcp azure",
	} {
		var refused []string
		for _, stack := range []string{"aws", "gcp", "azure", "nats"} {
			top := topology(t, "version: 1\nproject: shop\ntopics: {orders: {labels: {"+label+"}}}\n", stack)
			for _, d := range providers.CheckLabels(top) {
				if d.Code != providers.CodeLabel || d.Range.Start.Line != 3 {
					t.Errorf("%s on %s: %+v", label, stack, d)
				}
				refused = append(refused, stack)
			}
		}
		if got := strings.Join(refused, " "); got != want {
			t.Errorf("{%.30s} is refused by %q, want %q", label, got, want)
		}
	}
}

// TestCheckLabelsOfStack holds what belongs to no element to the stricter rules there: a
// storage account's tags.
func TestCheckLabelsOfStack(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"labels: {" + strings.Repeat("x", 128) + ": y}\n":                                                 0,
		"labels: {" + strings.Repeat("x", 129) + ": y}\n":                                                 1,
		"topics: {orders: {labels: {" + strings.Repeat("x", 129) + ": y}}}\n":                             0,
		"labels: {a: 1a, b: b, c: c, d: d, e: e, f: f, g: g, h: h, i: i, j: j, k: k, l: l, m: m}\n":       0,
		"labels: {a: 1a, b: b, c: c, d: d, e: e, f: f, g: g, h: h, i: i, j: j, k: k, l: l, m: m, n: n}\n": 1,
	} {
		if got := providers.CheckLabels(topology(t, "version: 1\nproject: shop\n"+text, "azure")); len(got) != want {
			t.Errorf("%s: %d diagnostics, want %d: %v", text, len(got), want, got)
		}
	}
}

func TestStanding(t *testing.T) {
	t.Parallel()
	top := named(t)
	for of, want := range map[permissions.Address]permissions.Address{
		"topic.orders":                "topic.orders",
		"topic.moved":                 "topic.orders-before",
		"queue.moved":                 "queue.jobs-before",
		"queue.moved.deadLetter":      "queue.jobs-before.deadLetter",
		"topic.accounts/user-created": "topic.accounts/user-created",
		"stack":                       "stack",
	} {
		if got := providers.Standing(top, of); got != want {
			t.Errorf("%s stands as %s, want %s", of, got, want)
		}
	}
	if len(providers.Moved(top, "topic.moved")) != 1 || len(providers.Moved(top, "topic.orders")) != 0 {
		t.Error("an alias is for what was moved, and for nothing else")
	}
}
