package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRehearsals carries out every stack on a cloud of the corpus with the stand-in:
// it is taken, a second time nothing changes, and a refresh finds nothing.
func TestRehearsals(t *testing.T) {
	t.Parallel()
	goldens, err := filepath.Glob(corpus + "/*/*" + goldenSuffix)
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, golden := range goldens {
		text, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nprovider: nats\n") {
			continue // it has no stand-in
		}
		ran++
		dir := filepath.Dir(golden)
		stack := strings.TrimSuffix(filepath.Base(golden), goldenSuffix)
		t.Run(filepath.Base(dir)+"/"+stack, func(t *testing.T) {
			t.Parallel()
			work := t.TempDir()
			if err := os.CopyFS(work, os.DirFS(dir)); err != nil { // with what the spec includes
				t.Fatal(err)
			}
			msgdeploy(t, work, 0, "up", "-f", caseSpec, "-s", stack, "--simulate", "--yes")
			msgdeploy(t, work, 0, "up", "-f", caseSpec, "-s", stack, "--simulate", "--yes", "--expect-no-changes")
			msgdeploy(t, work, 0, "refresh", "-f", caseSpec, "-s", stack, "--simulate", "--yes", "--expect-no-changes")
		})
	}
	if ran < 40 {
		t.Errorf("%d stacks on clouds: where is the corpus?", ran)
	}
}
