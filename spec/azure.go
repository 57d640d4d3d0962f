package spec

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/msgdeploy/msgdeploy/diag"
)

// serviceBusType begins the type of Service Bus's resources in their ids.
const serviceBusType = "/providers/microsoft.servicebus/"

func isServiceBus(e *Existing) (known, yes bool) {
	id := e.In(Azure)
	return id != "", strings.Contains(strings.ToLower(id), serviceBusType)
}

// TopicService returns the service that topic is in: the one that exists, the topic's
// own choice, or the stack's.
func (t *AzureTarget) TopicService(topic *Topic) AzureTopics {
	if known, yes := isServiceBus(topic.Existing); yes {
		return ServiceBusTopics
	} else if known {
		return EventGrid
	}
	if topic.Azure != nil && topic.Azure.Service != "" {
		return topic.Azure.Service
	}
	return cmp.Or(t.Topics, EventGrid)
}

// QueueService returns the service that q is in: the one that exists, the queue's own
// choice, or the stack's.
func (t *AzureTarget) QueueService(q *Queue) AzureQueues {
	if known, yes := isServiceBus(q.Existing); yes {
		return ServiceBusQueues
	} else if known {
		return Storage
	}
	if q.Azure != nil && q.Azure.Service != "" {
		return q.Azure.Service
	}
	return cmp.Or(t.Queues, Storage)
}

// withoutDeadLetters takes from queues of Azure's Storage the dead letters that only the
// built-in default gives them: there are none to be had. What asks for them is left, for
// the provider to refuse on its line.
func (r *resolver) withoutDeadLetters() {
	azure := r.topology.Target.Azure
	if azure == nil {
		return
	}
	for _, q := range r.topology.Queues {
		if azure.QueueService(q) == Storage && !q.Asked("deadLetter") {
			q.DeadLetter = nil
		}
	}
}

// noDeadLetters reports a permission on the dead letters of a queue that has none.
func (r *resolver) noDeadLetters(p *Permission, owner string) {
	target := r.topology.Target
	d := semantic(CodeNoDeadLetters, p.Range, "The queue has no dead letters",
		fmt.Sprintf("`%s` says `deadLetter: false`, so there is nothing to dequeue.", owner))
	d.Related = []diag.Related{{Range: p.Queue.At("deadLetter"), Message: "dead letters are off here"}}
	switch {
	case p.Queue.Existing.In(target.Cloud()) != "":
		d.Detail = fmt.Sprintf("`%s` exists already in the stack `%s`: it is never changed, so there are no dead letters of it to dequeue.", owner, r.stack)
		d.Related = []diag.Related{{Range: p.Queue.At("existing"), Message: "it was made elsewhere"}}
	case target.Azure != nil && !p.Queue.Asked("deadLetter"):
		d.Detail = fmt.Sprintf("`%s` is a queue of Azure's Storage in the stack `%s`, which has no dead letters. Put it on Service Bus (`azure: {service: serviceBus}`), or take this name out of the stack's permissions by its `patch`.", owner, r.stack)
		d.Related = []diag.Related{{Range: p.Queue.Range, Message: "the queue is here"}}
	}
	r.report(d)
}
