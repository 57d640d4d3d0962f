package standin

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// Options are what a plugin cannot know from the requests of the engine.
type Options struct {
	// Resources returns what the stack's state holds. It is called once, before the first
	// resource is made; nil is an empty state.
	Resources func(context.Context) ([]Resource, error)
	// Exists reports whether there is something in the cloud that is not in the state, by its
	// id, ARN or name: what the spec only refers to. Nil is a cloud that holds nothing else.
	Exists func(id string) bool
	// Facts are what a program knows of where it deploys to, and does not tell the provider
	// resource: the account. They are read like its settings.
	Facts map[string]string
	// Undecided, if set, is told of each property whose old value is a secret that could not
	// be read. Such a property is taken to stand unchanged.
	Undecided func(urn resource.URN, path string)
	// Asked, if set, is told of each resource that the cloud would ask somebody outside to
	// confirm, as it is made or previewed.
	Asked func(urn resource.URN)
	// Confirms reports whether what was asked about has been confirmed by now. It is called
	// as a resource is made, and again as it is read. Nil confirms at once.
	Confirms func(urn resource.URN) bool
}

// Resource is one resource of a state.
type Resource struct {
	URN    resource.URN
	ID     string
	Inputs map[string]any
}

// New returns the stand-in for a plugin.
func New(p Package, o Options) plugin.Provider {
	s := &standIn{pkg: p, options: o, types: map[tokens.Type]*kind{}}
	for _, t := range p.Types {
		s.types[tokens.Type(t.Token)] = newKind(t, p)
	}
	s.world = sync.OnceValues(s.load)
	return s
}

type standIn struct {
	plugin.UnimplementedProvider
	pkg     Package
	options Options
	types   map[tokens.Type]*kind
	// config are the inputs of the provider resource. The engine configures a plugin before
	// it asks for anything else.
	config Values
	// world is what exists in the cloud. It is made when something is about to change it.
	world func() (*world, error)
}

func (s *standIn) kindOf(urn resource.URN) (*kind, error) {
	k, ok := s.types[urn.Type()]
	if !ok {
		return nil, fmt.Errorf("the stand-in for %s does not know resource type %s", s.pkg.Name, urn.Type())
	}
	return k, nil
}

func (s *standIn) made(urn resource.URN, inputs resource.PropertyMap) Made {
	return Made{Inputs: Values{inputs}, Config: s.config, URN: urn}
}

// Handshake says that secrets are understood.
func (s *standIn) Handshake(context.Context, plugin.ProviderHandshakeRequest) (*plugin.ProviderHandshakeResponse, error) {
	return &plugin.ProviderHandshakeResponse{AcceptSecrets: true}, nil
}

// GetPluginInfo returns the version of the plugin that is stood in for.
func (s *standIn) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	v, err := semver.Parse(s.pkg.Version)
	return plugin.PluginInfo{Version: &v}, err
}

// GetSchema returns no more than the package's name and version.
func (s *standIn) GetSchema(context.Context, plugin.GetSchemaRequest) (plugin.GetSchemaResponse, error) {
	schema, err := json.Marshal(map[string]string{"name": s.pkg.Name, "version": s.pkg.Version})
	return plugin.GetSchemaResponse{Schema: schema}, err
}

// CheckConfig refuses settings that the plugin does not have.
func (s *standIn) CheckConfig(_ context.Context, req plugin.CheckConfigRequest) (plugin.CheckConfigResponse, error) {
	properties := s.pkg.Inputs["pulumi:providers:"+s.pkg.Name]
	settings := decoded(resource.ToResourcePropertyMap(req.News))
	delete(settings, "version") // the engine's own
	var failures []plugin.CheckFailure
	for _, p := range checkProperties(properties, settings, "") {
		failures = append(failures, failure(p))
	}
	return plugin.CheckConfigResponse{Properties: req.News, Failures: failures}, nil
}

// DiffConfig never replaces: where resources are is guarded by the state's target.
func (s *standIn) DiffConfig(_ context.Context, req plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	c := comparison{kind: &kind{}, strict: true}
	c.objects("", nil, req.OldInputs, req.NewInputs)
	return c.result(), nil
}

// Configure keeps the settings: ids and names depend on them.
func (s *standIn) Configure(_ context.Context, req plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	config := decoded(req.Inputs)
	for name, value := range s.options.Facts {
		if _, given := config[resource.PropertyKey(name)]; !given {
			config[resource.PropertyKey(name)] = resource.NewProperty(value)
		}
	}
	s.config = Values{config}
	return plugin.ConfigureResponse{}, nil
}

// decoded returns a provider's settings with those decoded that the SDKs write as JSON in a
// string: everything but strings.
func decoded(m resource.PropertyMap) resource.PropertyMap {
	out := resource.PropertyMap{}
	for k, v := range m {
		out[k] = v
		s := bare(v)
		if !s.IsString() {
			continue
		}
		text := s.StringValue()
		var plain any
		if text != "true" && text != "false" && !strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "{") {
			continue
		}
		if json.Unmarshal([]byte(text), &plain) == nil {
			out[k] = resource.NewPropertyValue(plain)
		}
	}
	return out
}

