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

// TestExample is the first command of the README: it makes everything, twice changes
// nothing, and the README shows the very spec.
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
	dir := upOnce(t, string(spec))
	msgdeploy(t, dir, 0, "up", "--yes", "--expect-no-changes")
	msgdeploy(t, dir, 0, "destroy", "--yes")
}
