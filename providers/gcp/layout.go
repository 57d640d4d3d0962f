package gcp

import (
	"strings"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

const (
	// maxName is the longest name of a topic or a subscription.
	// Source: pubsubpb, field comment of Topic.name (cloud.google.com/go/pubsub/v2).
	maxName = 255
	// maxAccountID is the longest id of a service account.
	// Source: pulumi-gcp v7.38.0, serviceaccount.AccountArgs.AccountId.
	maxAccountID = 30
)

// pushSuffix ends the ids of service accounts that sign what is pushed.
const pushSuffix = "-push"

// layout says what a topology's elements are called in Google Cloud.
type layout struct{ t *spec.Topology }

func (l layout) project() string { return l.t.Target.GCP.Project }

// A resourceID is where a topic or a subscription is: projects/PROJECT/KIND/NAME.
type resourceID struct{ project, kind, name string }

func (id resourceID) String() string {
	return "projects/" + id.project + "/" + id.kind + "/" + id.name
}

// parseID takes an id of the spec apart, whose form the spec has checked.
func parseID(s string) resourceID {
	parts := strings.Split(s, "/")
	return resourceID{parts[1], parts[2], parts[3]}
}

func (l layout) in(kind, name string) resourceID { return resourceID{l.project(), kind, name} }

// topic returns a topic of the spec.
func (l layout) topic(t *spec.Topic) resourceID {
	if adoptedTopic(t) {
		return parseID(t.Existing.GCP)
	}
	return l.in("topics", providers.Physical(l.t, permissions.TopicAddress(t.Name), "", maxName))
}

// queueTopic returns the topic that messages of a queue are enqueued into; ok is false for
// an existing queue of which the spec does not say.
func (l layout) queueTopic(q *spec.Queue) (id resourceID, ok bool) {
	if !adoptedQueue(q) {
		return l.in("topics", l.queue(q.Name)), true
	}
	if q.Existing.GCPTopic == "" {
		return resourceID{}, false
	}
	return parseID(q.Existing.GCPTopic), true
}

// queueSubscription returns the pull subscription of what is enqueued in a queue.
func (l layout) queueSubscription(q *spec.Queue) resourceID {
	if adoptedQueue(q) {
		return parseID(q.Existing.GCP)
	}
	return l.in("subscriptions", l.queue(q.Name))
}

// queue is what both the topic and the subscription of a queue are called.
func (l layout) queue(name string) string {
	return providers.Physical(l.t, permissions.QueueAddress(name), providers.QueueSuffix, maxName)
}

// deadLetters is what both the topic and the subscription of an element's dead letters are called.
func (l layout) deadLetters(owner permissions.Address) string {
	return providers.Physical(l.t, owner.DeadLetters(), deadLetterSuffix(owner), maxName)
}

func deadLetterSuffix(owner permissions.Address) string {
	if kind, _ := owner.Split(); kind == "queue" {
		return providers.QueueSuffix + providers.DeadLetterSuffix
	}
	return providers.DeadLetterSuffix
}

// subscription is what a subscription of the spec is called.
func (l layout) subscription(s *spec.Subscription) resourceID {
	return l.in("subscriptions", providers.Physical(l.t, permissions.SubscriptionAddress(s.Name), "", maxName))
}

// subscriptionsOf returns all pull subscriptions from which a queue's messages are
// dequeued: the queue's own, and one for each topic that feeds it.
func (l layout) subscriptionsOf(q *spec.Queue) []resourceID {
	ids := []resourceID{l.queueSubscription(q)}
	for _, s := range feeding(l.t, q) {
		ids = append(ids, l.subscription(s))
	}
	return ids
}

// accountID is the id of the service account that is made for a service.
func (l layout) accountID(s *spec.Service) string {
	if made := identityOf(s).Create; made != nil && made.AccountID != "" {
		return made.AccountID
	}
	return providers.Physical(l.t, permissions.ServiceAddress(s.Name), "", maxAccountID)
}

// pushAccountID is the id of the service account whose tokens sign what is pushed to a service.
func (l layout) pushAccountID(s *spec.Service) string {
	return providers.Physical(l.t, permissions.ServiceAddress(s.Name), pushSuffix, maxAccountID)
}

// accountName is the resource name of a service account of the stack's project. The email
// of an account in a project of a domain, example.com:shop, ends in shop.example.com.
func (l layout) accountName(id string) string {
	project := l.project()
	if domain, name, scoped := strings.Cut(project, ":"); scoped {
		project = name + "." + domain
	}
	return "projects/" + l.project() + "/serviceAccounts/" + id + "@" + project + ".iam.gserviceaccount.com"
}

func adoptedTopic(t *spec.Topic) bool { return t.Existing.In(spec.GCP) != "" }
func adoptedQueue(q *spec.Queue) bool { return q.Existing.In(spec.GCP) != "" }

// feeding returns the subscriptions that bring a queue the messages of topics, by name.
func feeding(t *spec.Topology, q *spec.Queue) []*spec.Subscription {
	var feeds []*spec.Subscription
	for _, s := range t.Subscriptions {
		if s.ToQueue == q {
			feeds = append(feeds, s)
		}
	}
	return feeds
}

// identityOf returns who a service is. One that nobody says anything of is made.
func identityOf(s *spec.Service) *spec.GCPIdentity {
	if s.Identity != nil && s.Identity.GCP != nil {
		return s.Identity.GCP
	}
	return &spec.GCPIdentity{Create: &spec.GCPServiceAccount{}}
}

// member is a member of IAM as Google writes it: IAM compares what is an address, or a
// domain, without regard to case and answers in lower case, which a state that held
// anything else would differ from for ever. Subjects of workload identity keep their case.
// Source: magic-modules, the IAM member's comparison.
func member(m string) string {
	kind, rest, _ := strings.Cut(m, ":")
	switch kind {
	case "serviceAccount", "user", "group", "domain":
		return kind + ":" + strings.ToLower(rest)
	}
	return m
}
