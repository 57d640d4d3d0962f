package main

import (
	"bytes"
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
