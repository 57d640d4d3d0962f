package broker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// keyHeader holds a message's ordering key.
const keyHeader = "key"

// controlPrefix is that of the headers that mean something to the broker.
const controlPrefix = "Nats-"

// Message is what a service sends.
type Message struct {
	Data []byte
	// Attributes travel as headers of the same names, which filters look at.
	Attributes map[string]string
	// Key is the ordering key, or empty.
	Key string
	// ID makes sending it again within the stream's duplicate window a no-op, unless it
	// is empty.
	ID string
}

// publishWindow is how many messages may be on their way unacknowledged, retryWait the
// pause before a message is sent again that found nobody: a cluster elects a leader.
const (
	publishWindow = 256
	retryWait     = 100 * time.Millisecond
)

// SendError says how far a batch got.
type SendError struct {
	// Sent messages from the beginning of the batch are stored; the next one is not.
	// Later ones may be.
	Sent, Of int
	Err      error
}

func (e *SendError) Error() string {
	if e.Of == 1 {
		return e.Err.Error()
	}
	return fmt.Sprintf("message %d of %d: %v", e.Sent+1, e.Of, e.Err)
}

func (e *SendError) Unwrap() error { return e.Err }

// Publish sends messages to a topic's subject, in order. Without an error all are stored.
// What the broker did not take is a [SendError]; a message that cannot be sent at all is
// found before any is.
func (c *Client) Publish(ctx context.Context, subject string, messages []Message) error {
	return c.send(ctx, "publish to "+subject, subject, messages)
}

// Enqueue does for a queue's subject what [Client.Publish] does for a topic's.
func (c *Client) Enqueue(ctx context.Context, subject string, messages []Message) error {
	return c.send(ctx, "enqueue to "+subject, subject, messages)
}

func (c *Client) send(ctx context.Context, what, subject string, messages []Message) error {
	ctx, end := c.begin(ctx)
	defer end()
	failed := func(sent int, err error) error {
		return &SendError{Sent: sent, Of: len(messages), Err: fmt.Errorf("%s: %w", what, failure(ctx, err))}
	}
	outgoing := make([]*nats.Msg, len(messages))
	for i, m := range messages {
		msg, err := m.on(subject)
		if err != nil {
			return fmt.Errorf("%s: message %d: %w", what, i+1, err)
		}
		outgoing[i] = msg
	}
	var sent int // messages acknowledged without a gap
	var waiting []jetstream.PubAckFuture
	settle := func() error {
		select {
		case <-waiting[0].Ok():
			waiting, sent = waiting[1:], sent+1
			return nil
		case err := <-waiting[0].Err():
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for _, msg := range outgoing {
		if len(waiting) == publishWindow {
			if err := settle(); err != nil {
				return failed(sent, err)
			}
		}
		future, err := c.js.PublishMsgAsync(msg, jetstream.WithRetryWait(retryWait))
		if err != nil {
			return failed(sent, err)
		}
		waiting = append(waiting, future)
	}
	for len(waiting) > 0 {
		if err := settle(); err != nil {
			return failed(sent, err)
		}
	}
	return nil
}

// on returns m as it travels.
func (m Message) on(subject string) (*nats.Msg, error) {
	msg := nats.NewMsg(subject)
	msg.Data = m.Data
	for name, value := range m.Attributes {
		switch {
		case strings.HasPrefix(strings.ToLower(name), strings.ToLower(controlPrefix)):
			return nil, fmt.Errorf("attribute %q: names that begin with %s belong to the broker", name, controlPrefix)
		case name == keyHeader:
			return nil, fmt.Errorf("attribute %q is the ordering key's name", name)
		case name == "" || strings.ContainsAny(name, ": \t\r\n") || strings.ContainsAny(value, "\r\n"):
			return nil, fmt.Errorf("attribute %q: a name is without spaces and colons, a value is one line", name)
		}
		msg.Header[name] = []string{value}
	}
	if strings.ContainsAny(m.Key+m.ID, "\r\n") {
		return nil, fmt.Errorf("a key or an id is one line")
	}
	if m.Key != "" {
		msg.Header[keyHeader] = []string{m.Key}
	}
	if m.ID != "" {
		msg.Header[jetstream.MsgIDHeader] = []string{m.ID}
	}
	return msg, nil
}
