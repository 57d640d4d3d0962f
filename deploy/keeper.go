package deploy

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// keeper keeps the state of a running operation in the bucket. On local state it writes once, at
// the end: the journal beside it has everything. A bucket elsewhere outlives this machine and its
// journal, so there it also writes while the operation goes on, as often as costs little.
type keeper struct {
	stack   *Stack
	lock    *lock
	journal *journal
	// operation is the operation's context; it also ends when somebody else has taken over the state.
	operation context.Context
	takeOver  context.CancelCauseFunc
	// work is the context of writes: it ends when the user wants to stop at once.
	work context.Context
	// stop ends the writing meanwhile; done is closed when it has ended.
	stop, done chan struct{}

	// bases are the hashes of the states that may stand in the bucket: the one before the operation, and
	// those that the operation has written, or has tried to.
	bases []string
	// lines is how much of the journal the last of them has.
	lines int
}

// keep begins to keep the state that a journal makes of the one with the hash base.
func (s *Stack) keep(ctx context.Context, j *journal, l *lock, base string) *keeper {
	k := &keeper{stack: s, lock: l, journal: j, bases: []string{base}, stop: make(chan struct{}), done: make(chan struct{})}
	k.operation, k.takeOver = context.WithCancelCause(ctx)
	if s.opts.local() {
		close(k.done)
		return k
	}
	_, k.lines, _ = j.soFar()
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	k.work = work
	end := s.onAbort(cancel)
	go func() {
		defer close(k.done)
		defer cancel()
		defer end()
		k.run()
	}()
	return k
}

// run writes the state again and again. A write that took long is followed by a pause ten times as
// long, so that all of them together take no more than a tenth of the time.
func (k *keeper) run() {
	p := k.stack.opts.patience.withDefaults()
	told := false
	for pause := p.between; wait(k.work, pause, k.stop); {
		start := time.Now()
		err := k.checkpoint()
		pause = max(p.between, 10*time.Since(start))
		switch {
		case err == nil:
		case taken(err):
			k.takeOver(err)
			return
		case !told && k.work.Err() == nil:
			told = true
			k.stack.warn("the state cannot be written at the moment (" + err.Error() + "); the journal on this machine has it all")
		}
	}
}

// checkpoint writes the state that the journal makes so far, if that is news. A failure that passes
// is no trouble: the journal has it all.
func (k *keeper) checkpoint() error {
	d, lines, err := k.journal.soFar()
	if err != nil || lines == k.lines {
		return err
	}
	data, err := encodeCheckpoint(k.stack.keys, d)
	if err != nil {
		return err
	}
	// It has to be on record before it is written: recovery takes no state that it does not know.
	if err := k.journal.keep(hash(data)); err != nil {
		return err
	}
	if err := k.save(k.work, data); err != nil {
		return err
	}
	k.lines = lines + 1 // that one line is the record
	return nil
}

// save writes a state, once, if nobody has taken over.
func (k *keeper) save(ctx context.Context, data []byte) error {
	s := k.stack
	if err := s.stillHeld(ctx, k.lock); err != nil {
		return err
	}
	bases := k.bases
	k.bases = append(k.bases, hash(data)) // also if it fails: it may come late
	err := saveCheckpoint(ctx, s.bucket, s.keys, bases, data)
	var changed *ChangedError
	if errors.As(err, &changed) {
		changed.Journal = s.opts.journalFile()
	}
	return err
}

// pause ends the writing meanwhile, and returns when the last write has ended. Nil is that nobody has taken over.
func (k *keeper) pause() error {
	close(k.stop)
	<-k.done
	err := context.Cause(k.operation)
	k.takeOver(nil)
	if taken(err) {
		return err
	}
	return nil
}

// finish writes the state at the end of the operation. A store that cannot be reached is tried for
// some time, or until the user wants to stop at once.
func (k *keeper) finish(ctx context.Context, data []byte) error {
	s := k.stack
	if s.opts.local() {
		return k.save(ctx, data)
	}
	p := s.opts.patience.withDefaults()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	select {
	case <-s.opts.Abort: // once, because there was no time for anything else
		p.last = 0
		defer time.AfterFunc(p.silence, cancel).Stop()
	default:
		defer s.onAbort(cancel)()
	}
	for n, start := 0, time.Now(); ; n++ {
		err := k.save(ctx, data)
		switch {
		case err == nil || taken(err):
			return err
		case hopeless(err) || ctx.Err() != nil || time.Since(start) > p.last:
			return fmt.Errorf("%w; the stack stays locked, so that nobody works with the state before", err)
		case n == 0:
			s.warn(fmt.Sprintf("the state cannot be written (%v): trying for %v more; Ctrl-C ends that, and leaves what was done in %s",
				err, p.last, s.opts.journalFile()))
		}
		wait(ctx, p.after(n), nil)
	}
}

// onAbort calls cancel when the user wants to stop at once. The function that it returns ends that.
func (s *Stack) onAbort(cancel func()) (end func()) {
	over := make(chan struct{})
	go func() {
		select {
		case <-s.opts.Abort:
			cancel()
		case <-over:
		}
	}()
	return func() { close(over) }
}

// stillHeld fails with a [StolenError] where the lock is gone and somebody else has one. One that is
// gone alone was unlocked by mistake: the state itself tells whether anybody has worked with it.
func (s *Stack) stillHeld(ctx context.Context, l *lock) error {
	held, err := s.locks(ctx)
	if err != nil {
		return err
	}
	if _, ours := held[l.key]; ours {
		return nil
	}
	for _, h := range held {
		return &StolenError{Stack: s.opts.Stack, Holder: h, Journal: s.opts.journalFile()}
	}
	return nil
}

// taken reports whether an error says that somebody else works with the state.
func taken(err error) bool {
	var changed *ChangedError
	var stolen *StolenError
	return errors.As(err, &changed) || errors.As(err, &stolen)
}
