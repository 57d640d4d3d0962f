package nats_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nkeys"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/broker/brokertest"
	"github.com/msgdeploy/msgdeploy/providers/nats"
	"github.com/msgdeploy/msgdeploy/spec"
)

// TestLifecycle deploys everything there is, again, and destroys it: on the embedded
// broker, on a server of somebody else, and on a shared account.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*testing.T) (*broker.Admin, *spec.Topology){
		"embedded": func(t *testing.T) (*broker.Admin, *spec.Topology) { return runEmbedded(t), nats.Shop() },
		"external": func(t *testing.T) (*broker.Admin, *spec.Topology) {
			b := brokertest.StartServer(t)
			top := nats.Shop()
			top.Target.NATS = &spec.NATSTarget{URL: b.URL, System: &spec.NATSSystem{}}
			return useExternal(t, b, false), top
		},
		"shared": func(t *testing.T) (*broker.Admin, *spec.Topology) {
			b := brokertest.StartServer(t)
			top := nats.Shop()
			top.Target.NATS = &spec.NATSTarget{URL: b.URL}
			return useExternal(t, b, true), top
		},
		"cluster": func(t *testing.T) (*broker.Admin, *spec.Topology) {
			b := brokertest.StartCluster(t, 3)
			top := nats.Shop()
			top.Target.NATS = &spec.NATSTarget{URL: b.URL, System: &spec.NATSSystem{}, Replicas: 3}
			return useExternal(t, b, false), top
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			admin, top := start(t)
			d := newDeployment(t, admin, top)
			first := d.up(top)
			want := []string{
				"shop-local-audit-queue", "shop-local-created", "shop-local-jobs-queue", "shop-local-jobs-queue-dlq",
				"shop-local-later-queue", "shop-local-later-queue_delay", "shop-local-placed", "shop-local-welcome-dlq", "shop-local_advisories",
			}
			if diff := cmp.Diff(want, d.streams()); diff != "" {
				t.Errorf("streams:\n%s", diff)
			}
			if first.Summary.Create == 0 || d.output("url") != admin.Access.URL {
				t.Errorf("summary %+v, url %v", first.Summary, d.output("url"))
			}
			if r := d.refresh(); len(r.Changes) > 0 {
				t.Errorf("a refresh finds changes where nothing was changed: %+v", r.Changes)
			}
			creds := d.credentials()
			if again := d.up(top); len(again.Changes) > 0 {
				t.Errorf("a second up changes %+v", again.Changes)
			}
			if diff := cmp.Diff(creds, d.credentials()); diff != "" {
				t.Error("credentials changed without a change")
			}
			d.destroy()
			if left := d.streams(); len(left) > 0 {
				t.Errorf("destroy leaves streams %v", left)
			}
			for service, content := range creds {
				if admin.Access.System == nil {
					continue
				}
				if c, err := broker.DialService(t.Context(), admin.Access.URL, []byte(content), "", ""); err == nil {
					c.Close()
					t.Errorf("service %s connects after destroy", service)
				}
			}
		})
	}
}

// TestEdits edits fields of the spec one after the other, each on top of the last.
func TestEdits(t *testing.T) {
	t.Parallel()
	admin := runEmbedded(t)
	top := nats.Shop()
	d := newDeployment(t, admin, top)
	d.up(top)
	queue := func(name string) *spec.Queue {
		for _, q := range top.Queues {
			if q.Name == name {
				return q
			}
		}
		t.Fatalf("no queue %s", name)
		return nil
	}
	subscription := func(name string) *spec.Subscription {
		for _, s := range top.Subscriptions {
			if s.Name == name {
				return s
			}
		}
		t.Fatalf("no subscription %s", name)
		return nil
	}
	for _, step := range []struct {
		name string
		edit func()
		want []string
	}{
		{"topic: description", func() { top.Topics[0].Description = "new" }, []string{"update Stream::created"}},
		{"topic: retention", func() { top.Topics[0].NATS = &spec.NATSTopic{Retention: 2 * time.Hour} }, []string{"update Stream::created"}},
		{"topic: ordered", func() { top.Topics[0].Ordered = true }, []string{"update Subscription::welcome"}},
		{"queue: lease", func() { queue("jobs").Lease = 5 * time.Second }, []string{"update Consumer::jobs-queue", "update Consumer::jobs-queue-dlq"}},
		{"queue: retention", func() { queue("jobs").Retention = 2 * time.Hour }, []string{"update Stream::jobs-queue"}},
		{"queue: bytes", func() { queue("jobs").NATS.MaxBytes = 1 << 21 }, []string{"update Stream::jobs-queue"}},
		{"queue: attempts", func() { queue("jobs").DeadLetter.MaxAttempts = 7 }, []string{"update Consumer::jobs-queue"}},
		{"queue: ordered", func() { queue("audit").Ordered = true }, []string{"update Consumer::audit-queue"}},
		{"queue: other delay", func() { queue("later").Delay = time.Minute }, []string{"update Consumer::later-queue_delay", "update Stream::later-queue_delay"}},
		{"queue: other dead letters", func() { queue("later").DeadLetter.Queue = "jobs" }, []string{"update Consumer::later-queue"}},
		{
			"queue: no delay",
			func() { queue("later").Delay = 0 },
			[]string{"delete Consumer::later-queue_delay", "delete Stream::later-queue_delay", "replace Source::delayed", "update Stream::later-queue"},
		},
		{
			"queue: delay again",
			func() { queue("later").Delay = time.Second },
			[]string{"create Consumer::later-queue_delay", "create Stream::later-queue_delay", "replace Source::delayed", "update Stream::later-queue"},
		},
		{"queue: no dead letters", func() { queue("later").DeadLetter = nil }, []string{"update Consumer::later-queue"}},
		{"subscription: filter", func() { subscription("cards").Filter = map[string][]string{"kind": {"card", "wire"}} }, []string{"update Subscription::cards"}},
		{"subscription: no filter", func() { subscription("cards").Filter = nil }, []string{"create Source::cards", "delete Subscription::cards"}},
		{"subscription: topic", func() { subscription("cards").Topic = top.Topics[0] }, []string{"replace Source::cards"}},
		{"subscription: retry", func() { subscription("welcome").Retry.MaxAttempts = 9 }, []string{"update Subscription::welcome"}},
		{"subscription: no dead letters", func() { subscription("welcome").DeadLetter = nil }, []string{"delete Stream::welcome-dlq", "update Subscription::welcome"}},
		{"service: endpoint", func() { top.Services[0].Endpoint = &spec.Endpoint{URL: "https://elsewhere.example.com"} }, []string{"update Subscription::welcome"}},
		{"permission: fewer", func() { top.Permissions = top.Permissions[:3] }, []string{"delete Consumer::jobs-queue-dlq", "update Account::worker"}},
		{"permission: none of a service", func() { top.Permissions = top.Permissions[2:] }, []string{"delete Account::signup", "delete User::signup"}},
	} {
		step.edit()
		r := d.up(top)
		if diff := cmp.Diff(step.want, changed(r)); diff != "" {
			t.Errorf("%s:\n%s", step.name, diff)
		}
		if again := d.up(top); len(again.Changes) > 0 {
			t.Errorf("%s: a second up changes %v", step.name, changed(again))
		}
		if r := d.refresh(); len(r.Changes) > 0 {
			t.Errorf("%s: a refresh finds %v", step.name, changed(r))
		}
	}
	d.destroy()
	if left := d.streams(); len(left) > 0 {
		t.Errorf("destroy leaves streams %v", left)
	}
}

