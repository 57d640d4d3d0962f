package deploy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// victim is a run in a process of its own, whose world is a directory of files.
type victim struct {
	Dir string
	// Mode is what it does: up, change, destroy, refresh, or count, which is an up that adds one
	// to a number in the world.
	Mode string
	// Kill is the moment at which it kills itself, with the signal that nobody can catch; 0 is never.
	// Each call of the disk is a moment, and each beginning and end of a call of the world.
	Kill int
	// Fail is the call of the world that fails; 0 is none. FailLate is set where what was asked is done nonetheless.
	Fail     int
	FailLate bool
}

// run is the whole of the process. It prints how many moments there were.
func (v victim) run() error {
	var moments, calls atomic.Int64
	moment := func() {
		if moments.Add(1) == int64(v.Kill) {
			if p, err := os.FindProcess(os.Getpid()); err == nil {
				_ = p.Kill()
			}
			select {} // it takes a moment
		}
	}
	w, err := readWorld(v.Dir)
	if err != nil {
		return err
	}
	w.fail = func(call string) error {
		moment()
		if calls.Add(1) != int64(v.Fail) {
			return nil
		}
		if v.FailLate {
			if err := v.keep(w, call); err != nil {
				return err
			}
		}
		return errBroken
	}
	w.after = func(call string) {
		if err := v.keep(w, call); err != nil {
			panic(err)
		}
		moment()
	}
	o := v.options(w)
	o.LockTimeout = 5 * time.Minute
	o.disk = brokenDisk{fail: func(string, string) error { moment(); return nil }}
	ctx := context.Background()
	s, err := Open(ctx, o)
	if err != nil {
		return err
	}
	switch v.Mode {
	case "destroy":
		_, err = s.Destroy(ctx, nil)
	case "refresh":
		_, err = s.Refresh(ctx, nil)
	case "count":
		_, err = s.Up(ctx, v.count, nil)
	default:
		for _, mode := range killedModes() {
			if mode.Mode == v.Mode {
				_, err = s.Up(ctx, program(mode.spec...), nil)
			}
		}
	}
	fmt.Println(moments.Load())
	return err
}

// count is a program whose thing says one more than what the world says. It is run under the stack's lock.
func (v victim) count(ctx *pulumi.Context) error {
	w, err := readWorld(v.Dir)
	if err != nil {
		return err
	}
	n := 0
	if there, ok := w.things["plain-counter"]; ok {
		if n, err = strconv.Atoi(there["value"].StringValue()); err != nil {
			return err
		}
	}
	return program(thing{name: "plain-counter", value: strconv.Itoa(n + 1)})(ctx)
}

// keep writes what a call has done into the world's directory.
func (v victim) keep(w *world, call string) error {
	verb, name, _ := strings.Cut(call, " ")
	at := filepath.Join(v.Dir, "world", name)
	if verb == "delete" {
		if err := os.Remove(at); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	w.mu.Lock()
	thing := plainMap(w.things[name])
	w.mu.Unlock()
	if len(thing) == 0 {
		thing = map[string]any{"name": name, "value": "1", "shape": ""} // it failed, late
	}
	data, err := json.Marshal(thing)
	if err != nil {
		return err
	}
	return writeFile(machine{}, at, data, false)
}

func (v victim) options(w *world) Options {
	return Options{
		Dir: filepath.Join(v.Dir, ".msgdeploy"), Project: "shop", Stack: "local",
		Target: map[string]string{"provider": "fake"}, Plugins: plugins(w),
	}
}

// readWorld returns the world that a directory holds.
func readWorld(dir string) (*world, error) {
	w := newWorld()
	entries, err := os.ReadDir(filepath.Join(dir, "world"))
	if errors.Is(err, fs.ErrNotExist) {
		return w, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), temporaryPrefix) {
			continue // the killed run was about to make it
		}
		data, err := os.ReadFile(filepath.Join(dir, "world", e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var thing map[string]any
		if err == nil {
			err = json.Unmarshal(data, &thing)
		}
		if err != nil {
			return nil, err
		}
		w.things[e.Name()] = resource.NewPropertyMapFromMap(thing)
	}
	return w, nil
}

func fileWorld(t *testing.T, dir string) *world {
	t.Helper()
	w, err := readWorld(dir)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
