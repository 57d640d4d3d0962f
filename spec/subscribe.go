package spec

import (
	"fmt"
	"strings"
	"time"

	"github.com/msgdeploy/msgdeploy/diag"
)

// subscription resolves one subscription; nil if its topic or its target is not known.
func (r *resolver) subscription(name string, y *subscription) *Subscription {
	if y.node == nil {
		return nil // no mapping, which has been reported.
	}
	s := &Subscription{
		Origin:         y.Origin,
		Name:           name,
		Description:    y.Description,
		Filter:         y.Filter,
		NativeEnvelope: y.Deliver == "native",
		Protect:        y.Protect,
		AWS:            y.AWS,
		GCP:            y.GCP,
		Azure:          y.Azure,
		NATS:           y.NATS,
	}
	r.needed(name, y.Origin, "topic", "to")
	s.Topic = find(r, reference{y.Topic, y.At("topic"), "topics"}, r.elements.Topics)
	if y.To != nil {
		s.ToQueue = find(r, reference{y.To.Queue, y.At("to.queue"), "queues"}, r.elements.Queues)
		s.ToService = find(r, reference{y.To.Service, y.At("to.service"), "services"}, r.elements.Services)
	}
	deadLetterKnown := y.DeadLetter == nil || y.DeadLetter.Queue == "" ||
		find(r, reference{y.DeadLetter.Queue, y.At("deadLetter.queue"), "queues"}, r.elements.Queues) != nil
	switch {
	case s.ToQueue != nil:
		r.towardsQueue(y)
	case s.ToService != nil:
		r.towardsService(s, y)
	}
	if s.Topic == nil || (s.ToQueue == nil) == (s.ToService == nil) || !deadLetterKnown {
		return nil
	}
	return s
}

// needed reports keys that are missing now that the patch is laid over.
func (r *resolver) needed(name string, o Origin, keys ...string) {
	for _, key := range keys {
		if !o.Asked(key) {
			r.report(semantic(CodeMissingKey, o.Range, "A key is missing",
				fmt.Sprintf("`%s` needs `%s`: %s", name, key, sentence(elementsShape().byKey["subscriptions"].elem.byKey[key].doc))))
		}
	}
}

// towardsQueue reports what only subscriptions to services can have.
func (r *resolver) towardsQueue(y *subscription) {
	why := map[string]string{
		"retry":      "A queue always takes what its topic delivers, so there is nothing to retry. How often a message is dequeued in vain is the queue's own `deadLetter.maxAttempts`.",
		"deadLetter": "A queue always takes what its topic delivers. What its consumers cannot process goes to the queue's own `deadLetter`.",
	}
	for _, key := range []string{"retry", "deadLetter"} {
		if y.Asked(key) && (key != "deadLetter" || y.DeadLetter != nil) {
			r.report(semantic(CodeOnlyForServices, y.keyAt(key), "Only for subscriptions to services", why[key]+fmt.Sprintf(" Remove `%s`.", key)))
		}
	}
}

func (r *resolver) towardsService(s *Subscription, y *subscription) {
	s.Retry = y.Retry
	if y.DeadLetter != nil {
		s.DeadLetter = &DeadLetter{Origin: y.DeadLetter.Origin, Queue: y.DeadLetter.Queue, Blob: y.DeadLetter.Blob}
		if y.Retry != nil {
			s.DeadLetter.MaxAttempts = y.Retry.MaxAttempts
		}
	}
	if retry := y.Retry; retry != nil && retry.MinBackoff > retry.MaxBackoff && retry.MaxBackoff > 0 {
		r.report(semantic(CodeBackoffOrder, y.At(firstAsked(y.Origin, "retry.minBackoff", "retry.maxBackoff")), "The shortest pause is longer than the longest",
			fmt.Sprintf("`minBackoff` is %s, but `maxBackoff` is %s.", words(retry.MinBackoff), words(retry.MaxBackoff))))
	}
	if cloud := r.topology.Target.Cloud(); !s.ToService.receives(cloud) {
		r.noReceiver(s, y, cloud)
	}
}

