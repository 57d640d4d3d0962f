package main

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// defaultsKey is where bridged plugins note which inputs they have written out, and inputsKey where
// azure-native keeps the inputs of a resource, encrypted, beside its outputs.
const (
	defaultsKey = "__defaults"
	inputsKey   = "__inputs"
)

// provider serves one family from one cloud.
type provider struct {
	plugin.UnimplementedProvider

	family family
	cloud  *cloud

	mu    sync.Mutex
	place place
}

func (*provider) Handshake(context.Context, plugin.ProviderHandshakeRequest) (*plugin.ProviderHandshakeResponse, error) {
	return &plugin.ProviderHandshakeResponse{AcceptSecrets: true, AcceptResources: true}, nil
}

func (*provider) Close() error                             { return nil }
func (*provider) SignalCancellation(context.Context) error { return nil }
func (*provider) Attach(string) error                      { return nil }

func (*provider) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	return plugin.PluginInfo{Version: &semver.Version{Major: 1}}, nil
}

func (*provider) CheckConfig(_ context.Context, r plugin.CheckConfigRequest) (plugin.CheckConfigResponse, error) {
	return plugin.CheckConfigResponse{Properties: r.News}, nil
}

func (*provider) DiffConfig(_ context.Context, r plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	if r.OldInputs.DeepEquals(r.NewInputs) {
		return plugin.DiffResult{Changes: plugin.DiffNone}, nil
	}
	return plugin.DiffResult{Changes: plugin.DiffSome}, nil
}

func (p *provider) Configure(_ context.Context, r plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.place = placeOf(plainMap(r.Inputs))
	return plugin.ConfigureResponse{}, nil
}

// where is where the plugin is configured to work.
func (p *provider) where() place {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.place
}

func (p *provider) kind(t tokens.Type) (kind, error) {
	k, ok := p.family.kinds[string(t)]
	if !ok {
		return k, fmt.Errorf("the file cloud has no resources of type %s", t)
	}
	return k, nil
}

// Check writes out defaults, and says what is wrong with what is asked for.
func (p *provider) Check(_ context.Context, r plugin.CheckRequest) (plugin.CheckResponse, error) {
	k, err := p.kind(r.URN.Type())
	if err != nil {
		return plugin.CheckResponse{}, err
	}
	in := plainMap(r.News)
	if !p.family.native {
		var written []resource.PropertyValue
		for _, name := range slices.Sorted(maps.Keys(k.defaults)) {
			key := resource.PropertyKey(name)
			if _, ok := in[key]; !ok && !strings.Contains(name, ".") {
				in[key] = resource.NewPropertyValue(k.defaults[name])
				written = append(written, resource.NewStringProperty(name))
			}
		}
		in[defaultsKey] = resource.NewArrayProperty(written)
	} else if slices.Contains(k.replaces, "location") && !set(in, "location") {
		in["location"] = resource.NewStringProperty(p.where().location)
	}
	return plugin.CheckResponse{Properties: in, Failures: k.failures(in)}, nil
}

// Diff says what is different, and whether that takes a new resource: the old one first, where the
// spec chose its name.
func (p *provider) Diff(_ context.Context, r plugin.DiffRequest) (plugin.DiffResponse, error) {
	k, err := p.kind(r.URN.Type())
	if err != nil {
		return plugin.DiffResponse{}, err
	}
	news := plainMap(r.NewInputs)
	var found map[string]plugin.PropertyDiff
	if p.family.native {
		found = k.native(plainMap(r.OldInputs), news)
	} else {
		found = k.bridged(plainMap(r.OldOutputs), news)
	}
	d := plugin.DiffResult{Changes: plugin.DiffNone, DetailedDiff: found}
	for path, change := range found {
		d.Changes = plugin.DiffSome
		d.ChangedKeys = append(d.ChangedKeys, resource.PropertyKey(path))
		if change.Kind.IsReplace() {
			d.ReplaceKeys = append(d.ReplaceKeys, resource.PropertyKey(path))
			d.DeleteBeforeReplace = p.family.native || set(news, "name") && slices.Contains(k.kept, "name")
		}
	}
	slices.Sort(d.ChangedKeys)
	slices.Sort(d.ReplaceKeys)
	return d, nil
}

