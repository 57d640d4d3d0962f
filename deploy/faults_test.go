package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fault is what goes wrong with a request on its way to a store and back.
type fault int

const (
	none        fault = iota
	busy              // 503, which says to try again
	broken            // 500
	cutRequest        // the connection ends in the middle of what is sent
	cutResponse       // the connection ends in the middle of the answer
	lostAnswer        // it is done, and the connection ends before the answer
	late              // the answer comes piece by piece
	hung              // nothing is ever answered
	faults
)

// proxy stands before a store and does to each request what next says.
type proxy struct {
	server *httptest.Server
	inner  http.Handler

	mu   sync.Mutex
	next func(r *http.Request) fault
	// puts are the keys that were written, in this order.
	puts []string
}

// faultyS3 is a store behind a proxy that lets all through, at first.
func faultyS3(t *testing.T) (*proxy, store) {
	t.Helper()
	p := &proxy{inner: startS3(t).Config.Handler, next: well}
	p.server = httptest.NewServer(p)
	t.Cleanup(func() {
		p.server.CloseClientConnections() // those that hang
		p.server.Close()
	})
	return p, store{s3URL(p.server.URL, "")}
}

func (p *proxy) set(next func(*http.Request) fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = next
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	f := p.next(r)
	if r.Method == http.MethodPut {
		p.puts = append(p.puts, strings.TrimPrefix(r.URL.Path, "/"+testBucket+"/"))
	}
	p.mu.Unlock()
	answer := httptest.NewRecorder()
	switch f {
	case busy:
		http.Error(w, "<Error><Code>SlowDown</Code></Error>", http.StatusServiceUnavailable)
		return
	case broken:
		http.Error(w, "<Error><Code>InternalError</Code></Error>", http.StatusInternalServerError)
		return
	case hung:
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not notice that nobody waits any more
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case cutRequest:
		_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2)
		panic(http.ErrAbortHandler)
	}
	p.inner.ServeHTTP(answer, r)
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	body := answer.Body.Bytes()
	switch f {
	case lostAnswer:
		panic(http.ErrAbortHandler)
	case cutResponse:
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.WriteHeader(answer.Code)
		_, _ = w.Write(body[:len(body)/2])
		panic(http.ErrAbortHandler) // the answer is flushed until here
	}
	w.WriteHeader(answer.Code)
	for f == late && len(body) > 0 {
		piece := min(len(body), 1000)
		_, _ = w.Write(body[:piece])
		_ = http.NewResponseController(w).Flush()
		body = body[piece:]
	}
	_, _ = io.Copy(w, bytes.NewReader(body))
}

