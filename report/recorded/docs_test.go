package recorded_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shown is a comment within a page of the documentation.
var shown = regexp.MustCompile(`(?s)<!-- begin ([a-z-]+) -->\n(.*?)<!-- end [a-z-]+ -->\n`)

// TestDocs: the comments that the README shows are those that are written. `go test -update` puts
// them there.
func TestDocs(t *testing.T) {
	t.Parallel()
	const page = "../../README.md"
	src, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	got := shown.ReplaceAllStringFunc(string(src), func(block string) string {
		name := shown.FindStringSubmatch(block)[1]
		found++
		comment, err := os.ReadFile(filepath.Join(events, name, "report.md"))
		if err != nil {
			t.Fatal(err)
		}
		return "<!-- begin " + name + " -->\n" + string(comment) + "<!-- end " + name + " -->\n"
	})
	if found != 3 {
		t.Errorf("the README shows %d pull requests, want 3", found)
	}
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(src), got); diff != "" {
		t.Errorf("%s (-shown +written):\n%s", page, diff)
	}
}
