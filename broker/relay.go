package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Relay does what JetStream has not got: filters on headers, pushing to HTTPS endpoints
// with retries, dead letters, delays. It makes nothing on the broker, and keeps nothing
// of its own: what it has to remember are the consumers it reads from. So it may be
// killed at any moment, and two may run side by side; every message arrives at least
// once, and what goes to a stream goes there once, because a message published anew has
// an id that follows from the original (within the stream's duplicate window).
type Relay struct {
	js     jetstream.JetStream
	routes []Route
	client *http.Client
	log    *slog.Logger

	events struct {
		sync.Mutex
		tell func(Event)
	}
	// lookups bounds the requests with which ten thousand routes start at once.
	lookups     chan struct{}
	reconnected broadcast
	// pace is how often [DeadLetters] are searched for what no advisory told of.
	pace time.Duration
	// patience is how long an endpoint may take to answer.
	patience time.Duration
}

// RelayOptions are optional in whole and in part.
type RelayOptions struct {
	// HTTPClient delivers to endpoints. Its redirect policy is replaced: none is followed.
	HTTPClient *http.Client
	// OnEvent is told what happens to messages. Calls are sequential, and hold up the relay.
	OnEvent func(Event)
	// Logger is told what goes wrong apart from messages; nil logs nothing.
	Logger *slog.Logger
}

// What the relay allows itself.
const (
	// drainTime is how long messages in flight may take after the relay was told to stop.
	drainTime = 10 * time.Second
	// maxLookups is how many consumers are looked up at once.
	maxLookups = 64
	// requestTime bounds one request to the broker.
	requestTime = 5 * time.Second
)

// NewRelay returns a relay for routes, all of whose streams are in the account of js.
func NewRelay(js jetstream.JetStream, routes []Route, opts RelayOptions) *Relay {
	r := &Relay{
		js:       js,
		routes:   routes,
		client:   endpointClient(opts.HTTPClient),
		log:      opts.Logger,
		lookups:  make(chan struct{}, maxLookups),
		pace:     sweepPause,
		patience: answerTime,
	}
	r.events.tell = opts.OnEvent
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	return r
}

// errClosed ends Run when the connection is gone for good.
var errClosed = errors.New("the connection to the broker was closed")

// Run relays until ctx is done; then it takes no more, waits a bounded time for what is in
// flight, and returns nil. A route that fails is tried again, and disturbs no other; Run
// itself fails only if the connection was closed, which nothing repairs.
func (r *Relay) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	// Work in flight outlives ctx, but not for ever.
	work, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(drainTime, abandon) })()

	conn := r.js.Conn()
	statuses := conn.StatusChanged(nats.CONNECTED, nats.CLOSED)
	defer conn.RemoveStatusListener(statuses)
	go func() {
		for status := range statuses {
			if status == nats.CLOSED {
				stop(errClosed)
				abandon()
				return
			}
			r.reconnected.send()
		}
	}()
	if conn.IsClosed() {
		return fmt.Errorf("relay: %w", errClosed)
	}

	defer r.client.CloseIdleConnections()
	var routes sync.WaitGroup
	for _, route := range r.routes {
		routes.Go(func() { route.relay(ctx, work, r) })
	}
	<-ctx.Done()
	routes.Wait()
	if cause := context.Cause(ctx); errors.Is(cause, errClosed) {
		return fmt.Errorf("relay: %w", cause)
	}
	return nil
}

// tell passes an event on.
func (r *Relay) tell(e Event) {
	if r.events.tell == nil {
		return
	}
	r.events.Lock()
	defer r.events.Unlock()
	r.events.tell(e)
}

// broadcast wakes everyone who waits. The zero broadcast is ready.
type broadcast struct {
	mu sync.Mutex
	c  chan struct{}
}

// next returns a channel that the next send closes.
func (b *broadcast) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c == nil {
		b.c = make(chan struct{})
	}
	return b.c
}

func (b *broadcast) send() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c != nil {
		close(b.c)
		b.c = nil
	}
}

// sleep waits for d, and reports false if ctx was done before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// backoff is least, doubled with each attempt after the first, and at most most.
func backoff(attempt int, least, most time.Duration) time.Duration {
	d := least
	for i := 1; i < attempt && d < most; i++ {
		d *= 2
	}
	return min(d, most)
}
