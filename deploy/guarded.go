package deploy

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// guarded is a plugin with the engine kept from three mistakes.
type guarded struct {
	plugin.Provider
	// lasting is [Options.Lasting].
	lasting map[string][]string
}

// Check leaves the values out of the plugin's objections: the engine would print them, secrets too.
func (g guarded) Check(ctx context.Context, r plugin.CheckRequest) (plugin.CheckResponse, error) {
	res, err := g.Provider.Check(ctx, r)
	for i, f := range res.Failures {
		if f.Property != "" {
			res.Failures[i] = plugin.CheckFailure{Reason: string(f.Property) + ": " + f.Reason}
		}
	}
	return res, err
}

// Diff makes sure that a replacement that was cut off after its deletion is not finished by another
// deletion. The engine asks in which order to replace even where nothing is different any more, and
// what it creates and then deletes goes by the same name.
func (g guarded) Diff(ctx context.Context, r plugin.DiffRequest) (plugin.DiffResponse, error) {
	res, err := g.Provider.Diff(ctx, r)
	if !res.Replace() {
		res.DeleteBeforeReplace = true
	}
	return res, err
}

// Update makes sure that a preview of an update does not forget what lasts. What depends on it would seem to change
// too, and be replaced where that takes a new resource.
func (g guarded) Update(ctx context.Context, r plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	res, err := g.Provider.Update(ctx, r)
	if err != nil || !r.Preview {
		return res, err
	}
	for _, name := range g.lasting[string(r.URN.Type())] {
		path, err := resource.ParsePropertyPath(name)
		if err != nil {
			return res, fmt.Errorf("%s of %s: %w", name, r.URN.Type(), err)
		}
		res.Properties = keep(res.Properties, path, r)
	}
	return res, nil
}

// keep returns outputs with the old value at a path, where they do not know all of it. What a cloud adds to
// an input lasts as long as the input stays what it is.
func keep(out resource.PropertyMap, path resource.PropertyPath, r plugin.UpdateRequest) resource.PropertyMap {
	old, ok := path.Get(resource.NewProperty(r.OldOutputs))
	if !ok || old.ContainsUnknowns() {
		return out
	}
	if now, ok := path.Get(resource.NewProperty(out)); ok && !now.ContainsUnknowns() {
		return out
	}
	if input, ok := path[0].(string); ok {
		before, after := r.OldInputs[resource.PropertyKey(input)], r.NewInputs[resource.PropertyKey(input)]
		if !before.DeepEquals(after) {
			return out
		}
	}
	kept := resource.NewProperty(out.Copy())
	if kept, ok = path.Add(kept, old); !ok {
		return out
	}
	return kept.ObjectValue()
}
