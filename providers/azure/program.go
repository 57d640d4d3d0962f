package azure

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-azure-native-sdk/resources/v2"
	"github.com/pulumi/pulumi-azure-native-sdk/storage/v2"
	azurenative "github.com/pulumi/pulumi-azure-native-sdk/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/elements"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Program lays t out in Azure.
func (*Provider) Program(t *spec.Topology, grants []permissions.Grant) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		p := &program{
			Program: elements.New(ctx, t, grants), layout: layoutOf(t),
			topics: map[string]topic{}, queues: map[string]pulumi.Resource{}, principals: map[string]principal{},
		}
		p.out = p.NewOutputs()
		for _, step := range []func() error{p.stack, p.allTopics, p.allQueues, p.allServices, p.allSubscriptions} {
			if err := step(); err != nil {
				return err
			}
		}
		p.foreign()
		p.Export(p.out)
		return nil
	}
}

// program is one run of a stack's program.
type program struct {
	*elements.Program
	layout

	resourceGroup pulumi.Resource // nil where the group exists, as each of these where there is none
	storage       pulumi.Resource
	bus           pulumi.Resource
	extender      pulumi.Resource // the role for consumers that extend leases

	topics     map[string]topic
	queues     map[string]pulumi.Resource // by name; existing ones are not in it
	principals map[string]principal       // by service

	out *elements.Outputs
}

// topic is what subscriptions need of a topic.
type topic struct {
	element *elements.Element
	made    pulumi.Resource // nil where it exists
	// identity delivers for the topic; the zero principal where nobody knows it.
	identity principal
}

// register registers a resource by its type. The SDK's constructors do the same, and add
// an alias for each API version that the type once had: nine more URNs in each request
// and each state, of resources that msgdeploy has never made.
func (p *program) register(typ, name string, args pulumi.Input, res pulumi.CustomResource, opts []pulumi.ResourceOption) error {
	if err := p.Context.RegisterResource(typ, name, args, res, opts...); err != nil {
		return fmt.Errorf("%s %s: %w", typ, name, err)
	}
	return nil
}

// made registers a resource of which nothing but its existence is needed.
func (p *program) made(typ, name string, args pulumi.Input, opts []pulumi.ResourceOption) (pulumi.Resource, error) {
	res := &pulumi.CustomResourceState{}
	return res, p.register(typ, name, args, res, opts)
}

// tied returns a value that is known from the start, as a property that depends on
// resources: they come first, and when one of them is replaced, so is what cannot be
// without it. A plain string would tell the engine neither; an output of theirs would be
// unknown until they exist.
func (p *program) tied(value string, to ...pulumi.Resource) pulumi.StringOutput {
	to = slices.DeleteFunc(to, func(r pulumi.Resource) bool { return r == nil })
	tied := pulumi.OutputWithDependencies(p.Context.Context(), pulumi.String(value).ToStringOutput(), to...)
	return tied.(pulumi.StringOutput)
}

func (p *program) groupName() pulumi.StringOutput   { return p.tied(p.group(), p.resourceGroup) }
func (p *program) accountName() pulumi.StringOutput { return p.tied(p.account(), p.storage) }
func (p *program) busName() pulumi.StringOutput     { return p.tied(p.namespace(), p.bus) }

// stack registers what belongs to no element: the provider, the resource group, and the
// storage account, the namespace and the role, where an element needs them.
func (p *program) stack() error {
	provider, err := azurenative.NewProvider(p.Context, "azure", &azurenative.ProviderArgs{
		SubscriptionId: pulumi.String(p.target.Subscription),
		Location:       pulumi.String(p.target.Location),
	}, pulumi.Version(pluginVersion))
	if err != nil {
		return fmt.Errorf("provider: %w", err)
	}
	p.Use(provider)
	if p.makesGroup() {
		if p.resourceGroup, err = p.made(typeGroup, "group", &resources.ResourceGroupArgs{
			ResourceGroupName: pulumi.String(p.group()),
			Location:          pulumi.String(p.target.Location),
			Tags:              p.tags(permissions.Stack),
		}, p.Options()); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		needed bool
		make   func() error
	}{
		{p.needsStorage(), p.makeStorage},
		{p.needsBus(), p.makeBus},
		{p.extendsLeases(), p.makeExtender},
	} {
		if part.needed {
			if err := part.make(); err != nil {
				return err
			}
		}
	}
	return nil
}

