package azure

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Check reports what Azure cannot do, does otherwise, or cannot name.
func (*Provider) Check(t *spec.Topology) diag.Diagnostics {
	c := &check{layout: layoutOf(t)}
	c.add(providers.CheckCapabilities(t)...)
	c.names()
	c.stack()
	for _, topic := range t.Topics {
		c.existingID(topic.Existing, "topic")
	}
	for _, q := range t.Queues {
		c.existingID(q.Existing, "queue")
		c.queue(q)
	}
	for _, s := range t.Subscriptions {
		c.subscription(s)
	}
	for _, s := range t.Services {
		c.service(s)
	}
	c.grants()
	c.counts()
	return c.diags
}

// check collects what is to be said about a stack.
type check struct {
	layout
	diags diag.Diagnostics
}

func (c *check) add(ds ...diag.Diagnostic) { c.diags = append(c.diags, ds...) }

// refuse reports what cannot be had, on the line that asks for it.
func (c *check) refuse(at diag.Range, format string, args ...any) {
	c.add(providers.Problem(providers.CodeNotSupported, at, "This cloud cannot do that", c.on(format, args...)))
}

// limit reports what is too much.
func (c *check) limit(at diag.Range, format string, args ...any) {
	c.add(providers.Problem(providers.CodeBeyondLimit, at, "The cloud cannot do that much", c.on(format, args...)))
}

// warn reports what goes, but not as the line says.
func (c *check) warn(at diag.Range, format string, args ...any) {
	c.add(providers.Caution(providers.CodeFallsShort, at, "This cloud does less than that", c.on(format, args...)))
}

func (c *check) on(format string, args ...any) string {
	return fmt.Sprintf("Stack %s is on %s. ", c.t.Stack, spec.Azure) + fmt.Sprintf(format, args...)
}

// names finds names that Azure would not take, or would take for two elements.
func (c *check) names() {
	events := &providers.Namespace{What: "Event Grid topics", Rule: eventTopicNames()}
	queues := &providers.Namespace{What: "Storage queues", Rule: storageQueueNames()}
	bus := &providers.Namespace{What: "Service Bus queues and topics", Rule: busNames()}
	containers := &providers.Namespace{What: "blob containers", Rule: containerNames()}
	identities := &providers.Namespace{What: "managed identities", Rule: identityNames()}
	spaces := []*providers.Namespace{events, queues, bus, containers, identities}
	for _, t := range c.t.Topics {
		switch address := permissions.TopicAddress(t.Name); {
		case !isMade(t.Existing):
		case c.onBus(t):
			bus.Name(c.t, address, "")
		default:
			events.Name(c.t, address, "")
		}
	}
	for _, q := range c.t.Queues {
		switch address := permissions.QueueAddress(q.Name); {
		case !isMade(q.Existing):
		case c.queued(q):
			bus.Name(c.t, address, providers.QueueSuffix)
		default:
			queues.Name(c.t, address, "")
		}
	}
	subscriptions := map[string]*providers.Namespace{} // of each topic
	for _, s := range c.t.Subscriptions {
		of := subscriptions[s.Topic.Name]
		if of == nil {
			of = &providers.Namespace{What: "subscriptions of topic." + s.Topic.Name, Rule: eventSubscriptionNames()}
			if c.onBus(s.Topic) {
				of.Rule = busSubscriptionNames()
			}
			subscriptions[s.Topic.Name] = of
			spaces = append(spaces, of)
		}
		address := permissions.SubscriptionAddress(s.Name)
		of.Name(c.t, address, "")
		if c.deadLettersToBlob(s) {
			containers.Name(c.t, address, providers.DeadLetterSuffix)
		}
	}
	for _, s := range c.t.Services {
		if c.identityMade(s) && c.permitted(s) {
			identities.Name(c.t, permissions.ServiceAddress(s.Name), "")
		}
	}
	for _, space := range spaces {
		c.add(space.Diagnostics()...)
	}
}

