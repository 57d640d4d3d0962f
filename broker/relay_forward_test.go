package broker

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func TestFilter(t *testing.T) {
	t.Parallel()
	filter := Filter{"kind": {"card", "wire"}, "region": {"eu"}}
	tests := map[string]struct {
		header nats.Header
		want   bool
	}{
		"both":                     {nats.Header{"kind": {"wire"}, "region": {"eu"}}, true},
		"one of several values":    {nats.Header{"kind": {"cash", "card"}, "region": {"eu"}}, true},
		"and more":                 {nats.Header{"kind": {"card"}, "region": {"eu"}, "size": {"xl"}}, true},
		"a value that differs":     {nats.Header{"kind": {"cash"}, "region": {"eu"}}, false},
		"a prefix is not the same": {nats.Header{"kind": {"card "}, "region": {"eu"}}, false},
		"another case":             {nats.Header{"Kind": {"card"}, "region": {"eu"}}, false},
		"one missing":              {nats.Header{"kind": {"card"}}, false},
		"no header":                {nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := filter.matches(test.header); got != test.want {
				t.Errorf("matches(%v) = %v", test.header, got)
			}
		})
	}
	if !(Filter{}).matches(nil) {
		t.Error("an empty filter does not match everything")
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]time.Duration{1: 10, 2: 20, 3: 40, 4: 60, 1000: 60} {
		if got := backoff(attempt, 10, 60); got != want {
			t.Errorf("backoff(%d) = %d, want %d", attempt, got, want)
		}
	}
}

func TestForwardFiltersInOrder(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.topic("payments")
	w.queue("cards")
	source := w.source("payments", "cards-only")
	var want []string
	for i := range 200 {
		kind := []string{"card", "cash"}[i%2]
		body := fmt.Sprint(i)
		w.publish("payments", body, "kind", kind)
		if kind == "card" {
			want = append(want, body)
		}
	}
	w.publish("payments", "no attribute")
	w.start(Forward{Source: source, Filter: Filter{"kind": {"card"}}, Subject: "cards"})
	w.untilRead(source)

	if diff := cmp.Diff(want, w.bodies("cards")); diff != "" {
		t.Errorf("queue (-want +got):\n%s", diff)
	}
	if forwarded, filtered := len(w.told(Forwarded)), len(w.told(Filtered)); forwarded != 100 || filtered != 101 {
		t.Errorf("told of %d forwarded and %d filtered, want 100 and 101", forwarded, filtered)
	}
}

