package broker

import (
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
)

// While a request takes longer than the lease, nobody else gets the message.
func TestPushExtendsTheLease(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	answer := make(chan struct{})
	e := newEndpoint(t, func(int, http.ResponseWriter, string) int { <-answer; return 0 })
	route := w.push(e.URL)
	consumer, err := w.js.UpdateConsumer(t.Context(), "events", jetstream.ConsumerConfig{
		Durable: "mail", AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Second, MaxAckPending: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.publish("events", "x")
	w.start(route)
	w.until("the endpoint is called", func() bool { return len(e.all()) == 1 })
	// Several leases, during which another one asks for messages.
	if m, err := consumer.Next(jetstream.FetchMaxWait(2500 * time.Millisecond)); err == nil {
		t.Errorf("%s is delivered to another one", m.Data())
	}
	close(answer)
	w.untilRead(route.Source)
	if n := len(e.all()); n != 1 {
		t.Errorf("%d attempts, want 1", n)
	}
}

func TestPushInOrder(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	var failures atomic.Int32
	e := newEndpoint(t, func(n int, _ http.ResponseWriter, _ string) int {
		if n%3 == 0 { // in vain, so that the next one could overtake
			failures.Add(1)
			return http.StatusServiceUnavailable
		}
		return 0
	})
	route := w.push(e.URL)
	route.Ordered = true
	if _, err := w.js.UpdateConsumer(t.Context(), "events", jetstream.ConsumerConfig{
		Durable: "mail", AckPolicy: jetstream.AckExplicitPolicy, AckWait: 2 * time.Second, MaxAckPending: 1,
	}); err != nil {
		t.Fatal(err)
	}
	for _, body := range numbers(30) {
		w.publish("events", body, keyHeader, "7")
	}
	w.start(route)
	w.start(route)
	w.untilRead(route.Source)
	if got := slices.Compact(e.bodies()); !slices.Equal(got, numbers(30)) {
		t.Errorf("delivered %v", got)
	}
	if failures.Load() == 0 {
		t.Error("no attempt failed")
	}
}

func TestPushBoundsWhatIsInFlight(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	var running, most atomic.Int32
	e := newEndpoint(t, func(int, http.ResponseWriter, string) int {
		n := running.Add(1)
		defer running.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(2 * time.Millisecond)
		return 0
	})
	route := w.push(e.URL)
	route.MaxInFlight = 4
	for _, body := range numbers(100) {
		w.publish("events", body)
	}
	w.start(route)
	w.untilRead(route.Source)
	if n := most.Load(); n > 4 || n < 2 {
		t.Errorf("%d requests at once, want 4", n)
	}
	if diff := gocmp.Diff(numbers(100), sorted(e.bodies())); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
}

// A relay that stops lets requests in flight end, and begins none.
func TestPushDrains(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	answer := make(chan struct{})
	e := newEndpoint(t, func(int, http.ResponseWriter, string) int { <-answer; return 0 })
	route := w.push(e.URL)
	route.MaxInFlight = 1
	stop := w.start(route)
	w.publish("events", "first")
	w.publish("events", "second")
	w.until("the endpoint is called", func() bool { return len(e.all()) == 1 })
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	time.AfterFunc(200*time.Millisecond, func() { close(answer) })
	<-stopped
	if diff := gocmp.Diff([]string{"first"}, e.bodies()); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
	w.start(route)
	w.untilRead(route.Source)
	if diff := gocmp.Diff([]string{"first", "second"}, e.bodies()); diff != "" {
		t.Errorf("delivered in the end (-want +got):\n%s", diff)
	}
}
