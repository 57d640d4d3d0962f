package deploy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// world is a cloud in memory. Its things are told apart by their input "name".
type world struct {
	mu     sync.Mutex
	things map[string]resource.PropertyMap
	// calls are what was asked for, like "create a".
	calls []string
	// fail, if set, is asked before each call; its error is the call's.
	fail func(call string) error
	// after, if set, is told of each call when its effect is there.
	after func(call string)
}

func newWorld() *world { return &world{things: map[string]resource.PropertyMap{}} }

// names returns what is there, sorted.
func (w *world) names() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var names []string
	for name := range w.things {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// all returns what is there.
func (w *world) all() map[string]resource.PropertyMap {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.things)
}

// set replaces what is there.
func (w *world) set(things map[string]resource.PropertyMap) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.things = things
}

// asked returns the calls so far and forgets them.
func (w *world) asked() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	calls := w.calls
	w.calls = nil
	slices.Sort(calls)
	return calls
}

func (w *world) call(verb, name string, effect func()) error {
	call := verb + " " + name
	w.mu.Lock()
	fail, after := w.fail, w.after
	w.calls = append(w.calls, call)
	w.mu.Unlock()
	if fail != nil {
		if err := fail(call); err != nil {
			return err
		}
	}
	w.mu.Lock()
	effect()
	w.mu.Unlock()
	if after != nil {
		after(call)
	}
	return nil
}

// fake is the plugin for a world. An input "shape" cannot change without a
// replacement, an output "token" is secret, and names are taken by one thing alone.
type fake struct {
	plugin.UnimplementedProvider
	world *world
}

func (f *fake) Handshake(context.Context, plugin.ProviderHandshakeRequest) (*plugin.ProviderHandshakeResponse, error) {
	return &plugin.ProviderHandshakeResponse{AcceptSecrets: true}, nil
}

func (f *fake) Close() error                             { return nil }
func (f *fake) SignalCancellation(context.Context) error { return nil }

func (f *fake) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	return plugin.PluginInfo{Version: &semver.Version{Major: 1}}, nil
}

func (f *fake) CheckConfig(_ context.Context, r plugin.CheckConfigRequest) (plugin.CheckConfigResponse, error) {
	return plugin.CheckConfigResponse{Properties: r.News}, nil
}

func (f *fake) DiffConfig(context.Context, plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	return plugin.DiffResult{Changes: plugin.DiffNone}, nil
}

func (f *fake) Configure(context.Context, plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	return plugin.ConfigureResponse{}, nil
}

func (f *fake) Check(_ context.Context, r plugin.CheckRequest) (plugin.CheckResponse, error) {
	if v := r.News["value"]; v.IsString() && v.StringValue() == "impossible" {
		return plugin.CheckResponse{Failures: []plugin.CheckFailure{{Property: "value", Reason: "nobody can have that"}}}, nil
	}
	return plugin.CheckResponse{Properties: r.News}, nil
}

func (f *fake) Diff(_ context.Context, r plugin.DiffRequest) (plugin.DiffResponse, error) {
	d := r.OldInputs.Diff(r.NewInputs)
	if d == nil {
		return plugin.DiffResult{Changes: plugin.DiffNone}, nil
	}
	result := plugin.DiffResult{Changes: plugin.DiffSome, ChangedKeys: d.ChangedKeys(), DeleteBeforeReplace: true}
	if slices.Contains(result.ChangedKeys, "shape") {
		result.ReplaceKeys = []resource.PropertyKey{"shape"}
	}
	return result, nil
}

func thingName(inputs resource.PropertyMap) string {
	if v := inputs["name"]; v.IsString() {
		return v.StringValue()
	}
	return "?"
}

func (f *fake) outputs(inputs resource.PropertyMap) resource.PropertyMap {
	out := inputs.Copy()
	if v := inputs["value"]; v.IsString() && v.StringValue() == "unconfirmed" {
		out["pending"] = resource.NewProperty(true)
	}
	out["token"] = resource.MakeSecret(resource.NewProperty("token-of-" + thingName(inputs)))
	if strings.HasPrefix(thingName(inputs), "plain") {
		delete(out, "token")
	}
	return out
}

func (f *fake) Create(_ context.Context, r plugin.CreateRequest) (plugin.CreateResponse, error) {
	name, out := thingName(r.Properties), f.outputs(r.Properties)
	if r.Preview {
		return plugin.CreateResponse{Properties: r.Properties, Status: resource.StatusOK}, nil
	}
	err := f.world.call("create", name, func() { f.world.things[name] = out })
	if err != nil {
		return plugin.CreateResponse{Status: resource.StatusUnknown}, err
	}
	return plugin.CreateResponse{ID: resource.ID(name), Properties: out, Status: resource.StatusOK}, nil
}

