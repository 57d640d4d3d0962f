package nats

import (
	"context"
	"errors"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/msgdeploy/msgdeploy/broker"
)

// Messages counts the messages that are lost with a resource, which is told by its type
// and its id in the state: those of a stream, or those that a subscription has not
// delivered yet. ok is false where nobody can tell.
func Messages(ctx context.Context, admin *broker.Admin, typ, id string) (n uint64, ok bool) {
	var err error
	switch typ {
	case typeStream:
		n, err = streamMessages(ctx, admin, id)
	case typeSubscription:
		n, err = undelivered(ctx, admin, id)
	case typeSource:
		// What was copied is in the queue.
	default:
		return 0, false
	}
	if errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrConsumerNotFound) {
		return 0, true
	}
	return n, err == nil
}

func streamMessages(ctx context.Context, admin *broker.Admin, name string) (uint64, error) {
	s, err := admin.JetStream.Stream(ctx, name)
	if err != nil {
		return 0, err
	}
	return s.CachedInfo().State.Msgs, nil
}

func undelivered(ctx context.Context, admin *broker.Admin, id string) (uint64, error) {
	stream, name, _ := strings.Cut(id, "/")
	c, err := admin.JetStream.Consumer(ctx, stream, name)
	if err != nil {
		return 0, err
	}
	info := c.CachedInfo()
	return info.NumPending + uint64(max(0, info.NumAckPending)), nil
}
