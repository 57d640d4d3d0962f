package deploy

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// patience says how long a store elsewhere is waited for.
type patience struct {
	// attempts is how often a request is made that may be made again.
	attempts int
	// pause is how long to wait after the first failure. It doubles with each, up to longest.
	pause, longest time.Duration
	// silence is how long nothing may come before a request counts as lost.
	silence time.Duration
	// last is for how long the state at the end of an operation is tried to be written.
	last time.Duration
	// between is the least time between two checkpoints of a running operation.
	between time.Duration
}

// withDefaults fills in what is not set.
func (p patience) withDefaults() patience {
	return patience{
		attempts: cmp.Or(p.attempts, 4),
		pause:    cmp.Or(p.pause, 250*time.Millisecond),
		longest:  cmp.Or(p.longest, 15*time.Second),
		silence:  cmp.Or(p.silence, 30*time.Second),
		last:     cmp.Or(p.last, 3*time.Minute),
		between:  cmp.Or(p.between, 2*time.Second),
	}
}

// after is the pause after the nth failure, which counts from 0.
func (p patience) after(n int) time.Duration {
	return min(p.pause<<min(n, 16), p.longest)
}

// writeTime is how long data may take to be written: what a link of 64 KiB/s needs, and the silence.
func (p patience) writeTime(size int) time.Duration {
	return p.silence + time.Duration(size)*time.Second/(64<<10)
}

// wait waits, unless something else ends the wait first. It reports whether it came to its end.
func wait(ctx context.Context, d time.Duration, abort <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-abort:
	}
	return false
}

// errSilent is the end of a request to which nothing was answered.
var errSilent = errors.New("the store does not answer")

// permanentError is an error that will be the same the next time.
type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// watch ends a context when nothing has come for too long. Written to, it has heard something.
type watch struct {
	timer   *time.Timer
	silence time.Duration
	cancel  context.CancelCauseFunc
}

func (p patience) watch(ctx context.Context) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &watch{time.AfterFunc(p.silence, func() { cancel(errSilent) }), p.silence, cancel}
}

func (w *watch) Write(p []byte) (int, error) {
	w.tick()
	return len(p), nil
}

func (w *watch) tick() { w.timer.Reset(w.silence) }

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// because returns err, or why its request was given up.
func because(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errSilent) {
		return errSilent
	}
	return err
}

// patient is a bucket elsewhere, whose requests are made again where they fail for reasons that pass.
type patient struct {
	bucket
	patience patience
}

func (p patient) try(ctx context.Context, request func() error) error {
	for n := 0; ; n++ {
		err := request()
		if err == nil || hopeless(err) || n+1 >= p.patience.attempts || !wait(ctx, p.patience.after(n), nil) {
			return err
		}
	}
}

func (p patient) read(ctx context.Context, key string) (data []byte, err error) {
	err = p.try(ctx, func() error { data, err = p.bucket.read(ctx, key); return err })
	return data, err
}

func (p patient) fetch(ctx context.Context, key string) (data []byte, version string, err error) {
	err = p.try(ctx, func() error { data, version, err = p.bucket.fetch(ctx, key); return err })
	return data, version, err
}

func (p patient) write(ctx context.Context, key string, data []byte) error {
	return p.try(ctx, func() error { return p.bucket.write(ctx, key, data) })
}

func (p patient) replace(ctx context.Context, key, version string, data []byte) error {
	return p.try(ctx, func() error { return p.bucket.replace(ctx, key, version, data) })
}

func (p patient) remove(ctx context.Context, key string) error {
	return p.try(ctx, func() error { return p.bucket.remove(ctx, key) })
}

func (p patient) list(ctx context.Context, prefix string) (keys []string, err error) {
	err = p.try(ctx, func() error { keys, err = p.bucket.list(ctx, prefix); return err })
	return keys, err
}