// isMade reports whether an element is the stack's to make.
func isMade(e *spec.Existing) bool { return e.In(spec.Azure) == "" }

// needsStorage reports whether anything of the stack is in a storage account.
func (l layout) needsStorage() bool {
	return slices.ContainsFunc(l.t.Queues, func(q *spec.Queue) bool { return isMade(q.Existing) && !l.queued(q) }) ||
		slices.ContainsFunc(l.t.Subscriptions, func(s *spec.Subscription) bool { return l.deadLettersToBlob(s) })
}

// needsBus reports whether anything of the stack is in a Service Bus namespace.
func (l layout) needsBus() bool {
	return slices.ContainsFunc(l.t.Queues, func(q *spec.Queue) bool { return isMade(q.Existing) && l.queued(q) }) ||
		slices.ContainsFunc(l.t.Topics, func(t *spec.Topic) bool { return isMade(t.Existing) && l.onBus(t) })
}

// deadLettersToBlob reports whether a subscription has dead letters, which Event Grid
// puts into a container.
func (l layout) deadLettersToBlob(s *spec.Subscription) bool {
	return s.ToService != nil && s.DeadLetter != nil && !l.onBus(s.Topic)
}

// extended reports whether consumers of a queue may extend leases by the stack's own role.
func (l layout) extended(q *spec.Queue) bool {
	return q.Azure != nil && q.Azure.LeaseExtension && !l.queued(q)
}

// extendsLeases reports whether anybody is granted that.
func (l layout) extendsLeases() bool {
	return slices.ContainsFunc(l.t.Permissions, func(g *spec.Permission) bool {
		return g.Verb == spec.Dequeue && g.Queue != nil && l.extended(g.Queue)
	})
}

// publicAccess is the setting as Event Grid, Storage and Service Bus know it.
func (l layout) publicAccess() pulumi.String {
	if l.target.PublicNetworkAccess == spec.AzurePrivate {
		return "Disabled"
	}
	return "Enabled"
}

// makeStorage makes the account of the stack's queues and dead letters: no keys, no
// public blobs, TLS 1.2. Event Grid reaches it as a trusted service where public networks
// do not: https://learn.microsoft.com/azure/event-grid/managed-service-identity.
func (p *program) makeStorage() (err error) {
	sku := pulumi.String("Standard_ZRS")
	if p.target.Redundancy == spec.AzureLocalRedundancy {
		sku = "Standard_LRS"
	}
	args := &storage.StorageAccountArgs{
		ResourceGroupName:            p.groupName(),
		AccountName:                  pulumi.String(p.account()),
		Location:                     pulumi.String(p.target.Location),
		Kind:                         pulumi.String("StorageV2"),
		Sku:                          storage.SkuArgs{Name: sku},
		AllowSharedKeyAccess:         pulumi.Bool(false),
		AllowBlobPublicAccess:        pulumi.Bool(false),
		AllowCrossTenantReplication:  pulumi.Bool(false),
		DefaultToOAuthAuthentication: pulumi.Bool(true),
		EnableHttpsTrafficOnly:       pulumi.Bool(true),
		IsLocalUserEnabled:           pulumi.Bool(false),
		MinimumTlsVersion:            pulumi.String("TLS1_2"),
		PublicNetworkAccess:          p.publicAccess(),
		Tags:                         p.tags(permissions.Stack),
	}
	if p.target.PublicNetworkAccess == spec.AzurePrivate {
		args.NetworkRuleSet = storage.NetworkRuleSetArgs{
			DefaultAction: storage.DefaultActionDeny,
			Bypass:        pulumi.String("AzureServices"),
		}
	}
	p.storage, err = p.made(typeAccount, "storage", args, p.Options())
	return err
}

// makeBus makes the namespace of the stack's Service Bus elements: no keys, TLS 1.2.
func (p *program) makeBus() (err error) {
	p.bus, err = p.made(typeNamespace, "serviceBus", properties(namespaceArgs{
		ResourceGroupName:   p.groupName(),
		NamespaceName:       pulumi.String(p.namespace()),
		Location:            pulumi.String(p.target.Location),
		SKU:                 skuArgs{Name: pulumi.String("Standard"), Tier: pulumi.String("Standard")},
		DisableLocalAuth:    pulumi.Bool(true),
		MinimumTLSVersion:   pulumi.String("1.2"),
		PublicNetworkAccess: p.publicAccess(),
		Tags:                p.tags(permissions.Stack),
	}), p.Options())
	return err
}