// permitted reports whether a service has any permission.
func (l layout) permitted(s *spec.Service) bool {
	return slices.ContainsFunc(l.t.Permissions, func(p *spec.Permission) bool { return p.Service == s })
}

// identityMade reports whether a service that has permissions gets an identity made for it.
func (l layout) identityMade(s *spec.Service) bool {
	return s.Identity == nil || s.Identity.Azure == nil || s.Identity.Azure.PrincipalID == ""
}

// stack checks the settings of the stack.
func (c *check) stack() {
	target := c.target
	if target.PublicNetworkAccess == spec.AzurePrivate && c.needsBus() {
		c.refuse(target.At("publicNetworkAccess"), "Service Bus can be closed to public networks in its Premium tier only, which costs many times more and is not made here. "+
			"Leave public access on, or put the elements on Event Grid and Storage.")
	}
	for _, sovereign := range []string{"usgov", "usdod", "china", "german"} {
		if strings.HasPrefix(target.Location, sovereign) && target.Location != "germanywestcentral" && target.Location != "germanynorth" {
			c.refuse(target.At("location"), "`%s` is in a cloud of its own, with other hosts than Azure's public cloud, which this version knows alone. Choose a location of the public cloud.", target.Location)
		}
	}
}

// existingID checks that what exists is of a type that can be one.
func (c *check) existingID(e *spec.Existing, kind string) {
	id := e.In(spec.Azure)
	if id == "" {
		return
	}
	types := map[string][]string{
		"topic": {"Microsoft.EventGrid/topics", "Microsoft.ServiceBus/namespaces/topics"},
		"queue": {"Microsoft.Storage/storageAccounts/queueServices/queues", "Microsoft.ServiceBus/namespaces/queues"},
	}[kind]
	got := typeOf(id)
	if slices.ContainsFunc(types, func(t string) bool { return strings.EqualFold(t, got) }) {
		return
	}
	c.refuse(e.At("azure"), "The id is one of `%s`. A %s can be one of %s.", got, kind, diag.OrList(types))
}

// typeOf is the type that a resource id names: the provider and every other word after it.
func typeOf(id string) string {
	words := strings.Split(strings.TrimPrefix(id, "/"), "/")
	i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, "providers") })
	if i < 0 || i+1 >= len(words) {
		return id
	}
	parts := []string{words[i+1]}
	for j := i + 2; j < len(words); j += 2 {
		parts = append(parts, words[j])
	}
	return strings.Join(parts, "/")
}

func (c *check) queue(q *spec.Queue) {
	if !isMade(q.Existing) {
		return
	}
	if c.queued(q) {
		c.add(providers.CheckBounds(c.t, q, busBounds())...)
		if q.Azure != nil && q.Azure.LeaseExtension {
			c.warn(q.At("azure.leaseExtension"), "Whoever dequeues from a Service Bus queue may renew its locks anyhow: `leaseExtension` is for Storage queues and has no effect.")
		}
	}
	if d := q.DeadLetter; c.queued(q) && d != nil && d.Queue != "" {
		if other := c.t.Queue(d.Queue); other != nil && (!c.queued(other) || !isMade(other.Existing)) {
			c.refuse(q.At("deadLetter.queue"), "Service Bus forwards dead letters within the stack's namespace only, and `%s` is not in it.", d.Queue)
		}
	}
}

func (c *check) service(s *spec.Service) {
	if s.Identity == nil || s.Identity.Azure == nil || s.Identity.Azure.Create == nil {
		return
	}
	if n := len(s.Identity.Azure.Create.Federated); n > maxFederations {
		c.limit(s.At("identity.azure.create.federated"), "A managed identity accepts tokens of at most %d issuers and subjects, and this one lists %d. Split the service, or share a subject.", maxFederations, n)
	}
}

// filterKeys returns the attributes of a filter, sorted.
func filterKeys(s *spec.Subscription) []string { return slices.Sorted(maps.Keys(s.Filter)) }
