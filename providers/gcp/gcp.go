// Package gcp is the provider for Google Cloud: Pub/Sub, and IAM with the least privilege.
//
// # Mapping
//
// A topic is a Pub/Sub topic. Pub/Sub has no queue: one is a topic and a pull subscription
// of it, always both, and a subscription of a queue to a topic is one more pull
// subscription, on that topic, with the queue's lease, retention and dead letters. Whoever
// dequeues receives from all of them; the stack's outputs list them. A subscription to a
// service pushes over HTTPS, signed with an OpenID Connect token of a service account that
// is made for that receiver. Dead letters are a topic with a pull subscription of its own.
//
// # Delivery semantics
//
// At least once; exactly once within a subscription where a queue asks for it. An endpoint
// gets the published bytes as the body and the attributes as headers, without Pub/Sub's
// envelope. Order holds per ordering key among what is published in one region. No
// subscription ever expires. A filter cannot be changed: another one is another
// subscription, and what the old one has not delivered is lost.
//
// # Limits
//
// They are data in limits.go, each with its source; Check holds a topology against them.
//
// # Permissions
//
// A grant is one additive member of one predefined role on one topic or subscription: never
// on the project, never a policy or a binding that would remove what others have granted.
// roles.go has what the roles come down to. Pub/Sub's own agent gets what dead letters,
// push and customer keys need, on exactly the resources that need it.
package gcp

import (
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Provider is Google Cloud. The zero Provider is ready to use.
type Provider struct{}

var _ providers.Provider = (*Provider)(nil)

// New returns the provider.
func New() *Provider { return &Provider{} }

// emulated reports whether t's Pub/Sub is an emulator, which has no IAM: the stack has
// neither identities nor grants then.
func emulated(t *spec.Topology) bool { return t.Target.GCP.Endpoint != "" }
