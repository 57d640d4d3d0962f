package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
)

// TestRefusals compares clouds.txt of each case with the errors and notes that the clouds
// of its stacks have of it; a case without one is refused by none of them.
func TestRefusals(t *testing.T) {
	t.Parallel()
	dirs, err := caseDirs(corpus)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			golden := filepath.Join(dir, caseRefusals)
			want, err := readGolden(golden)
			if err != nil {
				t.Fatal(err)
			}
			got := refusals(t, filepath.Join(dir, caseSpec))
			if diff := cmp.Diff(string(want), string(got)); diff == "" {
				return
			} else if !*update {
				t.Fatalf("clouds.txt differs (-want +got), see -update:\n%s", diff)
			}
			if len(got) == 0 {
				err = os.Remove(golden)
			} else {
				err = os.WriteFile(golden, got, 0o666)
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// refusals are the errors and notes of the clouds of a spec's stacks. What they warn of
// stands in the tables of what they can do.
func refusals(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := spec.Load(caseSpec, text)
	a := newApp(nil)
	var ds diag.Diagnostics
	for _, stack := range s.Stacks() {
		top, mistakes := s.Resolve(stack)
		if top == nil || mistakes.HasErrors() {
			continue
		}
		for _, d := range a.checkCloud(top) {
			if d.Severity != diag.Warning {
				ds = append(ds, d)
			}
		}
	}
	var out bytes.Buffer
	if err := (diag.Text{Sources: s.Sources()}).Write(&out, ds); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
