package nats

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
)

func TestStreamLifecycle(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	m := r.create(typeStream, aStream())
	cfg := r.streamConfig("shop-local-jobs-queue")
	if cfg.Retention != jetstream.WorkQueuePolicy || cfg.Discard != jetstream.DiscardNew || cfg.Storage != jetstream.FileStorage || cfg.MaxAge != time.Hour {
		t.Errorf("the stream is %+v", cfg)
	}
	if d := r.diff(typeStream, m, aStream()); d.Changes != plugin.DiffNone {
		t.Errorf("the same stream differs: %+v", d)
	}
	if again := r.read(typeStream, m); !again.inputs.DeepEquals(m.inputs) || !again.states.DeepEquals(m.states) {
		t.Errorf("a refresh finds drift in a fresh stream: %v", again.inputs)
	}
	r.remove(typeStream, m)
	if again := r.read(typeStream, m); again.id != "" {
		t.Errorf("the deleted stream is read as %v", again.inputs)
	}
	r.remove(typeStream, m) // what is gone is deleted
}

// TestStreamEdits edits each input, and finds it on the broker in place or asks for a replacement.
func TestStreamEdits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit    func(*streamArgs)
		replace bool
	}{
		"name":        {func(a *streamArgs) { a.Name = "shop-local-other-queue" }, true},
		"retention":   {func(a *streamArgs) { a.Retention = limits }, true},
		"element":     {func(a *streamArgs) { a.Element = "queue.other" }, false},
		"description": {func(a *streamArgs) { a.Description = "new" }, false},
		"subjects":    {func(a *streamArgs) { a.Subjects = []string{"shop.local.due.jobs"} }, false},
		"maxAge":      {func(a *streamArgs) { a.MaxAge = duration(time.Minute) }, false},
		"maxBytes":    {func(a *streamArgs) { a.MaxBytes = 4096 }, false},
		"replicas":    {func(a *streamArgs) { a.Replicas = 1 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := embeddedRig(t)
			m := r.create(typeStream, aStream())
			args := aStream()
			c.edit(&args)
			d := r.diff(typeStream, m, args)
			if c.replace {
				if !d.DeleteBeforeReplace || len(d.ReplaceKeys) != 1 || string(d.ReplaceKeys[0]) != name || !d.DetailedDiff[name].Kind.IsReplace() {
					t.Errorf("diff = %+v, want a replacement because of %s", d, name)
				}
				return
			}
			if len(d.ReplaceKeys) > 0 || d.DeleteBeforeReplace {
				t.Errorf("diff = %+v, want an update in place", d)
			}
			m = r.update(typeStream, m, args)
			if again := r.read(typeStream, m); !again.inputs.DeepEquals(r.props(args)) {
				t.Errorf("after the update the broker has %v, want %v", again.inputs, r.props(args))
			}
		})
	}
}

// TestStreamUpdateKeepsMessages updates a stream that holds messages.
func TestStreamUpdateKeepsMessages(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	m := r.create(typeStream, aStream())
	if _, err := r.admin.JetStream.Publish(t.Context(), "shop.local.queue.jobs", []byte("x")); err != nil {
		t.Fatal(err)
	}
	args := aStream()
	args.MaxAge = duration(2 * time.Hour)
	r.update(typeStream, m, args)
	if n, ok := Messages(t.Context(), r.admin, typeStream, "shop-local-jobs-queue"); !ok || n != 1 {
		t.Errorf("%d messages (known: %v), want 1", n, ok)
	}
}

func TestStreamIsTakenOver(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	r.create(typeStream, aStream())
	args := aStream()
	args.Description = "what the run that was killed did not know"
	r.create(typeStream, args)
	if got := r.streamConfig(args.Name).Description; got != args.Description {
		t.Errorf("description = %q, want %q", got, args.Description)
	}
}

