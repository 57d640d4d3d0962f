package broker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrRefused is in the chain of what the broker did not allow. A broker does not tell what
// is forbidden from what is not there.
var ErrRefused = errors.New("refused: these credentials do not allow it, or it is not deployed")

// Client uses topics and queues with the credentials of one service and nothing else. It
// is used by one goroutine at a time.
type Client struct {
	conn *nats.Conn
	js   jetstream.JetStream
	api  string

	mu     sync.Mutex
	cancel context.CancelCauseFunc // of what is going on
}

// defaultAPI is the prefix of the JetStream API in the account that has it.
const defaultAPI = "$JS.API"

// replyTimeout bounds the wait for an answer of the broker.
const replyTimeout = 5 * time.Second

// DialService connects with the content of a service's .creds file. The apiPrefix is
// where the service finds the JetStream API, the inboxPrefix where it may get replies;
// empty ones are NATS's own.
func DialService(ctx context.Context, url string, creds []byte, apiPrefix, inboxPrefix string) (*Client, error) {
	c := &Client{api: apiPrefix}
	if c.api == "" {
		c.api = defaultAPI
	}
	options := []nats.Option{
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { c.refused(err) }),
	}
	if inboxPrefix != "" {
		options = append(options, nats.CustomInboxPrefix(inboxPrefix))
	}
	var err error
	c.conn, err = connect(ctx, url, creds, options...)
	if errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || errors.Is(err, nats.ErrAuthRevoked) {
		return nil, fmt.Errorf("connect to broker %s: %w", url, ErrRefused)
	}
	if err != nil {
		return nil, fmt.Errorf("connect to broker %s: %w", url, err)
	}
	c.js, err = jetstream.NewWithAPIPrefix(c.conn, c.api, jetstream.WithDefaultTimeout(replyTimeout),
		jetstream.WithPublishAsyncTimeout(replyTimeout), jetstream.WithPublishAsyncMaxPending(publishWindow))
	if err != nil {
		c.conn.Close()
		return nil, err
	}
	return c, nil
}

// Close ends the connection.
func (c *Client) Close() { c.conn.Close() }

// begin returns the context of one operation, which ends when the broker says, apart
// from any reply, that it does not allow what was sent.
func (c *Client) begin(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	c.mu.Lock()
	c.cancel = cancel
	c.mu.Unlock()
	return ctx, func() { cancel(nil) }
}

func (c *Client) refused(err error) {
	if !errors.Is(err, nats.ErrPermissionViolation) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel != nil {
		c.cancel(ErrRefused)
	}
}

// failure says what err means: nobody listening on a subject is how an account sees what
// it does not import.
func failure(ctx context.Context, err error) error {
	switch {
	case errors.Is(context.Cause(ctx), ErrRefused),
		errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrNoStreamResponse),
		errors.Is(err, jetstream.ErrConsumerNotFound), errors.Is(err, jetstream.ErrStreamNotFound),
		errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return ErrRefused
	case ctx.Err() == nil && (errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded)):
		return fmt.Errorf("no answer from the broker in %s", replyTimeout)
	}
	return err
}
