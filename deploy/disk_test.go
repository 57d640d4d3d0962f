package deploy

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// brokenDisk is the machine's disk until fail says that it takes no more. It is asked about what takes
// room, and what only has to be writable, before it happens.
type brokenDisk struct {
	machine
	fail func(call, name string) error
}

func (d brokenDisk) ask(call, name string, do func() error) error {
	if err := d.fail(call, name); err != nil {
		return &fs.PathError{Op: call, Path: name, Err: err}
	}
	return do()
}

func (d brokenDisk) mkdir(name string) error {
	return d.ask("mkdir", name, func() error { return d.machine.mkdir(name) })
}

func (d brokenDisk) rename(from, to string) error {
	return d.ask("rename", to, func() error { return d.machine.rename(from, to) })
}

func (d brokenDisk) link(from, to string) error {
	return d.ask("link", to, func() error { return d.machine.link(from, to) })
}

func (d brokenDisk) remove(name string) error {
	return d.ask("remove", name, func() error { return d.machine.remove(name) })
}

func (d brokenDisk) syncDir(name string) error {
	return d.ask("syncdir", name, func() error { return d.machine.syncDir(name) })
}

func (d brokenDisk) create(name string) (file, error) {
	if err := d.fail("create", name); err != nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: err}
	}
	f, err := d.machine.create(name)
	return brokenFile{f, d}, err
}

func (d brokenDisk) reopen(name string) (file, error) {
	f, err := d.machine.reopen(name)
	return brokenFile{f, d}, err
}

type brokenFile struct {
	file
	disk brokenDisk
}

// WriteAt leaves half of what there is no room for, as a real disk does.
func (f brokenFile) WriteAt(data []byte, at int64) (int, error) {
	if err := f.disk.fail("write", f.Name()); err != nil {
		n, _ := f.file.WriteAt(data[:len(data)/2], at)
		return n, &fs.PathError{Op: "write", Path: f.Name(), Err: err}
	}
	return f.file.WriteAt(data, at)
}

func (f brokenFile) Sync() error {
	return f.disk.ask("sync", f.Name(), f.file.Sync)
}

// TestFullDisk lets the disk fill up at each single write of an up, and demands that the up says so,
// that the state can still be read, and that the same up converges once there is room again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	fillUp(t, syscall.ENOSPC, func(call string) bool { return call == "write" || call == "create" || call == "mkdir" })
}

// TestReadOnlyDisk does the same with a disk that, from some moment on, is read-only: that is what
// Linux does with one whose errors it cannot mend.
func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	fillUp(t, syscall.EROFS, func(string) bool { return true })
}

func fillUp(t *testing.T, reason syscall.Errno, affected func(call string) bool) {
	before := []thing{{name: "plain-a", value: "1"}, {name: "plain-b", value: "1"}, {name: "plain-c", value: "1"}}
	after := []thing{{name: "plain-a", value: "2"}, {name: "plain-b", value: "1", shape: "round", needs: []string{"plain-a"}}, {name: "plain-d", value: "1"}}
	for name, start := range map[string][]thing{"the first up": nil, "another up": before} {
		step := 3
		if *thorough {
			step = 1
		}
		for moment := 0; ; moment += step {
			if fillUpAt(t, name, moment, reason, affected, start, after) {
				if moment < 10 {
					t.Errorf("%s: only %d moments", name, moment)
				}
				break
			}
		}
	}
}

// fillUpAt breaks the disk from its nth call on. It reports whether the up came to its end before.
func fillUpAt(t *testing.T, what string, moment int, reason syscall.Errno, affected func(string) bool, start, next []thing) (done bool) {
	t.Helper()
	w := newWorld()
	o := testOptions(t, w)
	if start != nil {
		up(t, open(t, o), start...)
	}
	var mu sync.Mutex
	calls, failed := 0, ""
	o.disk = brokenDisk{fail: func(call, name string) error {
		mu.Lock()
		defer mu.Unlock()
		if !affected(call) {
			return nil
		}
		if calls++; calls <= moment {
			return nil
		}
		if failed == "" {
			failed = call + " " + filepath.Base(name)
		}
		return reason
	}}
	_, err := open(t, o).Up(t.Context(), program(next...), nil)
	if failed == "" {
		if err != nil {
			t.Fatal(err)
		}
		return true
	}
	if err != nil && !strings.Contains(err.Error(), reason.Error()) {
		t.Errorf("%s, %s: %v, want it to say %q", what, failed, err, reason)
	}
	o.disk = nil
	var notes []string
	o.Warn = func(note string) { notes = append(notes, note) }
	s := open(t, o)
	if _, err := s.Preview(t.Context(), program(next...)); err != nil {
		t.Fatalf("%s, %s: the state cannot be read: %v", what, failed, err)
	}
	var kept *UnsavedError
	if errors.As(err, &kept) {
		if _, err := os.Stat(kept.Journal); err != nil {
			t.Errorf("%s, %s: the error names a journal that is not there: %v", what, failed, err)
		}
	}
	if _, err := s.Up(t.Context(), program(next...), nil); err != nil {
		t.Fatalf("%s, %s: the next up: %v", what, failed, err)
	}
	assertConverged(t, s, w, next)
	if t.Failed() {
		t.Fatalf("%s, %s (call %d)", what, failed, moment)
	}
	return false
}
