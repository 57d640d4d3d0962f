package broker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// delivery is one attempt at one message. It is leased until it was acknowledged or put
// back, however long that takes.
type delivery struct {
	*nats.Msg
	relay   *Relay
	element string
	meta    *nats.MsgMetadata
	// release stops the extension of the lease, and returns when it has stopped.
	release func()
}

func newDelivery(r *Relay, element string, m *nats.Msg, meta *nats.MsgMetadata, lease time.Duration) *delivery {
	d := &delivery{Msg: m, relay: r, element: element, meta: meta}
	stop, stopped := make(chan struct{}), make(chan struct{})
	d.release = sync.OnceFunc(func() { close(stop); <-stopped })
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(max(lease/3, 10*time.Millisecond))
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				// If it cannot be sent, the lease expires: the message comes again.
				_ = m.InProgress()
			case <-stop:
				return
			}
		}
	}()
	return d
}

// attempt counts from 1.
func (d *delivery) attempt() int { return int(d.meta.NumDelivered) }

// id is what receivers know the message by.
func (d *delivery) id() string {
	if id := d.Header.Get(nats.MsgIdHdr); id != "" {
		return id
	}
	return fmt.Sprintf("%s.%d", d.meta.Stream, d.meta.Sequence.Stream)
}

// offspring is the id under which the message is published anew. The time is in it for
// the sake of a stream that was made again: its sequence numbers repeat.
func (d *delivery) offspring() string {
	return messageID(d.meta.Stream, d.meta.Sequence.Stream, d.meta.Timestamp) + "." + d.meta.Consumer
}

func messageID(stream string, sequence uint64, stored time.Time) string {
	return fmt.Sprintf("%s.%d.%d", stream, sequence, stored.UnixNano())
}

// ack takes the message off the consumer, and waits until the broker has done so.
func (d *delivery) ack() {
	d.release()
	// The work is done, so this is not cut short when the relay stops.
	ctx, cancel := context.WithTimeout(context.Background(), requestTime)
	defer cancel()
	if err := d.AckSync(nats.Context(ctx)); err != nil {
		d.relay.log.Warn("not acknowledged, will be delivered again", "element", d.element, "id", d.id(), "error", err)
	}
}

// again puts the message back for a time.
func (d *delivery) again(after time.Duration) {
	d.release()
	if err := d.NakWithDelay(after); err != nil {
		d.relay.log.Warn("not put back, will be delivered after its lease", "element", d.element, "id", d.id(), "error", err)
	}
}

// retry puts the message back after the broker failed to take it over.
func (d *delivery) retry(target string, err error) {
	after := backoff(d.attempt(), minRetryPause, time.Minute)
	d.tell(Retried, target, fmt.Sprintf("%v, again in %v", err, after))
	d.again(after)
}

func (d *delivery) tell(kind EventKind, target, detail string) {
	e := Event{Kind: kind, Element: d.element, ID: d.id(), Attempt: d.attempt(), Target: target, Detail: detail}
	if kind == Forwarded || kind == Filtered {
		e.Attempt = 0
	}
	d.relay.tell(e)
}

// republished is the message as it is published anew: what the publisher said to its
// receivers, without what it said to JetStream.
func republished(header nats.Header, data []byte, subject, id string) *nats.Msg {
	m := nats.NewMsg(subject)
	m.Data = data
	for name, values := range header {
		if !isControl(name) && isName(name) {
			m.Header[name] = slices.Clone(values)
		}
	}
	m.Header.Set(nats.MsgIdHdr, id)
	return m
}

// isName reports whether the client library can send a header of this name. Others can.
func isName(header string) bool {
	for i := range len(header) {
		if !isToken(header[i]) {
			return false
		}
	}
	return header != ""
}

// isControl reports whether a header is meant for JetStream: it can delete a subject's
// messages (Nats-Rollup), or make a publication fail (Nats-Expected-Stream).
func isControl(header string) bool {
	n := len(controlPrefix)
	return len(header) >= n && strings.EqualFold(header[:n], controlPrefix)
}

// matches reports whether a message with this header passes.
func (f Filter) matches(header nats.Header) bool {
	for attribute, allowed := range f {
		if !slices.ContainsFunc(header.Values(attribute), func(value string) bool { return slices.Contains(allowed, value) }) {
			return false
		}
	}
	return true
}
