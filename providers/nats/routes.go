package nats

import (
	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// NeedsRelay reports whether anything in t works only while the relay runs.
func NeedsRelay(t *spec.Topology) bool { return len(providers.NeedsRelay(t)) > 0 }

// Routes returns what the relay does for t: subscriptions in the order of their names,
// then delays, then dead letters.
func Routes(t *spec.Topology) []broker.Route {
	l := layout{t}
	var routes []broker.Route
	for _, s := range t.Subscriptions {
		switch {
		case isSource(s):
		case s.ToQueue != nil:
			routes = append(routes, broker.Forward{Source: l.subscriptionSource(s), Filter: s.Filter, Subject: l.queueSubject(s.ToQueue.Name)})
		case s.ToService.Endpoint != nil:
			routes = append(routes, l.push(s))
		}
	}
	dead := broker.DeadLetters{
		Source: broker.Source{Element: "stack", Stream: l.advisories(), Consumer: l.stackName()},
		Queues: map[string]broker.DeadLetterQueue{},
	}
	for _, q := range t.Queues {
		address := permissions.QueueAddress(q.Name)
		if q.Delay > 0 {
			routes = append(routes, broker.Delay{
				Source:  broker.Source{Element: string(address), Stream: l.delayStream(q.Name), Consumer: l.stackName()},
				Subject: l.dueSubject(q.Name),
				Delay:   q.Delay,
			})
		}
		if q.DeadLetter != nil {
			dead.Queues[l.queueStream(q.Name)] = broker.DeadLetterQueue{
				Element: string(address), Consumer: l.stackName(), Subject: l.deadLettersOf(address, q.DeadLetter),
			}
		}
	}
	if len(dead.Queues) > 0 {
		routes = append(routes, dead)
	}
	return routes
}

func (l layout) subscriptionSource(s *spec.Subscription) broker.Source {
	return broker.Source{
		Element:  string(permissions.SubscriptionAddress(s.Name)),
		Stream:   l.topicStream(s.Topic.Name),
		Consumer: l.subscriptionConsumer(s.Name),
	}
}

func (l layout) push(s *spec.Subscription) broker.Push {
	push := broker.Push{
		Source:       l.subscriptionSource(s),
		Filter:       s.Filter,
		Endpoint:     s.ToService.Endpoint.URL,
		Topic:        s.Topic.Name,
		Subscription: s.Name,
		Ordered:      s.Topic.Ordered,
	}
	if s.Topic.Format == spec.CloudEvents {
		push.ContentType = "application/cloudevents+json"
	}
	if s.Retry != nil {
		push.Retry = broker.Retry{MaxAttempts: s.Retry.MaxAttempts, MinBackoff: s.Retry.MinBackoff, MaxBackoff: s.Retry.MaxBackoff}
	}
	if s.NATS != nil {
		push.MaxInFlight = s.NATS.MaxInFlight
	}
	if s.DeadLetter != nil {
		push.DeadLetterSubject = l.deadLettersOf(permissions.SubscriptionAddress(s.Name), s.DeadLetter)
	}
	return push
}
