package spec

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/diag"
)

// TestDocumentedSpec compares the generated parts of docs/spec.md with what the types and
// the example say, and rewrites them with -update.
func TestDocumentedSpec(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "docs", "spec.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile(filepath.Join("..", "testdata", "cases", "shop", "spec.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := generated(t, string(text), "example", "\n```yaml\n"+string(example)+"```\n\n")
	want = generated(t, want, "keys", "\n"+keyReference())
	compareGolden(t, file, []byte(want))
}

// generated returns a text with the part between two markers replaced.
func generated(t *testing.T, text, name, part string) string {
	t.Helper()
	begin, end := "<!-- "+name+": generated -->\n", "<!-- end of "+name+" -->\n"
	head, rest, ok := strings.Cut(text, begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("no markers of %s", name)
	}
	return head + begin + part + end + tail
}

// TestPublishedSchema compares docs/msgdeploy.schema.json with what the types say.
func TestPublishedSchema(t *testing.T) {
	t.Parallel()
	compareGolden(t, filepath.Join("..", "docs", "msgdeploy.schema.json"), Schema())
}

// compareGolden fails if a file is not as it should be, or rewrites it with -update.
func compareGolden(t *testing.T, file string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	if flag.Lookup("update").Value.String() != "true" {
		t.Fatalf("%s is out of date, see -update (-is +should be):\n%s", file, cmp.Diff(string(got), string(want)))
	}
	t.Logf("rewriting %s", file)
	if err := os.WriteFile(file, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

// keyReference documents every key of a spec, in Markdown.
func keyReference() string {
	var b strings.Builder
	described := map[string]string{}
	var section func(s *shape, path string)
	section = func(s *shape, path string) {
		if first, done := described[s.name]; done {
			fmt.Fprintf(&b, "### `%s`\n\nAs `%s`.\n\n", path, first)
			return
		}
		described[s.name] = path
		if path == "" {
			b.WriteString("### At the top level\n\n")
		} else {
			fmt.Fprintf(&b, "### `%s`\n\n", path)
		}
		b.WriteString(s.doc + note(s) + "\n\n")
		if s.nullable {
			sections := slices.DeleteFunc(s.keys(), func(key string) bool { return key == "add" })
			fmt.Fprintf(&b, "Its keys are the sections of elements, %s, as at the top level, and `add`: %s Its keys are %s.\n\n",
				diag.AndList(quoted(sections)), sentence(additionsShape().doc), diag.AndList(quoted(additionsShape().keys())))
			return
		}
		b.WriteString("| key | value | default | |\n|---|---|---|---|\n")
		for _, f := range s.fields {
			fmt.Fprintf(&b, "| `%s`%s | %s | %s | %s |\n", f.key, mark(f), cell(f.shape), defaultCell(f), f.doc)
		}
		b.WriteString("\n")
		for _, f := range s.fields {
			sub, at := f.shape, strings.TrimPrefix(path+"."+f.key, ".")
			switch {
			case sub.kind == dict && sub.elem.kind == record:
				at += ".NAME"
				sub = sub.elem
			case sub.kind == list:
				at += "[]"
				sub = sub.elem
			}
			if sub.kind == record {
				section(sub, at)
			}
		}
	}
	section(documentShape(), "")
	return b.String()
}

// mark says that a key must be there.
func mark(f *field) string {
	if f.required || f.needed {
		return " (required)"
	}
	return ""
}

// note says what holds for a record as a whole.
func note(s *shape) string {
	var notes string
	for _, c := range s.choices {
		how := "Exactly one"
		if c.optional {
			how = "At most one"
		}
		notes += fmt.Sprintf(" %s of %s.", how, strings.Join(quoted(c.keys), ", "))
	}
	if s.atLeast {
		notes += " At least one key."
	}
	if s.shorthand != "" {
		notes += fmt.Sprintf(" A string stands for `{%s: …}`.", s.shorthand)
	}
	if s.whole {
		notes += " A patch replaces it whole."
	}
	return notes
}

// cell says which values a key takes.
func cell(s *shape) string {
	var words string
	switch {
	case len(s.enum) > 0:
		words = strings.Join(quoted(s.enum), " or ")
	case s.kind == list:
		words = "list of strings"
		if s.elem.kind == record {
			words = "list of mappings"
		} else if s.elem.rule != nil {
			words = "list; each item is " + s.elem.rule.what
		}
	case s.kind == dict:
		words = "mapping by name"
		if s.elem.kind == plain {
			words = "mapping of strings, numbers, `true` and `false`; each key is " + s.names.what
		}
		if s.elem.kind == list {
			words = "mapping of lists of strings; each key is " + s.names.what
		}
	case s.kind == record:
		words = "mapping"
		if s.off {
			words = "mapping, or `false`"
		}
	case s.kind == text && s.rule != nil:
		words = s.rule.what
	case s.kind == text:
		words = "string"
	case s.kind == plain:
		words = "string, number, `true` or `false`"
	case s.kind == duration:
		words = "duration"
	case s.kind == size:
		words = "size"
	case s.kind == integer:
		words = "whole number"
	default:
		words = "`true` or `false`"
	}
	switch {
	case s.kind == list || len(s.enum) > 0:
	case s.minText != "" && s.maxText != "":
		words += fmt.Sprintf(", %s to %s", s.minText, s.maxText)
	case s.maxText != "":
		words += ", at most " + s.maxText
	}
	return strings.ReplaceAll(words, "|", "\\|")
}

func defaultCell(f *field) string {
	switch {
	case f.deflt == "{}":
		return "its defaults"
	case f.deflt != "":
		return "`" + f.deflt + "`"
	case f.kind == boolean && len(f.enum) == 0:
		return "`false`"
	}
	return ""
}
