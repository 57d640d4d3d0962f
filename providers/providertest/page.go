package providertest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Part is a generated part of a page, between `<!-- NAME -->` and `<!-- end of NAME -->`.
type Part struct{ Name, Text string }

// Page compares the generated parts of a page with what they are now, or writes them.
func Page(t *testing.T, file string, update bool, parts ...Part) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := string(src)
	for _, part := range parts {
		begin, end := "<!-- "+part.Name+" -->\n", "<!-- end of "+part.Name+" -->\n"
		before, rest, ok := strings.Cut(got, begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s has no part %q", file, part.Name)
		}
		got = before + begin + part.Text + end + after
	}
	if update && got != string(src) {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(src), got); diff != "" {
		t.Errorf("%s says otherwise than the tables (-page +tables):\n%s", file, diff)
	}
}

// Table is a table of a page.
type Table struct{ b strings.Builder }

// NewTable begins a table.
func NewTable(head ...string) *Table {
	t := &Table{}
	t.Row(head...)
	t.b.WriteString("|" + strings.Repeat("---|", len(head)) + "\n")
	return t
}

// Row adds a row.
func (t *Table) Row(cells ...string) {
	escaped := make([]string, len(cells))
	for i, cell := range cells {
		escaped[i] = strings.ReplaceAll(strings.TrimSpace(cell), "|", `\|`)
	}
	fmt.Fprintf(&t.b, "| %s |\n", strings.Join(escaped, " | "))
}

// String returns the table in Markdown.
func (t *Table) String() string { return t.b.String() }