func TestForwardKeepsAttributesAndNoControlHeaders(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.topic("payments")
	w.queue("cards")
	source := w.source("payments", "all")
	w.publish("cards", "there before")
	w.publish("payments", "x", "kind", "card", keyHeader, "customer 7", "Content-Type", "text/plain",
		nats.MsgIdHdr, "event-1", "Nats-Marker", "1", "nats-lower", "2")
	w.start(Forward{Source: source, Subject: "cards"})
	w.untilRead(source)

	messages := w.messages("cards")
	if len(messages) != 2 {
		t.Fatalf("queue holds %q", w.bodies("cards"))
	}
	header := messages[1].Header
	if id := header.Get(nats.MsgIdHdr); id == "" || id == "event-1" {
		t.Errorf("message id %q: events of two topics may have the same", id)
	}
	header.Del(nats.MsgIdHdr)
	want := nats.Header{"kind": {"card"}, keyHeader: {"customer 7"}, "Content-Type": {"text/plain"}}
	if diff := cmp.Diff(want, header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
}

// A header that the server would act on in the queue's stream does nothing there.
func TestForwardDoesNotRollUp(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.stream(jetstream.StreamConfig{Name: "payments", Subjects: []string{"payments"}, AllowRollup: true})
	w.stream(jetstream.StreamConfig{Name: "cards", Subjects: []string{"cards"}, AllowRollup: true})
	source := w.source("payments", "all")
	w.publish("cards", "there before")
	w.publish("payments", "x", "Nats-Rollup", "all")
	w.start(Forward{Source: source, Subject: "cards"})
	w.untilRead(source)
	if diff := cmp.Diff([]string{"there before", "x"}, w.bodies("cards")); diff != "" {
		t.Errorf("queue (-want +got):\n%s", diff)
	}
}

// An empty message with a header Status looks like the server's own word, and stops clients
// that believe it.
func TestForwardTakesForgedStatusForAMessage(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.topic("payments")
	w.queue("cards")
	source := w.source("payments", "all")
	for _, status := range []string{"100", "404", "408", "409", "503"} {
		w.publish("payments", "", "Status", status, "Description", "Consumer Deleted")
	}
	w.start(Forward{Source: source, Subject: "cards"})
	w.untilRead(source)
	if n := w.count("cards"); n != 5 {
		t.Errorf("queue holds %d messages, want 5", n)
	}
	if waiting := w.told(Waiting); len(waiting) != 0 {
		t.Errorf("told of %+v", waiting)
	}
}

// What the client library would not send does not stop a route.
func TestForwardTakesStrangeHeaders(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.topic("payments")
	w.queue("cards")
	source := w.source("payments", "all")
	w.publishRaw("payments", "x y: 1\r\nkind: card", "named")
	w.publishRaw("payments", "no colon", "unreadable")
	w.start(Forward{Source: source, Subject: "cards"})
	w.untilRead(source)
	if diff := cmp.Diff([]string{"named", "unreadable"}, w.bodies("cards")); diff != "" {
		t.Errorf("queue (-want +got):\n%s", diff)
	}
	if kind := w.messages("cards")[0].Header.Get("kind"); kind != "card" {
		t.Errorf("kind = %q, want card", kind)
	}
}

func TestTwoRelaysForwardOnce(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.topic("payments")
	w.queue("cards")
	source := w.source("payments", "all")
	route := Forward{Source: source, Subject: "cards"}
	w.start(route)
	w.start(route)
	for _, body := range numbers(1000) {
		w.publish("payments", body)
	}
	w.until("all are in the queue", func() bool { return w.count("cards") >= 1000 })
	w.untilRead(source)
	if diff := cmp.Diff(numbers(1000), sorted(w.bodies("cards"))); diff != "" {
		t.Errorf("queue (-want +got):\n%s", diff)
	}
}

// A relay that is killed between publishing and acknowledging leaves a message to be
// published again, which the stream then recognises.
func TestForwardAgainAfterKill(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.topic("payments")
	w.queue("cards")
	source := w.source("payments", "all")
	for _, body := range numbers(1000) {
		w.publish("payments", body)
	}
	route := Forward{Source: source, Subject: "cards"}
	for range 5 {
		r := w.relay(route)
		forwarded := 0
		r.events.tell = func(e Event) {
			if forwarded++; forwarded == 20 {
				r.js.Conn().Close() // with others published and not acknowledged
			}
		}
		if err := r.Run(t.Context()); !errors.Is(err, errClosed) {
			t.Fatalf("Run = %v, want %v", err, errClosed)
		}
	}
	if n := w.count("cards"); n < 100 || n == 1000 {
		t.Fatalf("queue holds %d messages after the kills", n)
	}
	w.start(route)
	w.until("all are in the queue", func() bool { return w.count("cards") >= 1000 })
	w.untilRead(source)
	if diff := cmp.Diff(numbers(1000), sorted(w.bodies("cards"))); diff != "" {
		t.Errorf("queue (-want +got):\n%s", diff)
	}
}

func TestForwardSurvivesBrokerRestart(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.topic("payments")
	w.queue("cards")
	source := w.source("payments", "all")
	w.start(Forward{Source: source, Subject: "cards"})
	for i, body := range numbers(151) {
		if i%50 == 49 {
			w.stopServer()
			w.startServer()
		}
		w.until("published", func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := w.js.Publish(ctx, "payments", []byte(body), jetstream.WithMsgID(body))
			return err == nil
		})
	}
	w.untilCount("cards", 151)
	if diff := cmp.Diff(numbers(151), sorted(w.bodies("cards"))); diff != "" {
		t.Errorf("queue (-want +got):\n%s", diff)
	}
}

func TestForwardWaitsForConsumerAndQueue(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	source := Source{Element: "subscription.all", Stream: "payments", Consumer: "all"}
	stop := w.start(Forward{Source: source, Subject: "cards"})
	w.until("told that there is no consumer", func() bool { return len(w.told(Waiting)) == 1 })
	w.topic("payments")
	w.publish("payments", "x")
	w.source("payments", "all")
	w.until("told that there is no queue", func() bool { return len(w.told(Retried)) > 0 })
	w.queue("cards")
	w.untilCount("cards", 1)
	if err := w.js.DeleteConsumer(t.Context(), "payments", "all"); err != nil {
		t.Fatal(err)
	}
	w.until("told that the consumer is gone", func() bool { return len(w.told(Waiting)) == 2 })
	stop()
}
