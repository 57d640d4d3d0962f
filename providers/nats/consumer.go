package nats

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// consumerKind are durable pull consumers. JetStream changes in place how long a message
// is leased, how often and how many at once; not where a consumer starts
// (checkNewConsumerConfig in the server's consumer.go).
func consumerKind() kind {
	return operations[consumerArgs, consumerArgs]{
		known: facts{
			replace: []resource.PropertyKey{"stream", "name", "new"},
			named:   true,
		},
		validate: validateConsumer,
		identity: func(_ session, args consumerArgs) (string, error) { return args.id(), nil },
		make:     createConsumer,
		fetch:    fetchConsumer,
		change: func(ctx context.Context, s session, old, args consumerArgs) (consumerArgs, error) {
			return args, updateConsumer(ctx, s, args, old.adopted())
		},
		delete: deleteConsumer,
	}
}

func validateConsumer(args consumerArgs) []plugin.CheckFailure {
	var failures []plugin.CheckFailure
	if !validName(args.Name) {
		failures = append(failures, failure("name", "%q is no name for a consumer: 1 to %d bytes without spaces and any of .*>/\\", args.Name, nameLimit))
	}
	if args.AckWait <= 0 {
		failures = append(failures, failure("ackWait", "a lease must be longer than nothing"))
	}
	if args.MaxDeliver != -1 && args.MaxDeliver < 1 {
		failures = append(failures, failure("maxDeliver", "%d deliveries: at least 1, or -1 for any number", args.MaxDeliver))
	}
	if args.MaxAckPending != -1 && args.MaxAckPending < 1 {
		failures = append(failures, failure("maxAckPending", "%d messages at once: at least 1, or -1 for any number", args.MaxAckPending))
	}
	return failures
}

// consumerConfig is the one translation of a consumer's inputs; creation, update and
// refresh all go by it.
func consumerConfig(o owner, args consumerArgs) jetstream.ConsumerConfig {
	cfg := jetstream.ConsumerConfig{
		Name:          args.Name,
		Durable:       args.Name,
		Description:   args.Description,
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       time.Duration(args.AckWait),
		MaxDeliver:    args.MaxDeliver,
		MaxAckPending: args.MaxAckPending,
		// How many requests for messages may wait; the server's default, which an update must repeat.
		MaxWaiting: 512,
		Metadata:   o.metadata(args.Element, args.Labels),
	}
	if args.New {
		cfg.DeliverPolicy = jetstream.DeliverNewPolicy
	}
	for key, value := range args.Relay {
		cfg.Metadata[metaRelay+key] = value
	}
	return cfg
}

func (args consumerArgs) id() string { return args.Stream + "/" + args.Name }

func createConsumer(ctx context.Context, s session, args consumerArgs) (consumerArgs, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	_, err := s.JetStream.CreateConsumer(ctx, args.Stream, consumerConfig(s.owner, args))
	if errors.Is(err, jetstream.ErrConsumerExists) {
		err = updateConsumer(ctx, s, args, false)
	}
	if err != nil {
		return consumerArgs{}, fmt.Errorf("create consumer %s of stream %s: %w", args.Name, args.Stream, err)
	}
	return args, nil
}

// updateConsumer gives an existing consumer of the stack the configuration of args. adopted lets it be
// nobody's yet.
func updateConsumer(ctx context.Context, s session, args consumerArgs, adopted bool) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	consumer, err := s.JetStream.Consumer(ctx, args.Stream, args.Name)
	if err != nil {
		return fmt.Errorf("read consumer %s of stream %s: %w", args.Name, args.Stream, err)
	}
	if metadata := consumer.CachedInfo().Config.Metadata; !s.sees(metadata, adopted) {
		return s.owner.taken("consumer "+args.id(), args.Element, args.id(), metadata)
	}
	if _, err := s.JetStream.UpdateConsumer(ctx, args.Stream, consumerConfig(s.owner, args)); err != nil {
		return fmt.Errorf("update consumer %s of stream %s: %w", args.Name, args.Stream, err)
	}
	return nil
}

func fetchConsumer(ctx context.Context, s session, id string, old consumerArgs) (*consumerArgs, consumerArgs, error) {
	stream, name, _ := strings.Cut(id, "/")
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	consumer, err := s.JetStream.Consumer(ctx, stream, name)
	if isGone(err) || errors.Is(err, jetstream.ErrNotPullConsumer) {
		return nil, consumerArgs{}, nil
	}
	if err != nil {
		return nil, consumerArgs{}, fmt.Errorf("read consumer %s of stream %s: %w", name, stream, err)
	}
	cfg := consumer.CachedInfo().Config
	if err := s.adoptableConsumer(stream, cfg); err != nil {
		return nil, consumerArgs{}, err
	}
	if !s.sees(cfg.Metadata, old.adopted()) {
		return nil, consumerArgs{}, nil
	}
	args := consumerOf(s.owner, stream, cfg)
	return &args, args, nil
}

// consumerOf is consumerConfig in reverse.
func consumerOf(o owner, stream string, cfg jetstream.ConsumerConfig) consumerArgs {
	args := consumerArgs{
		Stream:        stream,
		Name:          cfg.Durable,
		Element:       cfg.Metadata[metaElement],
		AckWait:       duration(cfg.AckWait),
		MaxDeliver:    cfg.MaxDeliver,
		MaxAckPending: cfg.MaxAckPending,
		New:           cfg.DeliverPolicy == jetstream.DeliverNewPolicy,
		Description:   cfg.Description,
		Labels:        labelsOf(cfg.Metadata),
	}
	for key, value := range cfg.Metadata {
		if fact, ok := strings.CutPrefix(key, metaRelay); ok {
			if args.Relay == nil {
				args.Relay = map[string]string{}
			}
			args.Relay[fact] = value
		}
	}
	want := consumerConfig(o, args)
	// The server adds to the metadata.
	want.Metadata = cfg.Metadata
	args.Drift = drift(want, cfg)
	return args
}

// isGone reports whether a consumer, or its whole stream, does not exist.
func isGone(err error) bool {
	return errors.Is(err, jetstream.ErrConsumerNotFound) || errors.Is(err, jetstream.ErrStreamNotFound)
}

func deleteConsumer(ctx context.Context, s session, args consumerArgs) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := s.JetStream.DeleteConsumer(ctx, args.Stream, args.Name); err != nil && !isGone(err) {
		return fmt.Errorf("delete consumer %s of stream %s: %w", args.Name, args.Stream, err)
	}
	return nil
}
