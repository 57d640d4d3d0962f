package nats

import (
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// realise says what a verb of the spec takes: the subjects of the owner account that a
// service uses, and the subject or stream that they are about. ok is false for the
// implied verbs, which no service uses.
func (l layout) realise(verb permissions.Verb, resource permissions.Address) (scope string, subjects []string, ok bool) {
	_, name := resource.Split()
	switch verb {
	case permissions.Publish:
		scope = l.topicSubject(name)
		return scope, []string{scope}, true
	case permissions.Enqueue:
		scope = l.queueSubject(name)
		return scope, []string{scope}, true
	case permissions.Dequeue:
		scope = l.leasedStream(resource)
		return scope, l.leaseSubjects(resource, scope), true
	default:
		return "", nil, false
	}
}

// leasedStream is the stream that a dequeuing service leases messages of.
func (l layout) leasedStream(resource permissions.Address) string {
	owner, dead := resource.Owner()
	if dead {
		return l.deadLetterStream(owner)
	}
	_, name := resource.Split()
	return l.queueStream(name)
}

// subjectsOf returns the subjects of the owner account that grants come down to, sorted.
func (l layout) subjectsOf(grants []permissions.Grant) []string {
	var all []string
	for _, g := range grants {
		_, subjects, _ := l.realise(g.Verb, g.Resource)
		all = append(all, subjects...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// exports are the subjects that the owner account offers to the accounts of services:
// few wildcards for the whole stack, as the account's claims would else grow with it.
// Which of them a service may use is said by its own account's imports.
func (l layout) exports() []string {
	every := "*." + l.stackName()
	return []string{
		consumerAck + every + ".>",
		consumerInfo + every,
		consumerNext + every,
		l.every("queue"),
		l.every("topic"),
	}
}

// local is what a service calls a subject of the owner account. The API has a prefix of
// its own, see [broker.APIPrefix].
func local(subject string) string {
	if rest, ok := strings.CutPrefix(subject, "$JS.API."); ok {
		return broker.APIPrefix + "." + rest
	}
	return subject
}

// repliesMany reports whether one request on a subject may get several replies.
func repliesMany(subject string) bool { return strings.HasPrefix(subject, consumerNext) }

// Actions returns the subjects of the broker's account that a grant comes down to, and as
// its scope the subject or the stream that it is about. What the stack does by itself is
// done by JetStream (`source`) or by the relay (`relay`).
func (*Provider) Actions(t *spec.Topology, g permissions.Grant) (actions []string, scope string) {
	l := layout{t}
	if scope, actions, ok := l.realise(g.Verb, g.Resource); ok {
		return actions, scope
	}
	kind, name := g.Resource.Split()
	switch {
	case g.Verb == permissions.DeadLetter:
		if _, dead := g.Resource.Owner(); dead {
			return []string{"relay"}, l.deadLetterSubject(ownerOf(g.Resource))
		}
		return []string{"relay"}, l.queueSubject(name)
	case kind == "queue" && l.sourced(g):
		return []string{"source"}, l.queueStream(name)
	case kind == "queue":
		return []string{"relay"}, l.queueStream(name)
	default:
		return []string{"relay"}, endpointOf(t, name)
	}
}

func ownerOf(a permissions.Address) permissions.Address {
	owner, _ := a.Owner()
	return owner
}

// sourced reports whether every subscription that implies a delivery is copied by JetStream itself.
func (l layout) sourced(g permissions.Grant) bool {
	_, topic := g.Principal.Split()
	_, queue := g.Resource.Split()
	return !slices.ContainsFunc(l.t.Subscriptions, func(s *spec.Subscription) bool {
		return s.Topic.Name == topic && s.ToQueue != nil && s.ToQueue.Name == queue && !isSource(s)
	})
}

// isSource reports whether JetStream alone can do what a subscription asks: all of a topic into a queue.
func isSource(s *spec.Subscription) bool { return s.ToQueue != nil && len(s.Filter) == 0 }

func endpointOf(t *spec.Topology, service string) string {
	i, found := slices.BinarySearchFunc(t.Services, service, func(s *spec.Service, name string) int {
		return strings.Compare(s.Name, name)
	})
	if found && t.Services[i].Endpoint != nil {
		return t.Services[i].Endpoint.URL
	}
	return string(permissions.ServiceAddress(service))
}
