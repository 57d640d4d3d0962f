package gcp

import (
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// The permissions that deliveries take.
const (
	permitPublish = "pubsub.topics.publish"
	permitConsume = "pubsub.subscriptions.consume"
	permitAttach  = "pubsub.topics.attachSubscription"
	permitToken   = "iam.serviceAccounts.getOpenIdToken"
	permitInvoke  = "run.routes.invoke"
)

// Verbs says which role each verb of the spec is granted by.
func Verbs() map[permissions.Verb]string {
	return map[permissions.Verb]string{
		permissions.Publish: rolePublisher,
		permissions.Enqueue: rolePublisher,
		permissions.Dequeue: roleSubscriber,
	}
}

// Effective are the permissions of a role that have an effect where msgdeploy grants it.
func (r Role) Effective() []string {
	return slices.DeleteFunc(slices.Clone(r.Permissions), func(p string) bool { return slices.Contains(r.Idle, p) })
}

func role(name string) Role {
	all := Roles()
	return all[slices.IndexFunc(all, func(r Role) bool { return r.Name == name })]
}

// Actions returns the permissions of IAM that a grant comes down to, and the resources on
// which it has them, with commas between them. A queue is dequeued from several
// subscriptions where topics feed it.
func (*Provider) Actions(t *spec.Topology, g permissions.Grant) (actions []string, scope string) {
	l := layout{t}
	_, name := g.Resource.Split()
	switch g.Verb {
	case permissions.Publish:
		return role(rolePublisher).Effective(), l.topic(t.Topic(name)).String()
	case permissions.Enqueue:
		id, _ := l.queueTopic(t.Queue(name))
		return role(rolePublisher).Effective(), id.String()
	case permissions.Dequeue:
		return role(roleSubscriber).Effective(), scopes(l.dequeued(g.Resource)...)
	case permissions.DeadLetter:
		return []string{permitPublish, permitConsume}, scopes(append([]resourceID{l.deadLetterTopic(g.Resource)}, l.dequeued(g.Principal)...)...)
	}
	if kind, _ := g.Resource.Split(); kind == "queue" {
		// Within Pub/Sub: what it takes is that the subscription is attached to the topic.
		_, from := g.Principal.Split()
		return []string{permitAttach}, l.topic(t.Topic(from)).String()
	}
	s := t.Service(name)
	actions, scope = []string{permitToken}, l.accountName(l.pushAccountID(s))
	if run, ok := cloudRunOf(s); ok {
		return append(actions, permitInvoke), scope + ", " + run.String()
	}
	return actions, scope
}

// dequeued returns the subscriptions from which messages of a queue, of a subscription, or
// of the dead letters of either are taken.
func (l layout) dequeued(a permissions.Address) []resourceID {
	owner, dead := a.Owner()
	kind, name := owner.Split()
	switch {
	case dead:
		return []resourceID{l.in("subscriptions", l.deadLetters(owner))}
	case kind == "subscription":
		return []resourceID{l.subscription(l.t.Subscription(name))}
	default:
		return l.subscriptionsOf(l.t.Queue(name))
	}
}

// deadLetterTopic returns the topic that dead letters are put on: an element's own, or a queue's.
func (l layout) deadLetterTopic(a permissions.Address) resourceID {
	owner, dead := a.Owner()
	if dead {
		return l.in("topics", l.deadLetters(owner))
	}
	_, name := owner.Split()
	id, _ := l.queueTopic(l.t.Queue(name))
	return id
}

func scopes(ids ...resourceID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = id.String()
	}
	return strings.Join(words, ", ")
}
