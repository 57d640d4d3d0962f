package azure

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi-azure-native-sdk/eventgrid/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

// allSubscriptions comes last, and in each the roles that it delivers by come before it:
// Event Grid tries them when the subscription is made.
func (p *program) allSubscriptions() error {
	deliveries := map[string]pulumi.Resource{}
	for _, s := range p.t.Subscriptions {
		element, err := p.Subscription(s)
		if err != nil {
			return err
		}
		if p.onBus(s.Topic) {
			err = p.forward(s, element)
		} else {
			err = p.eventSubscribe(s, element, deliveries)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// eventSubscribe subscribes to an Event Grid topic. deliveries are the roles that topics
// deliver to queues by, which all subscriptions of the two share.
func (p *program) eventSubscribe(s *spec.Subscription, element *elements.Element, deliveries map[string]pulumi.Resource) error {
	var after []pulumi.Resource
	args := &eventgrid.EventSubscriptionArgs{
		Scope:                 p.tied(p.topicID(s.Topic), p.topics[s.Topic.Name].made),
		EventSubscriptionName: pulumi.String(p.eventSubscription(s)),
		EventDeliverySchema:   pulumi.String("CloudEventSchemaV1_0"),
		Filter:                eventFilter(s),
		RetryPolicy:           retryPolicy(s),
	}
	if s.ToQueue != nil {
		role, err := p.deliver(s, deliveries)
		if err != nil {
			return err
		}
		after = append(after, role)
		args.DeliveryWithResourceIdentity = eventgrid.DeliveryWithResourceIdentityArgs{
			Identity: topicIdentity(), Destination: p.queueDestination(s.ToQueue),
		}
	} else {
		args.Destination = serviceDestination(s)
	}
	if p.deadLettersToBlob(s) {
		role, err := p.deadLetters(s, element, args)
		if err != nil {
			return err
		}
		after = append(after, role)
	}
	_, err := p.made(typeEventSubscription, s.Name, args, element.Stateful(pulumi.DependsOn(after)))
	return err
}

// topicIdentity says that Event Grid acts as the topic's own identity.
func topicIdentity() eventgrid.EventSubscriptionIdentityArgs {
	return eventgrid.EventSubscriptionIdentityArgs{Type: pulumi.String("SystemAssigned")}
}

// deliver lets the topic of a subscription send to its queue.
func (p *program) deliver(s *spec.Subscription, deliveries map[string]pulumi.Resource) (pulumi.Resource, error) {
	topic, queue := permissions.TopicAddress(s.Topic.Name), permissions.QueueAddress(s.ToQueue.Name)
	key := string(topic + " " + queue)
	if done, ok := deliveries[key]; ok {
		return done, nil
	}
	_, name := providers.Standing(p.t, queue).Split()
	from := p.topics[s.Topic.Name]
	res, err := p.assign(from.element, assignment{
		name:  fmt.Sprintf("%s.deliver.%s", s.Topic.Name, name),
		to:    from.identity,
		role:  p.roleFor(permissions.Enqueue, queue),
		scope: p.scopeOf(queue),
		of:    p.resourceOf(queue),
		why:   fmt.Sprintf("%s delivers to %s", providers.Standing(p.t, topic), providers.Standing(p.t, queue)),
	})
	deliveries[key] = res
	return res, err
}

// queueDestination is a queue as Event Grid delivers to it.
func (p *program) queueDestination(q *spec.Queue) pulumi.Input {
	id := p.queueID(q)
	if p.queued(q) {
		return eventgrid.ServiceBusQueueEventSubscriptionDestinationArgs{
			EndpointType: pulumi.String("ServiceBusQueue"),
			ResourceId:   p.tied(id, p.queues[q.Name]),
		}
	}
	return eventgrid.StorageQueueEventSubscriptionDestinationArgs{
		EndpointType: pulumi.String("StorageQueue"),
		ResourceId:   p.tied(owner(id), p.queues[q.Name]),
		QueueName:    pulumi.String(part(id, "queues")),
		// A Storage queue has no retention, but each message has: this is the one place
		// where it is not its sender's to say.
		QueueMessageTimeToLiveInSeconds: pulumi.Float64(q.Retention.Seconds()),
	}
}

// serviceDestination is a service as Event Grid delivers to it: its function in Azure
// before its endpoint.
func serviceDestination(s *spec.Subscription) pulumi.Input {
	batch := pulumi.Int(1)
	if s.Azure != nil && s.Azure.MaxEventsPerBatch > 0 {
		batch = pulumi.Int(s.Azure.MaxEventsPerBatch)
	}
	if f := s.ToService.Function; f != nil && f.Azure != "" {
		return eventgrid.AzureFunctionEventSubscriptionDestinationArgs{
			EndpointType: pulumi.String("AzureFunction"), ResourceId: pulumi.String(f.Azure), MaxEventsPerBatch: batch,
		}
	}
	e := s.ToService.Endpoint
	hook := eventgrid.WebHookEventSubscriptionDestinationArgs{
		EndpointType: pulumi.String("WebHook"), EndpointUrl: pulumi.String(e.URL), MaxEventsPerBatch: batch,
	}
	if e.Entra != nil {
		hook.AzureActiveDirectoryTenantId = pulumi.String(e.Entra.Tenant)
		hook.AzureActiveDirectoryApplicationIdOrUri = pulumi.String(e.Entra.Application)
	}
	return hook
}

// deadLetters makes the container for what a subscription could not deliver, and lets the
// topic write there.
func (p *program) deadLetters(s *spec.Subscription, element *elements.Element, args *eventgrid.EventSubscriptionArgs) (pulumi.Resource, error) {
	container, err := p.made(typeContainer, s.Name+".deadLetter", &storage.BlobContainerArgs{
		ResourceGroupName: p.groupName(),
		AccountName:       p.accountName(),
		ContainerName:     pulumi.String(p.container(s)),
		PublicAccess:      storage.PublicAccessNone,
	}, element.Stateful())
	if err != nil {
		return nil, err
	}
	args.DeadLetterWithResourceIdentity = eventgrid.DeadLetterWithResourceIdentityArgs{
		Identity: topicIdentity(),
		DeadLetterDestination: eventgrid.StorageBlobDeadLetterDestinationArgs{
			EndpointType:      pulumi.String("StorageBlob"),
			ResourceId:        p.tied(p.accountID(), p.storage),
			BlobContainerName: p.tied(p.container(s), container),
		},
	}
	return p.assign(element, assignment{
		name:  s.Name + ".deadLetter",
		to:    p.topics[s.Topic.Name].identity,
		role:  blobContributor(),
		scope: p.containerID(s),
		of:    container,
		why: fmt.Sprintf("%s puts dead letters of %s there", providers.Standing(p.t, permissions.TopicAddress(s.Topic.Name)),
			providers.Standing(p.t, permissions.SubscriptionAddress(s.Name))),
	})
}

// eventFilter is a subscription's filter; nil lets everything pass.
func eventFilter(s *spec.Subscription) eventgrid.EventSubscriptionFilterPtrInput {
	if len(s.Filter) == 0 {
		return nil
	}
	var filters pulumi.Array
	for _, attribute := range slices.Sorted(maps.Keys(s.Filter)) {
		filters = append(filters, eventgrid.StringInAdvancedFilterArgs{
			OperatorType: pulumi.String("StringIn"),
			Key:          pulumi.String(eventKey(attribute)),
			Values:       pulumi.ToStringArray(s.Filter[attribute]),
		})
	}
	return eventgrid.EventSubscriptionFilterArgs{AdvancedFilters: filters}
}

// eventKey is how Event Grid names an attribute in a filter: those that it knows of
// CloudEvents by their names, all others as fields of the data.
func eventKey(attribute string) string {
	if providers.FilteredByName(attribute) {
		return attribute
	}
	return "data." + attribute
}

// retryPolicy says how long and how often Event Grid tries; towards queues as often as it
// can in that time.
func retryPolicy(s *spec.Subscription) eventgrid.RetryPolicyArgs {
	life := 24 * time.Hour
	if s.Azure != nil && s.Azure.TimeToLive > 0 {
		life = s.Azure.TimeToLive
	}
	attempts := maxEventAttempts
	if s.Retry != nil && s.Retry.MaxAttempts > 0 {
		attempts = s.Retry.MaxAttempts
	}
	return eventgrid.RetryPolicyArgs{
		MaxDeliveryAttempts:      pulumi.Int(attempts),
		EventTimeToLiveInMinutes: pulumi.Int(int(life / time.Minute)),
	}
}

// everything is the filter that lets every message pass.
const everything = "1=1"

// forward subscribes a Service Bus queue to a topic of the same namespace.
//
// Azure gives each new subscription a rule $Default that lets everything pass, and takes
// it away when the first other rule is made
// (https://github.com/hashicorp/terraform-provider-azurerm/issues/20718). That rule cannot
// be registered here: the plugin refuses to create what exists already
// (https://github.com/pulumi/pulumi-azure-native/pull/4799). So there is always a rule of
// our own, and a filter that comes, changes or goes is an update of it: a subscription
// without any rule would get nothing.
func (p *program) forward(s *spec.Subscription, element *elements.Element) error {
	topic := p.tied(p.topicName(s.Topic), p.topics[s.Topic.Name].made)
	made, err := p.made(typeBusSubscription, s.Name, properties(busSubscriptionArgs{
		ResourceGroupName: p.groupName(),
		NamespaceName:     p.busName(),
		TopicName:         topic,
		SubscriptionName:  pulumi.String(p.busSubscription(s)),
		ForwardTo:         p.tied(p.queueName(s.ToQueue), p.queues[s.ToQueue.Name]),
		// A subscription that forwards cannot have sessions; those of the queue keep the order.
		RequiresSession:                  pulumi.Bool(false),
		DeadLetteringOnMessageExpiration: pulumi.Bool(true),
		// Else a message that the filter cannot be computed for is lost.
		DeadLetteringOnFilterEvaluationExceptions: pulumi.Bool(true),
	}), element.Stateful())
	if err != nil {
		return err
	}
	_, err = p.made(typeBusRule, s.Name, properties(busRuleArgs{
		ResourceGroupName: p.groupName(),
		NamespaceName:     p.busName(),
		TopicName:         topic,
		SubscriptionName:  p.tied(p.busSubscription(s), made),
		RuleName:          pulumi.String("filter"),
		FilterType:        pulumi.String("SqlFilter"),
		SQLFilter:         sqlFilterArgs{SQLExpression: pulumi.String(sqlFilter(s.Filter))},
	}), element.Options())
	return err
}

// sqlFilter is a filter as Service Bus's SQL, on the properties that senders set.
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-messaging-sql-filter
func sqlFilter(filter map[string][]string) string {
	var terms []string
	for _, attribute := range slices.Sorted(maps.Keys(filter)) {
		values := make([]string, len(filter[attribute]))
		for i, v := range filter[attribute] {
			values[i] = "'" + strings.ReplaceAll(v, "'", "''") + "'"
		}
		terms = append(terms, fmt.Sprintf("user.[%s] IN (%s)", attribute, strings.Join(values, ", ")))
	}
	return cmp.Or(strings.Join(terms, " AND "), everything)
}
