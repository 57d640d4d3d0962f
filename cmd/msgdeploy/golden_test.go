package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

const corpus = "../../testdata/cases"

// TestGolden is `msgdeploy test` over the corpus: the project uses it itself.
func TestGolden(t *testing.T) {
	t.Parallel()
	args := []string{"test", corpus}
	if *update {
		args = append(args, "--update")
	}
	a := newApp(nil)
	var out, errs bytes.Buffer
	a.stdout, a.stderr = &out, &errs
	if code := a.run(t.Context(), args); code != 0 {
		t.Errorf("exit %d\n%s%s", code, &out, &errs)
	}
	if found, err := filepath.Glob(corpus + "/*/*.golden.yaml"); err != nil || len(found) < 3 {
		t.Errorf("the corpus has %d golden files (%v): what did this compare?", len(found), err)
	}
}

// TestExample is the first command of the README, on each of its stacks: it makes everything,
// twice changes nothing, and the README shows the very spec.
func TestExample(t *testing.T) {
	t.Parallel()
	spec, err := os.ReadFile("../../examples/shop/msgdeploy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(readme, spec) {
		t.Error("the README shows another spec than examples/shop")
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "msgdeploy.yaml"), string(spec))
	for _, stack := range [][]string{{"local"}, {"ireland", "--simulate"}, {"belgium", "--simulate"}, {"amsterdam", "--simulate"}} {
		run := func(args ...string) { msgdeploy(t, dir, 0, append(append(args, "--yes", "-s"), stack...)...) }
		run("up")
		run("up", "--expect-no-changes")
		run("destroy")
	}
}
