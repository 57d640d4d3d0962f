package broker

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// streamSlots is how many messages are on their way to a stream at once.
const streamSlots = 64

func (f Forward) relay(ctx, work context.Context, r *Relay) {
	p := &puller{relay: r, Source: f.Source, slots: streamSlots}
	p.begin = func(work context.Context, d *delivery) func() {
		if f.Filter.matches(d.Header) {
			return forward(work, d, f.Subject)
		}
		return func() {
			d.tell(Filtered, f.Subject, "")
			d.ack()
		}
	}
	p.run(ctx, work)
}

// relay puts back what is early, until it is due. The consumer bounds how much that is: as
// all messages wait equally long, the oldest are due first, and of the others none is
// needed before. What is due again comes before what is new, to whichever relay asks.
func (delay Delay) relay(ctx, work context.Context, r *Relay) {
	p := &puller{relay: r, Source: delay.Source, slots: streamSlots}
	p.begin = func(work context.Context, d *delivery) func() {
		if early := time.Until(d.meta.Timestamp.Add(delay.Delay)); early > 0 {
			d.again(early)
			return nil
		}
		return forward(work, d, delay.Subject)
	}
	p.run(ctx, work)
}

// forward publishes a message, and returns what waits for the broker to have it. Publishing
// does not wait, so that messages leave in the order in which they are begun.
func forward(work context.Context, d *delivery, subject string) (rest func()) {
	m := republished(d.Header, d.Data, subject, d.offspring())
	future, err := d.relay.js.PublishMsgAsync(m)
	if err != nil {
		return func() { d.retry(subject, err) }
	}
	return func() {
		err := stored(work, future)
		if err != nil {
			d.retry(subject, err)
			return
		}
		d.tell(Forwarded, subject, "")
		d.ack()
	}
}

// stored waits until a stream has the message.
func stored(work context.Context, future jetstream.PubAckFuture) error {
	work, cancel := context.WithTimeout(work, requestTime)
	defer cancel()
	select {
	case <-future.Ok():
		return nil
	case err := <-future.Err():
		return err
	case <-work.Done():
		return work.Err()
	}
}
