package azure

import (
	"strings"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

func (c *check) subscription(s *spec.Subscription) {
	if c.onBus(s.Topic) {
		c.busSubscriptionTo(s)
		return
	}
	c.identityOfTopic(s)
	c.eventFilter(s)
	if s.ToQueue != nil {
		return
	}
	if r := s.Retry; r != nil && r.MaxAttempts > maxEventAttempts {
		c.limit(s.At("retry.maxAttempts"), "Event Grid attempts a delivery at most %d times, not %d.", maxEventAttempts, r.MaxAttempts)
	}
	if e := s.ToService.Endpoint; e != nil && (s.ToService.Function == nil || s.ToService.Function.Azure == "") && !strings.HasPrefix(e.URL, "https://") {
		c.refuse(s.ToService.At("endpoint"), "Event Grid delivers to https endpoints only, and with a certificate that is not self-signed. Give the service an https `endpoint` in this stack's `patch`.")
	}
}

// busSubscriptionTo checks a subscription of a Service Bus topic, to whatever else it
// goes than a queue: that is for the capability table.
func (c *check) busSubscriptionTo(s *spec.Subscription) {
	if s.ToQueue == nil {
		return
	}
	if !c.queued(s.ToQueue) {
		c.refuse(s.At("to"), "A topic of Service Bus reaches queues of Service Bus only, and `%s` is a Storage queue. Put the queue on Service Bus (`azure: {service: serviceBus}`), or the topic on Event Grid.", s.ToQueue.Name)
		return
	}
	if from, to := owner(c.topicID(s.Topic)), owner(c.queueID(s.ToQueue)); !strings.EqualFold(from, to) {
		c.refuse(s.At("to"), "Service Bus forwards within a namespace only: the topic is in `%s`, the queue in `%s`.", part(from, "namespaces"), part(to, "namespaces"))
	}
	if n := len(sqlFilter(s.Filter)); n > maxSQLExpression {
		c.limit(s.At("filter"), "The filter takes %d characters as a rule of Service Bus, which has at most %d.", n, maxSQLExpression)
	}
}

// identityOfTopic checks that it is known as whom Event Grid delivers: that of a topic
// which the stack does not make is not.
func (c *check) identityOfTopic(s *spec.Subscription) {
	if s.ToQueue == nil && !c.deadLettersToBlob(s) {
		return
	}
	const why = "Event Grid delivers to queues and writes dead letters as the topic's own identity, which needs a role for it. "
	without := ""
	if s.ToQueue == nil {
		without = " Or set `deadLetter: false`."
	}
	switch t := s.Topic; {
	case t.Project != "":
		c.refuse(s.At("topic"), why+"That of another project's topic is known to its stack alone. Name the topic with `existing: {azure: …}` and `azure: {principalId: …}` instead of `uses`.%s", without)
	case !isMade(t.Existing) && (t.Azure == nil || t.Azure.PrincipalID == ""):
		c.refuse(s.At("topic"), why+"Give the existing topic `%s` its identity's object id: `azure: {principalId: …}`.%s", t.Name, without)
	}
}

// eventFilter checks a filter against Event Grid's limits.
func (c *check) eventFilter(s *spec.Subscription) {
	total := 0
	for _, attribute := range filterKeys(s) {
		total += len(s.Filter[attribute])
		for _, v := range s.Filter[attribute] {
			if n := len([]rune(v)); n > maxFilterValue {
				c.limit(s.At("filter."+attribute), "Event Grid compares with strings of at most %d characters, and one here has %d.", maxFilterValue, n)
			}
		}
	}
	if total > maxFilterValues {
		c.limit(s.At("filter"), "Event Grid compares with at most %d values in all filters of a subscription, and here are %d. Split the subscription.", maxFilterValues, total)
	}
}

// grants checks what services are permitted.
func (c *check) grants() {
	type triple struct{ scope, principal, role string }
	first := map[triple]*spec.Permission{}
	extends := false
	for _, p := range c.t.Permissions {
		address := permissions.Grant{Verb: permissions.Verb(p.Verb), Resource: resourceOf(p)}
		if c.widens(p) {
			c.warn(p.Range, "Dead letters are a part of their Service Bus queue, and so is the access to them: `%s` may dequeue from `%s`, too. `deadLetter: {queue: …}` puts them into a queue of their own.", p.Service.Name, p.Queue.Name)
		}
		if p.Verb == spec.Dequeue && c.extended(p.Queue) && !extends {
			extends = true
			c.warn(p.Queue.At("azure.leaseExtension"), "Azure cannot permit a service to extend leases (Update Message) without Put Message: whoever may dequeue from the queue may enqueue, too.")
		}
		if c.identityMade(p.Service) {
			continue
		}
		key := triple{c.scopeOf(address.Resource), p.Service.Identity.Azure.PrincipalID, c.roleFor(address.Verb, address.Resource).id}
		if other := first[key]; other != nil && other.Service != p.Service {
			c.sharedPrincipal(p, other)
			continue
		}
		first[key] = p
	}
}

// widens reports whether a permission on dead letters is one on their queue, too, and the
// spec does not give that anyhow.
func (c *check) widens(p *spec.Permission) bool {
	return p.Verb == spec.Dequeue && p.DeadLetter && c.queued(p.Queue) &&
		(p.Queue.DeadLetter == nil || p.Queue.DeadLetter.Queue == "") && !c.dequeues(p.Service, p.Queue)
}

// dequeues reports whether a service may dequeue the messages of a queue itself.
func (c *check) dequeues(s *spec.Service, q *spec.Queue) bool {
	for _, p := range c.t.Permissions {
		if p.Service == s && p.Verb == spec.Dequeue && p.Queue == q && !p.DeadLetter {
			return true
		}
	}
	return false
}

// resourceOf is what a permission of the spec is about. Dead letters that go into another
// queue are that queue's messages.
func resourceOf(p *spec.Permission) permissions.Address {
	switch {
	case p.Topic != nil:
		return permissions.TopicAddress(p.Topic.Name)
	case p.DeadLetter && p.Queue.DeadLetter != nil && p.Queue.DeadLetter.Queue != "":
		return permissions.QueueAddress(p.Queue.DeadLetter.Queue)
	default:
		return permissions.QueueAddress(p.Queue.Name)
	}
}