// TestDrift undoes by hand what was deployed; a refresh sees it, and the next up mends it.
func TestDrift(t *testing.T) {
	t.Parallel()
	admin := runEmbedded(t)
	top := nats.Shop()
	d := newDeployment(t, admin, top)
	d.up(top)
	ctx := t.Context()
	if err := admin.JetStream.DeleteStream(ctx, "shop-local-jobs-queue"); err != nil {
		t.Fatal(err)
	}
	cfg := streamInfo(t, admin, "shop-local-created").Config
	cfg.MaxAge, cfg.MaxMsgs = time.Hour, 5
	if _, err := admin.JetStream.UpdateStream(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	if err := admin.JetStream.DeleteConsumer(ctx, "shop-local-created", "shop-local-welcome"); err != nil {
		t.Fatal(err)
	}
	if err := admin.RemoveExports(ctx, "shop.local"); err != nil {
		t.Fatal(err)
	}
	r := d.refresh()
	want := []string{"delete Consumer::jobs-queue", "delete Stream::jobs-queue", "delete Subscription::welcome", "update Broker::broker", "update Stream::created"}
	if diff := cmp.Diff(want, changed(r)); diff != "" {
		t.Errorf("the refresh found:\n%s", diff)
	}
	want = []string{"create Consumer::jobs-queue", "create Stream::jobs-queue", "create Subscription::welcome", "update Broker::broker", "update Stream::created"}
	if diff := cmp.Diff(want, changed(d.up(top))); diff != "" {
		t.Errorf("the next up did:\n%s", diff)
	}
	if cfg := streamInfo(t, admin, "shop-local-created").Config; cfg.MaxAge != 24*time.Hour || cfg.MaxMsgs != -1 {
		t.Errorf("the topic keeps %v and %d messages", cfg.MaxAge, cfg.MaxMsgs)
	}
	if r := d.refresh(); len(r.Changes) > 0 {
		t.Errorf("drift is left: %v", changed(r))
	}
}

// TestSigningKeyIsReplaced gives msgdeploy another signing key: what the old one signed
// shows in a refresh, so that the next up signs it again.
func TestSigningKeyIsReplaced(t *testing.T) {
	t.Parallel()
	b := brokertest.StartServer(t)
	top := nats.Shop()
	top.Target.NATS = &spec.NATSTarget{URL: b.URL, System: &spec.NATSSystem{}}
	admin := useExternal(t, b, false)
	d := newDeployment(t, admin, top)
	d.up(top)
	old := admin.Access.SigningKey
	other, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	admin.Access.SigningKey = other
	if diff := cmp.Diff([]string{"update Account::signup", "update Account::worker"}, changed(d.refresh())); diff != "" {
		t.Errorf("with another key a refresh finds:\n%s", diff)
	}
	admin.Access.SigningKey = old
	if diff := cmp.Diff([]string{"update Account::signup", "update Account::worker"}, changed(d.up(top))); diff != "" {
		t.Errorf("the next up does:\n%s", diff)
	}
	if r := d.refresh(); len(r.Changes) > 0 {
		t.Errorf("after that a refresh finds %v", changed(r))
	}
}