// Create makes a thing. A preview has its inputs, and does not know the rest.
func (p *provider) Create(_ context.Context, r plugin.CreateRequest) (plugin.CreateResponse, error) {
	k, err := p.kind(r.URN.Type())
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	in := plainMap(r.Properties)
	if r.Preview {
		return plugin.CreateResponse{Properties: k.unmade(in)}, nil
	}
	c := p.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	typ, at := string(r.URN.Type()), p.where()
	id := k.id(at, in)
	if there := c.get(typ, id); there != nil {
		if !k.adopts || !reflect.DeepEqual(there.inputs().Mappable(), in.Mappable()) {
			return plugin.CreateResponse{}, fmt.Errorf("%s %s already exists", typ, id)
		}
		return plugin.CreateResponse{ID: resource.ID(there.ID), Properties: p.stored(there)}, nil
	}
	if err := p.refuses(k, in); err != nil {
		return plugin.CreateResponse{}, err
	}
	t := &thing{Type: typ, ID: id, Generation: c.generation(typ, id), Inputs: in.Mappable()}
	t.Outputs = k.outputs(at, t, in, nil).Mappable()
	if err := c.put(t); err != nil {
		return plugin.CreateResponse{}, err
	}
	return plugin.CreateResponse{ID: resource.ID(id), Properties: p.stored(t)}, nil
}

// refuses says why the cloud would not have a thing as it is asked for; nil where it would.
func (p *provider) refuses(k kind, in resource.PropertyMap) error {
	if failures := k.failures(in); len(failures) > 0 {
		return fmt.Errorf("%s: %s", failures[0].Property, failures[0].Reason)
	}
	if k.needs != nil {
		for _, n := range k.needs(in) {
			there, err := p.cloud.has(n.typ, n.name)
			if err != nil {
				return err
			}
			if !there {
				return fmt.Errorf("there is no %s %s", n.typ, n.name)
			}
		}
	}
	if k.rival != nil {
		if why := k.rival(p.cloud, in); why != "" {
			return fmt.Errorf("%s", why)
		}
	}
	return nil
}

// Update changes a thing. In a preview, bridged plugins keep what the cloud told of it; azure-native
// keeps only its name and its location (provider/pkg/provider/provider.go, stableOutputs).
func (p *provider) Update(_ context.Context, r plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	k, err := p.kind(r.URN.Type())
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	in := plainMap(r.NewInputs)
	old := plainMap(r.OldOutputs)
	if r.Preview && p.family.native {
		out := k.unmade(in)
		for _, stable := range []resource.PropertyKey{"name", "location"} {
			if v, ok := old[stable]; ok {
				out[stable] = v
			}
		}
		return plugin.UpdateResponse{Properties: out}, nil
	}
	c := p.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	there := c.get(string(r.URN.Type()), string(r.ID))
	if there == nil {
		return plugin.UpdateResponse{}, fmt.Errorf("%s %s is gone", r.URN.Type(), r.ID)
	}
	if r.Preview {
		return plugin.UpdateResponse{Properties: k.outputs(p.where(), there, in, old)}, nil
	}
	if err := p.refuses(kind{required: k.required, limits: k.limits, together: k.together, needs: k.needs}, in); err != nil {
		return plugin.UpdateResponse{}, err
	}
	t := &thing{Type: there.Type, ID: there.ID, Generation: there.Generation, Inputs: in.Mappable()}
	t.Outputs = k.outputs(p.where(), t, in, there.outputs()).Mappable()
	if err := c.put(t); err != nil {
		return plugin.UpdateResponse{}, err
	}
	return plugin.UpdateResponse{Properties: p.stored(t)}, nil
}

// Read says what is there. What has to be confirmed is confirmed by the time somebody asks again.
func (p *provider) Read(_ context.Context, r plugin.ReadRequest) (plugin.ReadResponse, error) {
	k, err := p.kind(r.URN.Type())
	if err != nil {
		return plugin.ReadResponse{}, err
	}
	c := p.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.get(string(r.URN.Type()), string(r.ID))
	if t == nil {
		return plugin.ReadResponse{}, nil
	}
	if k.confirm != "" && t.Outputs[k.confirm] == true {
		t.Outputs[k.confirm] = false
		if err := c.put(t); err != nil {
			return plugin.ReadResponse{}, err
		}
	}
	return plugin.ReadResponse{ReadResult: plugin.ReadResult{ID: resource.ID(t.ID), Inputs: t.inputs(), Outputs: p.stored(t)}}, nil
}

