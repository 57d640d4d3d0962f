package deploy

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/resource/stack/snapshot"
)

// TestEightAtOnce starts eight processes at once, each of which adds one to a number in the world,
// by an up that reads it first. Exactly one runs at a time, or a step would be lost.
func TestEightAtOnce(t *testing.T) {
	t.Parallel()
	v := victim{Dir: t.TempDir(), Mode: "count"}
	const runs = 8
	var wg sync.WaitGroup
	for range runs {
		cmd := v.command(t)
		wg.Go(func() {
			if out, err := cmd.CombinedOutput(); err != nil {
				var exit *exec.ExitError
				t.Errorf("up: %v (%t)\n%s", err, errors.As(err, &exit), out)
			}
		})
	}
	wg.Wait()
	w := fileWorld(t, v.Dir)
	if got := w.all()["plain-counter"]["value"].StringValue(); got != "8" {
		t.Errorf("eight ups made it %s", got)
	}
	s := open(t, v.options(w))
	assertConverged(t, s, w, []thing{{name: "plain-counter", value: "8"}})
	states, err := s.bucket.list(t.Context(), s.keys.history())
	if err != nil || len(states) != 3*runs {
		t.Fatalf("the history has %d files (%v), want Pulumi's entry, its state, and our entry of each of %d runs", len(states), err, runs)
	}
	for _, key := range states {
		if !strings.HasSuffix(key, ".checkpoint.json") {
			continue
		}
		data, err := s.bucket.read(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		c, err := parseCheckpoint(data, s.keys)
		if err == nil {
			err = snapshot.VerifyIntegrity(c.deployment)
		}
		if err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// busyStack starts an up that holds the stack's lock until release is called; it then has to end well.
func busyStack(t *testing.T, o *Options) (release func()) {
	t.Helper()
	w := newWorld()
	busy, free := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.after = func(string) { once.Do(func() { close(busy); <-free }) }
	held := *o
	held.Plugins = plugins(w)
	first := open(t, held)
	done := make(chan error, 1)
	go func() {
		_, err := first.Up(t.Context(), program(thing{name: "plain-a"}), nil)
		done <- err
	}()
	<-busy
	return func() {
		close(free)
		if err := <-done; err != nil {
			t.Errorf("the first up: %v", err)
		}
	}
}

func TestWaitForTheLock(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	release := busyStack(t, &o)
	told := make(chan string, 10)
	o.LockTimeout = time.Hour
	o.Warn = func(note string) { told <- note }
	done := make(chan error, 1)
	go func() {
		s, err := Open(t.Context(), o)
		if err == nil {
			_, err = s.Up(t.Context(), program(thing{name: "plain-a"}), nil)
		}
		done <- err
	}()
	if note := <-told; !strings.Contains(note, "waiting for it") || !strings.Contains(note, ", up) since") {
		t.Errorf("note %q, want one that says who is waited for", note)
	}
	release()
	if err := <-done; err != nil {
		t.Errorf("the up that waited: %v", err)
	}
}

func TestWaitInVain(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	release := busyStack(t, &o)
	defer release()
	o.LockTimeout = time.Millisecond
	var locked *LockedError
	if _, err := open(t, o).Up(t.Context(), program(), nil); !errors.As(err, &locked) {
		t.Errorf("after the timeout: %v, want a LockedError", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	o.LockTimeout = time.Hour
	o.Warn = func(string) { cancel() } // told that it waits, somebody presses Ctrl-C
	if _, err := open(t, o).Up(ctx, program(), nil); !errors.Is(err, context.Canceled) || errors.As(err, &locked) {
		t.Errorf("interrupted: %v, want %v", err, context.Canceled)
	}
}

func TestLocksSayWhoLives(t *testing.T) {
	t.Parallel()
	me, err := self("")
	if err != nil {
		t.Fatal(err)
	}
	for want, h := range map[Liveness]Holder{
		Running:   {PID: me.PID, User: "ann", Host: me.Host, Time: time.Now()},
		Dead:      {PID: deadPID(t), User: "ann", Host: me.Host, Time: time.Now()},
		Elsewhere: {PID: 1, User: "ann", Host: "elsewhere", Time: time.Now()},
	} {
		o := testOptions(t, newWorld())
		plantLock(t, open(t, o), h)
		locks, err := Locks(t.Context(), o)
		if err != nil || len(locks) != 1 || locks[0].Liveness != want || locks[0].Holder.User != "ann" {
			t.Errorf("locks %+v, %v; want %s", locks, err, want)
		}
	}
}
