package nats

import (
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
)

func TestConsumerLifecycle(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	r.create(typeStream, aStream())
	m := r.create(typeConsumer, aConsumer())
	cfg := r.consumerConfig("shop-local-jobs-queue", "shop-local")
	if cfg.AckWait != 30*time.Second || cfg.MaxDeliver != 5 || cfg.MaxAckPending != -1 || cfg.AckPolicy != jetstream.AckExplicitPolicy {
		t.Errorf("the consumer is %+v", cfg)
	}
	if d := r.diff(typeConsumer, m, aConsumer()); d.Changes != plugin.DiffNone {
		t.Errorf("the same consumer differs: %+v", d)
	}
	if again := r.read(typeConsumer, m); !again.inputs.DeepEquals(m.inputs) || !again.states.DeepEquals(m.states) {
		t.Errorf("a refresh finds drift in a fresh consumer: %v", again.inputs)
	}
	again := r.create(typeConsumer, aConsumer())
	if again.id != m.id {
		t.Errorf("a second creation made %s, the first %s", again.id, m.id)
	}
	r.remove(typeConsumer, m)
	if again := r.read(typeConsumer, m); again.id != "" {
		t.Errorf("the deleted consumer is read as %v", again.inputs)
	}
	r.remove(typeConsumer, m)
}

// TestConsumerEdits edits each input, and finds it on the broker in place or asks for a replacement.
func TestConsumerEdits(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	topic := streamArgs{Name: "shop-local-created", Element: "topic.created", Subjects: []string{"shop.local.topic.created"}, Retention: limits, MaxAge: duration(time.Hour), Replicas: 1}
	r.create(typeStream, topic)
	start := aConsumer()
	start.Stream = topic.Name
	for name, c := range map[string]struct {
		edit    func(*consumerArgs)
		replace bool
	}{
		"stream":        {func(a *consumerArgs) { a.Stream = "shop-local-other" }, true},
		"name":          {func(a *consumerArgs) { a.Name = "other" }, true},
		"new":           {func(a *consumerArgs) { a.New = true }, true},
		"element":       {func(a *consumerArgs) { a.Element = "queue.other" }, false},
		"ackWait":       {func(a *consumerArgs) { a.AckWait = duration(time.Minute) }, false},
		"maxDeliver":    {func(a *consumerArgs) { a.MaxDeliver = -1 }, false},
		"maxAckPending": {func(a *consumerArgs) { a.MaxAckPending = 1 }, false},
		"description":   {func(a *consumerArgs) { a.Description = "new" }, false},
		"relay":         {func(a *consumerArgs) { a.Relay = map[string]string{"endpoint": "https://x"} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			args := start
			args.Name = "of-" + name
			m := r.create(typeConsumer, args)
			c.edit(&args)
			d := r.diff(typeConsumer, m, args)
			if c.replace {
				if !d.DeleteBeforeReplace || len(d.ReplaceKeys) != 1 || string(d.ReplaceKeys[0]) != name {
					t.Errorf("diff = %+v, want a replacement because of %s", d, name)
				}
				return
			}
			if len(d.ReplaceKeys) > 0 || d.Changes != plugin.DiffSome {
				t.Errorf("diff = %+v, want an update in place", d)
			}
			m = r.update(typeConsumer, m, args)
			if again := r.read(typeConsumer, m); !again.inputs.DeepEquals(r.props(args)) {
				t.Errorf("after the update the broker has %v, want %v", again.inputs, r.props(args))
			}
		})
	}
}

// TestConsumerIsTakenOver finishes what a killed run began: the consumer stands, with other settings.
func TestConsumerIsTakenOver(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	r.create(typeStream, aStream())
	r.create(typeConsumer, aConsumer())
	args := aConsumer()
	args.AckWait = duration(time.Minute)
	r.create(typeConsumer, args)
	if got := r.consumerConfig(args.Stream, args.Name).AckWait; got != time.Minute {
		t.Errorf("ack wait = %v, want a minute", got)
	}
}

// TestSubscriptionStartsWithItself publishes before and after a subscription is made, with
// a restart of nothing in between: only the second message is its.
func TestSubscriptionStartsWithItself(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	ctx := t.Context()
	topic := streamArgs{Name: "shop-local-created", Element: "topic.created", Subjects: []string{"shop.local.topic.created"}, Retention: limits, MaxAge: duration(time.Hour), Replicas: 1}
	r.create(typeStream, topic)
	publish := func(text string) {
		if _, err := r.admin.JetStream.Publish(ctx, "shop.local.topic.created", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	publish("before")
	args := aConsumer()
	args.Stream, args.Name, args.New, args.MaxDeliver = topic.Name, "shop-local-welcome", true, -1
	r.create(typeSubscription, args)
	publish("after")
	c, err := r.admin.JetStream.Consumer(ctx, topic.Name, args.Name)
	if err != nil {
		t.Fatal(err)
	}
	if got := fetchAll(t, c, 1); !slices.Equal(got, []string{"after"}) {
		t.Errorf("the subscription got %q", got)
	}
	if n := c.CachedInfo().NumPending; n > 1 {
		t.Errorf("%d messages pending", n)
	}
}

// fetchAll completes n messages and returns what was in them.
func fetchAll(t *testing.T, c jetstream.Consumer, n int) []string {
	t.Helper()
	batch, err := c.Fetch(n, jetstream.FetchMaxWait(10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for msg := range batch.Messages() {
		got = append(got, string(msg.Data()))
		if err := msg.DoubleAck(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if batch.Error() != nil {
		t.Error(batch.Error())
	}
	return got
}

func TestConsumerCheck(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, Provider: NewPlugin(nil), project: "shop", stack: "local"}
	for name, c := range map[string]struct {
		edit     func(*consumerArgs)
		property string
	}{
		"name":          {func(a *consumerArgs) { a.Name = "a>b" }, "name"},
		"lease":         {func(a *consumerArgs) { a.AckWait = 0 }, "ackWait"},
		"deliveries":    {func(a *consumerArgs) { a.MaxDeliver = 0 }, "maxDeliver"},
		"in flight":     {func(a *consumerArgs) { a.MaxAckPending = -2 }, "maxAckPending"},
		"no end":        {func(a *consumerArgs) { a.MaxDeliver, a.MaxAckPending = -1, 1 }, ""},
		"unknown until": {func(a *consumerArgs) { a.Stream = "" }, ""},
	} {
		args := aConsumer()
		c.edit(&args)
		resp, err := r.Check(t.Context(), plugin.CheckRequest{URN: r.urn(typeConsumer), News: r.props(args)})
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case c.property == "" && len(resp.Failures) > 0:
			t.Errorf("%s: %v", name, resp.Failures)
		case c.property != "" && (len(resp.Failures) != 1 || string(resp.Failures[0].Property) != c.property):
			t.Errorf("%s: failures = %v, want one of %s", name, resp.Failures, c.property)
		}
	}
}
