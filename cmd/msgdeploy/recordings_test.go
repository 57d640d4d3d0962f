package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/report"
	"github.com/msgdeploy/msgdeploy/report/recorded"
)

// recordings are how the change sets of testdata/events come about. What is not named is the
// offline comparison of after.yaml with before.yaml, as a pull request has it.
var recordings = map[string]func(t *testing.T, a *app, dir string) report.Operation{
	"nats":      recordPreview,
	"protected": recordRefusal,
	"invalid":   recordMistakes,
}

// TestRecordings: the change sets that reports are tested with are what the engine says.
// `go test -update` records them.
func TestRecordings(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob("../../testdata/events/*/after.yaml")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases: ", err)
	}
	for _, after := range cases {
		dir := filepath.Dir(after)
		name := filepath.Base(dir)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			record, ok := recordings[name]
			if !ok {
				record = recordComparison
			}
			work := t.TempDir()
			for _, file := range []string{"before.yaml", "after.yaml"} {
				src, err := os.ReadFile(filepath.Join(dir, file))
				if err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(work, file), string(src))
			}
			a, _, _ := testApp("", nil)
			o := record(t, a, work)
			// Pictures have goldens of their own: one is enough here.
			if name != "permission-widened" {
				o.Known.Picture = nil
			}
			if o.Result != nil {
				o.Result.Checkpoint = "" // which differs with the times and keys in the state
			}
			o.Base = strings.ReplaceAll(o.Base, filepath.Join(work, "before.yaml"), "origin/main (5f0c2d1)")
			got, err := recorded.Encode(o)
			if err != nil {
				t.Fatal(err)
			}
			got = bytes.ReplaceAll(got, []byte(work+"/after.yaml"), []byte("msgdeploy.yaml"))
			golden := filepath.Join(dir, "recording.json")
			if *update {
				write(t, golden, string(got))
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("the engine says something else (-recorded +now):\n%s", diff)
			}
		})
	}
}

// recordComparison is `preview --offline --base before.yaml`.
func recordComparison(t *testing.T, a *app, dir string) report.Operation {
	ctx := t.Context()
	opts := operationOptions{
		spec: specFlags{file: filepath.Join(dir, "after.yaml")}, base: filepath.Join(dir, "before.yaml"),
		engine: engineFlags{offline: true}, output: "json",
	}
	c, err := a.openComparison(ctx, opts)
	if err != nil {
		t.Fatal(err)
	}
	r, err := deploy.Compare(ctx, c.options(opts.engine), c.version(c.old, c.oldFacts), c.version(c.next, c.nextFacts))
	if err != nil {
		t.Fatal(err)
	}
	view := c.view("preview", true, r)
	view.Offline, view.Base, view.Known = true, c.base.name, c.known(opts.spec.file)
	view.Unknown = append(unknownToBase(), c.unknown...)
	return view
}

// recordPreview is a preview of a stack that was made, and in which messages wait.
func recordPreview(t *testing.T, a *app, dir string) report.Operation {
	opts, s := deployedBefore(t, a, dir)
	if code := a.run(t.Context(), []string{"enqueue", "audit", "one", "two", "three", "--as", "web", "-f", filepath.Join(dir, "before.yaml")}); code != exitOK {
		t.Fatalf("enqueue: exit code %d", code)
	}
	r, err := s.engine.Preview(t.Context(), s.program())
	if err != nil {
		t.Fatal(err)
	}
	s.advise(r, opts.output)
	return s.view("preview", true, r)
}

// recordRefusal is an up that the engine refuses.
func recordRefusal(t *testing.T, a *app, dir string) report.Operation {
	opts, s := deployedBefore(t, a, dir)
	r, err := s.apply(t.Context(), opts, nil)
	if err == nil || r == nil {
		t.Fatalf("it was not refused: %v", err)
	}
	view := s.view("up", true, r)
	view.Failure = err.Error()
	return view
}

// deployedBefore makes what before.yaml says, and opens after.yaml.
func deployedBefore(t *testing.T, a *app, dir string) (operationOptions, *session) {
	ctx := t.Context()
	if code := a.run(ctx, []string{"up", "--yes", "-f", filepath.Join(dir, "before.yaml")}); code != exitOK {
		t.Fatalf("up: exit code %d\n%s", code, a.stderr)
	}
	opts := operationOptions{spec: specFlags{file: filepath.Join(dir, "after.yaml")}, output: "json", yes: true}
	s, err := a.openOperation(ctx, "preview", opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		var err error
		if s.closeInto(ctx, &err); err != nil {
			t.Error(err)
		}
	})
	return opts, s
}

// recordMistakes is what is shown of a spec with errors.
func recordMistakes(t *testing.T, a *app, dir string) report.Operation {
	opts := operationOptions{spec: specFlags{file: filepath.Join(dir, "after.yaml")}, output: "json"}
	_, err := a.openSession(t.Context(), opts.spec, opts.engine)
	var invalid *specError
	if !errors.As(err, &invalid) {
		t.Fatalf("no errors in the spec: %v", err)
	}
	return invalid.view("preview", opts)
}
