package deploy

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Approve decides on what a preview has found. An error is a refusal: nothing
// has been changed, and the operation returns that error. A nil Approve takes
// everything; then a stack without resources is not even previewed, which halves
// the time that it takes to make one.
type Approve func(*Result) error

// Preview says what [Stack.Up] would do. It takes no lock and writes nothing: for
// a stack that does not exist it does not even make the directory.
func (s *Stack) Preview(ctx context.Context, program Program) (*Result, error) {
	return s.preview(ctx, OperationUp, program)
}

// PreviewRefresh says what [Stack.Refresh] would write to the state. It asks the
// clouds, but takes no lock and writes nothing.
func (s *Stack) PreviewRefresh(ctx context.Context) (*Result, error) {
	return s.preview(ctx, OperationRefresh, nil)
}

// PreviewDestroy says what [Stack.Destroy] would delete. It takes no lock and writes nothing.
func (s *Stack) PreviewDestroy(ctx context.Context) (*Result, error) {
	return s.preview(ctx, OperationDestroy, nil)
}

// Up makes the clouds what the program says. It fails with a [LockedError],
// [TargetError], [ProtectedError], [TakeoverError] or [JournalError] before anything has changed, and with
// an [OperationError] or [InterruptedError] after what the result, if there is one, says.
func (s *Stack) Up(ctx context.Context, program Program, approve Approve) (*Result, error) {
	return s.operate(ctx, OperationUp, program, approve)
}

// Refresh makes the state what the clouds say.
func (s *Stack) Refresh(ctx context.Context, approve Approve) (*Result, error) {
	return s.operate(ctx, OperationRefresh, nil, approve)
}

// Destroy deletes all that the stack has made. The stack's history stays, see [Remove].
func (s *Stack) Destroy(ctx context.Context, approve Approve) (*Result, error) {
	return s.operate(ctx, OperationDestroy, nil, approve)
}

func (s *Stack) preview(ctx context.Context, op Operation, program Program) (*Result, error) {
	c, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	if c, err = s.peek(ctx, c); err != nil {
		return nil, err
	}
	if err := s.checkTarget(ctx, c); err != nil {
		return nil, err
	}
	p, err := s.plan(ctx, op, program, c)
	if err != nil {
		return nil, err
	}
	return p.result, nil
}

// operate runs one operation under one lock, from its preview to the state that it makes.
func (s *Stack) operate(ctx context.Context, op Operation, program Program, approve Approve) (_ *Result, err error) {
	if s.opts.Undecrypted != "" {
		return nil, errUndecrypted
	}
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	l, err := s.acquire(ctx, string(op))
	if err != nil {
		return nil, err
	}
	// What has begun is brought to its end whatever becomes of ctx: a lost lock or
	// half a checkpoint helps nobody. Only the engine is told of an interruption.
	work := context.WithoutCancel(ctx)
	defer func() {
		var unsaved *UnsavedError
		if errors.As(err, &unsaved) && !s.opts.local() {
			l.key = "" // it stays: who works with the state that is there would not know what was done
		}
		l.release(work)
	}()

	c, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	if c, err = s.recover(work, c); err != nil {
		return nil, err
	}
	if err := s.checkTarget(ctx, c); err != nil {
		return nil, err
	}
	if err := s.ensurePassphrase(c); err != nil {
		return nil, err
	}
	if approve == nil && len(c.deployment.Resources)+len(c.deployment.PendingOperations) == 0 {
		return s.apply(ctx, op, program, &plan{base: c.deployment, hash: c.hash}, l)
	}
	p, err := s.plan(ctx, op, program, c)
	if err != nil {
		return nil, err
	}
	if err := s.checkProtected(p.result); err != nil {
		return p.result, err
	}
	if err := p.result.Lost(s.opts.Stack); err != nil {
		return p.result, err
	}
	if approve != nil {
		if err := approve(p.result); err != nil {
			return nil, err
		}
	}
	if p.settled {
		return p.result, nil
	}
	return s.apply(ctx, op, program, p, l)
}

// plan is what a preview has found.
type plan struct {
	result *Result
	// base is the state that the operation starts from, and hash that of its checkpoint.
	base *apitype.DeploymentV3
	hash string
	// orphans are resources to be deleted that only a pending operation tells of.
	orphans []string
	// adopted are the IDs to look for of resources that only a pending operation tells of, by URN.
	adopted map[string]string
	// settled says that the operation would not even change the state.
	settled bool
	steps   int
}

// plan runs a preview.
func (s *Stack) plan(ctx context.Context, op Operation, program Program, c *checkpoint) (*plan, error) {
	p := &plan{base: c.deployment, hash: c.hash}
	switch op {
	case OperationRefresh:
		p.adopted = s.opts.adoptable(p.base)
	case OperationDestroy:
		p.orphans = s.opts.orphans(p.base, func(resource.URN) bool { return false })
	}
	out, err := s.rehearse(ctx, op, program, p)
	if err == nil && op == OperationUp {
		// Only now it is known which of the pending creations the program still wants.
		if p.orphans = s.opts.orphans(p.base, out.wants); len(p.orphans) > 0 {
			out, err = s.rehearse(ctx, op, program, p)
		}
	}
	if err != nil {
		return nil, err
	}
	p.base = p.start()
	out.notePending(p.base)
	p.settled = out.settled && len(p.base.PendingOperations) == len(c.deployment.PendingOperations)
	p.steps = out.steps()
	p.result = out.result()
	p.result.Checkpoint, p.result.Interrupted = c.hash, c.interrupted
	tellAdopted(p.result, p.base, p.adopted)
	s.count(ctx, p.result.Changes)
	if out.outputs == nil {
		p.result.Outputs = rootOutputs(p.base)
	}
	return p, nil
}

