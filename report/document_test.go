package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/deploy"
)

func TestDocuments(t *testing.T) {
	t.Parallel()
	const allow = `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["x","y"],"Resource":"r"}]}`
	tests := map[string]struct {
		before, after any
		want          []line
		rewritten     bool
	}{
		"in another order": {
			before: allow, after: `{"Statement":[{"Resource":["r"],"Action":["y","x"],"Effect":"Allow","Sid":"A"}],"Version":"2012-10-17"}`,
			rewritten: true,
		},
		"an action more": {
			before: allow, after: `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["x","y","z"],"Resource":"r"}]}`,
			want: []line{{path: "p.Statement[A].Action", kind: "update", added: []string{`"z"`}, removed: []string{}}},
		},
		"an action instead of a list": {
			before: allow, after: `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"x","Resource":"r"}]}`,
			want: []line{{path: "p.Statement[A].Action", kind: "update", added: []string{}, removed: []string{`"y"`}}},
		},
		"from deny to allow": {
			before: allow, after: `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny","Action":["x","y"],"Resource":"r"}]}`,
			want: []line{{path: "p.Statement[A].Effect", kind: "update", before: `"Allow"`, after: `"Deny"`}},
		},
		"a statement more": {
			before: allow,
			after:  `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["x","y"],"Resource":"r"},{"Sid":"B","Effect":"Allow"}]}`,
			want:   []line{{path: "p.Statement[B]", kind: "update", added: []string{`{"Effect":"Allow","Sid":"B"}`}, removed: []string{}}},
		},
		"two statements of one name": {
			before: `[{"Sid":"A","n":1},{"Sid":"A","n":2}]`, after: `[{"Sid":"A","n":3},{"Sid":"A","n":2},{"Sid":"A","n":4}]`,
			want: []line{
				{path: "p", kind: "update", removed: []string{`{"Sid":"A","n":1}`}, added: []string{}},
				{path: "p", kind: "update", added: []string{`{"Sid":"A","n":3}`}, removed: []string{}},
				{path: "p", kind: "update", added: []string{`{"Sid":"A","n":4}`}, removed: []string{}},
			},
		},
		"the same item twice": {
			before: `{"a":["x"]}`, after: `{"a":["x","x"]}`,
			want: []line{{path: "p.a", kind: "update", added: []string{`"x"`}, removed: []string{}}},
		},
		"a number is no text": {
			before: `{"a":5}`, after: `{"a":"5"}`,
			want: []line{{path: "p.a", kind: "update", before: "5", after: `"5"`}},
		},
		"null is not nothing": {
			before: `{"a":null}`, after: `{}`,
			want: []line{{path: "p.a", kind: "delete", before: "(none)"}},
		},
		"large numbers stay": {
			before: `{"a":12345678901234567890}`, after: `{"a":12345678901234567891}`,
			want: []line{{path: "p.a", kind: "update", before: "12345678901234567890", after: "12345678901234567891"}},
		},
		"not known yet": {
			before: allow, after: deploy.Unknown{},
			want: []line{{path: "p", kind: "update", before: value(allow), after: "(known after up)"}},
		},
		"no document": {
			before: "{x}", after: "{y}",
			want: []line{{path: "p", kind: "update", before: `"{x}"`, after: `"{y}"`}},
		},
		"more than a document": {
			before: `{"a":1} x`, after: `{"a":2} x`,
			want: []line{{path: "p", kind: "update", before: `"{\"a\":1} x"`, after: `"{\"a\":2} x"`}},
		},
		"a list in another order": {
			before: []any{"a", "b"}, after: []any{"b", "a"},
			want: []line{{path: "p", kind: "update", before: `["a","b"]`, after: `["b","a"]`}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			leaves, rewritten := leavesOf(deploy.PropertyDiff{Path: "p", Kind: "update", Before: test.before, After: test.after})
			var got []line
			for _, l := range leaves {
				got = append(got, lineOf(l, false))
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(line{})); diff != "" || rewritten != test.rewritten {
				t.Errorf("rewritten: %t; lines (-want +got):\n%s", rewritten, diff)
			}
		})
	}
}

// TestVisible: letters that are not seen as themselves are shown.
func TestVisible(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain ü 漢": "plain ü 漢", "a\nb": `a\u000ab`, "a\u202eb": `a\u202eb`, "\u200b": `\u200b`, "\x1b[31m": `\u001b[31m`,
		"\u2028": `\u2028`, "a\xffb": "a\ufffdb", "\u009b": `\u009b`,
	} {
		if got := visible(in); got != want {
			t.Errorf("visible(%q) is %q, want %q", in, got, want)
		}
	}
}

// TestCode: no text ends its own code.
func TestCode(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a": "`a`", "": "`  `", "`": "`` ` ``", "a`b": "``a`b``", "``": "``` `` ```", " a ": "`  a  `", "a\n\n# b": "`a\\u000a\\u000a# b`",
	} {
		if got := code(in); got != want {
			t.Errorf("code(%q) is %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"a|b": "`a\\|b`", `a\|b`: "`a\\\\u007cb`"} {
		if got := cell(in); got != want {
			t.Errorf("cell(%q) is %q, want %q", in, got, want)
		}
	}
	if got, want := fenced("text", "a\n```\nb\n"), "````text\na\n```\nb\n````\n"; got != want {
		t.Errorf("fenced is %q, want %q", got, want)
	}
	for in, want := range map[string]string{"Plain, (as said).": "Plain, (as said).", "see @you": "`see @you`", "https://x": "`https://x`", "a_b_": "`a_b_`"} {
		if got := prose(in); got != want {
			t.Errorf("prose(%q) is %q, want %q", in, got, want)
		}
	}
}
