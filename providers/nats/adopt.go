package nats

import (
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// What others made can be taken under management: it is read as it is, without an element in its inputs. The
// next update writes into its metadata whose it is; until then the state alone says it.

// Identify returns the id that a resource has on the broker, where that follows from its inputs: of streams
// and consumers it does.
func Identify(token string, inputs map[string]any) (id string, ok bool) {
	props := resource.NewPropertyMapFromMap(inputs)
	switch token {
	case typeStream, typeAdvisories:
		var args streamArgs
		if decode(props, &args) == nil {
			return args.Name, args.Name != ""
		}
	case typeConsumer, typeSubscription:
		var args consumerArgs
		if decode(props, &args) == nil {
			return args.id(), args.Stream != "" && args.Name != ""
		}
	}
	return "", false
}

// adopted reports whether a stream was taken under management, and not updated since.
func (args streamArgs) adopted() bool { return args.Name != "" && args.Element == "" }

func (args consumerArgs) adopted() bool { return args.Name != "" && args.Element == "" }

// sees reports whether something on the broker is the stack's: by what it says itself, or because it says
// nothing and was taken under management.
func (s session) sees(metadata map[string]string, adopted bool) bool {
	return s.owner.owns(metadata) || metadata[metaProject] == "" && (adopted || s.adopting)
}

// adoptableStream refuses to take over what another stack made, or what JetStream could never make ours in place
// (configUpdateCheck in the server's stream.go).
func (s session) adoptableStream(cfg jetstream.StreamConfig) error {
	switch {
	case !s.adopting || s.owner.owns(cfg.Metadata):
		return nil
	case cfg.Metadata[metaProject] != "":
		return s.owner.foreign("stream "+cfg.Name, cfg.Metadata)
	case cfg.Storage != jetstream.FileStorage:
		return fmt.Errorf("stream %s is kept in %s, and JetStream does not move it to files: msgdeploy's streams are kept in files", cfg.Name, cfg.Storage)
	}
	return nil
}

// adoptableConsumer is adoptableStream for a consumer (checkNewConsumerConfig in the server's consumer.go).
func (s session) adoptableConsumer(stream string, cfg jetstream.ConsumerConfig) error {
	switch {
	case !s.adopting || s.owner.owns(cfg.Metadata):
		return nil
	case cfg.Metadata[metaProject] != "":
		return s.owner.foreign("consumer "+stream+"/"+cfg.Durable, cfg.Metadata)
	case cfg.AckPolicy != jetstream.AckExplicitPolicy:
		return fmt.Errorf("consumer %s of stream %s does not complete each message by itself (its ack policy is %s), and JetStream does not change that in place",
			cfg.Durable, stream, cfg.AckPolicy)
	}
	return nil
}
