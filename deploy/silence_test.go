package deploy

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TestSilence demands that neither the engine nor we print anything, whatever
// happens, and that operations leave nothing running. It watches the whole process, so it runs alone.
func TestSilence(t *testing.T) {
	stdout, stderr := os.Stdout, os.Stderr
	file, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout, os.Stderr = file, file
	defer func() { os.Stdout, os.Stderr = stdout, stderr }()

	w := newWorld()
	s := open(t, testOptions(t, w))
	round := func() {
		up(t, s, thing{name: "aaa", secret: "hidden"})
		for _, operation := range []func(context.Context, Approve) (*Result, error){s.Refresh, s.Destroy} {
			if _, err := operation(t.Context(), nil); err != nil {
				t.Error(err)
			}
		}
	}
	round()
	before := runtime.NumGoroutine()
	const rounds = 5
	for range rounds {
		round()
	}
	// Each run of the engine leaves one goroutine, which waits for panics (newStepExecutor in
	// Pulumi's step_executor.go). A round is at most six runs: three previews and three operations.
	const known = rounds * 6
	for range 100 { // others take a moment to end
		if runtime.NumGoroutine() <= before+known {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if after := runtime.NumGoroutine(); after > before+known {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines before, %d after\n%s", before, after, stacks[:runtime.Stack(stacks, true)])
	}

	w.fail = func(string) error { return errBroken }
	for _, p := range []Program{
		program(thing{name: "aaa"}),
		func(ctx *pulumi.Context) error {
			_ = ctx.Log.Warn("beware", nil)
			return errBroken
		},
		func(*pulumi.Context) error { panic("oops") },
	} {
		if _, err := s.Up(t.Context(), p, nil); err == nil {
			t.Error("an up in a broken world went well")
		}
	}
	if data, err := os.ReadFile(file.Name()); err != nil || len(data) > 0 {
		t.Errorf("printed: %q, %v", data, err)
	}
}

// TestPluginsOnPathAreNotRun puts a plugin on $PATH that must not be run: it would be
// another one on each machine. It changes the environment, so it runs alone.
func TestPluginsOnPathAreNotRun(t *testing.T) {
	dir := t.TempDir()
	ran := filepath.Join(dir, "ran")
	script := "#!/bin/sh\ntouch " + ran + "\n"
	if err := os.WriteFile(filepath.Join(dir, "pulumi-resource-elsewhere"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	s := open(t, testOptions(t, newWorld()))
	_, err := s.Up(t.Context(), func(ctx *pulumi.Context) error {
		var r thingResource
		return ctx.RegisterResource("elsewhere:index:Thing", "aaa", pulumi.Map{}, &r, pulumi.Version("1.2.3"))
	}, nil)
	if err == nil {
		t.Error("a resource without a plugin was made")
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the plugin on $PATH was run")
	}
}
