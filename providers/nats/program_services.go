package nats

import (
	"fmt"
	"path"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

func (p *program) allServices() error {
	for _, s := range p.Topology.Services {
		if err := p.service(s); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) service(s *spec.Service) error {
	grants := p.Grants(s)
	parent, err := p.Service(s)
	if err != nil || len(grants) == 0 {
		return err
	}
	subjects := p.layout.subjectsOf(grants)
	name := p.layout.account(s.Name)
	var protect []pulumi.ResourceOption
	if s.Protect {
		protect = append(protect, pulumi.Protect(true))
	}
	user := userArgs{Name: name, InboxPrefix: p.inboxPrefix(s)}
	res := &userResource{}
	p.users[s.Name] = res
	if p.mode == shared {
		user.Publish = subjects
		return p.register(typeUser, s.Name, user, parent, res,
			append(protect, pulumi.DependsOn([]pulumi.Resource{p.broker}), secretOutputs("credentials"))...)
	}
	account := &accountResource{}
	err = p.register(typeAccount, s.Name, accountArgs{Name: name, Imports: subjects}, parent, account,
		append(protect, pulumi.DependsOn([]pulumi.Resource{p.broker}), secretOutputs("seed"))...)
	if err != nil {
		return err
	}
	userInputs, err := inputsOf(user)
	if err != nil {
		return fmt.Errorf("inputs of user %s: %w", s.Name, err)
	}
	userInputs["account"] = account.Seed
	return p.registerInputs(typeUser, s.Name, userInputs, parent, res, append(protect, secretOutputs("credentials"))...)
}

func secretOutputs(names ...string) pulumi.ResourceOption {
	return pulumi.AdditionalSecretOutputs(names)
}

// inboxPrefix begins the subjects on which a service gets its replies. An account of its
// own keeps the usual one; in a shared account each service may hear its own only.
func (p *program) inboxPrefix(s *spec.Service) string {
	if p.mode == shared {
		return "_INBOX_" + p.layout.account(s.Name)
	}
	return "_INBOX"
}

// export exports the stack's outputs: what applications need to connect, and nothing else.
func (p *program) export() {
	out := p.NewOutputs()
	out.Stack["url"] = p.broker.URL
	out.Stack["apiPrefix"] = pulumi.String(p.mode.apiPrefix())
	for _, topic := range slices.Concat(p.Topology.Topics, p.Topology.ForeignTopics) {
		out.Topics[topic.Name] = pulumi.StringMap{"subject": pulumi.String(p.layout.topicSubject(topic.Name))}
	}
	for _, q := range slices.Concat(p.Topology.Queues, p.Topology.ForeignQueues) {
		out.Queues[q.Name] = p.queueOutputs(q)
	}
	credentials := pulumi.StringMap{}
	for _, s := range p.Topology.Services {
		user, ok := p.users[s.Name]
		if !ok {
			continue
		}
		credentials[s.Name] = user.Credentials
		out.Services[s.Name] = pulumi.StringMap{
			"credentials": pulumi.String(path.Join(".msgdeploy", "credentials", p.Topology.Stack, s.Name+".creds")),
			"inboxPrefix": pulumi.String(p.inboxPrefix(s)),
		}
	}
	p.Export(out)
	if len(credentials) > 0 {
		p.Context.Export("credentials", pulumi.ToSecret(credentials))
	}
}

func (p *program) queueOutputs(q *spec.Queue) pulumi.StringMap {
	out := pulumi.StringMap{
		"subject":  pulumi.String(p.layout.queueSubject(q.Name)),
		"stream":   pulumi.String(p.layout.queueStream(q.Name)),
		"consumer": pulumi.String(p.layout.leaser(permissions.QueueAddress(q.Name))),
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
