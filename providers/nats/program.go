package nats

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

const (
	// topicRetention is how long a topic keeps what was published unless its spec says so.
	topicRetention = 24 * time.Hour
	// deadLetterRetention is the longest that all clouds can keep dead letters.
	deadLetterRetention = 14 * 24 * time.Hour
	// relayAckWait is how long the relay has for a message before it is given to it again;
	// it asks for more while it works.
	relayAckWait = 30 * time.Second
)

// Program lays t out on its broker. Beside "outputs" it exports the secret "credentials":
// the content of the .creds file of each service that has permissions.
func (*Provider) Program(t *spec.Topology, grants []permissions.Grant) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		p := &program{
			Program: elements.New(ctx, t, grants), layout: layout{t}, mode: modeOf(t),
			topics: map[string]*streamResource{}, inboxes: map[string]*streamResource{},
			users: map[string]*userResource{},
		}
		for _, step := range []func() error{p.stack, p.allTopics, p.allQueues, p.allSubscriptions, p.allServices} {
			if err := step(); err != nil {
				return err
			}
		}
		p.export()
		return nil
	}
}

// program is one run of a stack's program.
type program struct {
	*elements.Program
	layout layout
	mode   mode

	broker     *brokerResource
	advisories *streamResource            // nil where no queue has dead letters
	topics     map[string]*streamResource // by topic
	inboxes    map[string]*streamResource // by queue: the stream that takes what is enqueued
	users      map[string]*userResource   // by service
}

type (
	providerResource struct{ pulumi.ProviderResourceState }

	brokerResource struct {
		pulumi.CustomResourceState
		URL pulumi.StringOutput `pulumi:"url"`
	}
	streamResource struct {
		pulumi.CustomResourceState
		Name pulumi.StringOutput `pulumi:"name"`
	}
	consumerResource struct{ pulumi.CustomResourceState }
	accountResource  struct {
		pulumi.CustomResourceState
		Seed pulumi.StringOutput `pulumi:"seed"`
	}
	userResource struct {
		pulumi.CustomResourceState
		Credentials pulumi.StringOutput `pulumi:"credentials"`
	}
)

// register registers a resource of the stack's provider. parent is nil for what the whole stack shares.
func (p *program) register(typ, name string, args any, parent pulumi.Resource, res pulumi.CustomResource, opts ...pulumi.ResourceOption) error {
	inputs, err := inputsOf(args)
	if err != nil {
		return fmt.Errorf("inputs of %s %s: %w", typ, name, err)
	}
	return p.registerInputs(typ, name, inputs, parent, res, opts...)
}

func (p *program) registerInputs(typ, name string, inputs pulumi.Map, parent pulumi.Resource, res pulumi.CustomResource, opts ...pulumi.ResourceOption) error {
	if parent != nil {
		opts = append(opts, pulumi.Parent(parent))
	}
	if err := p.Context.RegisterResource(typ, name, inputs, res, p.Options(opts...)...); err != nil {
		return fmt.Errorf("%s %s: %w", typ, name, err)
	}
	return nil
}

// stack registers what belongs to no element: the provider, the stack's place on the
// broker, and the advisories of its queues.
func (p *program) stack() error {
	provider := &providerResource{}
	config := pulumi.Map{"mode": pulumi.String(p.mode)}
	if url := p.Topology.Target.NATS.URL; url != "" {
		config["url"] = pulumi.String(url)
	}
	if err := p.Context.RegisterResource("pulumi:providers:nats", "nats", config, provider); err != nil {
		return fmt.Errorf("provider: %w", err)
	}
	p.Use(provider)

	args := brokerArgs{Mode: p.mode, URL: p.Topology.Target.NATS.URL, Port: p.Topology.Target.NATS.Port}
	if p.mode == shared {
		args.Access = p.sharedAccess()
	} else {
		args.Exports = p.layout.exports()
	}
	p.broker = &brokerResource{}
	if err := p.register(typeBroker, "broker", args, nil, p.broker); err != nil {
		return err
	}
	if slices.ContainsFunc(p.Topology.Queues, func(q *spec.Queue) bool { return q.DeadLetter != nil }) {
		return p.deadLetterAdvisories()
	}
	return nil
}

