package spec

import (
	"fmt"

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
		Common:         y.Common,
		Filter:         y.Filter,
		NativeEnvelope: y.Deliver == "native",
		Protect:        y.Protect,
		AWS:            y.AWS,
		GCP:            y.GCP,
		Azure:          y.Azure,
		NATS:           y.NATS,
	}
	r.needed(name, y.Origin, "topic", "to")
	s.Topic = r.topicNamed(y.reference(y.Topic, "topic", "topics"))
	if y.To != nil {
		s.ToQueue = r.ownQueue(y.reference(y.To.Queue, "to.queue", "queues"),
			"Subscribe the queue to this project's topic in the spec of that project, with `uses`.")
		s.ToService = find(r, y.reference(y.To.Service, "to.service", "services"), r.elements.Services)
	}
	deadLetterKnown := y.DeadLetter == nil || y.DeadLetter.Queue == "" ||
		r.ownQueue(y.reference(y.DeadLetter.Queue, "deadLetter.queue", "queues"), "Name one of this spec, or leave `queue` out to have one made.") != nil
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
		r.report(r.about(y.Origin, firstAsked(y.Origin, "retry.minBackoff", "retry.maxBackoff"), CodeBackoffOrder, "The shortest pause is longer than the longest",
			fmt.Sprintf("`minBackoff` is %s, but `maxBackoff` is %s.", FormatDuration(retry.MinBackoff), FormatDuration(retry.MaxBackoff))))
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
	d := r.about(y.Origin, "to.service", CodeNoReceiver, "The service cannot receive",
		fmt.Sprintf("`%s` has nothing that messages could be pushed to in the stack `%s`. Give it %s.", s.ToService.Name, r.stack, mend))
	d.Related = append(d.Related, diag.Related{Range: s.ToService.Range, Message: "the service is here"})
	r.report(d)
}
