package providers_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/providers"
)

// TestDocumentedCodes compares the table of docs/diagnostics.md with the codes.
func TestDocumentedCodes(t *testing.T) {
	t.Parallel()
	const file, head = "../docs/diagnostics.md", "| code | |\n|---|---|\n"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, table, found := strings.Cut(string(page), head)
	if !found {
		t.Fatalf("%s has no table of codes", file)
	}
	var want strings.Builder
	for _, c := range providers.Codes() {
		want.WriteString("| `" + c.Code + "` | " + c.Meaning + " |\n")
	}
	if *update && table != want.String() {
		if err := os.WriteFile(file, []byte(before+head+want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(table, want.String()); diff != "" {
		t.Errorf("%s lists other codes (-page +code):\n%s", file, diff)
	}
}
