package providers

import (
	"maps"
	"slices"
	"time"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// ServicesOfAzure is Azure's column of the table. Elements choose between services there,
// hence an answer of each, by their names in a spec: a topic's are eventGrid and
// serviceBus, a queue's storage and serviceBus, and a subscription is its topic's service's.
//
// Sources: https://learn.microsoft.com/azure/event-grid/ (event-filtering,
// delivery-and-retry, event-schema), https://learn.microsoft.com/azure/service-bus-messaging/
// (message-sessions, service-bus-auto-forwarding, message-sequencing), and the SDK's
// storage.QueueArgs, which has no more than a name and metadata.
func ServicesOfAzure() map[Feature]map[string]Cell {
	const (
		grid    = string(spec.EventGrid)
		storage = string(spec.Storage)
		bus     = string(spec.ServiceBusQueues)
	)
	const toBus = "Put it on Service Bus: `azure: {service: serviceBus}`."
	push := map[string]Cell{
		grid: {Native, "An endpoint must answer CloudEvents' handshake, an OPTIONS request, before the subscription can be made."},
		bus: {Refused, "A topic of Service Bus reaches queues of Service Bus only. Let the service dequeue from one, " +
			"or put the topic on Event Grid: `azure: {service: eventGrid}`."},
	}
	session := Cell{Refused, "An ordered queue takes only messages with a session id, and an unordered topic's have none. Make both ordered, or neither."}
	return map[Feature]map[string]Cell{
		FilterToQueue:  {grid: {Native, ""}, bus: {Native, ""}},
		PushToEndpoint: push,
		PushToFunction: {grid: {Native, ""}, bus: push[bus]},
		NativeEnvelope: {
			grid: {Native, "CloudEvents are the envelope that Event Grid delivers anyhow."},
			bus:  {Refused, "Service Bus has no envelope of its own: every receiver gets what was published. Remove `deliver: native` for this stack."},
		},
		OrderedTopic: {
			grid: {Refused, "Event Grid keeps no order. " + toBus},
			bus:  {Native, "Publishers set the message's session id to its key, and the message id to the event's."},
		},
		OrderedQueue: {
			storage: {Refused, "A Storage queue keeps no order. " + toBus},
			bus:     {Native, "Senders set the message's session id to its key; consumers accept sessions."},
		},
		UnorderedToOrdered: {grid: session, bus: session},
		Delay: {
			storage: {Refused, "A Storage queue has no delay: senders ask for one with each message (`visibilitytimeout`). Set `delay: 0s` for this stack."},
			bus:     {Refused, "A Service Bus queue has no delay: senders schedule each message. Set `delay: 0s` for this stack."},
		},
		Retention: {
			storage: {Refused, "A Storage queue has no retention: senders give each message its time to live, which else is 7 days. " +
				"Remove `retention` for this stack. Or: " + toBus},
			bus: {Native, "Expired messages become dead letters, where the queue has them."},
		},
		Lease: {
			storage: {Partial, "A Storage queue has no lease of its own: consumers ask for it each time they get messages (`visibilitytimeout`), and get 30 seconds else."},
			bus:     {Native, "At most 5 minutes; consumers renew it."},
		},
		DeadLetterOfQueue: {
			storage: {Refused, "A Storage queue has no dead letters. Set `deadLetter: false` for this stack. Or: " + toBus},
			bus:     {Native, "They are the queue's `$deadletterqueue`, which whoever may dequeue the queue may dequeue, too."},
		},
		DefaultDeadLetter: {
			storage: {Partial, "A Storage queue has no dead letters: a message that no consumer can process comes back until it expires. " +
				"Consumers can put it aside themselves: each message says how often it was dequeued. `deadLetter: false` takes note of that."},
			bus: {Native, ""},
		},
		DeadLetterOfSubscriber: {grid: {Native, "They are put into a blob container of the subscription."}},
		DeadLetterBlob:         {grid: {Native, ""}},
		DeadLetterToQueue: {
			grid: {Refused, "Event Grid puts dead letters into a blob container only. Use `deadLetter: {blob: true}` for this stack."},
		},
		Existing:     {grid: {Native, ""}, storage: {Native, ""}, bus: {Native, ""}},
		TopicToQueue: {grid: {Native, "By the topic's own identity."}, bus: {Native, "To a queue of the same namespace."}},
		RawFormat: {
			grid: {Refused, "An Event Grid topic takes CloudEvents only. Use `format: cloudevents`. Or: " + toBus},
			bus:  {Native, ""},
		},
		Filter: {
			grid: {Different, "Event Grid compares strings without regard to their case."},
			bus:  {Native, "The rule takes effect some seconds after the subscription; until then everything passes."},
		},
		FilterByData: {
			grid: {Partial, "Event Grid filters by `type`, `source` and `subject`; every other attribute it looks up in the event's data, as `data.<attribute>`: publishers put it there, too."},
			bus:  {Native, ""},
		},
		Backoff: {
			grid: {Partial, "Event Grid retries by a schedule of its own: 10 s, 30 s, 1 min, 5 min, 10 min, 30 min, 1 h, and so on. `minBackoff` and `maxBackoff` have no effect."},
		},
	}
}

// storageLease is how long Get Messages hides a message unless it is told otherwise:
// https://learn.microsoft.com/rest/api/storageservices/get-messages
const storageLease = 30 * time.Second

// azureUses adds what only services of Azure have not, and says of each use whose it is.
func azureUses(t *spec.Topology, uses []Use) []Use {
	azure := t.Target.Azure
	for _, topic := range t.Topics {
		if topic.Format == spec.Raw {
			uses = append(uses, use(RawFormat, permissions.TopicAddress(topic.Name), topic.Origin, "format"))
		}
	}
	for _, q := range t.Queues {
		address := permissions.QueueAddress(q.Name)
		if q.Asked("retention") && q.Existing.In(spec.Azure) == "" {
			uses = append(uses, use(Retention, address, q.Origin, "retention"))
		}
		if q.Asked("lease") && q.Lease != storageLease {
			uses = append(uses, use(Lease, address, q.Origin, "lease"))
		}
		if !q.Asked("deadLetter") && q.Existing.In(spec.Azure) == "" {
			uses = append(uses, use(DefaultDeadLetter, address, q.Origin, "deadLetter"))
		}
	}
	for _, s := range t.Subscriptions {
		uses = append(uses, azureSubscriptionUses(s)...)
	}
	for i, u := range uses {
		kind, name := u.Element.Split()
		switch kind {
		case "topic":
			uses[i].Service = string(azure.TopicService(t.Topic(name)))
		case "queue":
			uses[i].Service = string(azure.QueueService(t.Queue(name)))
		case "subscription":
			uses[i].Service = string(azure.TopicService(t.Subscription(name).Topic))
		}
	}
	return uses
}

func azureSubscriptionUses(s *spec.Subscription) []Use {
	var uses []Use
	add := func(f Feature, path string) {
		uses = append(uses, use(f, permissions.SubscriptionAddress(s.Name), s.Origin, path))
	}
	if s.DeadLetter != nil && s.DeadLetter.Queue != "" {
		add(DeadLetterToQueue, "deadLetter.queue")
	}
	if len(s.Filter) > 0 {
		add(Filter, "filter")
	}
	for _, attribute := range slices.Sorted(maps.Keys(s.Filter)) {
		if !FilteredByName(attribute) {
			add(FilterByData, "filter."+attribute)
			break
		}
	}
	for _, path := range []string{"retry.minBackoff", "retry.maxBackoff"} {
		if s.Asked(path) {
			add(Backoff, path)
			break
		}
	}
	return uses
}

// FilteredByName reports whether Event Grid filters by an attribute of CloudEvents itself,
// and not by a field of the event's data of that name.
// https://learn.microsoft.com/azure/event-grid/event-filtering
func FilteredByName(attribute string) bool {
	return attribute == "type" || attribute == "source" || attribute == "subject"
}
