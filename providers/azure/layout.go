package azure

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/google/uuid"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// layout is where everything of a topology is in Azure: names and resource ids. All of
// them follow from the spec alone, so that scopes and roles are known before anything
// exists. They are an API, as applications are configured with them: the rules never change.
type layout struct {
	t      *spec.Topology
	target *spec.AzureTarget
}

func layoutOf(t *spec.Topology) layout { return layout{t, t.Target.Azure} }

// of is the layout of another project's stack of the same name: it lies in the same
// subscription, in the resource group that it makes unless told otherwise.
func (l layout) of(project string) layout {
	if project == "" {
		return l
	}
	t, target := *l.t, *l.target
	t.Project, target.ResourceGroup = project, nil
	return layout{&t, &target}
}

// group is the resource group's name.
func (l layout) group() string {
	if g := l.target.ResourceGroup; g != nil {
		return g.Name + g.Existing // one of them is empty
	}
	return l.t.Project + "-" + l.t.Stack
}

// makesGroup reports whether the group is the stack's to make.
func (l layout) makesGroup() bool {
	return l.target.ResourceGroup == nil || l.target.ResourceGroup.Existing == ""
}

func (l layout) groupID() string {
	return "/subscriptions/" + l.target.Subscription + "/resourceGroups/" + l.group()
}

func (l layout) id(typ, name string) string { return l.groupID() + "/providers/" + typ + "/" + name }

func (l layout) account() string   { return providers.StorageAccount(l.t) }
func (l layout) accountID() string { return l.id("Microsoft.Storage/storageAccounts", l.account()) }

// namespace is the name of the stack's Service Bus namespace. It is a part of a host's
// name, which must be like no other in Azure: hence 8 hex digits of sha256(project,
// stack, "serviceBusNamespace", subscription), which besides keep it from ending in what
// is reserved (-sb, -mgmt).
func (l layout) namespace() string {
	const limit = 50 // Microsoft.ServiceBus/namespaces: 6 to 50 characters
	sum := sha256.Sum256([]byte(strings.Join(
		[]string{l.t.Project, l.t.Stack, "serviceBusNamespace", strings.ToLower(l.target.Subscription)}, "\x00")))
	head := l.t.Project + "-" + l.t.Stack
	head = strings.TrimRight(head[:min(len(head), limit-9)], "-")
	return head + "-" + hex.EncodeToString(sum[:])[:8]
}

func (l layout) namespaceID() string { return l.id("Microsoft.ServiceBus/namespaces", l.namespace()) }

func (l layout) physical(a permissions.Address, suffix string, rule providers.NameRule) string {
	return providers.Physical(l.t, a, suffix, rule.Limit)
}

func (l layout) topicName(t *spec.Topic) string {
	rule := eventTopicNames()
	if l.onBus(t) {
		rule = busNames()
	}
	return l.physical(permissions.TopicAddress(t.Name), "", rule)
}

// onBus reports whether a topic is one of Service Bus.
func (l layout) onBus(t *spec.Topic) bool { return l.target.TopicService(t) == spec.ServiceBusTopics }

// queued reports whether a queue is one of Service Bus.
func (l layout) queued(q *spec.Queue) bool {
	return l.target.QueueService(q) == spec.ServiceBusQueues
}

// topicID is the resource id of a topic: its own, that of one that exists, or another project's.
func (l layout) topicID(t *spec.Topic) string {
	if id := t.Existing.In(spec.Azure); id != "" {
		return id
	}
	theirs := l.of(t.Project)
	if l.onBus(t) {
		return theirs.namespaceID() + "/topics/" + l.topicName(t)
	}
	return theirs.id("Microsoft.EventGrid/topics", l.topicName(t))
}

// queueName is the name of a queue among the account's or the namespace's. Topics and
// queues of a namespace share it, hence the suffix there.
func (l layout) queueName(q *spec.Queue) string {
	address := permissions.QueueAddress(q.Name)
	if l.queued(q) {
		return l.physical(address, providers.QueueSuffix, busNames())
	}
	return l.physical(address, "", storageQueueNames())
}

// queueID is the resource id of a queue.
func (l layout) queueID(q *spec.Queue) string {
	if id := q.Existing.In(spec.Azure); id != "" {
		return id
	}
	theirs := l.of(q.Project)
	if l.queued(q) {
		return theirs.namespaceID() + "/queues/" + l.queueName(q)
	}
	return theirs.accountID() + "/queueServices/default/queues/" + l.queueName(q)
}

// container holds the dead letters of a subscription.
func (l layout) container(s *spec.Subscription) string {
	return l.physical(permissions.SubscriptionAddress(s.Name), providers.DeadLetterSuffix, containerNames())
}

func (l layout) containerID(s *spec.Subscription) string {
	return l.accountID() + "/blobServices/default/containers/" + l.container(s)
}

func (l layout) eventSubscription(s *spec.Subscription) string {
	return l.physical(permissions.SubscriptionAddress(s.Name), "", eventSubscriptionNames())
}

func (l layout) busSubscription(s *spec.Subscription) string {
	return l.physical(permissions.SubscriptionAddress(s.Name), "", busSubscriptionNames())
}

func (l layout) identity(s *spec.Service) string {
	return l.physical(permissions.ServiceAddress(s.Name), "", identityNames())
}

func (l layout) identityID(s *spec.Service) string {
	return l.id("Microsoft.ManagedIdentity/userAssignedIdentities", l.identity(s))
}

// part returns the name that follows a segment of a resource id: of
// …/namespaces/acme/queues/jobs the part "queues" is jobs. Ids do not mind case.
func part(id, segment string) string {
	words := strings.Split(id, "/")
	for i := 0; i+1 < len(words); i++ {
		if strings.EqualFold(words[i], segment) {
			return words[i+1]
		}
	}
	return ""
}

// owner is the id of the account or namespace that a queue's id begins with.
func owner(id string) string {
	lower := strings.ToLower(id)
	for _, end := range []string{"/queueservices/", "/queues/", "/topics/"} {
		if i := strings.Index(lower, end); i >= 0 {
			return id[:i]
		}
	}
	return id
}

// ours is the namespace of the UUIDs that msgdeploy makes for Azure.
const ours = "5f0c7d6a-0b0f-5a6e-9d3c-6a1f2f7f4b1e"

// guid makes a UUID (version 5) of fields: the same ones always make the same.
func guid(fields ...string) string {
	for i, f := range fields {
		fields[i] = strings.ToLower(f)
	}
	return uuid.NewSHA1(uuid.MustParse(ours), []byte(strings.Join(fields, "|"))).String()
}

// roleID is the id by which assignments name a role definition.
func (l layout) roleID(r role) string {
	return "/subscriptions/" + l.target.Subscription + "/providers/Microsoft.Authorization/roleDefinitions/" + r.id
}

// leaseExtender is the stack's own role for consumers that extend leases.
func (l layout) leaseExtender() role {
	return leaseExtender(guid(l.groupID(), l.t.Project, l.t.Stack, "lease extension"))
}
