package broker

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
)

// endpoint keeps what is posted to it.
type endpoint struct {
	*httptest.Server
	mu       sync.Mutex
	requests []posted
}

type posted struct {
	header http.Header
	body   string
}

// newEndpoint answers with what answer returns for the n-th request, from 1; 0 is 204.
func newEndpoint(t *testing.T, answer func(n int, w http.ResponseWriter, body string) int) *endpoint {
	t.Helper()
	e := &endpoint{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		e.mu.Lock()
		e.requests = append(e.requests, posted{r.Header, string(body)})
		n := len(e.requests)
		e.mu.Unlock()
		code := 0
		if answer != nil {
			code = answer(n, w, string(body))
		}
		w.WriteHeader(cmp.Or(code, http.StatusNoContent))
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) all() []posted {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.requests)
}

func (e *endpoint) bodies() []string {
	var bodies []string
	for _, r := range e.all() {
		bodies = append(bodies, r.body)
	}
	return bodies
}

// push makes a topic `events` and returns a route from it to url that tries three times.
func (w *relayWorld) push(url string) Push {
	w.Helper()
	w.topic("events")
	return Push{
		Source:   w.source("events", "mail"),
		Endpoint: url, Topic: "user-created", Subscription: "welcome-email",
		Retry: Retry{MaxAttempts: 3, MinBackoff: 10 * time.Millisecond, MaxBackoff: 40 * time.Millisecond},
	}
}

func TestPushDeliversTheBytes(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	e := newEndpoint(t, nil)
	route := w.push(e.URL + "/hook?token=secret")
	route.ContentType = "application/cloudevents+json"
	body := "{\"specversion\": \"1.0\",\n\t\"id\":\"\x00\xff\"}"
	w.publish("events", body, "kind", "card", nats.MsgIdHdr, "event-1", keyHeader, "customer 7")
	w.publish("events", "", "content-type", "text/plain; charset=utf-8")
	w.start(route)
	w.untilRead(route.Source)

	requests := e.all()
	slices.SortFunc(requests, func(a, b posted) int { return len(b.body) - len(a.body) })
	if len(requests) != 2 || requests[0].body != body || requests[1].body != "" {
		t.Fatalf("got %q", e.bodies())
	}
	for i, want := range []map[string]string{
		{
			"Content-Type": "application/cloudevents+json", "Msg-Id": "event-1", "Msg-Attempt": "1", "Msg-Key": "customer 7",
			"Msg-Topic": "user-created", "Msg-Subscription": "welcome-email", "Msg-Attribute-Kind": "card", "Kind": "",
		},
		{"Content-Type": "text/plain; charset=utf-8", "Msg-Id": "events.2", "Msg-Key": "", "Msg-Attribute-Content-Type": ""},
	} {
		for name, value := range want {
			if got := requests[i].header.Get(name); got != value {
				t.Errorf("request %d: %s: %q, want %q", i, name, got, value)
			}
		}
	}
	delivered := w.told(Delivered)
	if len(delivered) != 2 || delivered[0].Detail != "204 No Content" || delivered[0].Target != e.URL+"/hook" {
		t.Errorf("told of %+v", delivered)
	}
}