// receives reports whether messages can be pushed to a service in a cloud.
func (s *Service) receives(c Cloud) bool {
	if s.Asked("endpoint") {
		return true
	}
	f := s.Function
	switch {
	case f == nil:
		return false
	case c == AWS:
		return f.Asked("aws")
	case c == GCP:
		return f.Asked("gcp")
	case c == Azure:
		return f.Asked("azure")
	}
	return false
}

func (r *resolver) noReceiver(s *Subscription, y *subscription, cloud Cloud) {
	mend := "`endpoint`"
	if cloud != NATS {
		mend += fmt.Sprintf(" or `function.%s`", cloud)
	}
	d := semantic(CodeNoReceiver, y.At("to.service"), "The service cannot receive",
		fmt.Sprintf("`%s` has nothing that messages could be pushed to in the stack `%s`. Give it %s.", s.ToService.Name, r.stack, mend))
	d.Related = []diag.Related{{Range: s.ToService.Range, Message: "the service is here"}}
	r.report(d)
}

// deadLetterSuffix ends the name of a queue's dead letters in permissions.
const deadLetterSuffix = ".deadLetter"

// permission resolves what one service may do.
func (r *resolver) permission(name string, y *permission) {
	service := find(r, reference{name, y.Range, "services"}, r.elements.Services)
	for _, verb := range []struct {
		verb  Verb
		names []string
	}{{Publish, y.Publish}, {Enqueue, y.Enqueue}, {Dequeue, y.Dequeue}} {
		seen := make(map[string]bool, len(verb.names))
		for i, element := range verb.names {
			p := &Permission{Origin: r.item(y, string(verb.verb), i), Service: service, Verb: verb.verb}
			if seen[element] {
				continue // reported as listed twice.
			}
			seen[element] = true
			if r.grants(p, element) && service != nil {
				r.topology.Permissions = append(r.topology.Permissions, p)
			}
		}
	}
}

// item is the origin of the i-th name that a permission lists under a verb.
func (r *resolver) item(y *permission, verb string, i int) Origin {
	_, list := entry(y.node, verb)
	return Origin{Range: r.src.rangeOf(list.Content[i]), src: r.src}
}

// grants sets what p is about; false if that is nothing.
func (r *resolver) grants(p *Permission, name string) bool {
	e := r.elements
	if p.Verb == Publish {
		if e.Topics[name] == nil && (e.Queues[name] != nil || strings.HasSuffix(name, deadLetterSuffix)) {
			return r.wrongVerb(p, name, "a queue", "Topics are published on; messages are put into queues with `enqueue`.")
		}
		p.Topic = find(r, reference{name, p.Range, "topics"}, e.Topics)
		return p.Topic != nil
	}
	owner, deadLetter := strings.CutSuffix(name, deadLetterSuffix)
	if e.Queues[owner] == nil && e.Topics[owner] != nil {
		why := "Queues are enqueued into; messages are put on topics with `publish`."
		if p.Verb == Dequeue {
			why = "Queues are dequeued from; what is published on a topic reaches a queue through a subscription."
		}
		return r.wrongVerb(p, owner, "a topic", why)
	}
	p.Queue = find(r, reference{owner, p.Range, "queues"}, e.Queues)
	p.DeadLetter = deadLetter
	switch {
	case p.Queue == nil:
		return false
	case deadLetter && p.Verb == Enqueue:
		return r.wrongVerb(p, name, "a queue of dead letters", "Only msgdeploy's own deliveries put messages there; services can `dequeue` them.")
	case deadLetter && p.Queue.DeadLetter == nil:
		d := semantic(CodeNoDeadLetters, p.Range, "The queue has no dead letters",
			fmt.Sprintf("`%s` says `deadLetter: false`, so there is nothing to dequeue.", owner))
		d.Related = []diag.Related{{Range: p.Queue.At("deadLetter"), Message: "dead letters are off here"}}
		r.report(d)
		return false
	}
	return true
}

func (r *resolver) wrongVerb(p *Permission, name, kind, why string) bool {
	r.report(semantic(CodeWrongVerb, p.Range, "The verb does not fit",
		fmt.Sprintf("`%s` is %s, on which `%s` is not possible. %s", name, kind, p.Verb, why)))
	return false
}

// words writes a duration as the spec does: 4d, 1h30m.
func words(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := d / unit.length; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, unit.name)
			d -= n * unit.length
		}
	}
	return b.String()
}