// start returns the state that the engine starts from.
func (p *plan) start() *apitype.DeploymentV3 {
	return withAdopted(withOrphans(p.base, p.orphans), p.adopted)
}

// rehearse runs the engine without letting it change anything.
func (s *Stack) rehearse(ctx context.Context, op Operation, program Program, p *plan) (outcome, error) {
	keys := s.keyring(p.base.SecretsProviders)
	base, err := s.snapshot(ctx, p.start(), keys)
	if err != nil {
		return outcome{}, err
	}
	out := run{stack: s, operation: op, program: program, base: base, keys: keys}.do(ctx)
	return out, out.err
}

// apply runs the operation itself, and folds its journal into the state.
func (s *Stack) apply(ctx context.Context, op Operation, program Program, p *plan, l *lock) (*Result, error) {
	work := context.WithoutCancel(ctx)
	keys := s.keyring(p.base.SecretsProviders)
	base, err := s.snapshot(work, p.base, keys)
	if err != nil {
		return nil, err
	}
	if err := s.recordTarget(work); err != nil {
		return nil, err
	}
	start := time.Now()
	outputs := rootResource(p.base)
	j, err := newJournal(work, s.opts.disk, s.opts.journalFile(), s.header(op, p), p.base, keys)
	if err != nil {
		return nil, err
	}
	defer j.close()
	k := s.keep(ctx, j, l, p.hash)
	out := run{stack: s, operation: op, program: program, base: base, journal: j, keys: keys, total: p.steps}.do(k.operation)
	lost := k.pause()
	d, err := j.seal()
	if lost != nil {
		return nil, lost
	}
	if err != nil {
		return nil, errors.Join(out.err, err)
	}
	if root := rootResource(d.Deployment); out.err != nil && root != nil && outputs != nil {
		// A program that fails half-way registers the outputs that it came to, and would wipe the others.
		root.Outputs = outputs.Outputs
	}
	data, err := s.fold(work, j, d, k)
	if err != nil {
		return nil, errors.Join(out.err, err)
	}
	if err := s.recordHistory(work, op, start, out, data); err != nil {
		s.warn("the history has no entry for this " + string(op) + ": " + err.Error())
	}
	result := out.result()
	result.Checkpoint = p.hash
	if out.err == nil {
		tellAdopted(result, p.base, p.adopted)
	}
	result.Outputs = rootOutputs(d.Deployment)
	return result, out.err
}

func (s *Stack) header(op Operation, p *plan) header {
	h := header{
		Version: journalVersion, Project: s.opts.Project, Stack: s.opts.Stack,
		Operation: op, Base: p.hash, Orphans: p.orphans, Adopted: p.adopted,
	}
	if me, err := self(string(op)); err == nil {
		h.By = &me // who that was is good to know, and no more
	}
	return h
}

// fold writes the state that a journal makes and removes the journal, in this order.
func (s *Stack) fold(ctx context.Context, j *journal, d apitype.TypedDeployment, k *keeper) ([]byte, error) {
	data, err := encodeCheckpoint(s.keys, d)
	if err != nil {
		return nil, err
	}
	full := j.conclude(hash(data))
	// Where the journal's disk takes no more, the state may be on another one, and then all is well.
	if err := k.finish(ctx, data); err != nil {
		if taken(err) {
			return nil, err
		}
		unsaved := &UnsavedError{Stack: s.opts.Stack, Journal: s.opts.journalFile(), Err: err}
		if full != nil {
			unsaved.Unknown = j.unsaved
		}
		return nil, unsaved
	}
	if err := j.remove(); err != nil {
		return nil, err
	}
	return data, verify(s.keys, d.Deployment)
}

// snapshot returns a state as the engine wants it. Each run needs its own: the engine changes it.
func (s *Stack) snapshot(ctx context.Context, d *apitype.DeploymentV3, keys *keyring) (*deploy.Snapshot, error) {
	snap, err := stack.DeserializeDeploymentV3(ctx, *d, keys)
	if err != nil {
		return nil, fmt.Errorf("read state of stack %s: %w", s.opts.Stack, err)
	}
	snap.SecretsManager = keys
	return snap, nil
}

// checkProtected refuses what the engine would refuse too, but one resource at a time and half-way.
func (s *Stack) checkProtected(r *Result) error {
	var elements []string
	for _, c := range r.Changes {
		if c.Protected && (c.Op == OpDelete || c.Op == OpReplace) {
			elements = append(elements, c.Element)
		}
	}
	if len(elements) == 0 {
		return nil
	}
	return &ProtectedError{Stack: s.opts.Stack, Elements: slices.Compact(elements)} // sorted, as the changes are
}

// count asks how many messages would be lost.
func (s *Stack) count(ctx context.Context, changes []Change) {
	for i := range changes {
		c := &changes[i]
		if !c.DataLoss {
			continue
		}
		c.Messages = -1
		if s.opts.Messages == nil {
			continue
		}
		if n, ok := s.opts.Messages(ctx, *c); ok {
			c.Messages = int64(min(n, math.MaxInt64))
		}
	}
}