// Invoke finds a thing, or says that there is none in the words of terraform-plugin-sdk.
func (p *provider) Invoke(_ context.Context, r plugin.InvokeRequest) (plugin.InvokeResponse, error) {
	typ, ok := p.family.finders[string(r.Tok)]
	if !ok {
		return plugin.InvokeResponse{}, fmt.Errorf("the file cloud has no function %s", r.Tok)
	}
	c := p.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.get(typ, p.family.kinds[typ].id(p.where(), resource.ToResourcePropertyMap(r.Args)))
	if t == nil {
		return plugin.InvokeResponse{}, fmt.Errorf("invoking %s: couldn't find resource", r.Tok)
	}
	return plugin.InvokeResponse{Properties: resource.FromResourcePropertyMap(t.outputs())}, nil
}

// Delete takes a thing away, and what is nothing without it. What is gone already may be deleted.
func (p *provider) Delete(_ context.Context, r plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	k, err := p.kind(r.URN.Type())
	if err != nil {
		return plugin.DeleteResponse{}, err
	}
	c := p.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.get(string(r.URN.Type()), string(r.ID))
	if t == nil {
		return plugin.DeleteResponse{}, nil
	}
	if k.holds != nil {
		if why := k.holds(c, t); why != "" {
			return plugin.DeleteResponse{}, fmt.Errorf("%s %s: %s", t.Type, t.ID, why)
		}
	}
	for _, other := range c.things {
		below := p.family.native && strings.HasPrefix(strings.ToLower(other.ID), strings.ToLower(t.ID)+"/")
		if !other.Gone && other != t && (below || k.takes != nil && k.takes(t, other)) {
			if err := c.remove(other); err != nil {
				return plugin.DeleteResponse{}, err
			}
		}
	}
	return plugin.DeleteResponse{}, c.remove(t)
}

// stored is what of a thing goes into the state.
func (p *provider) stored(t *thing) resource.PropertyMap {
	out := t.outputs()
	if p.family.native {
		out[inputsKey] = resource.MakeSecret(resource.NewObjectProperty(t.inputs()))
	}
	return out
}

// unmade are the outputs of a thing that only a preview has made.
func (k kind) unmade(in resource.PropertyMap) resource.PropertyMap {
	out := in.Copy()
	delete(out, defaultsKey)
	unknown := resource.MakeComputed(resource.NewStringProperty(""))
	for _, path := range k.computed {
		at, rest, nested := strings.Cut(path, ".")
		key := resource.PropertyKey(at)
		switch {
		case !nested:
			out[key] = unknown
		case within(out, at) != nil:
			inner := within(out, at).Copy()
			inner[resource.PropertyKey(rest)] = unknown
			out[key] = resource.NewObjectProperty(inner)
		}
	}
	for _, name := range k.kept {
		if _, ok := out[resource.PropertyKey(name)]; !ok && !strings.Contains(name, ".") {
			out[resource.PropertyKey(name)] = unknown
		}
	}
	return out
}

// outputs are what the cloud says of a thing: what it was asked for, what it tells, and what it keeps of before.
func (k kind) outputs(p place, t *thing, in, before resource.PropertyMap) resource.PropertyMap {
	out := in.Copy()
	delete(out, defaultsKey)
	for _, name := range k.kept {
		key := resource.PropertyKey(name)
		if _, ok := out[key]; ok {
			continue
		}
		if v, ok := before[key]; ok {
			out[key] = v
		}
	}
	if k.tells != nil {
		for name, v := range k.tells(p, t.ID, t.Generation, in) {
			out[name] = v
		}
	}
	if v, ok := before[resource.PropertyKey(k.confirm)]; ok {
		out[resource.PropertyKey(k.confirm)] = v
	}
	return out
}

var _ plugin.Provider = (*provider)(nil)
