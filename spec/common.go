package spec

import (
	"maps"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/diag"
)

// Common is what elements of every kind can say of themselves.
type Common struct {
	// Labels are, once resolved, all that the element is marked with: those of the spec and
	// its own, with `owner` among them.
	Labels Labels `key:"labels" names:"label" pattern:"labelValue" doc:"What it is marked with in its cloud, over the labels of the spec."`
	Owner  string `key:"owner" pattern:"labelValue" doc:"The team that answers for it: the label owner."`
	// PhysicalName is "" where the rule of names decides.
	PhysicalName string `key:"name" pattern:"physical" doc:"Its exact name in the cloud, instead of the one that naming gives it."`
	// MovedFrom is the name under which the element was made; "" is its own.
	MovedFrom string `key:"movedFrom" pattern:"element" doc:"The name that it had before: it is kept, with its messages and its physical name, instead of made anew."`
}

// Labels are what an element is marked with, by their keys.
type Labels map[string]Label

// Label is the value of a label, and where it stands in the YAML.
type Label struct {
	Value string
	Range diag.Range
}

// ownerLabel is the label that `owner` is a short form of.
const ownerLabel = "owner"

// over returns l laid over base: where both have a key, l's value counts.
func (l Labels) over(base Labels) Labels {
	if len(l) == 0 {
		return base
	}
	merged := maps.Clone(base)
	if merged == nil {
		merged = make(Labels, len(l))
	}
	maps.Copy(merged, l)
	return merged
}

// labels lays the labels of every element over those of the spec.
func (r *resolver) labels(all Labels) {
	t := r.topology
	t.Labels = all
	for _, topic := range t.Topics {
		r.label(topic.Origin, &topic.Common)
	}
	for _, q := range t.Queues {
		r.label(q.Origin, &q.Common)
	}
	for _, s := range t.Subscriptions {
		r.label(s.Origin, &s.Common)
	}
	for _, s := range t.Services {
		r.label(s.Origin, &s.Common)
	}
}

func (r *resolver) label(o Origin, c *Common) {
	own := c.Labels
	if c.Owner != "" {
		at := o.At("owner")
		if twice, ok := own[ownerLabel]; ok {
			d := semantic(CodeChooseOne, at, "More than one chosen",
				"`owner` is the label `owner`, which `labels` has too. Remove one of the two.")
			d.Related = []diag.Related{{Range: twice.Range, Message: "the other one is here"}}
			r.report(d)
		}
		own = Labels{ownerLabel: {c.Owner, at}}.over(own)
	}
	c.Labels = own.over(r.topology.Labels)
}

// named finds an element by its name in a list that is sorted by name.
func named[T any](list []*T, name string, of func(*T) string) *T {
	i, found := slices.BinarySearchFunc(list, name, func(e *T, name string) int { return strings.Compare(of(e), name) })
	if !found {
		return nil
	}
	return list[i]
}

// Topic returns the topic that a spec calls name, one of another project's
// (`accounts/user-created`) among them; nil if there is none.
func (t *Topology) Topic(name string) *Topic {
	for _, list := range [][]*Topic{t.Topics, t.ForeignTopics} {
		if topic := named(list, name, func(topic *Topic) string { return topic.Name }); topic != nil {
			return topic
		}
	}
	return nil
}

// Queue returns the queue that a spec calls name, one of another project's among them; nil
// if there is none.
func (t *Topology) Queue(name string) *Queue {
	for _, list := range [][]*Queue{t.Queues, t.ForeignQueues} {
		if q := named(list, name, func(q *Queue) string { return q.Name }); q != nil {
			return q
		}
	}
	return nil
}

// Subscription returns the subscription of a name; nil if there is none.
func (t *Topology) Subscription(name string) *Subscription {
	return named(t.Subscriptions, name, func(s *Subscription) string { return s.Name })
}

// Service returns the service of a name; nil if there is none.
func (t *Topology) Service(name string) *Service {
	return named(t.Services, name, func(s *Service) string { return s.Name })
}
