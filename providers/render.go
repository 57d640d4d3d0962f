package providers

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Rendering is a program as data: every resource that it registers, with its inputs
// as the cloud would get them. What only the cloud can tell reads
// `${<type>::<name>.<property>}`, secrets read `[secret]`.
type Rendering struct {
	Project   string
	Stack     string
	Provider  spec.Cloud
	Resources []Rendered
	Outputs   map[string]any
}

// Rendered is one resource of a program. Resources are sorted by element, type and name.
type Rendered struct {
	Type string
	Name string
	// Element is the address in the spec that the resource belongs to, or "stack".
	Element string
	// Parent and DependsOn are of the form `<type>::<name>`; DependsOn is sorted.
	Parent    string
	Inputs    map[string]any
	DependsOn []string
	// Options holds the resource options that differ from Pulumi's defaults.
	Options map[string]any
}

// Ref is how other resources of a rendering refer to r.
func (r Rendered) Ref() string { return r.Type + "::" + r.Name }

// Render runs p's program for t against a recorder instead of an engine: no state is
// read, no plugin is started, nothing leaves the process.
func Render(ctx context.Context, p Provider, t *spec.Topology, grants []permissions.Grant) (*Rendering, error) {
	rec, err := record(ctx, t.Project, t.Stack, p.Resources(), p.Program(t, grants))
	if err != nil {
		return nil, fmt.Errorf("render stack %s: %w", t.Stack, err)
	}
	out := &Rendering{Project: t.Project, Stack: t.Stack, Provider: t.Target.Cloud(), Outputs: rec.outputs}
	for _, r := range rec.resources {
		out.Resources = append(out.Resources, r)
	}
	slices.SortFunc(out.Resources, func(a, b Rendered) int {
		return cmp.Or(strings.Compare(a.Element, b.Element), strings.Compare(a.Type, b.Type), strings.Compare(a.Name, b.Name))
	})
	return out, nil
}

// componentPrefix begins the types of the components that stand for the spec's elements.
const componentPrefix = "msgdeploy:index:"

// element is the address that a component stands for; ok is false for any other resource.
func element(typ, name string) (address string, ok bool) {
	kind, ok := strings.CutPrefix(typ, componentPrefix)
	return strings.ToLower(kind) + "." + name, ok
}

func record(ctx context.Context, project, stack string, types []ResourceType, program pulumi.RunFunc) (*recorder, error) {
	rec := newRecorder(project, stack, types)
	addr, stop, err := rec.serve()
	if err != nil {
		return nil, fmt.Errorf("start recorder: %w", err)
	}
	defer stop()
	pctx, err := pulumi.NewContext(ctx, pulumi.RunInfo{
		Project: project, Stack: stack, Organization: "organization", MonitorAddr: addr, EngineAddr: addr, Parallel: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("connect to recorder: %w", err)
	}
	defer pctx.Close() //nolint:errcheck // closes the connection to our own recorder: nothing is lost
	// The SDK sends the stack of each registration along, frame by frame. On a goroutine of its
	// own the program has few frames above it.
	done := make(chan error, 1)
	go func() { done <- pulumi.RunWithContext(pctx, program) }()
	if err := <-done; err != nil {
		return nil, err
	}
	return rec, nil
}
