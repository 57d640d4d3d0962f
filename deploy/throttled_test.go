package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// errThrottled is how AWS's plugin says it, after the attempts of its own.
var errThrottled = errors.New("creating SNS Topic (shop-local-a): operation error SNS: CreateTopic, exceeded maximum number of attempts, 25, " +
	"https response error StatusCode: 400, RequestID: 9c1f, api error Throttling: Rate exceeded")

// clock stands still, and tells of the pauses.
type clock struct {
	mu     sync.Mutex
	pauses []time.Duration
	// stops, if set, ends the waiting of all.
	stops func()
}

func (c *clock) wait(ctx context.Context, d time.Duration, abort <-chan struct{}) bool {
	c.mu.Lock()
	c.pauses = append(c.pauses, d)
	c.mu.Unlock()
	if c.stops != nil {
		c.stops()
	}
	select {
	case <-ctx.Done():
	case <-abort:
	default:
		return true
	}
	return false
}

func (c *clock) pacing() pacing {
	return pacing{wait: c.wait, chance: func() float64 { return 0.5 }}
}

// TestThrottled: what a cloud has refused because there were too many requests is tried again, after pauses that
// grow, until it is done: created, updated and deleted once each.
func TestThrottled(t *testing.T) {
	t.Parallel()
	w, c := newWorld(), &clock{}
	refusals := map[string]int{"create plain-a": 3, "update plain-a": 2, "delete plain-a": 1}
	w.fail = func(call string) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if refusals[call]--; refusals[call] >= 0 {
			return errThrottled
		}
		return nil
	}
	o := testOptions(t, w)
	o.pacing = c.pacing()
	var notes []string
	o.Warn = func(note string) { notes = append(notes, note) }
	s := open(t, o)
	up(t, s, thing{name: "plain-a"})
	up(t, s, thing{name: "plain-a", value: "2"})
	assertConverged(t, s, w, []thing{{name: "plain-a", value: "2"}})
	if _, err := s.Destroy(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"create plain-a", "create plain-a", "create plain-a", "create plain-a",
		"delete plain-a", "delete plain-a", "update plain-a", "update plain-a", "update plain-a",
	}
	if diff := cmp.Diff(want, w.asked()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	pauses := []time.Duration{1500, 3000, 6000, 1500, 3000, 1500}
	for i := range pauses {
		pauses[i] *= time.Millisecond
	}
	if diff := cmp.Diff(pauses, c.pauses); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
	if len(notes) != 5 || notes[0] != "the cloud has refused 1 request because there are too many at once; "+
		"what was refused is tried again: plain-a in 1.5s" {
		t.Errorf("notes: %q", notes)
	}
}

// TestThrottledForGood: at some time it is said that it does not work, and nothing is pending.
func TestThrottledForGood(t *testing.T) {
	t.Parallel()
	w, c := newWorld(), &clock{}
	w.fail = func(string) error { return errThrottled }
	o := testOptions(t, w)
	o.pacing = c.pacing()
	s := open(t, o)
	_, err := s.Up(t.Context(), program(thing{name: "plain-a"}), nil)
	var failed *OperationError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "refused this 8 times") || !strings.Contains(err.Error(), "--parallel") {
		t.Errorf("up: %v", err)
	}
	if n := len(w.asked()); n != 8 {
		t.Errorf("%d attempts", n)
	}
	if longest := slices.Max(c.pauses); longest > 40*time.Second {
		t.Errorf("a pause of %s", longest)
	}
	w.fail = nil
	up(t, s, thing{name: "plain-a"})
	assertConverged(t, s, w, []thing{{name: "plain-a"}})
}

// TestThrottledInterrupted: whoever presses Ctrl-C does not wait for the cloud, and neither who does so twice.
func TestThrottledInterrupted(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"interrupt", "abort"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			abort := make(chan struct{})
			stop := cancel
			if how == "abort" {
				stop = func() { close(abort) }
			}
			w, c := newWorld(), &clock{}
			c.stops = sync.OnceFunc(stop)
			w.fail = func(string) error { return errThrottled }
			o := testOptions(t, w)
			o.pacing, o.Abort = c.pacing(), abort
			_, err := open(t, o).Up(ctx, program(thing{name: "plain-a"}), nil)
			var interrupted *InterruptedError
			if !errors.As(err, &interrupted) {
				t.Errorf("up: %v, want an InterruptedError", err)
			}
			if n := len(w.asked()); n != 1 {
				t.Errorf("%d attempts", n)
			}
			cancel()
		})
	}
}

// half is a plugin that makes resources, and then is refused what would complete them.
type half struct {
	plugin.UnimplementedProvider
	calls int
}

func (h *half) Create(context.Context, plugin.CreateRequest) (plugin.CreateResponse, error) {
	h.calls++
	return plugin.CreateResponse{ID: "a", Status: resource.StatusPartialFailure}, &plugin.InitError{Reasons: []string{errThrottled.Error()}}
}

