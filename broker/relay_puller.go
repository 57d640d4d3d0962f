package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// How a consumer is read.
const (
	pullExpiry    = 60 * time.Second
	pullHeartbeat = 15 * time.Second
	// A source that cannot be read is tried again after a time between these two.
	minRetryPause = 250 * time.Millisecond
	maxRetryPause = 10 * time.Second
)

// puller reads a source: it asks for as many messages as may be worked on, and begins
// them in order. It speaks the protocol itself. A batch of the client library takes an
// empty message with a header `Status` for the server's own word, so that a publisher
// could stop a route with it.
type puller struct {
	relay *Relay
	Source
	// slots is how many messages may be worked on at once.
	slots int
	// begin starts work on a message and returns the rest of it, to run beside other
	// messages', or nil if nothing is left.
	begin func(work context.Context, d *delivery) (rest func())

	busy int
	done chan struct{}
	// waiting is set after it was told that the source cannot be read.
	waiting bool
}

// run reads until ctx is done, and returns when nothing is in flight any more.
func (p *puller) run(ctx, work context.Context) {
	p.done = make(chan struct{}, p.slots)
	for failures := 1; ctx.Err() == nil; failures++ {
		began := time.Now()
		err := p.read(ctx, work)
		if ctx.Err() != nil {
			break
		}
		if time.Since(began) > maxRetryPause {
			failures = 1
		}
		p.report(err, failures)
		if !p.pause(ctx, backoff(failures, minRetryPause, maxRetryPause)) {
			break
		}
	}
	for p.busy > 0 {
		<-p.done
		p.busy--
	}
}

// pause waits, but no longer than until the broker is back; false means that ctx is done.
func (p *puller) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.relay.reconnected.next():
	case <-ctx.Done():
		return false
	}
	return true
}

// report tells once that the source cannot be read, unless it is likely to pass.
func (p *puller) report(err error, failures int) {
	p.relay.log.Debug("source cannot be read", "element", p.Element, "stream", p.Stream, "consumer", p.Consumer, "error", err)
	if p.waiting || failures < 3 && !errors.Is(err, errNoConsumer) {
		return
	}
	p.waiting = true
	detail := err.Error()
	if errors.Is(err, errNoConsumer) {
		detail = fmt.Sprintf("consumer %s of stream %s does not exist", p.Consumer, p.Stream)
	}
	p.relay.tell(Event{Kind: Waiting, Element: p.Element, Detail: detail})
}

var (
	errNoConsumer = errors.New("no such consumer")
	errNoAnswer   = errors.New("the broker does not answer")
)

// leaseTime returns after what time the consumer delivers a message again.
func (p *puller) leaseTime(ctx context.Context) (time.Duration, error) {
	select {
	case p.relay.lookups <- struct{}{}:
		defer func() { <-p.relay.lookups }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	consumer, err := p.relay.js.Consumer(ctx, p.Stream, p.Consumer)
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound), errors.Is(err, jetstream.ErrStreamNotFound):
		return 0, errNoConsumer
	case err != nil:
		return 0, fmt.Errorf("look up consumer %s of %s: %w", p.Consumer, p.Stream, err)
	}
	return consumer.CachedInfo().Config.AckWait, nil
}

// read reads until ctx is done or the source fails.
func (p *puller) read(ctx, work context.Context) error {
	lease, err := p.leaseTime(ctx)
	if err != nil {
		return err
	}
	conn := p.relay.js.Conn()
	inbox := conn.NewInbox()
	// There is room for all that was asked for, twice: once more after a reconnection.
	messages := make(chan *nats.Msg, 2*p.slots+8)
	sub, err := conn.ChanSubscribe(inbox, messages)
	if err != nil {
		return fmt.Errorf("subscribe to %s: %w", p.Stream, err)
	}
	defer giveBack(sub, messages)

	asked := 0 // and not received yet
	heartbeat := time.NewTimer(2 * pullHeartbeat)
	defer heartbeat.Stop()
	reconnected := p.relay.reconnected.next()
	for {
		if free := p.slots - p.busy; asked == 0 && free > 0 {
			if err := p.ask(conn, inbox, free); err != nil {
				return err
			}
			asked = free
			heartbeat.Reset(2 * pullHeartbeat)
		}
		select {
		case m := <-messages:
			heartbeat.Reset(2 * pullHeartbeat)
			if !isDelivery(m) {
				switch m.Header.Get("Status") {
				case "100": // a heartbeat
				case "404", "408": // the request is over
					asked = 0
				case "503":
					return errNoAnswer
				default:
					return fmt.Errorf("the broker says: %s", m.Header.Get("Description"))
				}
				p.waiting = false
				continue
			}
			asked = max(asked-1, 0)
			p.waiting = false
			p.dispatch(work, m, lease)
		case <-p.done:
			p.busy--
		case <-heartbeat.C:
			if asked > 0 {
				return errNoAnswer
			}
			heartbeat.Reset(2 * pullHeartbeat)
		case <-reconnected:
			// The request may be lost with the server that had it.
			reconnected = p.relay.reconnected.next()
			asked = 0
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ask asks for n messages.
func (p *puller) ask(conn *nats.Conn, inbox string, n int) error {
	request, err := json.Marshal(pullRequest{Batch: n, Expires: pullExpiry, Heartbeat: pullHeartbeat})
	if err != nil {
		return err
	}
	if err := conn.PublishRequest(nextSubject(p.Stream, p.Consumer), inbox, request); err != nil {
		return fmt.Errorf("read %s: %w", p.Stream, err)
	}
	return nil
}

// pullRequest is the JetStream API's.
type pullRequest struct {
	Batch     int           `json:"batch"`
	Expires   time.Duration `json:"expires,omitempty"`
	Heartbeat time.Duration `json:"idle_heartbeat,omitempty"`
	MaxBytes  int           `json:"max_bytes,omitempty"`
}

// nextSubject is where a consumer is asked for messages.
func nextSubject(stream, consumer string) string {
	return jetstream.DefaultAPIPrefix + "CONSUMER.MSG.NEXT." + stream + "." + consumer
}

// isDelivery tells a message of the stream from the server's own word: only the former
// can be acknowledged.
func isDelivery(m *nats.Msg) bool { return strings.HasPrefix(m.Reply, "$JS.ACK.") }

// giveBack lets others have at once what came too late.
func giveBack(sub *nats.Subscription, messages chan *nats.Msg) {
	// Not an error that matters: without a connection nothing arrives anyway.
	_ = sub.Unsubscribe()
	for {
		select {
		case m := <-messages:
			if isDelivery(m) {
				_ = m.Nak()
			}
		default:
			return
		}
	}
}

// dispatch begins a message.
func (p *puller) dispatch(work context.Context, m *nats.Msg, lease time.Duration) {
	meta, err := m.Metadata()
	if err != nil {
		p.relay.log.Error("message without metadata", "element", p.Element, "error", err)
		return
	}
	rest := p.begin(work, newDelivery(p.relay, p.Element, m, meta, lease))
	if rest == nil {
		return
	}
	p.busy++
	go func() {
		rest()
		p.done <- struct{}{}
	}()
}
