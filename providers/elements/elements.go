// Package elements is what the programs of all clouds share: the components that stand for
// the elements of a spec, the options that the resources below them have, and the stack's
// outputs.
//
// Every topic, queue, subscription and service is a component named as in the spec, the
// cloud's resources are its children, and what a stack shares has no parent. A child's
// name begins with its element's, and what follows begins with `_` (`jobs`,
// `jobs_deadLetter`): no element can take its place, and a child follows its element when
// that is renamed.
package elements

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Program is one run of a stack's program.
type Program struct {
	Context  *pulumi.Context
	Topology *spec.Topology

	grants   []permissions.Grant
	provider pulumi.ProviderResource
}

// New begins a run of t's program. Grants are those that [permissions.Derive] returns.
func New(ctx *pulumi.Context, t *spec.Topology, grants []permissions.Grant) *Program {
	return &Program{Context: ctx, Topology: t, grants: grants}
}

// Use makes provider the one of every resource that is registered from now on.
func (p *Program) Use(provider pulumi.ProviderResource) { p.provider = provider }

// AllGrants returns every grant of the stack, in the order of [permissions.Derive].
func (p *Program) AllGrants() []permissions.Grant { return p.grants }

// Grants returns what a service may do.
func (p *Program) Grants(s *spec.Service) []permissions.Grant {
	return permissions.Of(p.grants, permissions.ServiceAddress(s.Name))
}

// Words returns what a service may do as users read it, sorted. An element that was moved
// goes by the name under which it was made: that it is called otherwise is no change of access.
func (p *Program) Words(s *spec.Service) []string {
	grants := slices.Clone(p.Grants(s))
	for i := range grants {
		grants[i].Resource = providers.Standing(p.Topology, grants[i].Resource)
	}
	return permissions.Words(grants)
}

// Labels returns what the resources of the element are marked with.
func (e *Element) Labels() map[string]string {
	return providers.Labels(e.program.Topology, e.Address)
}

// Options returns the options of a resource that belongs to no element.
func (p *Program) Options(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	if p.provider == nil {
		return more
	}
	return append(more, pulumi.Provider(p.provider))
}

// Element is the component of an element of the spec.
type Element struct {
	pulumi.ResourceState
	Address permissions.Address

	program *Program
	protect bool
}

// Topic registers the component of a topic.
func (p *Program) Topic(t *spec.Topic) (*Element, error) {
	return p.register("Topic", permissions.TopicAddress(t.Name), t.Protect, nil)
}

// Queue registers the component of a queue.
func (p *Program) Queue(q *spec.Queue) (*Element, error) {
	return p.register("Queue", permissions.QueueAddress(q.Name), q.Protect, nil)
}

// Subscription registers the component of a subscription.
func (p *Program) Subscription(s *spec.Subscription) (*Element, error) {
	return p.register("Subscription", permissions.SubscriptionAddress(s.Name), s.Protect, nil)
}

// Service registers the component of a service. Its inputs say what the service may do: a
// change of access is read from the change of that list.
func (p *Program) Service(s *spec.Service) (*Element, error) {
	var inputs pulumi.Map
	if words := p.Words(s); len(words) > 0 {
		inputs = pulumi.Map{"grants": pulumi.ToStringArray(words)}
	}
	return p.register("Service", permissions.ServiceAddress(s.Name), s.Protect, inputs)
}

func (p *Program) register(kind string, address permissions.Address, protect bool, inputs pulumi.Map) (*Element, error) {
	_, name := address.Split()
	e := &Element{Address: address, program: p, protect: protect}
	if err := p.Context.RegisterComponentResourceV2("msgdeploy:index:"+kind, name, inputs, e, providers.Moved(p.Topology, address)...); err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	return e, nil
}

// Options returns the options of a resource of the element: its parent and the stack's
// provider, and more.
func (e *Element) Options(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return e.program.Options(append(more, pulumi.Parent(e))...)
}

// Stateful returns the options of a resource of the element that messages are lost with:
// where the spec protects the element, the engine refuses to delete or replace it.
func (e *Element) Stateful(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	if e.protect {
		more = append(more, pulumi.Protect(true))
	}
	return e.Options(more...)
}

// Outputs is what applications need to connect, by the names of the elements: design.md §3.
type Outputs struct {
	Topics, Queues, Subscriptions, Services pulumi.Map
	// Stack holds what is no element's, such as the URL of a broker.
	Stack pulumi.Map
}

// NewOutputs returns empty outputs, in which every subscription stands.
func (p *Program) NewOutputs() *Outputs {
	o := &Outputs{Topics: pulumi.Map{}, Queues: pulumi.Map{}, Subscriptions: pulumi.Map{}, Services: pulumi.Map{}, Stack: pulumi.Map{}}
	for _, s := range p.Topology.Subscriptions {
		o.Subscriptions[s.Name] = pulumi.StringMap{}
	}
	return o
}

// Export exports the stack output "outputs".
func (p *Program) Export(o *Outputs) {
	out := pulumi.Map{
		"provider":      pulumi.String(p.Topology.Target.Cloud()),
		"topics":        o.Topics,
		"queues":        o.Queues,
		"subscriptions": o.Subscriptions,
		"services":      o.Services,
	}
	for name, value := range o.Stack {
		out[name] = value
	}
	p.Context.Export("outputs", out)
}
