package broker

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDelay(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.queue("jobs-delay")
	w.queue("jobs")
	source := w.source("jobs-delay", "shop-local")
	const delay = 2 * time.Second
	for _, body := range numbers(10 * streamSlots) {
		w.publish("jobs-delay", body, "kind", "card")
	}
	stored := make(map[string]time.Time)
	for _, m := range w.messages("jobs-delay") {
		stored[string(m.Data)] = m.Time
	}
	w.start(Delay{Source: source, Subject: "jobs", Delay: delay})
	w.untilCount("jobs-delay", 0)
	if diff := cmp.Diff(numbers(10*streamSlots), sorted(w.bodies("jobs"))); diff != "" {
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

// However many messages wait, the consumer has to keep track of few.
func TestDelayPutsBackFewMessages(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.queue("jobs-delay")
	w.queue("jobs")
	source := w.source("jobs-delay", "shop-local")
	w.start(Delay{Source: source, Subject: "jobs", Delay: time.Hour})
	for _, body := range numbers(5 * streamSlots) {
		w.publish("jobs-delay", body)
	}
	w.until("the relay has looked", func() bool {
		consumer, err := w.js.Consumer(t.Context(), source.Stream, source.Consumer)
		if err != nil {
			t.Fatal(err)
		}
		info := consumer.CachedInfo()
		if info.NumAckPending > streamSlots {
			t.Fatalf("%d messages are out", info.NumAckPending)
		}
		return info.NumAckPending == streamSlots
	})
	if n := w.count("jobs"); n != 0 {
		t.Errorf("%d messages came early", n)
	}
}

func TestDelayAcrossRelays(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.queue("jobs-delay")
	w.queue("jobs")
	route := Delay{Source: w.source("jobs-delay", "shop-local"), Subject: "jobs", Delay: time.Second}
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
