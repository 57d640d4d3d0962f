package gcp

import (
	"cmp"
	"fmt"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/cloudrunv2"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/pubsub"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/serviceaccount"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

// allServices registers who the services are. What they may do comes last, when all that
// it is about stands.
func (p *program) allServices() error {
	for _, s := range p.Topology.Services {
		element, err := p.Service(s)
		if err != nil {
			return err
		}
		p.services[s.Name] = element
		if p.emulated {
			continue
		}
		if len(p.Grants(s)) > 0 {
			if p.members[s.Name], err = p.member(s, element); err != nil {
				return err
			}
		}
		if pushedTo(p.Topology, s) {
			if p.pushAccounts[s.Name], err = p.pushAccount(s, element); err != nil {
				return err
			}
		}
	}
	return nil
}

// member is who a service is for IAM: a member that exists, or a service account that is made.
func (p *program) member(s *spec.Service, element *elements.Element) (pulumi.StringInput, error) {
	identity := identityOf(s)
	if identity.Member != "" {
		return pulumi.String(member(identity.Member)), nil
	}
	account, err := serviceaccount.NewAccount(p.Context, s.Name, &serviceaccount.AccountArgs{
		AccountId:   pulumi.String(p.layout.accountID(s)),
		Project:     pulumi.String(p.layout.project()),
		DisplayName: pulumi.String(p.displayName(s)),
		Description: pulumi.String(cut(cmp.Or(s.Description, "Made by msgdeploy"), maxDescription)),
	}, element.Stateful(p.after())...)
	if err != nil {
		return nil, fmt.Errorf("service account of %s: %w", s.Name, err)
	}
	for _, w := range identity.Create.WorkloadIdentity {
		_, err := serviceaccount.NewIAMMember(p.Context, fmt.Sprintf("%s.workloadIdentity.%s.%s", s.Name, w.Namespace, w.ServiceAccount), &serviceaccount.IAMMemberArgs{
			ServiceAccountId: account.Name,
			Role:             pulumi.String(roleWorkload),
			Member:           pulumi.String(p.layout.workload(w)),
		}, element.Options()...)
		if err != nil {
			return nil, fmt.Errorf("workload identity of %s: %w", s.Name, err)
		}
	}
	return account.Member, nil
}

// workload is the member that a Kubernetes service account of GKE is, of the project's own
// workload identity pool.
// Source: https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity
func (l layout) workload(w spec.GCPWorkloadIdentity) string {
	return fmt.Sprintf("serviceAccount:%s.svc.id.goog[%s/%s]", l.project(), w.Namespace, w.ServiceAccount)
}

// maxDescription is the longest description of a service account, in bytes.
// Source: pulumi-gcp v7.38.0, serviceaccount.AccountArgs.Description.
const maxDescription = 256

// maxDisplayName is the longest display name of a service account, in bytes.
// Source: Google's IAM API, field comment of ServiceAccount.display_name.
const maxDisplayName = 100

func (p *program) displayName(s *spec.Service) string {
	return cut(fmt.Sprintf("%s of %s/%s", s.Name, p.Topology.Project, p.Topology.Stack), maxDisplayName)
}

// cut shortens s to at most n bytes, between two characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end := 0
	for i := range s {
		if i > n {
			break
		}
		end = i
	}
	return s[:end]
}

// pushAccount is the service account whose tokens sign what is pushed to one service.
type pushAccount struct {
	account *serviceaccount.Account
	// ready is what must stand before anything is pushed: else it would be refused.
	ready []pulumi.Resource
}

// pushAccount registers the service account that signs what is pushed to a service. Pub/Sub's
// agent may have tokens of that account and of no other, and where the service runs on
// Cloud Run the account may call that service and no other.
func (p *program) pushAccount(s *spec.Service, element *elements.Element) (*pushAccount, error) {
	account, err := serviceaccount.NewAccount(p.Context, s.Name+".push", &serviceaccount.AccountArgs{
		AccountId:   pulumi.String(p.layout.pushAccountID(s)),
		Project:     pulumi.String(p.layout.project()),
		DisplayName: pulumi.String(cut("push to "+p.displayName(s), maxDisplayName)),
		Description: pulumi.String("Its tokens sign what Pub/Sub pushes"),
	}, element.Options(p.after())...)
	if err != nil {
		return nil, fmt.Errorf("push account of %s: %w", s.Name, err)
	}
	agent, err := p.theAgent()
	if err != nil {
		return nil, err
	}
	minter, err := serviceaccount.NewIAMMember(p.Context, s.Name+".push", &serviceaccount.IAMMemberArgs{
		ServiceAccountId: account.Name,
		Role:             pulumi.String(roleMinter),
		Member:           agent.Member,
	}, element.Options()...)
	if err != nil {
		return nil, fmt.Errorf("tokens for pushes to %s: %w", s.Name, err)
	}
	made := &pushAccount{account, []pulumi.Resource{minter}}
	run, ok := cloudRunOf(s)
	if !ok {
		return made, nil
	}
	invoker, err := cloudrunv2.NewServiceIamMember(p.Context, s.Name+".push", &cloudrunv2.ServiceIamMemberArgs{
		Project:  pulumi.String(run.project),
		Location: pulumi.String(run.location),
		Name:     pulumi.String(run.name),
		Role:     pulumi.String(roleInvoker),
		Member:   account.Member,
	}, element.Options()...)
	if err != nil {
		return nil, fmt.Errorf("pushes to the Cloud Run service of %s: %w", s.Name, err)
	}
	made.ready = append(made.ready, invoker)
	return made, nil
}