func TestForeignStreamIsRefused(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	if _, err := r.admin.JetStream.CreateStream(t.Context(), jetstream.StreamConfig{Name: "shop-local-jobs-queue", Subjects: []string{"handmade"}}); err != nil {
		t.Fatal(err)
	}
	_, err := r.tryCreate(typeStream, aStream())
	if err == nil || !strings.Contains(err.Error(), "not made by msgdeploy") {
		t.Errorf("a stream made by hand was taken over: %v", err)
	}
	if got := r.streamConfig("shop-local-jobs-queue").Subjects; !slices.Equal(got, []string{"handmade"}) {
		t.Errorf("its subjects are %v now", got)
	}

	topic := streamArgs{Name: "a-b-c-t", Element: "topic.t", Subjects: []string{"a.b-c.topic.t"}, Retention: limits, Replicas: 1}
	r.of("a", "b-c").create(typeStream, topic)
	topic.Subjects = []string{"a-b.c.topic.t"}
	_, err = r.of("a-b", "c").tryCreate(typeStream, topic)
	if err == nil || !strings.Contains(err.Error(), "stack b-c of project a") {
		t.Errorf("another stack's stream was taken over: %v", err)
	}
}

// TestStreamDrift changes a stream behind msgdeploy's back, in a setting that the inputs
// have and in one that they have not.
func TestStreamDrift(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	m := r.create(typeStream, aStream())
	cfg := r.streamConfig("shop-local-jobs-queue")
	cfg.MaxAge, cfg.MaxMsgs = 2*time.Hour, 10
	if _, err := r.admin.JetStream.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	drifted := r.read(typeStream, m)
	d := r.diff(typeStream, drifted, aStream())
	keys := []string{}
	for _, key := range d.ChangedKeys {
		keys = append(keys, string(key))
	}
	slices.Sort(keys)
	if diff := cmp.Diff([]string{"drift", "maxAge"}, keys); diff != "" {
		t.Errorf("a refresh shows other changes than were made:\n%s", diff)
	}
	if got := drifted.inputs["drift"].ArrayValue(); len(got) != 1 || got[0].StringValue() != "max_msgs=10" {
		t.Errorf("drift = %v, want max_msgs=10", got)
	}
	m = r.update(typeStream, drifted, aStream())
	if again := r.read(typeStream, m); !again.inputs.DeepEquals(r.props(aStream())) {
		t.Errorf("an update left the drift: %v", again.inputs)
	}
}

// TestSubjectMovesBetweenStreams is a queue whose delay is turned off: its stream takes the
// subject back from the delay's stream before that is deleted.
func TestSubjectMovesBetweenStreams(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	due := aStream()
	due.Subjects = []string{"shop.local.due.jobs"}
	queue := r.create(typeStream, due)
	delay := aStream()
	delay.Name = "shop-local-jobs-queue_delay"
	delayed := r.create(typeStream, delay)
	queue = r.update(typeStream, queue, aStream())
	r.remove(typeStream, delayed)
	if got := r.streamConfig("shop-local-jobs-queue").Subjects; !slices.Equal(got, []string{"shop.local.queue.jobs"}) {
		t.Errorf("subjects = %v, want the queue's", got)
	}
	other := aStream()
	other.Name, other.Element = "shop-local-thief", "topic.thief"
	if _, err := r.tryCreate(typeStream, other); err == nil || !strings.Contains(err.Error(), "shop.local.queue.jobs") {
		t.Errorf("another element took the queue's subject: %v", err)
	}
	r.remove(typeStream, queue)
}

func TestStreamCheck(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, Provider: NewPlugin(nil), project: "shop", stack: "local"}
	for name, c := range map[string]struct {
		edit     func(*streamArgs)
		property string
	}{
		"name":      {func(a *streamArgs) { a.Name = "a.b" }, "name"},
		"long name": {func(a *streamArgs) { a.Name = strings.Repeat("x", 256) }, "name"},
		"retention": {func(a *streamArgs) { a.Retention = "interest" }, "retention"},
		"age":       {func(a *streamArgs) { a.MaxAge = -1 }, "maxAge"},
		"bytes":     {func(a *streamArgs) { a.MaxBytes = -1 }, "maxBytes"},
		"replicas":  {func(a *streamArgs) { a.Replicas = 6 }, "replicas"},
		"good":      {func(*streamArgs) {}, ""},
	} {
		args := aStream()
		c.edit(&args)
		resp, err := r.Check(t.Context(), plugin.CheckRequest{URN: r.urn(typeStream), News: r.props(args)})
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
