package deploy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// adoption is what a run in memory takes from the clouds, and what it has found there.
type adoption struct {
	options Options
	// explicit are the ids that were given, and elements those whose other resources are looked for.
	explicit map[resource.URN]string
	elements map[string]bool
	element  func(resource.URN) string

	mu sync.Mutex
	// taken are the inputs of what was found, as it is.
	taken  map[resource.URN]resource.PropertyMap
	absent []Resource
	// failure is why the adoption cannot be, which the engine would tell in words of its own.
	failure error
}

// wrap returns a plugin that only pretends, but for what is adopted, which it reads through p.
func (a *adoption) wrap(name string, p plugin.Provider) (plugin.Provider, error) {
	pretend, ok := a.options.Pretend[name]
	if !ok {
		return nil, fmt.Errorf("resources of package %s cannot be imported: there is no stand-in for it", name)
	}
	return &adopter{Provider: pretend(), real: p, adoption: a}, nil
}

func (a *adoption) fail(err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failure == nil {
		a.failure = err
	}
	return err
}

// adopter changes nothing: it is what a run has in the place of a plugin that only finds out.
type adopter struct {
	plugin.Provider // pretends

	real     plugin.Provider
	adoption *adoption
	config   resource.PropertyMap
}

// GetPluginInfo is that of the plugin itself: the state says its version.
func (p *adopter) GetPluginInfo(ctx context.Context) (plugin.PluginInfo, error) {
	return p.real.GetPluginInfo(ctx)
}

// CheckConfig is that of the plugin itself: the settings go into the state.
func (p *adopter) CheckConfig(ctx context.Context, r plugin.CheckConfigRequest) (plugin.CheckConfigResponse, error) {
	return p.real.CheckConfig(ctx, r)
}

// DiffConfig is that of the plugin itself.
func (p *adopter) DiffConfig(ctx context.Context, r plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	return p.real.DiffConfig(ctx, r)
}

// Configure configures both.
func (p *adopter) Configure(ctx context.Context, r plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	p.config = r.Inputs
	if _, err := p.Provider.Configure(ctx, r); err != nil {
		return plugin.ConfigureResponse{}, err
	}
	return p.real.Configure(ctx, r)
}

// Create reads what is adopted, and pretends to make the rest.
func (p *adopter) Create(ctx context.Context, r plugin.CreateRequest) (plugin.CreateResponse, error) {
	a := p.adoption
	element := a.element(r.URN)
	id, given := a.explicit[r.URN]
	if !given && a.elements[element] && a.options.Identify != nil {
		id, _ = a.options.Identify(Creation{
			URN: string(r.URN), Type: string(r.URN.Type()), Element: element, Inputs: plainMap(r.Properties), Provider: plainMap(p.config),
		})
	}
	if id == "" {
		if a.elements[element] {
			a.miss(r.URN, element, "")
		}
		return p.Provider.Create(ctx, r)
	}
	read, err := p.real.Read(ctx, plugin.ReadRequest{URN: r.URN, Name: r.URN.Name(), Type: r.URN.Type(), ID: resource.ID(id)})
	if err != nil {
		return plugin.CreateResponse{}, a.fail(fmt.Errorf("read %s (%s %s): %w", element, r.URN.Type(), id, err))
	}
	if read.Outputs == nil && given {
		return plugin.CreateResponse{}, a.fail(&AdoptError{
			Stack: a.options.Stack, Reason: fmt.Sprintf("there is no %s with the id %s, so it cannot be imported as %s", r.URN.Type(), id, element),
		})
	}
	if read.Outputs == nil {
		a.miss(r.URN, element, id)
		return p.Provider.Create(ctx, r)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.taken[r.URN] = read.Inputs
	return plugin.CreateResponse{ID: cmp.Or(read.ID, resource.ID(id)), Properties: read.Outputs}, nil
}

// miss notes a resource that is not there.
func (a *adoption) miss(urn resource.URN, element, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.absent = append(a.absent, Resource{URN: string(urn), Type: string(urn.Type()), ID: id, Element: element})
}

// Update leaves what is in the state as it is.
func (p *adopter) Update(_ context.Context, r plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	return plugin.UpdateResponse{Properties: r.OldOutputs}, nil
}

// Read tells what is in the state.
func (p *adopter) Read(_ context.Context, r plugin.ReadRequest) (plugin.ReadResponse, error) {
	return plugin.ReadResponse{ReadResult: plugin.ReadResult{ID: r.ID, Inputs: r.Inputs, Outputs: r.State}}, nil
}

// Delete deletes nothing.
func (p *adopter) Delete(context.Context, plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	return plugin.DeleteResponse{}, nil
}

// SignalCancellation tells both.
func (p *adopter) SignalCancellation(ctx context.Context) error {
	return errors.Join(p.Provider.SignalCancellation(ctx), p.real.SignalCancellation(ctx))
}

// Close closes what pretends: the plugin itself is the host's.
func (p *adopter) Close() error { return p.Provider.Close() }
