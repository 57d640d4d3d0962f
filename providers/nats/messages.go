package nats

import (
	"context"
	"errors"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/msgdeploy/msgdeploy/broker"
)

// Messages counts the messages that are lost with a resource of type typ that the program
// of a project's stack calls name. ok is false where nobody can tell.
func Messages(ctx context.Context, admin *broker.Admin, project, stack, typ, name string) (n uint64, ok bool) {
	switch typ {
	case typeSource:
		// What was copied is in the queue.
		return 0, true
	case typeStream:
		s, err := admin.JetStream.Stream(ctx, physicalName(project+"-"+stack, name))
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return 0, true
		}
		if err != nil {
			return 0, false
		}
		return s.CachedInfo().State.Msgs, true
	default:
		return 0, false
	}
}

// physicalName is layout.resourceName in reverse.
func physicalName(stackName, resource string) string {
	if strings.HasPrefix(resource, "_") {
		return stackName + resource
	}
	return stackName + "-" + resource
}
