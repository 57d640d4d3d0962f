package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFaults demands that each fault in the table of docs/state.md names a test that is there, and
// provokes it. Whoever adds a fault adds a row, with the test's name in its last column.
func TestFaults(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/state.md")
	if err != nil {
		t.Fatal(err)
	}
	there := testNames(t)
	named := regexp.MustCompile("`([^`]+)`")
	rows := 0
	_, faults, _ := strings.Cut(string(page), "## Faults")
	for row := range strings.Lines(faults) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(row), "|"), "|")
		if len(cells) != 4 || strings.HasPrefix(cells[0], "---") || strings.TrimSpace(cells[0]) == "fault" {
			continue
		}
		rows++
		tests := named.FindAllStringSubmatch(cells[3], -1)
		if len(tests) == 0 {
			t.Errorf("the fault%sis provoked by no test", cells[0])
		}
		for _, name := range tests {
			if !slices.Contains(there, name[1]) {
				t.Errorf("the fault%sis said to be provoked by %s, which is not there", cells[0], name[1])
			}
		}
	}
	if rows == 0 {
		t.Error("there is no table of faults")
	}
}

// testNames returns the names of all tests of packages deploy and cmd/msgdeploy, and of all scripts.
func testNames(t *testing.T) []string {
	t.Helper()
	var names []string
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	for _, dir := range []string{"../../deploy", ".", "../../testdata/script"} {
		err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
			switch {
			case err != nil || e.IsDir():
				return err
			case strings.HasSuffix(path, ".txtar"):
				names = append(names, path)
			case strings.HasSuffix(path, "_test.go"):
				src, err := os.ReadFile(filepath.Join(dir, path))
				if err != nil {
					return err
				}
				for _, m := range declared.FindAllSubmatch(src, -1) {
					names = append(names, string(m[1]))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}
