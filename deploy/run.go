package deploy

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/display"
	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/pkg/v3/util/cancel"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/result"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Operation is what is done to a stack.
type Operation string

// The operations.
const (
	OperationUp      Operation = "up"
	OperationRefresh Operation = "refresh"
	OperationDestroy Operation = "destroy"
)

// run is one run of the engine: a preview where journal and imagined are nil, the operation itself otherwise.
type run struct {
	stack     *Stack
	operation Operation
	program   Program
	// base is the state that the run starts from. The engine changes it.
	base    *deploy.Snapshot
	journal *journal
	// imagined takes in what is made, in place of a journal, where nothing of it is real.
	imagined *imagination
	// adoption is what an imagined run takes from the clouds; nil for all others.
	adoption *adoption
	keys     *keyring
	// total is how many steps a preview has found; 0 is unknown.
	total int
}

// outcome is what a run of the engine came to.
type outcome struct {
	*collector
	changes display.ResourceChanges
	// err is nil, an [InterruptedError], an [OperationError], or what kept the engine from working.
	err error
}

// do runs the engine until it is done, and its events through a collector.
// When ctx is done, steps in flight come to their end and no others begin.
func (r run) do(ctx context.Context) (out outcome) {
	out.collector = newCollector(r)
	if err := ctx.Err(); err != nil {
		out.err = &InterruptedError{Stack: r.stack.opts.Stack}
		return out
	}
	// The engine takes the end of its context for a command to drop everything, so it must not see ctx.
	scope, source := cancel.NewContext(context.WithoutCancel(ctx))
	defer context.AfterFunc(ctx, source.Cancel)()
	finished := make(chan struct{})
	defer close(finished)
	go func() {
		select {
		case <-r.stack.opts.Abort:
			source.Terminate()
		case <-finished:
		}
	}()

	r.askAgain()
	busy := &throttling{pacing: r.stack.opts.pacing.withDefaults(), done: ctx, abort: r.stack.opts.Abort, note: r.stack.warn}
	var careful *caution
	if r.journal != nil {
		careful = newCaution(out.collector, r.base, busy)
	}
	plugins := &hosts{
		ctx: ctx, program: r.program, plugins: r.stack.opts.Plugins, inProcess: r.stack.opts.InProcess,
		lasting: r.stack.opts.Lasting, adoption: r.adoption, note: r.stack.warn,
		caution: careful, throttling: busy,
	}
	defer plugins.close()
	defer source.Terminate() // lets the engine's own goroutines go

	events := make(chan engine.Event)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for e := range events {
			if e.Type == engine.CancelEvent {
				return // the engine's last
			}
			out.collect(e)
		}
	}()
	ectx := &engine.Context{Cancel: scope, Events: events, BackendClient: noReferences{}}
	if r.journal != nil {
		manager, err := engine.NewJournalSnapshotManager(r.journal, r.base, r.keys)
		if err != nil {
			close(events)
			out.err = err
			return out
		}
		ectx.SnapshotManager = manager
	}
	if r.imagined != nil {
		ectx.SnapshotManager = r.imagined
	}
	var err error
	_, out.changes, err = r.engine()(r.info(), ectx, engine.UpdateOptions{
		Parallel:    r.stack.opts.parallel(),
		HostFactory: plugins.new,
		// Plugins are installed when a resource first asks for one. Up front, the engine
		// would also look for those that run in this process.
		SkipPluginPreInstall: true,
		ExecKind:             msgdeploy,
		// A preview shows all that is protected, for us to refuse; the engine stops at the first.
		IgnoreProtect: (r.preview() || r.adoption != nil) && r.operation != OperationRefresh,
	}, r.preview())
	<-drained
	// Whoever terminates is heard by the engine before the word has come through to what is cancelled along.
	interrupted := scope.CancelErr() != nil || scope.TerminateErr() != nil
	out.err = out.failure(err, interrupted)
	var failed *OperationError
	if errors.As(out.err, &failed) {
		failed.Occupied = careful.occupied(out.collector)
	}
	if out.err != nil && plugins.missing != nil && !interrupted {
		out.err = plugins.missing
	}
	if out.err != nil && !interrupted {
		if why := loopback(context.WithoutCancel(ctx)); why != nil {
			out.err = why
		}
	}
	return out
}

// preview reports whether nothing is made, not even in memory.
func (r run) preview() bool { return r.journal == nil && r.imagined == nil }

// engine returns the engine's function for the operation.
func (r run) engine() func(engine.UpdateInfo, *engine.Context, engine.UpdateOptions, bool) (*deploy.Plan, display.ResourceChanges, error) {
	switch r.operation {
	case OperationRefresh:
		return engine.Refresh
	case OperationDestroy:
		return engine.Destroy
	}
	return engine.Update
}

func (r run) info() engine.UpdateInfo {
	o := r.stack.opts
	return engine.UpdateInfo{
		Root: filepath.Dir(o.Dir),
		Project: &workspace.Project{
			Name:    tokens.PackageName(o.Project),
			Runtime: workspace.NewProjectRuntimeInfo(runtimeName, nil),
		},
		Target: &deploy.Target{
			Name:         tokens.MustParseStackName(o.Stack), // checked by Open
			Organization: "organization",                     // what Pulumi's file backend says
			Config:       config.Map{},
			Decrypter:    r.keys.Decrypter(),
			Snapshot:     r.base,
		},
	}
}

// failure turns the engine's error into one of ours. The engine says "bail" where it
// has told the reasons in diagnostics.
func (c *collector) failure(err error, interrupted bool) error {
	if err == nil {
		return nil
	}
	if interrupted {
		return &InterruptedError{Stack: c.run.stack.opts.Stack, Pending: c.inFlight()}
	}
	errs := c.errors()
	if len(errs) == 0 || !result.IsBail(err) {
		errs = append(errs, Message{Severity: severityError, Text: clean(err.Error())})
	}
	return &OperationError{Stack: c.run.stack.opts.Stack, Operation: c.run.operation, Messages: errs}
}

// noReferences is the engine's way to other stacks' outputs: our programs read none.
type noReferences struct{}

var errReferences = errors.New("stack references are not supported")

func (noReferences) GetStackOutputs(context.Context, string, func(error) error) (property.Map, error) {
	return property.Map{}, errReferences
}

func (noReferences) GetStackResourceOutputs(context.Context, string) (property.Map, error) {
	return property.Map{}, errReferences
}
