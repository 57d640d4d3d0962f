package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// sourceKind are the sources of queues' streams. Each is a resource of its own rather than
// a part of the stream: it belongs to a subscription, and keeps the time at which it was made.
func sourceKind() kind {
	return operations[sourceArgs, sourceState]{
		known: facts{
			replace:  []resource.PropertyKey{"stream", "topic"},
			computed: []resource.PropertyKey{"since"},
		},
		identity: func(_ session, args sourceArgs) (string, error) { return args.Stream + "/" + args.Topic, nil },
		make:     createSource,
		fetch:    fetchSource,
		change: func(_ context.Context, _ session, old sourceState, _ sourceArgs) (sourceState, error) {
			return old, nil // every change replaces
		},
		delete: deleteSource,
	}
}

func createSource(ctx context.Context, s session, args sourceArgs) (sourceState, error) {
	state := sourceState{sourceArgs: args}
	err := s.changeSources(ctx, args.Stream, func(info *jetstream.StreamInfo) []*jetstream.StreamSource {
		sources := info.Config.Sources
		if i := indexSource(sources, args.Topic); i >= 0 {
			// An interrupted run made it: messages count from then on.
			state.Since = since(sources[i])
			return sources
		}
		// The server's clock, as it is the one that the messages' times are of.
		source := &jetstream.StreamSource{Name: args.Topic, OptStartTime: &info.TimeStamp}
		state.Since = since(source)
		return append(slices.Clone(sources), source)
	})
	if err != nil {
		return sourceState{}, fmt.Errorf("let stream %s take the messages of %s: %w", args.Stream, args.Topic, err)
	}
	return state, nil
}

// changeSources gives a stream of the stack the sources that change returns.
func (s session) changeSources(ctx context.Context, stream string, change func(*jetstream.StreamInfo) []*jetstream.StreamSource) error {
	defer s.streams.lock(stream)()
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	info, err := s.streamInfo(ctx, stream)
	if err != nil {
		return err
	}
	if !s.owner.owns(info.Config.Metadata) {
		return s.owner.foreign("stream "+stream, info.Config.Metadata)
	}
	cfg := info.Config
	cfg.Sources = change(info)
	if len(cfg.Sources) == len(info.Config.Sources) {
		return nil
	}
	_, err = s.JetStream.UpdateStream(ctx, cfg)
	return err
}

func indexSource(sources []*jetstream.StreamSource, topic string) int {
	return slices.IndexFunc(sources, func(source *jetstream.StreamSource) bool { return source.Name == topic })
}

func since(source *jetstream.StreamSource) string {
	if source.OptStartTime == nil {
		return ""
	}
	return source.OptStartTime.UTC().Format(time.RFC3339Nano)
}

func fetchSource(ctx context.Context, s session, id string, _ sourceState) (*sourceArgs, sourceState, error) {
	stream, topic, _ := strings.Cut(id, "/")
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	info, err := s.streamInfo(ctx, stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, sourceState{}, nil
	}
	if err != nil {
		return nil, sourceState{}, fmt.Errorf("read stream %s: %w", stream, err)
	}
	i := indexSource(info.Config.Sources, topic)
	if i < 0 || !s.owner.owns(info.Config.Metadata) {
		return nil, sourceState{}, nil
	}
	args := sourceArgs{Stream: stream, Topic: topic}
	return &args, sourceState{sourceArgs: args, Since: since(info.Config.Sources[i])}, nil
}

func deleteSource(ctx context.Context, s session, old sourceState) error {
	err := s.changeSources(ctx, old.Stream, func(info *jetstream.StreamInfo) []*jetstream.StreamSource {
		return slices.DeleteFunc(slices.Clone(info.Config.Sources), func(source *jetstream.StreamSource) bool {
			return source.Name == old.Topic
		})
	})
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("let stream %s take no more messages of %s: %w", old.Stream, old.Topic, err)
	}
	return nil
}
