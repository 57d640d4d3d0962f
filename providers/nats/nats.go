// Package nats is the provider for NATS JetStream: the program that lays a topology out
// on a broker, and the Pulumi provider, served in this process, that carries it out.
//
// # Mapping
//
// A topic is a stream with one subject. A queue is a work-queue stream with one durable
// pull consumer, whose ack wait is the lease; its dead letters are a stream of their own.
// A subscription of a queue to all of a topic is a source of the queue's stream; every
// other subscription is a durable consumer on the topic's stream that the relay reads.
// A service that has permissions is an account, and a user of it.
//
// # Delivery semantics
//
// At least once. Publishers are told when a message is stored. What JetStream has not
// got (header filters, push over HTTPS, dead letters, delay) is done by package broker's
// relay; it is written down in the capability table of package providers.
//
// # Limits
//
// A topic keeps what was published for 24 hours unless its `nats.retention` says
// otherwise: a subscription that is further behind loses messages. An ordered queue
// leases one message at a time. Names may have 255 bytes, which no element reaches.
//
// # Permissions
//
// One account owns all streams. A service's own account imports exactly the subjects
// that its permissions come down to, as services: replies come back to it and nowhere
// else, and nothing of the rest of the broker has a name in it. A change of permissions
// is a change of the account's claims, which the running broker takes over at once; the
// service's credentials stay the same. Where msgdeploy has one account only (no
// `nats.system`), services are users of it with permissions to publish, which leak
// through reply subjects and cannot be narrowed: Check says so.
package nats

import (
	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Provider is NATS JetStream: embedded, or any server in JWT mode. The zero Provider is ready to use.
type Provider struct{}

var _ providers.Provider = (*Provider)(nil)

// New returns the provider.
func New() *Provider { return &Provider{} }

// modeOf says how t's services are told apart.
func modeOf(t *spec.Topology) mode {
	switch target := t.Target.NATS; {
	case target.Embedded():
		return embedded
	case target.System != nil:
		return external
	default:
		return shared
	}
}

// Irrevocable reports whether access that a service of t has cannot be taken away again:
// an update that narrows it is refused. Whoever asks the user before an update says so first.
func Irrevocable(t *spec.Topology) bool { return modeOf(t) == shared }

// apiPrefix is where services find the JetStream API.
func (m mode) apiPrefix() string {
	if m == shared {
		return "$JS.API"
	}
	return broker.APIPrefix
}
