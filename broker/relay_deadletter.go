package broker

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// What a dead letter says about itself, besides what its publisher said.
const (
	ReasonHeader   = "Msg-Dead-Letter-Reason"
	AttemptsHeader = "Msg-Dead-Letter-Attempts"
)

// maxReason is how long the reason of a dead letter may be, in bytes.
const maxReason = 256

// deadLetter is a message as it goes to the dead letters.
func deadLetter(header nats.Header, data []byte, subject, id, reason string, attempts int) *nats.Msg {
	m := republished(header, data, subject, id)
	m.Header.Set(ReasonHeader, phrase(reason))
	m.Header.Set(AttemptsHeader, strconv.Itoa(attempts))
	return m
}

// phrase is a reason as a header can hold it.
func phrase(reason string) string {
	printable := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return ' '
		}
		return c
	}, reason)
	return strings.TrimSpace(printable[:min(len(printable), maxReason)])
}

func (letters DeadLetters) relay(ctx, work context.Context, r *Relay) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		(&sweep{relay: r, queues: letters.Queues}).run(ctx)
	}()
	p := &puller{relay: r, Source: letters.Source, slots: pushSlots}
	p.begin = func(work context.Context, d *delivery) func() {
		return func() { letters.follow(work, d) }
	}
	p.run(ctx, work)
	<-done
}

// follow moves the message that an advisory is about. The server gives an advisory when the
// lease of the last attempt has expired; the message stays in its stream, but is delivered
// no more.
func (letters DeadLetters) follow(work context.Context, d *delivery) {
	var advisory server.JSConsumerDeliveryExceededAdvisory
	if err := json.Unmarshal(d.Data, &advisory); err != nil {
		d.tell(Dropped, "", "an advisory that is not the server's")
		d.ack()
		return
	}
	queue, ok := letters.Queues[advisory.Stream]
	if !ok {
		d.tell(Dropped, "", fmt.Sprintf("stream %s has no dead letters", advisory.Stream))
		d.ack()
		return
	}
	err := d.relay.bury(work, queue, exhausted{
		stream:   advisory.Stream,
		sequence: advisory.StreamSeq,
		attempts: int(advisory.Deliveries),
		told:     advisory.Time,
	})
	if err != nil {
		d.retry(queue.Subject, err)
		return
	}
	d.ack()
}

// exhausted is a message that its queue delivers no more.
type exhausted struct {
	stream   string
	sequence uint64
	// attempts is 0 where nobody counted.
	attempts int
	// told is when the server said so. A message stored later is another one: the stream
	// was made again meanwhile. Zero if it did not say.
	told time.Time
}

// bury moves a message from its queue to the dead letters; one that is gone was completed
// after all, or moved by another relay.
func (r *Relay) bury(ctx context.Context, queue DeadLetterQueue, e exhausted) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	m, err := r.get(ctx, e.stream, e.sequence)
	if err != nil {
		return err
	}
	if m == nil || !e.told.IsZero() && m.stored.After(e.told) {
		return nil
	}
	reason := "not completed in any attempt"
	letter := deadLetter(m.header, m.data, queue.Subject, messageID(e.stream, e.sequence, m.stored), reason, e.attempts)
	if e.attempts == 0 {
		letter.Header.Del(AttemptsHeader)
	}
	ack, err := r.js.PublishMsg(ctx, letter)
	if err != nil {
		return fmt.Errorf("publish to %s: %w", queue.Subject, err)
	}
	if !ack.Duplicate {
		id := m.header.Get(nats.MsgIdHdr)
		if id == "" {
			id = fmt.Sprintf("%s.%d", e.stream, e.sequence)
		}
		r.tell(Event{Kind: DeadLettered, Element: queue.Element, ID: id, Attempt: e.attempts, Target: queue.Subject, Detail: reason})
	}
	return r.remove(ctx, e.stream, e.sequence)
}