func (f *fake) Read(_ context.Context, r plugin.ReadRequest) (plugin.ReadResponse, error) {
	f.world.mu.Lock()
	defer f.world.mu.Unlock()
	if r.ID == InterruptedID {
		r.ID = resource.ID(thingName(r.Inputs))
	}
	out, ok := f.world.things[string(r.ID)]
	if !ok {
		return plugin.ReadResponse{Status: resource.StatusOK}, nil
	}
	inputs := out.Copy()
	delete(inputs, "token")
	delete(inputs, "pending")
	return plugin.ReadResponse{ReadResult: plugin.ReadResult{ID: r.ID, Inputs: inputs, Outputs: out}, Status: resource.StatusOK}, nil
}

func (f *fake) Update(_ context.Context, r plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	name, out := thingName(r.NewInputs), f.outputs(r.NewInputs)
	if r.Preview {
		return plugin.UpdateResponse{Properties: out, Status: resource.StatusOK}, nil
	}
	if err := f.world.call("update", name, func() { f.world.things[name] = out }); err != nil {
		return plugin.UpdateResponse{Status: resource.StatusOK}, err
	}
	return plugin.UpdateResponse{Properties: out, Status: resource.StatusOK}, nil
}

func (f *fake) Delete(_ context.Context, r plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	name := thingName(r.Inputs)
	if err := f.world.call("delete", name, func() { delete(f.world.things, name) }); err != nil {
		return plugin.DeleteResponse{Status: resource.StatusOK}, err
	}
	return plugin.DeleteResponse{Status: resource.StatusOK}, nil
}

// thing is one resource of a test's program.
type thing struct {
	name string
	// kind is "Thing" unless set; a "Vessel" holds messages.
	kind    string
	value   string
	shape   string
	secret  string
	protect bool
	needs   []string
}

// component is the spec's element that a thing belongs to.
type component struct{ pulumi.ResourceState }

type thingResource struct{ pulumi.CustomResourceState }

// program returns a program of things, each in a component of its own named like
// it, that exports "outputs" and a secret "credentials".
func program(things ...thing) Program {
	return func(ctx *pulumi.Context) error {
		made := map[string]pulumi.Resource{}
		ids := pulumi.StringMap{}
		for _, t := range things {
			var element component
			if err := ctx.RegisterComponentResource("msgdeploy:index:Queue", t.name, &element); err != nil {
				return err
			}
			props := pulumi.Map{"name": pulumi.String(t.name), "value": pulumi.String(t.value), "shape": pulumi.String(t.shape)}
			if t.secret != "" {
				props["secret"] = pulumi.ToSecret(pulumi.String(t.secret))
			}
			opts := []pulumi.ResourceOption{pulumi.Parent(&element), pulumi.Protect(t.protect), pulumi.Version("1.0.0")}
			for _, need := range t.needs {
				opts = append(opts, pulumi.DependsOn([]pulumi.Resource{made[need]}))
			}
			kind := t.kind
			if kind == "" {
				kind = "Thing"
			}
			var r thingResource
			if err := ctx.RegisterResource("fake:index:"+kind, t.name, props, &r, opts...); err != nil {
				return err
			}
			made[t.name] = &r
			ids[t.name] = r.ID().ToStringOutput()
		}
		ctx.Export("outputs", pulumi.Map{"ids": ids})
		for _, t := range things {
			if t.secret != "" {
				ctx.Export("credentials", pulumi.ToSecret(pulumi.Map{t.name: pulumi.String(t.secret)}))
			}
		}
		return nil
	}
}

// numbered returns n things without secrets, where each tenth needs the one before.
func numbered(n int) []thing {
	things := make([]thing, n)
	for i := range things {
		things[i] = thing{name: fmt.Sprintf("plain-%04d", i), value: "1"}
		if i%10 == 9 {
			things[i].needs = []string{things[i-1].name}
		}
	}
	return things
}

// plugins serves a world.
func plugins(w *world) map[string]func() plugin.Provider {
	return map[string]func() plugin.Provider{"fake": func() plugin.Provider { return &fake{world: w} }}
}

// testOptions returns options for a stack in a directory that does not exist yet.
func testOptions(t testing.TB, w *world) Options {
	return Options{
		Dir:     filepath.Join(t.TempDir(), ".msgdeploy"),
		Project: "shop", Stack: "local",
		Target:      map[string]string{"provider": "fake"},
		Plugins:     plugins(w),
		Stateful:    map[string]bool{"fake:index:Vessel": true},
		Unconfirmed: map[string]string{"fake:index:Thing": "pending"},
	}
}

func open(t testing.TB, o Options) *Stack {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// up runs an up that must go well.
func up(t testing.TB, s *Stack, things ...thing) *Result {
	t.Helper()
	r, err := s.Up(t.Context(), program(things...), nil)
	if err != nil {
		t.Fatalf("up: %v", err)
	}
	return r
}

// rows renders changes like "queue.a fake:index:Thing a: create".
func rows(changes []Change) []string {
	var rows []string
	for _, c := range changes {
		if !c.Component {
			rows = append(rows, fmt.Sprintf("%s %s %s: %s", c.Element, c.Type, c.Name, c.Op))
		}
	}
	return rows
}

var errBroken = errors.New("the world is broken")
