package spec_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
)

var update = flag.Bool("update", false, "rewrite testdata/cases/*/diagnostics.txt")

// corpus returns the text of testdata/cases/*/spec.yaml by directory.
func corpus(tb testing.TB) map[string][]byte {
	tb.Helper()
	dirs, err := filepath.Glob(filepath.Join("..", "testdata", "cases", "*"))
	if err != nil || len(dirs) == 0 {
		tb.Fatalf("no cases: %v", err)
	}
	cases := make(map[string][]byte, len(dirs))
	for _, dir := range dirs {
		text, err := os.ReadFile(filepath.Join(dir, "spec.yaml"))
		if err != nil {
			tb.Fatal(err)
		}
		cases[dir] = text
	}
	return cases
}

// diagnose returns what is said of a text by itself.
func diagnose(text []byte) (*spec.Spec, diag.Diagnostics) { return diagnoseDir(nil, text) }

// diagnoseCase returns what is said of a case, which may include files of its directory.
func diagnoseCase(tb testing.TB, dir string, text []byte) (*spec.Spec, diag.Diagnostics) {
	tb.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		tb.Fatal(err)
	}
	s, ds := diagnoseDir(root.FS(), text)
	if err := root.Close(); err != nil {
		tb.Fatal(err)
	}
	return s, ds
}

// diagnoseDir returns what Load and Resolve say of all stacks.
func diagnoseDir(dir fs.FS, text []byte) (*spec.Spec, diag.Diagnostics) {
	s, ds := spec.LoadDir("spec.yaml", text, dir)
	for _, stack := range s.Stacks() {
		_, more := s.Resolve(stack)
		ds = append(ds, more...)
	}
	return s, ds
}

// TestCorpus compares what is said of each case with its diagnostics.txt; a case
// without one is a spec without mistakes.
func TestCorpus(t *testing.T) {
	t.Parallel()
	for dir, text := range corpus(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			s, ds := diagnoseCase(t, dir, text)
			var got bytes.Buffer
			if err := (diag.Text{Sources: s.Sources()}).Write(&got, ds); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join(dir, "diagnostics.txt")
			want, err := os.ReadFile(golden)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			diff := cmp.Diff(string(want), got.String())
			if diff == "" {
				return
			}
			if !*update {
				t.Fatalf("diagnostics differ (-want +got), see -update:\n%s", diff)
			}
			t.Logf("rewriting %s", golden)
			if got.Len() == 0 {
				err = os.Remove(golden)
			} else {
				err = os.WriteFile(golden, got.Bytes(), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestCorpusHasEveryCode makes sure that each code is documented, and shown by a case.
func TestCorpusHasEveryCode(t *testing.T) {
	t.Parallel()
	shown := map[string]bool{
		spec.CodeUnknownStack: true, // asked for on the command line: TestUnknownStack
		spec.CodeTooLarge:     true, // too large for a repository: TestTooLarge
		spec.CodeTooMuch:      true, // likewise: TestTooMuch
	}
	for dir, text := range corpus(t) {
		_, ds := diagnoseCase(t, dir, text)
		for _, d := range ds {
			shown[d.Code] = true
			if !slices.ContainsFunc(spec.Codes(), func(c spec.Code) bool { return c.Code == d.Code }) {
				t.Errorf("%s: the code %q is not in the table", dir, d.Code)
			}
		}
	}
	for _, c := range spec.Codes() {
		if !shown[c.Code] {
			t.Errorf("no case shows %q: %s", c.Code, c.Meaning)
		}
	}
}

// TestRangesAreInsideTheFile holds for whatever is reported, and for related places.
func TestRangesAreInsideTheFile(t *testing.T) {
	t.Parallel()
	for dir, text := range corpus(t) {
		s, ds := diagnoseCase(t, dir, text)
		if err := rangesInside(s.Sources(), ds); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// rangesInside returns an error if a range of ds is not within the text of its file.
func rangesInside(sources map[string][]byte, ds diag.Diagnostics) error {
	lines := make(map[string][]string, len(sources))
	for file, text := range sources {
		lines[file] = strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text)), "\n")
	}
	check := func(r diag.Range) error {
		lines, known := lines[r.File]
		if !known {
			return fmt.Errorf("%s is no file of the spec", r)
		}
		if r == (diag.Range{File: r.File}) {
			return nil // the file as a whole
		}
		for _, p := range []diag.Position{r.Start, r.End} {
			if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > utf8.RuneCountInString(lines[p.Line-1])+1 {
				return fmt.Errorf("%d:%d is outside of %s", p.Line, p.Column, r.File)
			}
		}
		if r.End.Before(r.Start) {
			return fmt.Errorf("%s ends before it starts", r)
		}
		return nil
	}
	for _, d := range ds {
		if err := check(d.Range); err != nil {
			return fmt.Errorf("%s: %w", d.Summary, err)
		}
		for _, related := range d.Related {
			if err := check(related.Range); err != nil {
				return fmt.Errorf("%s, related: %w", d.Summary, err)
			}
		}
	}
	return nil
}
