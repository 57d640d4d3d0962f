package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const pagesDir = "../../docs/cli"

// TestPages keeps docs/cli: a page for each command, made of its help. `go test -update`
// writes them anew.
func TestPages(t *testing.T) {
	t.Parallel()
	a, _, _ := testApp("", nil)
	want := map[string]string{}
	commands(newRootCmd(a), func(cmd *cobra.Command) {
		if cmd.HasParent() {
			want[pageName(cmd)] = commandPage(cmd)
		} else {
			want["README.md"] = indexPage(cmd)
		}
	})
	if *update {
		writePages(t, want)
	}
	got := map[string]string{}
	files, err := filepath.Glob(pagesDir + "/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got[filepath.Base(file)] = string(data)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/cli (-commands +pages):\n%s", diff)
	}
}

func writePages(t *testing.T, pages map[string]string) {
	t.Helper()
	if err := os.RemoveAll(pagesDir); err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		write(t, filepath.Join(pagesDir, name), pages[name])
	}
}

// pageName is "stacks-rm.md" for `msgdeploy stacks rm`.
func pageName(cmd *cobra.Command) string {
	_, path, _ := strings.Cut(cmd.CommandPath(), " ")
	return strings.ReplaceAll(path, " ", "-") + ".md"
}

func indexPage(root *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", root.Name(), root.Long)
	for _, group := range root.Groups() {
		fmt.Fprintf(&b, "\n## %s\n\n", strings.TrimSuffix(group.Title, ":"))
		for _, cmd := range root.Commands() {
			if cmd.GroupID == group.ID {
				fmt.Fprintf(&b, "- [`%s`](%s): %s\n", cmd.Name(), pageName(cmd), cmd.Short)
			}
		}
	}
	return b.String()
}

func commandPage(cmd *cobra.Command) string {
	var b strings.Builder
	long := cmd.Long
	if long == "" {
		long = cmd.Short + "."
	}
	fmt.Fprintf(&b, "# %s\n\n%s\n\n```\n%s\n```\n", cmd.CommandPath(), strings.TrimSpace(long), cmd.UseLine())
	if len(cmd.Commands()) > 0 {
		b.WriteString("\n## Commands\n\n")
		for _, sub := range cmd.Commands() {
			fmt.Fprintf(&b, "- [`%s`](%s): %s\n", sub.Name(), pageName(sub), sub.Short)
		}
	}
	fmt.Fprintf(&b, "\n## Examples\n\n```sh\n%s\n```\n", unindent(cmd.Example))
	var flags []string
	cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" {
			flags = append(flags, flagRow(f))
		}
	})
	if len(flags) > 0 {
		b.WriteString("\n## Flags\n\n| flag | variable | |\n|---|---|---|\n" + strings.Join(flags, ""))
	}
	return b.String()
}

func flagRow(f *pflag.Flag) string {
	name := "`--" + f.Name + "`"
	if f.Shorthand != "" {
		name = "`-" + f.Shorthand + "`, " + name
	}
	usage := f.Usage
	if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
		usage += " (default `" + f.DefValue + "`)"
	}
	if words, ok := f.Value.(oneOf); ok {
		usage = strings.Join(words.words, ", ") + ": " + usage
	}
	return fmt.Sprintf("| %s | `%s` | %s |\n", name, variableOf(f.Name), usage)
}

func unindent(example string) string {
	lines := strings.Split(example, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(lines, "\n")
}
