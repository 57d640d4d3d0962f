package broker

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
)

// An endpoint that breaks connections, answers nonsense and comes back gets every message.
func TestPushSurvivesFlappingEndpoint(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	var mu sync.Mutex
	taken := make(map[string]int)
	e := newEndpoint(t, func(n int, w http.ResponseWriter, body string) int {
		switch n % 4 {
		case 1:
			panic(http.ErrAbortHandler) // breaks the connection
		case 2:
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = conn.Write([]byte("this is not HTTP\r\n\r\n"))
				_ = conn.Close()
			}
			panic(http.ErrAbortHandler)
		case 3:
			return http.StatusBadGateway
		}
		mu.Lock()
		defer mu.Unlock()
		taken[body]++
		return http.StatusAccepted
	})
	route := w.push(e.URL)
	route.Retry = Retry{MaxAttempts: 1000, MinBackoff: time.Millisecond, MaxBackoff: 4 * time.Millisecond}
	for _, body := range numbers(50) {
		w.publish("events", body)
	}
	w.start(route)
	w.untilRead(route.Source)
	mu.Lock()
	defer mu.Unlock()
	for _, body := range numbers(50) {
		if taken[body] != 1 {
			t.Errorf("message %s was taken %d times", body, taken[body])
		}
	}
}

func TestPushGivesUpOnASilentEndpoint(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	silent := make(chan struct{})
	e := newEndpoint(t, func(int, http.ResponseWriter, string) int { <-silent; return 0 })
	defer close(silent)
	route := w.push(e.URL)
	route.Retry.MaxAttempts = 2
	w.publish("events", "x")
	r := w.relay(route)
	r.patience = 100 * time.Millisecond
	w.run(r)
	w.untilRead(route.Source)
	dropped := w.told(Dropped)
	if len(dropped) != 1 || dropped[0].Attempt != 2 || dropped[0].Detail != "no answer within 100ms" {
		t.Errorf("told of %+v", dropped)
	}
}

// A poisoned message does not hold up the others, nor the others of its subscription.
func TestPushPassesPoison(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.queue("mail-dlq")
	e := newEndpoint(t, func(_ int, _ http.ResponseWriter, body string) int {
		if strings.HasPrefix(body, "poison") {
			return http.StatusUnprocessableEntity
		}
		return 0
	})
	route := w.push(e.URL)
	route.DeadLetterSubject = "mail-dlq"
	route.MaxInFlight = 2
	route.Retry = Retry{MaxAttempts: 4, MinBackoff: 300 * time.Millisecond, MaxBackoff: time.Second}
	for i, body := range numbers(20) {
		if i < 5 {
			w.publish("events", "poison "+body)
		}
		w.publish("events", body)
	}
	w.start(route)
	w.until("the good ones are delivered", func() bool { return len(w.told(Delivered)) == 20 })
	if dead := w.told(DeadLettered); len(dead) != 0 {
		t.Errorf("the good ones waited for the poisoned: %+v", dead)
	}
	w.untilRead(route.Source)
	letters := sorted(w.bodies("mail-dlq"))
	if want := []string{"poison 0", "poison 1", "poison 2", "poison 3", "poison 4"}; !slices.Equal(letters, want) {
		t.Errorf("dead letters %q, want %q", letters, want)
	}
}

// A relay that died during the last attempt leaves a message that has none left.
func TestPushAfterAnInterruptedLastAttempt(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.queue("mail-dlq")
	e := newEndpoint(t, nil)
	route := w.push(e.URL)
	route.DeadLetterSubject = "mail-dlq"
	w.publish("events", "x")
	consumer, err := w.js.Consumer(t.Context(), "events", "mail")
	if err != nil {
		t.Fatal(err)
	}
	for range route.Retry.MaxAttempts {
		m, err := consumer.Next(jetstream.FetchMaxWait(5 * time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Nak(); err != nil {
			t.Fatal(err)
		}
	}
	w.start(route)
	w.untilRead(route.Source)
	if n := len(e.all()); n != 0 {
		t.Errorf("%d attempts more", n)
	}
	letters := w.messages("mail-dlq")
	if len(letters) != 1 || letters[0].Header.Get(ReasonHeader) != "the last attempt was interrupted" {
		t.Errorf("dead letters: %+v", letters)
	}
}

// While its dead letters cannot be stored, a message is kept.
func TestPushKeepsWhatCannotBeDeadLettered(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	e := newEndpoint(t, func(int, http.ResponseWriter, string) int { return http.StatusGone })
	route := w.push(e.URL)
	route.DeadLetterSubject = "mail-dlq"
	route.Retry.MaxAttempts = 1
	w.publish("events", "x")
	w.start(route)
	w.until("told of it", func() bool { return len(w.told(Retried)) > 0 })
	w.queue("mail-dlq")
	w.untilCount("mail-dlq", 1)
	w.untilRead(route.Source)
	if diff := cmp.Diff(1, len(e.all())); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
}

func TestPushSurvivesBrokerRestart(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	e := newEndpoint(t, func(n int, _ http.ResponseWriter, _ string) int {
		if n%2 == 1 {
			return http.StatusServiceUnavailable
		}
		return 0
	})
	route := w.push(e.URL)
	route.Retry = Retry{MaxAttempts: 50, MinBackoff: 200 * time.Millisecond, MaxBackoff: time.Second}
	for _, body := range numbers(20) {
		w.publish("events", body)
	}
	w.start(route)
	w.until("something is delivered", func() bool { return len(w.told(Delivered)) > 0 })
	w.stopServer()
	w.startServer()
	w.until("everything is delivered", func() bool {
		bodies := make(map[string]bool)
		for _, event := range w.told(Delivered) {
			bodies[event.ID] = true
		}
		return len(bodies) == 20
	})
	w.until("reconnected", w.js.Conn().IsConnected)
	w.untilRead(route.Source)
}
