package deploy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// StackInfo is one stack of a project.
type StackInfo struct {
	Name string
	// Resources counts what the stack has in its cloud.
	Resources int
	// Target is where the resources are; nil where the state does not say.
	Target map[string]string
	// Locked is who works on the stack; nil is nobody. The holder may be dead: the next operation finds out.
	Locked *Holder
	// Interrupted says that an operation was cut off, and that the next one brings the state up to date.
	Interrupted bool
}

// Stacks returns the project's stacks, by name: those that have state, and those whose first
// operation was cut off before there was any. Options.Stack does not matter.
func Stacks(ctx context.Context, o Options) ([]StackInfo, error) {
	o.Stack = "any" // must be valid, and is not looked at
	o, err := o.checked()
	if err != nil {
		return nil, err
	}
	b, err := openBucket(ctx, o)
	if err != nil {
		return nil, err
	}
	names, err := stackNames(ctx, b, o)
	if err != nil {
		return nil, fmt.Errorf("list stacks: %w", err)
	}
	var infos []StackInfo
	for _, name := range names {
		o.Stack = name
		info, err := (&Stack{opts: o, keys: stackKeys{o.Project, name}, bucket: b}).info(ctx)
		if err != nil {
			return nil, err
		}
		infos = append(infos, info)
	}
	return infos, nil
}

func stackNames(ctx context.Context, b bucket, o Options) ([]string, error) {
	dir := stackKeys{project: o.Project}.stacks()
	keys, err := b.list(ctx, dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, key := range keys {
		name, ok := strings.CutSuffix(strings.TrimPrefix(key, dir), ".json")
		if ok && !strings.Contains(name, "/") {
			names = append(names, name)
		}
	}
	prefix := o.Project + "."
	journals, err := directory{o.journalBase(), o.disk}.list(ctx, "journal/"+prefix)
	if err != nil {
		return nil, err
	}
	for _, key := range journals {
		if name, ok := strings.CutSuffix(strings.TrimPrefix(key, "journal/"+prefix), journalExt); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (s *Stack) info(ctx context.Context) (StackInfo, error) {
	info := StackInfo{Name: s.opts.Stack}
	c, err := s.load(ctx)
	if err != nil {
		return info, err
	}
	info.Resources = resources(c.deployment)
	if info.Target, err = s.target(ctx); err != nil {
		return info, err
	}
	held, err := s.locks(ctx)
	if err != nil {
		return info, err
	}
	for _, h := range held {
		info.Locked = &h
	}
	info.Interrupted = s.interrupted() && info.Locked == nil
	return info, nil
}

// resources counts what a deployment has in its cloud.
func resources(d *apitype.DeploymentV3) (n int) {
	for _, r := range d.Resources {
		if cloudly(r) {
			n++
		}
	}
	return n
}

// Remove forgets a stack: its state, history and locks. A stack that has resources is
// refused with a [NotEmptyError] unless force is set; then the resources stay where they are.
func Remove(ctx context.Context, o Options, force bool) error {
	s, err := Open(ctx, o)
	if err != nil {
		return err
	}
	exists, err := s.Exists(ctx)
	if err != nil && !force {
		return err
	}
	if !exists && err == nil && !s.interrupted() {
		return fmt.Errorf("stack %s has no state", o.Stack)
	}
	l, err := s.acquire(ctx, "stacks rm")
	if err != nil {
		return err
	}
	defer l.release(context.WithoutCancel(ctx))
	if !force {
		c, err := s.load(ctx)
		if err != nil {
			return err
		}
		if c, err = s.recover(ctx, c); err != nil {
			return err
		}
		if n := resources(c.deployment); n > 0 {
			return &NotEmptyError{Stack: o.Stack, Resources: n}
		}
	}
	keys := append([]string{s.keys.checkpoint(), s.keys.backup(), s.keys.tags()}, s.keys.compressed()...)
	for _, dir := range []string{s.keys.history(), s.keys.backups()} {
		more, err := s.bucket.list(ctx, dir)
		if err != nil {
			return fmt.Errorf("remove stack %s: %w", o.Stack, err)
		}
		keys = append(keys, more...)
	}
	for _, key := range keys {
		if err := s.bucket.remove(ctx, key); err != nil {
			return fmt.Errorf("remove stack %s: %w", o.Stack, err)
		}
	}
	if err := removeFile(s.opts.disk, s.opts.journalFile()); err != nil {
		return fmt.Errorf("remove stack %s: %w", o.Stack, err)
	}
	return nil
}

// Lock is a lock of a stack, and what is known of whoever has it.
type Lock struct {
	Holder   Holder
	Liveness Liveness
}

// Liveness is whether a lock's holder still runs.
type Liveness string

// What can be known of that.
const (
	Running Liveness = "which still runs on this machine"
	Dead    Liveness = "which is no longer running"
	// Elsewhere is a holder on another machine, or one that does not say who it is.
	Elsewhere Liveness = "of which this machine cannot tell whether it still runs"
)

// Locks returns who has locked a stack, the oldest first.
func Locks(ctx context.Context, o Options) ([]Lock, error) {
	s, err := Open(ctx, o)
	if err != nil {
		return nil, err
	}
	held, err := s.locks(ctx)
	if err != nil {
		return nil, err
	}
	me, err := self("")
	if err != nil {
		return nil, err
	}
	var locks []Lock
	for _, h := range held {
		l := Lock{h, Elsewhere}
		switch {
		case h.torn || h.PID != 0 && h.Host == me.Host && !alive(h.PID):
			l.Liveness = Dead
		case h.PID != 0 && h.Host == me.Host:
			l.Liveness = Running
		}
		locks = append(locks, l)
	}
	slices.SortFunc(locks, func(a, b Lock) int { return a.Holder.Time.Compare(b.Holder.Time) })
	return locks, nil
}

// Unlock removes the locks of a stack whose holders cannot do it any more, and returns who they
// were. A run that still goes on, on this machine, is not robbed of its lock: that is a [LockedError].
func Unlock(ctx context.Context, o Options) ([]Holder, error) {
	s, err := Open(ctx, o)
	if err != nil {
		return nil, err
	}
	held, err := s.locks(ctx)
	if err != nil || len(held) == 0 {
		return nil, err
	}
	me, err := self("unlock")
	if err != nil {
		return nil, err
	}
	file, err := s.lockKernel(me)
	if err != nil {
		return nil, err
	}
	defer (&lock{file: file}).release(ctx)
	var holders []Holder
	for key, h := range held {
		if h.Host == me.Host && !s.stale(h, me) {
			return nil, &LockedError{Stack: o.Stack, Holder: h}
		}
		if err := s.bucket.remove(ctx, key); err != nil {
			return nil, fmt.Errorf("unlock stack %s: %w", o.Stack, err)
		}
		holders = append(holders, h)
	}
	slices.SortFunc(holders, func(a, b Holder) int { return a.Time.Compare(b.Time) })
	return holders, nil
}
