package nats

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/msgdeploy/msgdeploy/broker"
)

// Found is a stream that a broker holds and that no stack of msgdeploy has made.
type Found struct {
	Name string
	// Queue is set where each message is for one consumer.
	Queue bool
	// Retention is 0 where messages are kept for ever.
	Retention time.Duration
	Subjects  []string
}

// Discover returns the streams whose names begin with prefix and that are nobody's, by name. Those of key-value
// and object stores (KV_ and OBJ_, https://docs.nats.io/nats-concepts/jetstream/key-value-store) are no messaging.
func Discover(ctx context.Context, admin *broker.Admin, prefix string) ([]Found, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	var found []Found
	list := admin.JetStream.ListStreams(ctx)
	for info := range list.Info() {
		c := info.Config
		if !strings.HasPrefix(c.Name, prefix) || c.Metadata[metaProject] != "" || strings.HasPrefix(c.Name, "KV_") || strings.HasPrefix(c.Name, "OBJ_") {
			continue
		}
		found = append(found, Found{Name: c.Name, Queue: c.Retention == jetstream.WorkQueuePolicy, Retention: c.MaxAge, Subjects: c.Subjects})
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("list the streams: %w", err)
	}
	slices.SortFunc(found, func(a, b Found) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}
