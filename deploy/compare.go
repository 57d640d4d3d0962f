package deploy

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Version is a stack as one version of its spec has it.
type Version struct {
	// Program is nil where that version has no such stack.
	Program Program
	// Plugins are the resource providers of the program, as in [Options]. Those of the version that
	// others are compared with carry out what they are asked for, so they must be stand-ins.
	Plugins map[string]func() plugin.Provider
	// Target is where the version's resources are, as in [Options].
	Target map[string]string
}

// Compare says what would happen to a stack that is what base says, if it became what next says.
//
// There is no state: base is made in memory, by plugins that only pretend, and next is previewed
// against that. Nothing is read from a disk or written to one, no plugin is looked for, and no
// connection leaves the process but the engine's own to its programs, over the loopback interface.
//
// What is at another [Version.Target] afterwards is made there anew, and lost where it was: each of
// its resources is replaced, and the facts that differ are the reasons.
func Compare(ctx context.Context, o Options, base, next Version) (*Result, error) {
	o.InProcess = true
	// What is made up is nobody's progress, holds no messages, and is confirmed by nobody.
	o.Progress, o.Messages, o.Unconfirmed = nil, nil, nil
	o, err := o.checked()
	if err != nil {
		return nil, err
	}
	snapshot := &deploy.Snapshot{}
	if base.Program != nil {
		if snapshot, err = imagine(ctx, o, base); err != nil {
			return nil, err
		}
	}
	r := run{stack: o.imagined(next), operation: OperationUp, program: next.Program, base: snapshot}
	if next.Program == nil {
		r.operation = OperationDestroy
		r.stack = o.imagined(base)
	}
	r.keys = r.stack.keyring(nil)
	// The engine changes the snapshot that it is given.
	before := slices.Clone(snapshot.Resources)
	out := r.do(ctx)
	if out.err != nil {
		return nil, out.err
	}
	if reasons := moved(base.Target, next.Target); base.Program != nil && next.Program != nil && len(reasons) > 0 {
		out.relocate(before, reasons)
		out.exchange = exchange{} // what is made there is none of what was here
	}
	result := out.result()
	for i := range result.Changes {
		if result.Changes[i].DataLoss {
			result.Changes[i].Messages = -1 // nobody was asked
		}
	}
	return result, nil
}

// imagined is a stack of a version, which has no state.
func (o Options) imagined(v Version) *Stack {
	o.Plugins, o.Target = v.Plugins, v.Target
	return &Stack{opts: o, keys: stackKeys{o.Project, o.Stack}}
}

// imagine makes a version in memory.
func imagine(ctx context.Context, o Options, v Version) (*deploy.Snapshot, error) {
	s := o.imagined(v)
	made := &imagination{}
	out := run{stack: s, operation: OperationUp, program: v.Program, base: &deploy.Snapshot{}, imagined: made, keys: s.keyring(nil)}.do(ctx)
	if out.err != nil {
		return nil, out.err
	}
	return &deploy.Snapshot{Resources: made.resources}, nil
}

// imagination keeps in memory what the engine makes of nothing.
type imagination struct {
	mu        sync.Mutex
	resources []*pkgresource.State
}

var _ engine.SnapshotManager = (*imagination)(nil)

// Write has nothing to write: there is no state to begin with.
func (*imagination) Write(*deploy.Snapshot) error { return nil }

// RebuiltBaseState is about a state to begin with, too.
func (*imagination) RebuiltBaseState() error { return nil }

// SetSnippets keeps none: our programs have none.
func (*imagination) SetSnippets([]resource.Snippet) error { return nil }

// RegisterResourceOutputs has nothing to do: the engine writes them into the resource's state.
func (*imagination) RegisterResourceOutputs(deploy.Step) error { return nil }

// Close has nothing to close.
func (*imagination) Close() error { return nil }

// BeginMutation notes nothing: what does not end well fails the whole comparison.
func (m *imagination) BeginMutation(deploy.Step) (engine.SnapshotMutation, error) { return m, nil }

// End keeps what was made. What others depend on ends before they begin, so the order is one in
// which the engine can read it.
func (m *imagination) End(step deploy.Step, successful bool) error {
	if s := step.New(); successful && s != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.resources = append(m.resources, s)
	}
	return nil
}

// moved returns the facts in which two targets differ, sorted.
func moved(have, want map[string]string) []string {
	var names []string
	for name, value := range have {
		if want[name] != value {
			names = append(names, name)
		}
	}
	for name := range want {
		if _, known := have[name]; !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// relocate makes a replacement of all that would have stayed or been updated. The engine compares
// resources by their names and inputs, and sees nothing of where they are.
func (c *collector) relocate(before []*pkgresource.State, reasons []string) {
	for _, s := range before {
		if !s.Custom || s.External || strings.HasPrefix(string(s.Type), "pulumi:") {
			continue
		}
		change, changes := c.changes[s.URN]
		switch {
		case changes && change.Op == OpDelete, !changes && !c.wanted[s.URN]:
			continue
		case !changes:
			change = &Change{Element: c.element(s.URN), Type: string(s.Type), Name: s.URN.Name(), URN: string(s.URN), ID: string(s.ID)}
			c.changes[s.URN] = change
			c.summary.Same--
		}
		change.Op = OpReplace
		change.Reasons = slices.Compact(slices.Sorted(slices.Values(slices.Concat(change.Reasons, reasons))))
		change.Protected = s.Protect
		change.DataLoss = !s.RetainOnDelete && c.run.stack.opts.Stateful[string(s.Type)]
	}
}
