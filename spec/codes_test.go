package spec

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/diag"
)

// TestDocumentedDiagnostics compares the generated part of docs/diagnostics.md with the
// table of codes and what the corpus shows of each, and rewrites it with -update.
func TestDocumentedDiagnostics(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "docs", "diagnostics.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	examples := diagnosticExamples(t)
	var b strings.Builder
	for _, c := range Codes() {
		fmt.Fprintf(&b, "\n### `%s`\n\n%s\n", c.Code, c.Meaning)
		if examples[c.Code] != "" {
			fmt.Fprintf(&b, "\n```text\n%s```\n", examples[c.Code])
		}
	}
	compareGolden(t, file, []byte(generated(t, string(text), "diagnostics", b.String()+"\n")))
}

// diagnosticExamples returns for each code the shortest of what the corpus shows of it.
func diagnosticExamples(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "testdata", "cases", "*", "spec.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	examples := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		s, ds := LoadDir("msgdeploy.yaml", text, root.FS())
		for _, stack := range append(s.Stacks(), "no-such-stack") {
			_, more := s.Resolve(stack)
			ds = append(ds, more...)
		}
		for _, d := range ds.Sorted() {
			var b bytes.Buffer
			if err := (diag.Text{Sources: s.Sources()}).Write(&b, diag.Diagnostics{d}); err != nil {
				t.Fatal(err)
			}
			if shown := examples[d.Code]; shown == "" || b.Len() < len(shown) {
				examples[d.Code] = b.String()
			}
		}
		if err := root.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return examples
}
