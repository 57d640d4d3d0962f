package azure

import (
	"github.com/pulumi/pulumi-azure-native-sdk/eventgrid/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

func (p *program) allTopics() error {
	for _, t := range p.t.Topics {
		element, err := p.Topic(t)
		if err != nil {
			return err
		}
		made := topic{element: element}
		switch {
		case !isMade(t.Existing):
			p.existingTopic(t, &made)
		case p.onBus(t):
			made.made, err = p.busTopic(t, element)
		default:
			err = p.eventTopic(t, &made)
		}
		if err != nil {
			return err
		}
		p.topics[t.Name] = made
	}
	return nil
}

// eventTopic makes an Event Grid topic: no keys, and an identity of its own to deliver by.
func (p *program) eventTopic(t *spec.Topic, made *topic) error {
	address := permissions.TopicAddress(t.Name)
	res := &eventgrid.Topic{}
	err := p.register(typeTopic, t.Name, &eventgrid.TopicArgs{
		ResourceGroupName:   p.groupName(),
		TopicName:           pulumi.String(p.topicName(t)),
		Location:            pulumi.String(p.target.Location),
		InputSchema:         pulumi.String("CloudEventSchemaV1_0"),
		DisableLocalAuth:    pulumi.Bool(true),
		PublicNetworkAccess: p.publicAccess(),
		Identity:            eventgrid.IdentityInfoArgs{Type: pulumi.String("SystemAssigned")},
		Tags:                p.tags(address),
	}, res, made.element.Stateful())
	if err != nil {
		return err
	}
	made.made = res
	made.identity = principal{id: res.Identity.PrincipalId().Elem(), key: p.topicID(t), kind: spec.AzureServicePrincipal}
	p.out.Topics[t.Name] = pulumi.Map{"id": pulumi.String(p.topicID(t)), "endpoint": res.Endpoint}
	return nil
}

func (p *program) busTopic(t *spec.Topic, element *elements.Element) (pulumi.Resource, error) {
	args := busTopicArgs{
		ResourceGroupName: p.groupName(),
		NamespaceName:     p.busName(),
		TopicName:         pulumi.String(p.topicName(t)),
		SupportOrdering:   pulumi.Bool(t.Ordered),
	}
	if t.Ordered {
		args.RequiresDuplicateDetection = pulumi.Bool(true)
		args.DuplicateDetectionHistoryTimeWindow = pulumi.String(iso(deduplicationWindow))
	}
	p.out.Topics[t.Name] = pulumi.Map{
		"id":       pulumi.String(p.topicID(t)),
		"endpoint": pulumi.String("https://" + host(p.namespace(), serviceBusHost) + "/" + p.topicName(t)),
	}
	return p.made(typeBusTopic, t.Name, properties(args), element.Stateful())
}

// existingTopic refers to a topic that was made elsewhere.
func (p *program) existingTopic(t *spec.Topic, made *topic) {
	id := p.topicID(t)
	if t.Azure != nil && t.Azure.PrincipalID != "" {
		made.identity = known(t.Azure.PrincipalID, spec.AzureServicePrincipal)
	}
	out := pulumi.Map{"id": pulumi.String(id)}
	if p.onBus(t) {
		out["endpoint"] = pulumi.String("https://" + host(part(id, "namespaces"), serviceBusHost) + "/" + part(id, "topics"))
	}
	p.out.Topics[t.Name] = out
}