func (h *half) Update(context.Context, plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	if h.calls++; h.calls > 1 {
		return plugin.UpdateResponse{}, nil
	}
	return plugin.UpdateResponse{Status: resource.StatusPartialFailure}, &plugin.InitError{Reasons: []string{errThrottled.Error()}}
}

// TestThrottledHalf: what was made and could not be completed is not made again. An update may be repeated.
func TestThrottledHalf(t *testing.T) {
	t.Parallel()
	c := &clock{}
	by := &throttling{pacing: c.pacing().withDefaults(), done: t.Context(), note: func(string) {}}
	h, urn := &half{}, resource.URN("urn:pulumi:local::shop::fake:index:Thing::plain-a")
	if _, err := (throttled{h, by}).Create(t.Context(), plugin.CreateRequest{URN: urn}); err == nil || h.calls != 1 {
		t.Errorf("%d creations, and %v", h.calls, err)
	}
	h.calls = 0
	if _, err := (throttled{h, by}).Update(t.Context(), plugin.UpdateRequest{URN: urn}); err != nil || h.calls != 2 {
		t.Errorf("%d updates, and %v", h.calls, err)
	}
}

// TestThrottledNotes: a cloud that refuses thousands of requests does not fill the screen.
func TestThrottledNotes(t *testing.T) {
	t.Parallel()
	var notes []string
	by := &throttling{note: func(note string) { notes = append(notes, note) }}
	for range 10_000 {
		by.tell("urn:pulumi:local::shop::fake:index:Thing::plain-a", time.Second)
	}
	if len(notes) != 14 || !strings.Contains(notes[13], "refused 8192 requests") {
		t.Errorf("%d notes, the last %q", len(notes), notes[len(notes)-1])
	}
}

// TestRefused: only what the clouds say when they have not taken a request is taken for that.
func TestRefused(t *testing.T) {
	t.Parallel()
	azure := "PUT https://management.azure.com/subscriptions/0\n" + strings.Repeat("-", 80) +
		"\nRESPONSE 429: 429 Too Many Requests\nERROR CODE: TooManyRequests\n"
	tests := map[string]bool{
		errThrottled.Error(): true,
		"operation error SQS: CreateQueue, https response error StatusCode: 403, RequestID: 1, RequestThrottled: Request is throttled.": true,
		"creating IAM Role (TooManyRequestsException): operation error IAM: CreateRole, ThrottlingException: Rate exceeded":             true,
		`Error creating Topic: googleapi: Error 429: Quota exceeded for quota metric 'Administrator operations', rateLimitExceeded`:     true,
		"rpc error: code = ResourceExhausted desc = too many":                                                                           true,
		azure: true,
		`autorest/azure: Service returned an error. Status=429 Code="TooManyRequests" Message="slow down"`: true,

		"creating IAM Role (a): operation error IAM: CreateRole, LimitExceeded: Cannot exceed quota for RolesPerAccount: 1000": false,
		"creating SNS Topic (Throttling): operation error SNS: CreateTopic, AuthorizationError: not allowed":                   false,
		"creating SQS Queue (a): RequestError: send request failed, caused by: read: connection reset by peer":                 false,
		"PriorRequestNotComplete: the request is still carried out":                                                            false,
		"googleapi: Error 409: Resource already exists in the project (resource=error-429)., alreadyExists":                    false,
		"RESPONSE 500: 500 Internal Server Error\nERROR CODE: ServerError":                                                     false,
	}
	for text, want := range tests {
		if got := refused(fmt.Errorf("1 error occurred: %s", text)); got != want {
			t.Errorf("refused: %t, want %t: %s", got, want, text)
		}
	}
	if refused(&plugin.InitError{Reasons: []string{errThrottled.Error(), "something else"}}) {
		t.Error("one reason of two is enough")
	}
}

// TestParallel: --parallel is how many resources are worked on at once: so many, and not one more.
func TestParallel(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{1, 3, 20} {
		t.Run(fmt.Sprint(parallel), func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			var mu sync.Mutex
			running, most := 0, 0
			full := make(chan struct{})
			w.fail = func(string) error {
				mu.Lock()
				running++
				most = max(most, running)
				if running == parallel && most == parallel {
					select {
					case <-full:
					default:
						close(full) // nobody returns before as many as may be are at work
					}
				}
				mu.Unlock()
				<-full
				mu.Lock()
				running--
				mu.Unlock()
				return nil
			}
			o := testOptions(t, w)
			o.Parallel = parallel
			things := make([]thing, 60)
			for i := range things {
				things[i] = thing{name: fmt.Sprintf("plain-%d", i)}
			}
			up(t, open(t, o), things...)
			if most != parallel {
				t.Errorf("%d at once, want %d", most, parallel)
			}
		})
	}
}
