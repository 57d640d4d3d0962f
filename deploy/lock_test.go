package deploy

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
)

// deadPID returns the id of a process that has ended.
func deadPID(t *testing.T) int {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}

// plantLock puts a lock file where Pulumi's backends look for one.
func plantLock(t *testing.T, s *Stack, h Holder) string {
	t.Helper()
	name := filepath.Join(s.opts.Dir, filepath.FromSlash(s.keys.locks()), "someone.json")
	data, err := json.Marshal(h)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(name), 0o700)
	}
	if err == nil {
		err = os.WriteFile(name, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld()
	busy, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.after = func(string) { once.Do(func() { close(busy); <-release }) }
	o := testOptions(t, w)
	first := open(t, o)
	done := make(chan error)
	go func() {
		_, err := first.Up(t.Context(), program(thing{name: "aaa"}), nil)
		done <- err
	}()
	<-busy
	_, err := open(t, o).Up(t.Context(), program(thing{name: "bbb"}), nil)
	var locked *LockedError
	if !errors.As(err, &locked) {
		t.Errorf("the second up: %v, want a LockedError", err)
	} else if locked.Holder.PID != os.Getpid() || locked.Holder.Host == "" || locked.Holder.Time.IsZero() {
		t.Errorf("the holder is %+v, want this process", locked.Holder)
	}
	if _, err := open(t, o).Preview(t.Context(), program(thing{name: "bbb"})); err != nil {
		t.Errorf("a preview needs no lock: %v", err)
	}
	if _, err := Unlock(t.Context(), o); !errors.As(err, &locked) {
		t.Errorf("unlock of a running up: %v, want a LockedError", err)
	}
	infos, err := Stacks(t.Context(), o)
	if err != nil || len(infos) != 1 || infos[0].Locked == nil || infos[0].Interrupted {
		t.Errorf("stacks %+v, %v; want one that is locked", infos, err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Errorf("the first up: %v", err)
	}
	if held, err := first.locks(t.Context()); err != nil || len(held) != 0 {
		t.Errorf("locks left behind: %v, %v", held, err)
	}
	up(t, open(t, o), thing{name: "bbb"})
}

// TestRace starts many ups at once: some win, one after the other, and all others are told that they lost.
func TestRace(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 6 {
		wg.Go(func() {
			s, err := Open(t.Context(), o)
			if err == nil {
				_, err = s.Up(t.Context(), program(thing{name: "plain-a"}), nil)
			}
			var locked *LockedError
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.As(err, &locked) {
				t.Errorf("up: %v", err)
			}
		})
	}
	wg.Wait()
	if won == 0 {
		t.Error("nobody won")
	}
	assertConverged(t, open(t, o), w, []thing{{name: "plain-a"}})
}

func TestForeignLock(t *testing.T) {
	t.Parallel()
	me, err := self("")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for name, test := range map[string]struct {
		holder  Holder
		removed bool
	}{
		"stock CLI, alive here":   {Holder{PID: os.Getpid(), User: "ann", Host: me.Host, Time: now}, false},
		"stock CLI, dead here":    {Holder{PID: deadPID(t), User: "ann", Host: me.Host, Time: now}, true},
		"stock CLI, other host":   {Holder{PID: deadPID(t), User: "ann", Host: "elsewhere", Time: now}, false},
		"msgdeploy, dead here":    {Holder{PID: deadPID(t), User: "ann", Host: me.Host, Time: now, Program: msgdeploy}, true},
		"msgdeploy, pid recycled": {Holder{PID: os.Getpid(), User: "ann", Host: me.Host, Time: now, Program: msgdeploy}, true},
		"msgdeploy, other host":   {Holder{PID: 1, User: "ann", Host: "elsewhere", Time: now, Program: msgdeploy}, false},
		"unreadable":              {Holder{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t, newWorld())
			var notes []string
			o.Warn = func(note string) { notes = append(notes, note) }
			s := open(t, o)
			file := plantLock(t, s, test.holder)
			_, err := s.Up(t.Context(), program(thing{name: "plain-a"}), nil)
			var locked *LockedError
			switch {
			case test.removed && err != nil:
				t.Errorf("up: %v", err)
			case test.removed && (len(notes) != 1 || !strings.Contains(notes[0], "ann@")):
				t.Errorf("notes %q, want one that names the holder", notes)
			case !test.removed && !errors.As(err, &locked):
				t.Errorf("up: %v, want a LockedError", err)
			case !test.removed && locked.Holder.User != test.holder.User:
				t.Errorf("the error names %s, want %s", locked.Holder, test.holder)
			}
			if _, err := os.Stat(file); (err != nil) != test.removed {
				t.Errorf("the lock file: %v", err)
			}
		})
	}
}

func TestUnlock(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	s := open(t, o)
	if holders, err := Unlock(t.Context(), o); err != nil || len(holders) != 0 {
		t.Errorf("nothing to unlock: %v, %v", holders, err)
	}
	if _, err := os.Stat(o.Dir); err == nil {
		t.Error("unlock made the directory")
	}
	plantLock(t, s, Holder{PID: 1, User: "ann", Host: "elsewhere", Time: time.Now()})
	holders, err := Unlock(t.Context(), o)
	if err != nil || len(holders) != 1 || holders[0].User != "ann" {
		t.Errorf("unlocked %v, %v; want ann's", holders, err)
	}
	up(t, s, thing{name: "plain-a"})
}

func TestTarget(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	o.Target = map[string]string{"provider": "fake", "region": "north"}
	up(t, open(t, o), thing{name: "plain-a"})
	moved := o
	moved.Target = map[string]string{"provider": "fake", "region": "south"}
	s := open(t, moved)
	for name, operation := range map[string]func() error{
		"preview": func() error { _, err := s.Preview(t.Context(), program()); return err },
		"up":      func() error { _, err := s.Up(t.Context(), program(), nil); return err },
		"refresh": func() error { _, err := s.Refresh(t.Context(), nil); return err },
		"destroy": func() error { _, err := s.Destroy(t.Context(), nil); return err },
	} {
		err := operation()
		var target *TargetError
		if !errors.As(err, &target) {
			t.Errorf("%s: %v, want a TargetError", name, err)
		} else if got, want := err.Error(), "stack local belongs to provider=fake region=north, not to provider=fake region=south"; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if names := w.names(); len(names) != 1 {
		t.Errorf("the world was touched: %v", names)
	}
	if _, err := open(t, o).Destroy(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	up(t, s, thing{name: "plain-a"}) // an empty stack may move
}

func TestRemoteNeedsPassphrase(t *testing.T) {
	t.Parallel()
	o := Options{Dir: t.TempDir(), Project: "shop", Stack: "prod", Backend: "s3://bucket/state", Plugins: map[string]func() plugin.Provider{}}
	if _, err := Open(t.Context(), o); !errors.Is(err, errNoPassphrase) {
		t.Errorf("open: %v, want %v", err, errNoPassphrase)
	}
}

// TestTornLock plants what a power cut leaves of a lock file.
func TestTornLock(t *testing.T) {
	t.Parallel()
	for _, left := range []string{"", `{"pid": 8`} {
		o := testOptions(t, newWorld())
		var notes []string
		o.Warn = func(note string) { notes = append(notes, note) }
		s := open(t, o)
		name := plantLock(t, s, Holder{})
		if err := os.WriteFile(name, []byte(left), 0o600); err != nil {
			t.Fatal(err)
		}
		up(t, s, thing{name: "plain-a"})
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%q is still there", left)
		}
		if len(notes) != 1 || !strings.Contains(notes[0], "power") {
			t.Errorf("notes %q, want one that says why it was removed", notes)
		}
	}
}
