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

// TestDocs: the comments that the documentation shows are those that are written. `go test
// -update` puts them there.
func TestDocs(t *testing.T) {
	t.Parallel()
	found := 0
	for _, page := range []string{"../../docs/reviews.md", "../../README.md"} {
		src, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		got := shown.ReplaceAllStringFunc(string(src), func(block string) string {
			name := shown.FindStringSubmatch(block)[1]
			found++
			comment, err := os.ReadFile(filepath.Join(events, name, "report.md"))
			if err != nil {
				t.Fatal(err)
			}
			return "<!-- begin " + name + " -->\n" + string(comment) + "<!-- end " + name + " -->\n"
		})
		if *update {
			if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(string(src), got); diff != "" {
			t.Errorf("%s (-shown +written):\n%s", page, diff)
		}
	}
	if found == 0 {
		t.Error("no page shows a comment")
	}
}
