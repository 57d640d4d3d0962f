package deploy

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStacks(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	infos, err := Stacks(t.Context(), o)
	if err != nil || len(infos) != 0 {
		t.Errorf("stacks of nothing: %+v, %v", infos, err)
	}
	if _, err := os.Stat(o.Dir); err == nil {
		t.Error("to list stacks made the directory")
	}
	for stack, things := range map[string][]thing{"north": {{name: "plain-a"}, {name: "plain-b"}}, "south": {{name: "plain-c"}}} {
		o.Stack = stack
		up(t, open(t, o), things...)
	}
	interruptedRun(t, open(t, o), program()) // of whichever came last
	infos, err = Stacks(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	target := map[string]string{"provider": "fake"}
	want := []StackInfo{
		{Name: "north", Resources: 2, Target: target, Interrupted: o.Stack == "north"},
		{Name: "south", Resources: 1, Target: target, Interrupted: o.Stack == "south"},
	}
	if diff := cmp.Diff(want, infos); diff != "" {
		t.Errorf("stacks (-want +got):\n%s", diff)
	}
}

// TestFirstUpsAtOnce makes the first stacks of a project at the same time: they share a directory,
// a layout and a passphrase that none of them finds there.
func TestFirstUpsAtOnce(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	var wg sync.WaitGroup
	stacks := []string{"east", "north", "south", "west"}
	for _, name := range stacks {
		wg.Go(func() {
			o := o
			o.Stack = name
			s, err := Open(t.Context(), o)
			if err == nil {
				_, err = s.Up(t.Context(), program(thing{name: "t-" + name, secret: "of-" + name}), nil)
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	wg.Wait()
	for _, name := range stacks {
		o.Stack = name
		got, err := open(t, o).SecretOutput(t.Context(), "credentials")
		if diff := cmp.Diff(map[string]any{"t-" + name: "of-" + name}, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestStackThatWasCutOffAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	s := open(t, o)
	interruptedRun(t, s, program(thing{name: "plain-a"}))
	infos, err := Stacks(t.Context(), o)
	if diff := cmp.Diff([]StackInfo{{Name: "local", Interrupted: true}}, infos); err != nil || diff != "" {
		t.Errorf("stacks: %v (-want +got):\n%s", err, diff)
	}
	var full *NotEmptyError
	if err := Remove(t.Context(), o, false); !errors.As(err, &full) {
		t.Errorf("remove: %v, want a NotEmptyError", err)
	}
	if _, err := s.Destroy(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if names := w.names(); len(names) != 0 {
		t.Errorf("destroy left %v", names)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	s := open(t, o)
	if err := Remove(t.Context(), o, false); err == nil {
		t.Error("a stack without state was removed")
	}
	up(t, s, thing{name: "plain-a"})
	err := Remove(t.Context(), o, false)
	var full *NotEmptyError
	if !errors.As(err, &full) || full.Resources != 1 {
		t.Fatalf("remove: %v, want a NotEmptyError about one resource", err)
	}
	if exists, err := s.Exists(t.Context()); !exists || err != nil {
		t.Fatalf("refused, but the state is gone: %v", err)
	}
	if _, err := s.Destroy(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := Remove(t.Context(), o, false); err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, pattern := range []string{"*/shop/*", "*/shop/*/*"} {
		found, err := filepath.Glob(filepath.Join(o.Dir, ".pulumi", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			if info, err := os.Stat(name); err == nil && !info.IsDir() {
				left = append(left, name)
			}
		}
	}
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	up(t, s, thing{name: "plain-a"})
	if err := Remove(t.Context(), o, true); err != nil {
		t.Errorf("remove by force: %v", err)
	}
	if names := w.names(); len(names) != 1 {
		t.Errorf("to forget a stack deleted its resources: %v", names)
	}
}

func TestNamesAreChecked(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "a/b", "..", "a b", "-a"} {
		if _, err := Open(t.Context(), Options{Dir: t.TempDir(), Project: "shop", Stack: name}); err == nil {
			t.Errorf("stack name %q was accepted", name)
		}
	}
}

func TestFileBackend(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	o.Backend = "file://./state" // beside the spec, wherever the command runs
	up(t, open(t, o), thing{name: "aaa", secret: "hidden"})
	if _, err := os.Stat(filepath.Join(filepath.Dir(o.Dir), "state", ".pulumi", "stacks", "shop", "local.json")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(o.Dir, ".pulumi")); err == nil {
		t.Error("there is state in the directory too")
	}
}