// Check adds defaults, and refuses what the cloud would refuse.
func (s *standIn) Check(_ context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	k, err := s.kindOf(req.URN)
	if err != nil {
		return plugin.CheckResponse{}, err
	}
	inputs := k.defaulted(req)
	if s.pkg.Adds != nil {
		maps.Copy(inputs, resource.NewPropertyMapFromMap(s.pkg.Adds(s.made(req.URN, inputs))))
	}
	if req.Olds != nil && req.Olds.DeepEquals(inputs) {
		return plugin.CheckResponse{Properties: inputs}, nil // it was checked before
	}
	var failures []plugin.CheckFailure
	for _, p := range k.check(req.News, inputs) {
		failures = append(failures, failure(p))
	}
	return plugin.CheckResponse{Properties: inputs, Failures: failures}, nil
}

func failure(p Problem) plugin.CheckFailure {
	return plugin.CheckFailure{Property: resource.PropertyKey(p.Property), Reason: p.Reason}
}

// Diff says what changes, and what that does to the resource.
func (s *standIn) Diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	k, err := s.kindOf(req.URN)
	if err != nil {
		return plugin.DiffResult{}, err
	}
	return k.diff(req, func(path string) {
		if s.options.Undecided != nil {
			s.options.Undecided(req.URN, path)
		}
	}), nil
}

// Create makes a resource in the stand-in's world.
func (s *standIn) Create(_ context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	k, err := s.kindOf(req.URN)
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	if s.options.Asked != nil && k.Unconfirmed != nil && k.Unconfirmed(s.made(req.URN, req.Properties)) != nil {
		s.options.Asked(req.URN)
	}
	if req.Preview {
		return plugin.CreateResponse{Properties: k.expected(req.Properties, nil)}, nil
	}
	w, err := s.world()
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	made := s.made(req.URN, req.Properties)
	id, computed := k.make(made)
	maps.Copy(computed, s.unconfirmed(k, made))
	if err := w.create(k, made, id); err != nil {
		return plugin.CreateResponse{}, err
	}
	return plugin.CreateResponse{ID: resource.ID(id), Properties: outputs(req.Properties, computed)}, nil
}

// unconfirmed returns the outputs of a resource that waits for somebody outside; nil if it does not.
func (s *standIn) unconfirmed(k *kind, m Made) resource.PropertyMap {
	if k.Unconfirmed == nil || s.options.Confirms == nil || s.options.Confirms(m.URN) {
		return nil
	}
	return resource.NewPropertyMapFromMap(k.Unconfirmed(m))
}

// Update changes a resource in place.
func (s *standIn) Update(_ context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	k, err := s.kindOf(req.URN)
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	if req.Preview {
		return plugin.UpdateResponse{Properties: k.expected(req.NewInputs, req.OldOutputs)}, nil
	}
	w, err := s.world()
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	made := s.made(req.URN, req.NewInputs)
	if err := w.update(k, made, string(req.ID)); err != nil {
		return plugin.UpdateResponse{}, err
	}
	computed := k.recomputed(s.made(req.URN, req.OldInputs), made, req.OldOutputs)
	return plugin.UpdateResponse{Properties: outputs(req.NewInputs, computed)}, nil
}

// Read returns a resource as it was left: nothing else changes the stand-in's world but who
// confirms what waited for it.
func (s *standIn) Read(_ context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	if len(req.State) == 0 && len(req.Inputs) == 0 {
		return plugin.ReadResponse{}, fmt.Errorf("%s cannot be looked up: only the cloud knows it, and nothing asks the cloud here", req.ID)
	}
	state := req.State
	if k, ok := s.types[req.URN.Type()]; ok && k.Unconfirmed != nil {
		made := s.made(req.URN, req.Inputs)
		_, now := k.make(made)
		maps.Copy(now, s.unconfirmed(k, made))
		state = state.Copy()
		for name := range k.Unconfirmed(made) {
			state[resource.PropertyKey(name)] = now[resource.PropertyKey(name)]
		}
	}
	return plugin.ReadResponse{ReadResult: plugin.ReadResult{ID: req.ID, Inputs: req.Inputs, Outputs: state}}, nil
}

// Delete removes a resource.
func (s *standIn) Delete(_ context.Context, req plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	w, err := s.world()
	if err != nil {
		return plugin.DeleteResponse{}, err
	}
	w.remove(req.URN, string(req.ID))
	return plugin.DeleteResponse{}, nil
}

// SignalCancellation has nothing to stop.
func (s *standIn) SignalCancellation(context.Context) error { return nil }

// Close has nothing to close.
func (s *standIn) Close() error { return nil }
