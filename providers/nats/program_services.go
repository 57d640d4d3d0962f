package nats

import (
	"fmt"
	"path"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

func (p *program) allServices() error {
	for _, s := range p.t.Services {
		if err := p.service(s); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) service(s *spec.Service) error {
	grants := p.grantsOf(s)
	var inputs pulumi.Map
	if len(grants) > 0 {
		// A change of access is read from the change of this list.
		inputs = pulumi.Map{"grants": pulumi.ToStringArray(grantWords(grants))}
	}
	parent, err := p.element("Service", s.Name, inputs)
	if err != nil || len(grants) == 0 {
		return err
	}
	subjects := p.layout.subjectsOf(grants)
	name := p.layout.stackName() + "-" + s.Name
	user := userArgs{Name: name, InboxPrefix: p.inboxPrefix(s)}
	res := &userResource{}
	p.users[s.Name] = res
	if p.mode == shared {
		user.Publish = subjects
		return p.register(typeUser, s.Name, user, parent, res,
			pulumi.DependsOn([]pulumi.Resource{p.broker}), secretOutputs("credentials"))
	}
	account := &accountResource{}
	err = p.register(typeAccount, s.Name, accountArgs{Name: name, Imports: subjects}, parent, account,
		pulumi.DependsOn([]pulumi.Resource{p.broker}), secretOutputs("seed"))
	if err != nil {
		return err
	}
	userInputs, err := inputsOf(user)
	if err != nil {
		return fmt.Errorf("inputs of user %s: %w", s.Name, err)
	}
	userInputs["account"] = account.Seed
	return p.registerInputs(typeUser, s.Name, userInputs, parent, res, secretOutputs("credentials"))
}

func secretOutputs(names ...string) pulumi.ResourceOption {
	return pulumi.AdditionalSecretOutputs(names)
}

// inboxPrefix begins the subjects on which a service gets its replies. An account of its
// own keeps the usual one; in a shared account each service may hear its own only.
func (p *program) inboxPrefix(s *spec.Service) string {
	if p.mode == shared {
		return "_INBOX_" + p.layout.stackName() + "-" + s.Name
	}
	return "_INBOX"
}

// export exports the stack's outputs: what applications need to connect, and nothing else.
func (p *program) export() {
	topics, queues, subscriptions := pulumi.Map{}, pulumi.Map{}, pulumi.Map{}
	for _, topic := range p.t.Topics {
		topics[topic.Name] = pulumi.StringMap{"subject": pulumi.String(p.layout.topicSubject(topic.Name))}
	}
	for _, q := range p.t.Queues {
		queues[q.Name] = p.queueOutputs(q)
	}
	for _, s := range p.t.Subscriptions {
		subscriptions[s.Name] = pulumi.StringMap{}
	}
	services, credentials := pulumi.Map{}, pulumi.StringMap{}
	for _, s := range p.t.Services {
		user, ok := p.users[s.Name]
		if !ok {
			continue
		}
		credentials[s.Name] = user.Credentials
		services[s.Name] = pulumi.StringMap{
			"credentials": pulumi.String(path.Join(".msgdeploy", "credentials", p.t.Stack, s.Name+".creds")),
			"inboxPrefix": pulumi.String(p.inboxPrefix(s)),
		}
	}
	p.ctx.Export("outputs", pulumi.Map{
		"provider":      pulumi.String(spec.NATS),
		"url":           p.broker.URL,
		"apiPrefix":     pulumi.String(p.mode.apiPrefix()),
		"topics":        topics,
		"queues":        queues,
		"subscriptions": subscriptions,
		"services":      services,
	})
	if len(credentials) > 0 {
		p.ctx.Export("credentials", pulumi.ToSecret(credentials))
	}
}

func (p *program) queueOutputs(q *spec.Queue) pulumi.StringMap {
	out := pulumi.StringMap{
		"subject":  pulumi.String(p.layout.queueSubject(q.Name)),
		"stream":   pulumi.String(p.layout.queueStream(q.Name)),
		"consumer": pulumi.String(p.layout.stackName()),
	}
	switch d := q.DeadLetter; {
	case d == nil:
	case d.Queue != "":
		out["deadLetterStream"] = pulumi.String(p.layout.queueStream(d.Queue))
	default:
		out["deadLetterStream"] = pulumi.String(p.layout.deadLetterStream(permissions.QueueAddress(q.Name)))
	}
	return out
}

// inputsOf returns the inputs of a resource as the program gives them: the fields of args
// that are set, in the shape in which the plugin reads them.
func inputsOf(args any) (pulumi.Map, error) {
	m, err := toMap(args)
	if err != nil {
		return nil, err
	}
	return pulumi.ToMap(m), nil
}