// TestFaults runs ups through a proxy that fails at random: each ends well or with a plain error, and
// when the store is well again the next one converges, having made nothing twice.
func TestFaults(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			p, at := faultyS3(t)
			random := rand.New(rand.NewPCG(seed, 8)) //nolint:gosec // it is the test's
			ill := func(*http.Request) fault {
				if random.IntN(100) < 80 {
					return none
				}
				return fault(1 + random.IntN(int(hung)-1))
			}
			w := newWorld()
			o := remoteOptions(t, w, at)
			o.patience.between, o.patience.last = time.Millisecond, time.Second
			things := numbered(40)
			for _, some := range [][]thing{things[:20], things} {
				withoutLocks(t, p, o, ill)
				_, err := open(t, o).Up(t.Context(), program(some...), nil)
				if err != nil {
					t.Logf("up: %v", err)
				}
				var operation *OperationError
				if taken(err) || errors.As(err, &operation) {
					t.Errorf("nobody has taken the state, and the world is well: %v", err)
				}
			}
			withoutLocks(t, p, o, well)
			s := open(t, o)
			up(t, s, things...)
			assertConverged(t, s, w, things)
			var want []string
			for _, x := range things {
				want = append(want, "create "+x.name)
			}
			if diff := cmp.Diff(want, w.asked()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// withoutLocks removes what a run that could not reach the store has left: it is known by its
// process, and in this test that lives on. The store is well meanwhile, and next says what comes then.
func withoutLocks(t *testing.T, p *proxy, o Options, next func(*http.Request) fault) {
	t.Helper()
	p.set(well)
	s := open(t, o)
	held, err := s.locks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for key := range held {
		if err := s.bucket.remove(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	p.set(next)
}

func well(*http.Request) fault { return none }

// TestFaultHung: a store that takes connections and says nothing is given up, and tried again.
func TestFaultHung(t *testing.T) {
	t.Parallel()
	p, at := faultyS3(t)
	w := newWorld()
	o := remoteOptions(t, w, at)
	o.patience.silence = time.Second
	up(t, open(t, o), thing{name: "plain-a"})
	requests := map[string]bool{}
	p.set(func(r *http.Request) fault {
		kind := r.Method + " " + r.URL.Path
		if requests[kind] || !strings.Contains(kind, "/stacks/shop/local.json") || strings.Contains(kind, ".json.") {
			return none
		}
		requests[kind] = true // the first read and the first write of the state
		return hung
	})
	s := open(t, o)
	up(t, s, thing{name: "plain-a"}, thing{name: "plain-b"})
	assertStored(t, s, thing{name: "plain-a"}, thing{name: "plain-b"})
	if len(requests) != 2 {
		t.Errorf("what hung was %v", requests)
	}
}

// TestFaultDead: a store that goes away for good while an operation runs. What was done is on record
// here, the stack stays locked for others, and the next run goes on from there.
func TestFaultDead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		patience time.Duration
		// stop is what the user does when the state cannot be written.
		stop func(abort chan struct{})
	}{
		"waits":   {time.Millisecond, func(chan struct{}) {}},
		"aborted": {time.Hour, func(abort chan struct{}) { close(abort) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, at := faultyS3(t)
			w := newWorld()
			w.after = func(string) { p.set(func(*http.Request) fault { return busy }) }
			abort := make(chan struct{})
			var once sync.Once
			o := remoteOptions(t, w, at)
			o.patience.last, o.Abort = test.patience, abort
			o.Warn = func(string) { once.Do(func() { test.stop(abort) }) }
			_, err := open(t, o).Up(t.Context(), program(thing{name: "plain-a"}), nil)
			var unsaved *UnsavedError
			if !errors.As(err, &unsaved) || !strings.Contains(err.Error(), o.journalFile()) || !strings.Contains(err.Error(), "stays locked") {
				t.Fatalf("up: %v", err)
			}
			if _, err := os.Stat(o.journalFile()); err != nil {
				t.Errorf("nothing is on record: %v", err)
			}
			p.set(well)
			var locked *LockedError
			if _, err := open(t, remoteOptions(t, w, at)).Up(t.Context(), program(), nil); !errors.As(err, &locked) {
				t.Errorf("up elsewhere: %v, want a LockedError", err)
			}
			o.Abort, o.Warn, w.after = nil, nil, nil
			withoutLocks(t, p, o, well) // as the end of this process would
			w.asked()
			s := open(t, o)
			up(t, s, thing{name: "plain-a"})
			assertConverged(t, s, w, []thing{{name: "plain-a"}})
			if calls := w.asked(); len(calls) > 0 {
				t.Errorf("the next up did %q", calls)
			}
		})
	}
}

// TestFaultInterrupted: Ctrl-C while the store is busy. The state is written before the end all the same.
func TestFaultInterrupted(t *testing.T) {
	t.Parallel()
	p, at := faultyS3(t)
	w := newWorld()
	ctx, cancel := context.WithCancel(t.Context())
	left := 5
	w.after = func(string) {
		cancel()
		p.set(func(*http.Request) fault {
			if left--; left > 0 {
				return busy
			}
			return none
		})
	}
	o := remoteOptions(t, w, at)
	_, err := open(t, o).Up(ctx, program(numbered(40)...), nil)
	var interrupted *InterruptedError
	if !errors.As(err, &interrupted) {
		t.Fatalf("up: %v, want an InterruptedError", err)
	}
	var done []thing
	for _, name := range w.names() {
		done = append(done, thing{name: name})
	}
	s := open(t, o)
	assertStored(t, s, done...)
	if len(done) == 0 || len(done) == 40 {
		t.Errorf("%d were made", len(done))
	}
	if held, err := s.locks(t.Context()); err != nil || len(held) != 0 {
		t.Errorf("locks left behind: %v, %v", held, err)
	}
}

// TestCheckpointsAreFew: a short operation writes its state once, at the end.
func TestCheckpointsAreFew(t *testing.T) {
	t.Parallel()
	p, at := faultyS3(t)
	o := remoteOptions(t, newWorld(), at)
	o.patience.between = time.Hour
	s := open(t, o)
	up(t, s, numbered(40)...)
	n := 0
	for _, key := range p.puts {
		if key == s.keys.checkpoint() {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the state was written %d times: %q", n, p.puts)
	}
}
