package nats

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
)

func topicArgs(name string) streamArgs {
	return streamArgs{
		Name: "shop-local-" + name, Element: "topic." + name, Subjects: []string{"shop.local.topic." + name},
		Retention: limits, MaxAge: duration(time.Hour), Replicas: 1,
	}
}

// TestSource follows a topic into a queue: from the subscription on, once, across updates
// of the queue, and no longer when the subscription is gone.
func TestSource(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	topic, queue := topicArgs("created"), aStream()
	r.create(typeStream, topic)
	stream := r.create(typeStream, queue)
	r.create(typeConsumer, aConsumer())
	publish := func(text string) {
		t.Helper()
		if _, err := r.admin.JetStream.Publish(t.Context(), topic.Subjects[0], []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := r.admin.JetStream.Consumer(t.Context(), queue.Name, "shop-local")
	if err != nil {
		t.Fatal(err)
	}

	publish("before")
	args := sourceArgs{Stream: queue.Name, Topic: topic.Name}
	source := r.create(typeSource, args)
	publish("one")
	if got := fetchAll(t, c, 1); !slices.Equal(got, []string{"one"}) {
		t.Errorf("the queue got %q, want what was published after the subscription was made", got)
	}
	if d := r.diff(typeSource, source, args); d.Changes != plugin.DiffNone {
		t.Errorf("the same source differs: %+v", d)
	}
	if again := r.read(typeSource, source); !again.inputs.DeepEquals(source.inputs) || !again.states.DeepEquals(source.states) {
		t.Errorf("a refresh finds drift: %v, was %v", again.states, source.states)
	}
	if again := r.create(typeSource, args); !again.states.DeepEquals(source.states) {
		t.Errorf("a second creation changed it: %v, was %v", again.states, source.states)
	}
	if again := r.read(typeStream, stream); !again.inputs.DeepEquals(stream.inputs) {
		t.Errorf("a refresh takes the source for drift of the stream: %v", again.inputs)
	}

	queue.MaxAge = duration(2 * time.Hour)
	r.update(typeStream, stream, queue)
	publish("two")
	if got := fetchAll(t, c, 1); !slices.Equal(got, []string{"two"}) {
		t.Errorf("after an update of the queue it got %q", got)
	}

	r.remove(typeSource, source)
	r.remove(typeSource, source)
	if again := r.read(typeSource, source); again.id != "" {
		t.Errorf("the deleted source is read as %v", again.states)
	}
	if sources := r.streamConfig(queue.Name).Sources; len(sources) > 0 {
		t.Errorf("the stream has sources still: %+v", sources)
	}
	r.remove(typeStream, stream)
	r.remove(typeSource, source) // the stream went first
}

// TestManySources makes several subscriptions of one queue at once.
func TestManySources(t *testing.T) {
	t.Parallel()
	r := embeddedRig(t)
	queue := aStream()
	r.create(typeStream, queue)
	const n = 8
	for i := range n {
		r.create(typeStream, topicArgs(fmt.Sprintf("topic-%d", i)))
	}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if _, err := r.tryCreate(typeSource, sourceArgs{Stream: queue.Name, Topic: fmt.Sprintf("shop-local-topic-%d", i)}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := len(r.streamConfig(queue.Name).Sources); got != n {
		t.Errorf("the queue has %d sources, want %d", got, n)
	}
}

// TestSourceReplaced moves a subscription to another topic: the new source comes before the
// old one goes, so that nothing falls between them.
func TestSourceReplaced(t *testing.T) {
	t.Parallel()
	r := &rig{t: t, Provider: NewPlugin(nil), project: "shop", stack: "local"}
	old := made{inputs: r.props(sourceArgs{Stream: "q", Topic: "a"})}
	d := r.diff(typeSource, old, sourceArgs{Stream: "q", Topic: "b"})
	if len(d.ReplaceKeys) != 1 || d.DeleteBeforeReplace {
		t.Errorf("diff = %+v, want a replacement that is made first", d)
	}
}
