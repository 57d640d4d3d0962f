package diag_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/diag"
)

func at(file string, line, column, width int) diag.Range {
	return diag.Range{File: file, Start: diag.Position{Line: line, Column: column}, End: diag.Position{Line: line, Column: column + width}}
}

func render(t *testing.T, text diag.Text, ds ...diag.Diagnostic) string {
	t.Helper()
	var out bytes.Buffer
	if err := text.Write(&out, ds); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const source = "version: 1\nqueues:\n  jobs: {leese: 30s}\n"

func TestText(t *testing.T) {
	t.Parallel()
	got := render(t, diag.Text{Sources: map[string][]byte{"spec.yaml": []byte(source)}},
		diag.Diagnostic{
			Code: "unknown-key", Summary: "Unknown key", Detail: "There is no key `leese`.\nDid you mean `lease`?",
			Range:   at("spec.yaml", 3, 10, 5),
			Related: []diag.Related{{Range: at("spec.yaml", 3, 3, 4), Message: "the queue is here"}},
		},
		diag.Diagnostic{Severity: diag.Warning, Code: "odd", Summary: "Odd version", Detail: "It is one.", Range: at("spec.yaml", 1, 1, 7)},
		diag.Diagnostic{Code: "no-place", Summary: "Nowhere", Detail: "This has no place."},
		diag.Diagnostic{Code: "no-source", Summary: "Elsewhere", Detail: "This has no source.", Range: at("zoo.yaml", 7, 1, 1)},
	)
	want := `error: Nowhere [no-place]
  This has no place.
spec.yaml:1:1: warning: Odd version [odd]
  1 | version: 1
    | ^~~~~~~
  It is one.
spec.yaml:3:10: error: Unknown key [unknown-key]
  3 |   jobs: {leese: 30s}
    |          ^~~~~
  There is no key ` + "`leese`" + `.
  Did you mean ` + "`lease`" + `?
  spec.yaml:3:3: the queue is here
  3 |   jobs: {leese: 30s}
    |   ^~~~
zoo.yaml:7:1: error: Elsewhere [no-source]
  This has no source.
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestTextCarets(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		line          string
		column, width int
		want          string
	}{
		"wide characters before":    {"名前: x", 5, 1, "  1 | 名前: x\n    |       ^\n"},
		"wide characters below":     {"a: 名前", 4, 2, "  1 | a: 名前\n    |    ^~~~\n"},
		"a combining character":     {"e\u0301: x", 5, 1, "  1 | e\u0301: x\n    |    ^\n"},
		"a tab counts as one space": {"\ta: x", 2, 1, "  1 |  a: x\n    |  ^\n"},
		"at the end of the line":    {"a:", 3, 1, "  1 | a:\n    |   ^\n"},
		"beyond the line":           {"a:", 9, 4, "  1 | a:\n    |   ^\n"},
		"no width":                  {"a: x", 1, 0, "  1 | a: x\n    | ^\n"},
		"an escape sequence":        {"a: \x1b[31mx", 4, 6, "  1 | a: \uFFFD[31mx\n    |    ^~~~~~\n"},
		"text turned around":        {"a: \u202ex", 4, 2, "  1 | a: \uFFFDx\n    |    ^~\n"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := render(t, diag.Text{Sources: map[string][]byte{"f": []byte(c.line)}}, diag.Diagnostic{Code: "c", Summary: "S", Range: at("f", 1, c.column, c.width)})
			_, snippet, _ := strings.Cut(got, "\n")
			if diff := cmp.Diff(c.want, snippet); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTextLineEndings(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"LF": "a\nb: x\n", "CRLF": "a\r\nb: x\r\n", "CR": "a\rb: x\r"} {
		got := render(t, diag.Text{Sources: map[string][]byte{"f": []byte(text)}}, diag.Diagnostic{Code: "c", Summary: "S", Range: at("f", 2, 4, 1)})
		if want := "f:2:4: error: S [c]\n  2 | b: x\n    |    ^\n"; got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestTextLongLines(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("é", 5000) + "MARK" + strings.Repeat("x", 1<<20)
	for _, column := range []int{1, 60, 2000, 5001, 5005, 100_000, len([]rune(line)) + 1} {
		got := render(t, diag.Text{Sources: map[string][]byte{"f": []byte(line)}}, diag.Diagnostic{Code: "c", Summary: "S", Range: at("f", 1, column, 4)})
		if len(got) > 1000 {
			t.Errorf("column %d: %d bytes of output", column, len(got))
		}
		if column == 5001 {
			lines := strings.Split(got, "\n")
			if i, j := strings.Index(lines[1], "MARK"), strings.Index(lines[2], "^~~~"); len([]rune(lines[1][:i])) != j {
				t.Errorf("the caret is not below the mark:\n%s", got)
			}
		}
	}
}

func TestTextColor(t *testing.T) {
	t.Parallel()
	d := diag.Diagnostic{Code: "c", Summary: "S", Detail: "D.", Range: at("f", 1, 1, 1)}
	sources := map[string][]byte{"f": []byte("a: \x1b[1m\n")}
	plain, colored := render(t, diag.Text{Sources: sources}, d), render(t, diag.Text{Sources: sources, Color: true}, d)
	if strings.Contains(plain, "\x1b") {
		t.Error("colour without being asked")
	}
	if !strings.Contains(colored, "\x1b[1;31merror:\x1b[0m") || strings.Count(colored, "\x1b[1m") != 2 {
		t.Errorf("got %q", colored)
	}
}