func (p *program) deadLetterAdvisories() error {
	name := p.layout.advisories()
	p.advisories = &streamResource{}
	err := p.register(typeAdvisories, advisoriesSuffix, streamArgs{
		Name:        name,
		Element:     string(permissions.Stack),
		Labels:      p.labels(permissions.Stack),
		Description: "Messages that were delivered for the last time",
		Subjects:    []string{p.layout.advisorySubject()},
		Retention:   workQueue,
		MaxAge:      duration(deadLetterRetention),
		Replicas:    p.replicas(),
	}, nil, p.advisories, pulumi.DependsOn([]pulumi.Resource{p.broker}))
	if err != nil {
		return err
	}
	return p.consumer(typeConsumer, advisoriesSuffix, p.advisories.Name, permissions.Stack, consumerArgs{
		Name: p.layout.stackName(), AckWait: duration(relayAckWait), MaxDeliver: -1, MaxAckPending: -1,
	}, nil)
}

func (p *program) replicas() int { return max(1, p.Topology.Target.NATS.Replicas) }

// sharedAccess is what each service may do, of those that may do anything.
func (p *program) sharedAccess() map[string][]string {
	access := map[string][]string{}
	for _, s := range p.Topology.Services {
		if words := p.Words(s); len(words) > 0 {
			_, name := p.layout.made(permissions.ServiceAddress(s.Name))
			access[name] = words
		}
	}
	return access
}

// labels are what the streams and consumers of an element are marked with, without what
// says whose they are: the plugin writes that.
func (p *program) labels(of permissions.Address) map[string]string {
	labels := providers.Labels(p.Topology, of)
	maps.DeleteFunc(labels, func(key, _ string) bool { return strings.HasPrefix(key, metaOwn) })
	return labels
}

// stream registers a stream below an element, whose name and the stream's end in suffix.
func (p *program) stream(element permissions.Address, suffix string, args streamArgs, parent pulumi.Resource, opts ...pulumi.ResourceOption) (*streamResource, error) {
	args.Name = p.layout.base(element, suffix)
	args.Element = string(providers.Standing(p.Topology, element))
	args.Labels = p.labels(element)
	args.Replicas = p.replicas()
	res := &streamResource{}
	err := p.register(typeStream, resourceName(element, suffix), args, parent, res, opts...)
	return res, err
}

// consumer registers a durable consumer of a stream for an element.
func (p *program) consumer(typ, name string, stream pulumi.StringInput, element permissions.Address, args consumerArgs, parent pulumi.Resource, opts ...pulumi.ResourceOption) error {
	args.Element = string(providers.Standing(p.Topology, element))
	args.Labels = p.labels(element)
	inputs, err := inputsOf(args)
	if err != nil {
		return fmt.Errorf("inputs of %s %s: %w", typ, name, err)
	}
	inputs["stream"] = stream
	return p.registerInputs(typ, name, inputs, parent, &consumerResource{}, opts...)
}

func (p *program) allTopics() error {
	for _, topic := range p.Topology.Topics {
		parent, err := p.Topic(topic)
		if err != nil {
			return err
		}
		own := topic.NATS
		if own == nil {
			own = &spec.NATSTopic{}
		}
		p.topics[topic.Name], err = p.stream(permissions.TopicAddress(topic.Name), "", streamArgs{
			Description: topic.Description,
			Subjects:    []string{p.layout.topicSubject(topic.Name)},
			Retention:   limits,
			MaxAge:      duration(cmp.Or(own.Retention, topicRetention)),
			MaxBytes:    own.MaxBytes,
		}, parent, p.holding(topic.Protect)...)
		if err != nil {
			return err
		}
	}
	return nil
}

// holding returns the options of the resources that hold an element's messages. They come after the
// broker, so that one that cannot be reached is one error and not one for each of them.
func (p *program) holding(protect bool) []pulumi.ResourceOption {
	opts := []pulumi.ResourceOption{pulumi.DependsOn([]pulumi.Resource{p.broker})}
	if protect {
		opts = append(opts, pulumi.Protect(true))
	}
	return opts
}
