package nats

import (
	"encoding/json"
	"strconv"
	"time"

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
			routes = append(routes, l.forward(s))
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

func (l layout) forward(s *spec.Subscription) broker.Forward {
	return broker.Forward{Source: l.subscriptionSource(s), Filter: s.Filter, Subject: l.queueSubject(s.ToQueue.Name)}
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

// pushFacts say in words what a push does. They are kept with the subscription's consumer, so
// that a change of them is a change of the stack.
func pushFacts(p broker.Push) map[string]string {
	facts := filterFacts(p.Filter)
	facts["endpoint"] = p.Endpoint
	facts["maxAttempts"] = strconv.Itoa(p.Retry.MaxAttempts)
	facts["minBackoff"] = spanFact(p.Retry.MinBackoff)
	facts["maxBackoff"] = spanFact(p.Retry.MaxBackoff)
	if p.ContentType != "" {
		facts["contentType"] = p.ContentType
	}
	if p.DeadLetterSubject != "" {
		facts["deadLetters"] = p.DeadLetterSubject
	}
	if p.MaxInFlight > 0 {
		facts["maxInFlight"] = strconv.Itoa(p.MaxInFlight)
	}
	return facts
}

// forwardFacts say the same of a forward.
func forwardFacts(f broker.Forward) map[string]string {
	facts := filterFacts(f.Filter)
	facts["to"] = f.Subject
	return facts
}

func filterFacts(filter broker.Filter) map[string]string {
	facts := map[string]string{}
	for key, values := range filter {
		if list, err := json.Marshal(values); err == nil { // of strings: it cannot fail
			facts["filter."+key] = string(list)
		}
	}
	return facts
}

func spanFact(span time.Duration) string {
	text, _ := duration(span).MarshalText() // never fails
	return string(text)
}
