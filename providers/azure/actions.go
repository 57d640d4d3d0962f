package azure

import (
	"slices"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// What is done by Azure itself and takes no role.
const (
	// actionPush is Event Grid's delivery over HTTPS, or to a function.
	actionPush = "push"
	// actionForward is Service Bus's forwarding within a namespace.
	actionForward = "forward"
	// actionDeadLetter is Service Bus's putting aside of a message within a queue.
	actionDeadLetter = "dead-letter"
)

// Actions returns what the role that a grant comes down to permits, on data and on the
// control plane, and the id of the resource that it is assigned on. What Azure does by
// itself is one word: `push`, `forward`, `dead-letter`.
func (*Provider) Actions(t *spec.Topology, g permissions.Grant) (actions []string, scope string) {
	l := layoutOf(t)
	_, name := g.Resource.Split()
	switch g.Verb {
	case permissions.Deliver:
		return l.delivery(g)
	case permissions.DeadLetter:
		owner, dead := g.Resource.Owner()
		if s := t.Subscription(name); dead && s != nil && l.isSubscription(owner) {
			return blobContributor().all(), l.containerID(s)
		}
		if dead {
			return []string{actionDeadLetter}, l.scopeOf(owner) + subqueue
		}
		return []string{actionForward}, l.scopeOf(g.Resource)
	default:
		return l.roleFor(g.Verb, g.Resource).all(), l.scopeOf(g.Resource)
	}
}

func (l layout) isSubscription(a permissions.Address) bool {
	kind, _ := a.Split()
	return kind == "subscription"
}

// delivery is what a topic's delivery to a queue or a service takes.
func (l layout) delivery(g permissions.Grant) ([]string, string) {
	_, topic := g.Principal.Split()
	kind, name := g.Resource.Split()
	switch {
	case kind == "service":
		return []string{actionPush}, receiver(l.t.Service(name))
	case l.onBus(l.t.Topic(topic)):
		return []string{actionForward}, l.scopeOf(g.Resource)
	default:
		return l.roleFor(permissions.Enqueue, g.Resource).all(), l.scopeOf(g.Resource)
	}
}

// receiver is where a service's messages are pushed to.
func receiver(s *spec.Service) string {
	if s.Function != nil && s.Function.Azure != "" {
		return s.Function.Azure
	}
	if s.Endpoint != nil {
		return s.Endpoint.URL
	}
	return string(permissions.ServiceAddress(s.Name))
}

// extenderScopes are the ids of the resource groups in which leases are extended, sorted.
func (l layout) extenderScopes() []string {
	var ids []string
	for _, g := range l.t.Permissions {
		if g.Verb == spec.Dequeue && g.Queue != nil && l.extended(g.Queue) {
			ids = append(ids, groupOf(l.queueID(g.Queue)))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// groupOf is the id of the resource group of a resource.
func groupOf(id string) string {
	return "/subscriptions/" + part(id, "subscriptions") + "/resourceGroups/" + part(id, "resourceGroups")
}

// tags are what a resource of an element is marked with.
func (p *program) tags(of permissions.Address) pulumi.StringMap {
	return pulumi.ToStringMap(providers.Labels(p.t, of))
}