// Nothing that a publisher can write becomes a header of its own, or a second request.
func TestPushLetsNoHeaderThrough(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	e := newEndpoint(t, nil)
	route := w.push(e.URL)
	w.publish("events", "x",
		"Authorization", "Bearer stolen", "Host", "elsewhere", "Content-Length", "0", "Transfer-Encoding", "chunked",
		"Msg-Id", "forged", "Msg-Topic", "forged", "Msg-Attempt", "9", "tab", "a\tb", "percent", "100%",
		"umlaut", "ä", "Content-Type", "text/\x01plain", nats.MsgIdHdr, "id\x7f", "Nats-Marker", "1")
	w.start(route)
	w.untilRead(route.Source)

	requests := e.all()
	if len(requests) != 1 || requests[0].body != "x" {
		t.Fatalf("got %q", e.bodies())
	}
	got := requests[0].header
	got.Del("Accept-Encoding")
	want := http.Header{
		"User-Agent": {"msgdeploy"}, "Content-Length": {"1"}, "Content-Type": {"application/octet-stream"},
		"Msg-Id": {"id%7F"}, "Msg-Attempt": {"1"}, "Msg-Topic": {"user-created"}, "Msg-Subscription": {"welcome-email"},
		"Msg-Attribute-Authorization": {"Bearer stolen"}, "Msg-Attribute-Host": {"elsewhere"},
		"Msg-Attribute-Content-Length": {"0"}, "Msg-Attribute-Transfer-Encoding": {"chunked"},
		"Msg-Attribute-Msg-Id": {"forged"}, "Msg-Attribute-Msg-Topic": {"forged"}, "Msg-Attribute-Msg-Attempt": {"9"},
		"Msg-Attribute-Tab": {"a%09b"}, "Msg-Attribute-Percent": {"100%25"},
		"Msg-Attribute-Umlaut": {"%C3%A4"},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
}

// What the client library would not send, others do.
func TestPushEncodesNamesOfAttributes(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	e := newEndpoint(t, nil)
	route := w.push(e.URL)
	w.publishRaw("events", "x y: 1\r\nä: 2\r\n: 3\r\na(b)%: 4", "named")
	w.publishRaw("events", "no colon", "unreadable")
	w.start(route)
	w.untilRead(route.Source)
	names := make(map[string][]string)
	for _, r := range e.all() {
		names[r.body] = []string{}
		for name := range r.header {
			if attribute, ok := strings.CutPrefix(name, "Msg-Attribute-"); ok {
				names[r.body] = append(names[r.body], attribute+"="+r.header.Get(name))
			}
		}
		slices.Sort(names[r.body])
	}
	want := map[string][]string{"named": {"%c3%a4=2", "A%28b%29%25=4", "X%20y=1"}, "unreadable": {}}
	if diff := gocmp.Diff(want, names); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

func TestPushFilters(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	e := newEndpoint(t, nil)
	route := w.push(e.URL)
	route.Filter = Filter{"kind": {"card"}}
	w.publish("events", "yes", "kind", "card")
	w.publish("events", "no", "kind", "cash")
	w.start(route)
	w.untilRead(route.Source)
	if diff := gocmp.Diff([]string{"yes"}, e.bodies()); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
	if n := len(w.told(Filtered)); n != 1 {
		t.Errorf("told of %d filtered messages", n)
	}
}

func TestPushRetriesUntilDelivered(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	e := newEndpoint(t, func(n int, _ http.ResponseWriter, _ string) int {
		return []int{http.StatusServiceUnavailable, http.StatusNotFound, http.StatusOK}[n-1]
	})
	route := w.push(e.URL)
	w.publish("events", "x")
	w.start(route)
	w.untilRead(route.Source)

	var attempts []string
	for _, r := range e.all() {
		attempts = append(attempts, r.header.Get("Msg-Attempt"))
	}
	if diff := gocmp.Diff([]string{"1", "2", "3"}, attempts); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	var details []string
	for _, event := range append(w.told(Retried), w.told(Delivered)...) {
		details = append(details, event.Detail)
	}
	want := []string{"503 Service Unavailable, again in 10ms", "404 Not Found, again in 20ms", "200 OK"}
	if diff := gocmp.Diff(want, details); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestPushHonoursRetryAfterWithinBounds(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	e := newEndpoint(t, func(n int, w http.ResponseWriter, _ string) int {
		if n > 2 {
			return 0
		}
		w.Header().Set("Retry-After", []string{"1", "86400"}[n-1])
		return http.StatusTooManyRequests
	})
	route := w.push(e.URL)
	route.Retry.MaxBackoff = 1500 * time.Millisecond
	w.publish("events", "x")
	w.start(route)
	w.untilRead(route.Source)
	var details []string
	for _, event := range w.told(Retried) {
		details = append(details, event.Detail)
	}
	want := []string{"429 Too Many Requests, again in 1s", "429 Too Many Requests, again in 1.5s"}
	if diff := gocmp.Diff(want, details); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestPushDeadLettersAfterLastAttempt(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.queue("mail-dlq")
	e := newEndpoint(t, func(int, http.ResponseWriter, string) int { return http.StatusInternalServerError })
	route := w.push(e.URL)
	route.DeadLetterSubject = "mail-dlq"
	w.publish("events", "poison", "kind", "card", keyHeader, "7", "Content-Type", "text/plain", nats.MsgIdHdr, "event-1")
	w.start(route)
	w.start(route)
	w.untilRead(route.Source)

	if n := len(e.all()); n != 3 {
		t.Errorf("%d attempts, want 3", n)
	}
	letters := w.messages("mail-dlq")
	if len(letters) != 1 || string(letters[0].Data) != "poison" {
		t.Fatalf("dead letters: %q", w.bodies("mail-dlq"))
	}
	letters[0].Header.Del(nats.MsgIdHdr)
	want := nats.Header{
		"kind": {"card"}, keyHeader: {"7"}, "Content-Type": {"text/plain"},
		ReasonHeader: {"500 Internal Server Error"}, AttemptsHeader: {"3"},
	}
	if diff := gocmp.Diff(want, letters[0].Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	told := w.told(DeadLettered)
	if len(told) != 1 || told[0].ID != "event-1" || told[0].Attempt != 3 || told[0].Element != "subscription.mail" {
		t.Errorf("told of %+v", told)
	}
}

func TestPushDropsWithoutDeadLetters(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	e := newEndpoint(t, nil)
	e.Close() // nobody listens
	route := w.push(e.URL)
	w.publish("events", "x")
	w.start(route)
	w.untilRead(route.Source)
	dropped := w.told(Dropped)
	if len(dropped) != 1 || dropped[0].Attempt != 3 || !strings.Contains(dropped[0].Detail, "connection refused") {
		t.Errorf("told of %+v", dropped)
	}
}

// The endpoint's address may hold a secret; what is told and kept must not.
func TestPushKeepsSecretsOfTheURL(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.queue("mail-dlq")
	e := newEndpoint(t, nil)
	e.Close()
	route := w.push(strings.Replace(e.URL, "http://", "http://user:hunter2@", 1) + "/?token=hunter2#hunter2")
	route.DeadLetterSubject = "mail-dlq"
	w.publish("events", "x")
	w.start(route)
	w.untilRead(route.Source)
	for _, letter := range w.messages("mail-dlq") {
		if strings.Contains(fmt.Sprint(letter.Header), "hunter2") {
			t.Errorf("dead letter: %v", letter.Header)
		}
	}
	for _, e := range append(w.told(Retried), w.told(DeadLettered)...) {
		if strings.Contains(fmt.Sprintf("%+v", e), "hunter2") {
			t.Errorf("told of %+v", e)
		}
	}
}

func TestPushFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	elsewhere := newEndpoint(t, nil)
	e := newEndpoint(t, func(n int, w http.ResponseWriter, _ string) int {
		w.Header().Set("Location", elsewhere.URL)
		return []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}[n-1]
	})
	route := w.push(e.URL)
	w.publish("events", "x")
	w.start(route)
	w.untilRead(route.Source)
	if n := len(elsewhere.all()); n != 0 {
		t.Errorf("%d messages went elsewhere", n)
	}
	if dropped := w.told(Dropped); len(dropped) != 1 || dropped[0].Detail != "308 Permanent Redirect" {
		t.Errorf("told of %+v", dropped)
	}
}