// pushedTo reports whether any subscription pushes to a service.
func pushedTo(t *spec.Topology, s *spec.Service) bool {
	for _, sub := range t.Subscriptions {
		if sub.ToService == s {
			return true
		}
	}
	return false
}

func (p *program) allGrants() error {
	if p.emulated {
		return nil
	}
	for _, s := range p.Topology.Services {
		for _, g := range p.Grants(s) {
			if err := p.grant(s, g); err != nil {
				return fmt.Errorf("service %s: %s: %w", s.Name, g, err)
			}
		}
	}
	return nil
}

// grant lets a service do what one of its grants says.
func (p *program) grant(s *spec.Service, g permissions.Grant) error {
	_, name := g.Resource.Split()
	_, deadLetters := g.Resource.Owner()
	// A grant goes by the name under which its resource was made: a move must not give
	// the same grant again and then take it away.
	_, standing := providers.Standing(p.Topology, g.Resource).Split()
	resource := fmt.Sprintf("%s.%s.%s", s.Name, g.Verb, standing)
	who, element := p.members[s.Name], p.services[s.Name]
	switch {
	case g.Verb == permissions.Publish:
		t, ok := p.topics[name]
		if !ok {
			t = topic{resourceID: p.layout.topic(p.Topology.Topic(name))}
		}
		_, err := p.grantOnTopic(resource, t, who, element)
		return err
	case g.Verb == permissions.Enqueue:
		_, err := p.grantOnTopic(resource, p.inbox(name), who, element)
		return err
	case deadLetters:
		return p.grantOnSubscription(resource+".deadLetter", p.deadLetters[g.Resource], who, element)
	}
	for i, pulled := range p.pulled(name) {
		each := resource
		if i > 0 {
			feed := feeding(p.Topology, p.Topology.Queue(name))[i-1]
			_, from := providers.Standing(p.Topology, permissions.SubscriptionAddress(feed.Name)).Split()
			each += "." + from
		}
		if err := p.grantOnSubscription(each, pulled, who, element); err != nil {
			return err
		}
	}
	return nil
}

// grantOnTopic lets a member publish on a topic.
func (p *program) grantOnTopic(resource string, t topic, who pulumi.StringInput, element *elements.Element) (*pubsub.TopicIAMMember, error) {
	return pubsub.NewTopicIAMMember(p.Context, resource, &pubsub.TopicIAMMemberArgs{
		Project: pulumi.String(t.project),
		Topic:   t.nameInput(),
		Role:    pulumi.String(rolePublisher),
		Member:  who,
	}, element.Options()...)
}

// grantOnSubscription lets a member take messages from a subscription.
func (p *program) grantOnSubscription(resource string, s subscription, who pulumi.StringInput, element *elements.Element) error {
	_, err := pubsub.NewSubscriptionIAMMember(p.Context, resource, &pubsub.SubscriptionIAMMemberArgs{
		Project:      pulumi.String(s.project),
		Subscription: s.nameInput(),
		Role:         pulumi.String(roleSubscriber),
		Member:       who,
	}, element.Options()...)
	return err
}

// inbox is the topic that messages of a queue are enqueued into: of this stack, or another
// project's.
func (p *program) inbox(queue string) topic {
	if t, ok := p.inboxes[queue]; ok {
		return t
	}
	id, _ := p.layout.queueTopic(p.Topology.Queue(queue))
	return topic{resourceID: id}
}

// pulled are the subscriptions of a queue. Of another project's queue it is the one that
// follows from its name.
func (p *program) pulled(queue string) []subscription {
	if all, ok := p.subscriptions[queue]; ok {
		return all
	}
	return []subscription{{resourceID: p.layout.queueSubscription(p.Topology.Queue(queue))}}
}
