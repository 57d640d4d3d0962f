package broker

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
)

func TestDelay(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	source := w.delaySource()
	const delay = 2 * time.Second
	for _, body := range numbers(3 * MaxDelayed) {
		w.publish("jobs-delay", body, "kind", "card")
	}
	stored := make(map[string]time.Time)
	for _, m := range w.messages("jobs-delay") {
		stored[string(m.Data)] = m.Time
	}
	w.start(Delay{Source: source, Subject: "jobs", Delay: delay})
	w.untilCount("jobs-delay", 0)
	if diff := cmp.Diff(numbers(3*MaxDelayed), sorted(w.bodies("jobs"))); diff != "" {
		t.Errorf("queue (-want +got):\n%s", diff)
	}
	for _, m := range w.messages("jobs") {
		if age := m.Time.Sub(stored[string(m.Data)]); age < delay {
			t.Errorf("message %s came after %v", m.Data, age)
		}
		if kind := m.Header.Get("kind"); kind != "card" {
			t.Errorf("message %s lost its attribute: %v", m.Data, m.Header)
		}
	}
}

// delaySource makes a stream whose messages wait, and its consumer.
func (w *relayWorld) delaySource() Source {
	w.Helper()
	w.queue("jobs-delay")
	w.queue("jobs")
	w.consumer("jobs-delay", jetstream.ConsumerConfig{Durable: stackConsumer, MaxAckPending: MaxDelayed, AckWait: 2 * time.Second})
	return Source{Element: "queue.jobs", Stream: "jobs-delay", Consumer: stackConsumer}
}

// What a relay put back is due in its time, though the relay is gone and another one has
// put back all it may of what came later.
func TestDelayOfARelayThatIsGone(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	source := w.delaySource()
	route := Delay{Source: source, Subject: "jobs", Delay: 2 * time.Second}
	stop := w.start(route)
	w.publish("jobs-delay", "first")
	w.until("the relay has looked at it", func() bool {
		consumer, err := w.js.Consumer(t.Context(), source.Stream, source.Consumer)
		if err != nil {
			t.Fatal(err)
		}
		return consumer.CachedInfo().Delivered.Consumer > 0
	})
	stop()
	time.Sleep(500 * time.Millisecond) // which the others are due after it
	for _, body := range numbers(2 * MaxDelayed) {
		w.publish("jobs-delay", body)
	}
	w.start(route)
	w.untilCount("jobs", 1+2*MaxDelayed)
	if first := w.bodies("jobs")[0]; first != "first" {
		t.Errorf("message %s came first", first)
	}
}

func TestDelayAcrossRelays(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	route := Delay{Source: w.delaySource(), Subject: "jobs", Delay: time.Second}
	stop := w.start(route)
	for _, body := range numbers(300) {
		w.publish("jobs-delay", body)
	}
	stop()
	w.start(route)
	w.start(route)
	w.untilCount("jobs-delay", 0)
	if diff := cmp.Diff(numbers(300), sorted(w.bodies("jobs"))); diff != "" {
		t.Errorf("queue (-want +got):\n%s", diff)
	}
}
