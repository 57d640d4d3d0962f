package gcp

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/projects"
	"github.com/pulumi/pulumi-gcp/sdk/v7/go/gcp/pubsub"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

// PluginVersion is that of the official plugin, which the SDK's version is for.
const PluginVersion = "7.38.0"

// api is the service of Google Cloud that Pub/Sub is.
const api = "pubsub.googleapis.com"

// Program lays t out on Pub/Sub.
func (*Provider) Program(t *spec.Topology, grants []permissions.Grant) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		p := &program{
			Program: elements.New(ctx, t, grants), layout: layout{t}, emulated: emulated(t),
			topics: map[string]topic{}, inboxes: map[string]topic{}, deadLetters: map[permissions.Address]subscription{},
			deadLetterTopics: map[permissions.Address]*deadLetterTopic{}, queues: map[string]*elements.Element{},
			subscriptions: map[string][]subscription{}, keys: map[string]pulumi.Resource{}, members: map[string]pulumi.StringInput{},
			pushAccounts: map[string]*pushAccount{}, services: map[string]*elements.Element{},
		}
		for _, step := range []func() error{p.stack, p.allServices, p.allTopics, p.allQueues, p.allSubscriptions, p.allGrants} {
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
	layout   layout
	emulated bool

	enabled pulumi.Resource              // the API; nil where the stack does not enable it
	agent   *projects.ServiceIdentity    // nil until something needs it
	keys    map[string]pulumi.Resource   // the agent's grant, by key
	topics  map[string]topic             // by topic
	queues  map[string]*elements.Element // by queue
	inboxes map[string]topic             // by queue: what is enqueued into
	// subscriptions are all pull subscriptions of a queue, its own first.
	subscriptions map[string][]subscription
	// deadLetters are the subscriptions of dead letters that were made for an element.
	deadLetters map[permissions.Address]subscription
	// deadLetterTopics are topics that take dead letters, by the address of what they hold.
	deadLetterTopics map[permissions.Address]*deadLetterTopic

	services     map[string]*elements.Element
	members      map[string]pulumi.StringInput // by service that has permissions
	pushAccounts map[string]*pushAccount       // by service that is pushed to
}

// A topic is a Pub/Sub topic that other resources refer to.
type topic struct {
	resourceID
	made *pubsub.Topic // nil where it was made elsewhere
}

// path is the topic's id, which follows from its name; what refers to it depends on it.
func (t topic) path() pulumi.StringInput {
	if t.made == nil {
		return pulumi.String(t.String())
	}
	return pulumi.Sprintf("projects/%s/topics/%s", t.project, t.made.Name)
}

func (t topic) nameInput() pulumi.StringInput {
	if t.made == nil {
		return pulumi.String(t.name)
	}
	return t.made.Name
}

// A subscription is a Pub/Sub subscription that other resources refer to.
type subscription struct {
	resourceID
	made *pubsub.Subscription // nil where it was made elsewhere
}

func (s subscription) nameInput() pulumi.StringInput {
	if s.made == nil {
		return pulumi.String(s.name)
	}
	return s.made.Name
}

// stack registers what belongs to no element: the provider, and the API.
func (p *program) stack() error {
	target := p.Topology.Target.GCP
	args := &gcp.ProviderArgs{
		Project: pulumi.String(target.Project),
		Region:  pulumi.String(target.Region),
		// Else labels that the spec does not have would be put on everything.
		AddTerraformAttributionLabel: pulumi.Bool(false),
	}
	if target.Impersonate != "" {
		args.ImpersonateServiceAccount = pulumi.String(target.Impersonate)
	}
	if p.emulated {
		args.PubsubCustomEndpoint = pulumi.String(emulatorURL(target.Endpoint))
		// The plugin looks for credentials unless it has a token. An emulator asks for none.
		args.AccessToken = pulumi.ToSecret(pulumi.String("emulator")).(pulumi.StringOutput)
	}
	// Not gcp.NewProvider, which reads the zone from the environment.
	provider := &gcp.Provider{}
	if err := p.Context.RegisterResource("pulumi:providers:gcp", "gcp", args, provider, pulumi.Version(PluginVersion)); err != nil {
		return fmt.Errorf("provider: %w", err)
	}
	p.Use(provider)
	if !target.EnableAPI || p.emulated {
		return nil
	}
	service, err := projects.NewService(p.Context, "pubsub", &projects.ServiceArgs{
		Project: pulumi.String(target.Project),
		Service: pulumi.String(api),
		// Others in the project may use it too.
		DisableOnDestroy: pulumi.Bool(false),
	}, p.Options()...)
	if err != nil {
		return fmt.Errorf("the Pub/Sub API: %w", err)
	}
	p.enabled = service
	return nil
}

// emulatorURL is where the plugin finds the API of an emulator.
func emulatorURL(endpoint string) string { return strings.TrimRight(endpoint, "/") + "/v1/" }

// after orders a resource after others, and after the API.
func (p *program) after(resources ...pulumi.Resource) pulumi.ResourceOption {
	if p.enabled != nil {
		resources = append(resources, p.enabled)
	}
	return pulumi.DependsOn(resources)
}

// theAgent is Pub/Sub's own service account in the project, which forwards dead letters,
// signs what is pushed, and encrypts. It is made with the first thing that needs it: until
// then it may not exist, and a grant to it would fail.
// Source: pulumi-gcp v7.38.0, projects.ServiceIdentity.
func (p *program) theAgent() (*projects.ServiceIdentity, error) {
	if p.agent != nil {
		return p.agent, nil
	}
	agent, err := projects.NewServiceIdentity(p.Context, "pubsub", &projects.ServiceIdentityArgs{
		Project: pulumi.String(p.layout.project()),
		Service: pulumi.String(api),
	}, p.Options(p.after())...)
	if err != nil {
		return nil, fmt.Errorf("the Pub/Sub agent: %w", err)
	}
	p.agent = agent
	return agent, nil
}

// seconds is how Pub/Sub keeps a duration; in any other form it would come back changed.
// Source: pulumi-gcp v7.38.0, pubsub.TopicArgs.MessageRetentionDuration.
func seconds(d time.Duration) pulumi.String {
	return pulumi.String(strconv.FormatInt(int64(d/time.Second), 10) + "s")
}
