package broker

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Leased is a message that a service has dequeued and is to complete before its lease
// ends, which gives it back to the queue.
type Leased struct {
	Message
	// Receipt is for [Client.Complete] and [Client.Extend], of any client of the service.
	Receipt string
	// Attempt counts the deliveries of the message, from 1.
	Attempt int
}

// ErrLeaseOver says that a message is not leased any more: it is completed, or was given
// up after its last attempt.
var ErrLeaseOver = errors.New("the lease is over: the message was completed, or given up after its last attempt")

// pullLimit bounds one wait of the broker's: it forgets where to send a service's
// messages after two minutes.
const pullLimit = 30 * time.Second

// Dequeue leases up to n messages of a queue's stream through its consumer. It waits up
// to wait for the first and takes what else there is; none is no error.
func (c *Client) Dequeue(ctx context.Context, stream, consumer string, n int, wait time.Duration) ([]Leased, error) {
	ctx, end := c.begin(ctx)
	defer end()
	messages, err := c.dequeue(ctx, stream, consumer, n, time.Now().Add(wait))
	if err != nil {
		return nil, fmt.Errorf("dequeue from %s: %w", stream, failure(ctx, err))
	}
	return messages, nil
}

func (c *Client) dequeue(ctx context.Context, stream, consumer string, n int, until time.Time) ([]Leased, error) {
	pull, err := c.js.Consumer(ctx, stream, consumer)
	if err != nil {
		return nil, err
	}
	leased, err := take(ctx, pull.FetchNoWait, n)
	if err != nil || len(leased) > 0 {
		return leased, err
	}
	for left := time.Until(until); left > 0; left = time.Until(until) {
		waiting := func(n int) (jetstream.MessageBatch, error) {
			return pull.Fetch(n, jetstream.FetchMaxWait(min(left, pullLimit)))
		}
		if leased, err = take(ctx, waiting, 1); err != nil {
			return nil, err
		}
		if len(leased) == 0 {
			continue
		}
		if n > 1 {
			// What is leased is returned, whatever happens to the rest.
			more, _ := take(ctx, pull.FetchNoWait, n-1)
			leased = append(leased, more...)
		}
		return leased, nil
	}
	return nil, nil
}

// take returns what one pull brings.
func take(ctx context.Context, pull func(n int) (jetstream.MessageBatch, error), n int) ([]Leased, error) {
	batch, err := pull(n)
	if err != nil {
		return nil, err
	}
	var leased []Leased
	for {
		select {
		case msg, ok := <-batch.Messages():
			if !ok {
				return leased, batch.Error()
			}
			m, err := received(msg)
			if err != nil {
				return nil, err
			}
			leased = append(leased, m)
		case <-ctx.Done():
			return leased, ctx.Err()
		}
	}
}

func received(msg jetstream.Msg) (Leased, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return Leased{}, err
	}
	leased := Leased{
		Message: Message{Data: msg.Data(), ID: msg.Headers().Get(jetstream.MsgIDHeader), Key: msg.Headers().Get(keyHeader)},
		Receipt: base64.RawURLEncoding.EncodeToString([]byte(msg.Reply())),
		Attempt: int(meta.NumDelivered),
	}
	for name, values := range msg.Headers() {
		if name == keyHeader || strings.HasPrefix(name, controlPrefix) || len(values) == 0 {
			continue
		}
		if leased.Attributes == nil {
			leased.Attributes = make(map[string]string)
		}
		leased.Attributes[name] = values[0]
	}
	return leased, nil
}

// receipt is where a delivery is acknowledged.
type receipt struct {
	subject, stream, consumer string
	sequence                  uint64 // of the message in the stream
}

// parseReceipt reads $JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer
// sequence>.<time>.<pending>.
func parseReceipt(text string) (receipt, error) {
	invalid := errors.New("this is no receipt: it is not what dequeue printed")
	subject, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return receipt{}, invalid
	}
	tokens := strings.Split(string(subject), ".")
	if len(tokens) != 9 || tokens[0] != "$JS" || tokens[1] != "ACK" {
		return receipt{}, invalid
	}
	sequence, err := strconv.ParseUint(tokens[5], 10, 64)
	if err != nil || strings.ContainsAny(string(subject), " \t\r\n*>") {
		return receipt{}, invalid
	}
	return receipt{string(subject), tokens[2], tokens[3], sequence}, nil
}

// Complete removes a dequeued message from its queue. A lease that has ended, but whose
// message nobody has completed, is honoured: the work is done. What is known to be over
// is [ErrLeaseOver].
func (c *Client) Complete(ctx context.Context, receipt string) error {
	return c.acknowledge(ctx, "complete", receipt, func(jetstream.ConsumerConfig) ([]byte, error) {
		return []byte("+ACK"), nil
	})
}

// Extend begins the lease of a dequeued message anew, in full. What is known to be over is
// [ErrLeaseOver].
//
// It asks for a redelivery that is one lease away: +WPI, which clients send while they work,
// leaves a message whose lease has just ended in line for redelivery.
func (c *Client) Extend(ctx context.Context, receipt string) error {
	return c.acknowledge(ctx, "extend", receipt, func(config jetstream.ConsumerConfig) ([]byte, error) {
		options, err := json.Marshal(struct {
			Delay time.Duration `json:"delay"`
		}{config.AckWait})
		return append([]byte("-NAK "), options...), err
	})
}

func (c *Client) acknowledge(ctx context.Context, verb, text string, body func(jetstream.ConsumerConfig) ([]byte, error)) error {
	r, err := parseReceipt(text)
	if err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	ctx, end := c.begin(ctx)
	defer end()
	limited, cancel := context.WithTimeout(ctx, replyTimeout)
	defer cancel()
	if err := c.answer(limited, r, body); err != nil {
		return fmt.Errorf("%s a message of %s: %w", verb, r.stream, failure(ctx, err))
	}
	return nil
}

// answer looks first at where the consumer is: an acknowledgement of a message that is
// none of its any more is answered like any other.
func (c *Client) answer(ctx context.Context, r receipt, body func(jetstream.ConsumerConfig) ([]byte, error)) error {
	consumer, err := c.js.Consumer(ctx, r.stream, r.consumer)
	if err != nil {
		return err
	}
	info := consumer.CachedInfo()
	if info.NumAckPending == 0 || r.sequence <= info.AckFloor.Stream {
		return ErrLeaseOver
	}
	content, err := body(info.Config)
	if err != nil {
		return err
	}
	_, err = c.conn.RequestWithContext(ctx, r.subject, content)
	return err
}
