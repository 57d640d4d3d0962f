package nats

import (
	"context"
	"fmt"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/msgdeploy/msgdeploy/broker"
)

// NewPlugin returns the Pulumi provider that carries programs out, to be served in the
// process of the engine.
//
// It connects with open when the first resource is created, read, updated or deleted:
// previews, and updates that change nothing, need no broker. open is called once at
// most; the connection is closed by whoever gave open.
func NewPlugin(open func(context.Context) (*broker.Admin, error)) plugin.Provider {
	return &natsPlugin{connect: sync.OnceValues(func() (*broker.Admin, error) {
		// The connection serves all resources: it does not end with the first one's context.
		return open(context.Background())
	}), kinds: kinds(), streams: &streamLocks{}}
}

type natsPlugin struct {
	plugin.UnimplementedProvider
	connect func() (*broker.Admin, error)
	kinds   map[tokens.Type]kind
	streams *streamLocks
}

// session is what an operation on a resource has to work with.
type session struct {
	*broker.Admin
	owner   owner
	streams *streamLocks
	// adopting is set while something is read to be taken under management, which may be nobody's.
	adopting bool
}

// owner is the stack that a resource on a broker belongs to. It is written into the
// metadata of streams and consumers, so that no stack takes over what is another's.
type owner struct{ project, stack string }

func ownerOfURN(urn resource.URN) owner {
	return owner{project: string(urn.Project()), stack: string(urn.Stack().Name())}
}

// kindOf returns what is known of a resource's type. The type is read from the URN: in
// process, requests carry no type of their own.
func (p *natsPlugin) kindOf(urn resource.URN) (kind, error) {
	k, ok := p.kinds[urn.Type()]
	if !ok {
		return nil, fmt.Errorf("resource type %s is unknown", urn.Type())
	}
	return k, nil
}

func (p *natsPlugin) session(urn resource.URN) (session, error) {
	admin, err := p.connect()
	if err != nil {
		return session{}, err
	}
	return session{Admin: admin, owner: ownerOfURN(urn), streams: p.streams}, nil
}

// Handshake says that secrets are understood.
func (p *natsPlugin) Handshake(context.Context, plugin.ProviderHandshakeRequest) (*plugin.ProviderHandshakeResponse, error) {
	return &plugin.ProviderHandshakeResponse{AcceptSecrets: true}, nil
}

// GetPluginInfo returns the version of the resources' shapes.
func (p *natsPlugin) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	return plugin.PluginInfo{Version: &semver.Version{Major: 1}}, nil
}

// GetSchema returns no more than the package's name: the program writes its own inputs.
func (p *natsPlugin) GetSchema(context.Context, plugin.GetSchemaRequest) (plugin.GetSchemaResponse, error) {
	return plugin.GetSchemaResponse{Schema: []byte(`{"name":"nats","version":"1.0.0"}`)}, nil
}

// CheckConfig accepts the stack's settings, which the spec has validated.
func (p *natsPlugin) CheckConfig(_ context.Context, req plugin.CheckConfigRequest) (plugin.CheckConfigResponse, error) {
	return plugin.CheckConfigResponse{Properties: req.News}, nil
}

// DiffConfig never replaces: what a stack's resources are does not depend on its settings.
func (p *natsPlugin) DiffConfig(_ context.Context, req plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	return diff(req.OldInputs, req.NewInputs, nil), nil
}

// Configure has nothing to keep: the connection is made by whoever made the plugin.
func (p *natsPlugin) Configure(context.Context, plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	return plugin.ConfigureResponse{}, nil
}

// Check validates a resource's inputs.
func (p *natsPlugin) Check(_ context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	k, err := p.kindOf(req.URN)
	if err != nil {
		return plugin.CheckResponse{}, err
	}
	if req.Olds != nil && req.Olds.DeepEquals(req.News) {
		return plugin.CheckResponse{Properties: req.News}, nil
	}
	failures, err := k.check(req.News)
	return plugin.CheckResponse{Properties: req.News, Failures: failures}, err
}

// Diff says which inputs changed, and whether JetStream takes them over in place.
func (p *natsPlugin) Diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	k, err := p.kindOf(req.URN)
	if err != nil {
		return plugin.DiffResult{}, err
	}
	f := k.facts()
	d := diff(req.OldInputs, req.NewInputs, f.replace)
	// What takes a name on the broker must be gone before its replacement can take it.
	d.DeleteBeforeReplace = f.named && len(d.ReplaceKeys) > 0
	return d, nil
}

// Create makes a resource, or takes over what an interrupted run of the same stack made.
func (p *natsPlugin) Create(ctx context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	k, err := p.kindOf(req.URN)
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	if req.Preview {
		return plugin.CreateResponse{Properties: k.facts().unknowns(req.Properties, nil)}, nil
	}
	s, err := p.session(req.URN)
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	id, props, err := k.create(ctx, s, req.Properties)
	return plugin.CreateResponse{ID: resource.ID(id), Properties: props}, err
}

// Update changes a resource in place.
func (p *natsPlugin) Update(ctx context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	k, err := p.kindOf(req.URN)
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	if req.Preview {
		return plugin.UpdateResponse{Properties: k.facts().unknowns(req.NewInputs, req.OldOutputs)}, nil
	}
	s, err := p.session(req.URN)
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	props, err := k.update(ctx, s, req.OldOutputs, req.NewInputs)
	return plugin.UpdateResponse{Properties: props}, err
}

// Read returns a resource as the broker has it. One that is gone, or that has become
// another stack's, has no id.
func (p *natsPlugin) Read(ctx context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	k, err := p.kindOf(req.URN)
	if err != nil {
		return plugin.ReadResponse{}, err
	}
	s, err := p.session(req.URN)
	if err != nil {
		return plugin.ReadResponse{}, err
	}
	id := string(req.ID)
	// An import knows the id and nothing else.
	s.adopting = len(req.State) == 0 && len(req.Inputs) == 0
	if len(req.State) == 0 && len(req.Inputs) > 0 {
		// Its creation was cut off, and nobody knows more than what was to be made.
		if id, err = k.identify(s, req.Inputs); err != nil {
			return plugin.ReadResponse{}, err
		}
	}
	inputs, outputs, err := k.read(ctx, s, id, req.State)
	if err != nil || outputs == nil {
		return plugin.ReadResponse{}, err
	}
	return plugin.ReadResponse{ReadResult: plugin.ReadResult{ID: resource.ID(id), Inputs: inputs, Outputs: outputs}}, nil
}

// Delete removes a resource. One that is gone already is no error.
func (p *natsPlugin) Delete(ctx context.Context, req plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	k, err := p.kindOf(req.URN)
	if err != nil {
		return plugin.DeleteResponse{}, err
	}
	s, err := p.session(req.URN)
	if err != nil {
		return plugin.DeleteResponse{}, err
	}
	return plugin.DeleteResponse{}, k.remove(ctx, s, req.Inputs, req.Outputs)
}

// SignalCancellation leaves what is in flight to end: each request to the broker is short.
func (p *natsPlugin) SignalCancellation(context.Context) error { return nil }

// Close leaves the connection open: it is not the plugin's.
func (p *natsPlugin) Close() error { return nil }

// streamLocks let one operation at a time read and then write a stream's configuration.
type streamLocks struct{ byName sync.Map }

// lock takes the lock of a stream and returns what gives it back.
func (l *streamLocks) lock(stream string) (unlock func()) {
	m, _ := l.byName.LoadOrStore(stream, &sync.Mutex{})
	mu := m.(*sync.Mutex)
	mu.Lock()
	return mu.Unlock
}
