package spec_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/msgdeploy/msgdeploy/spec"
)

func TestSyntaxErrorPositions(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ text, want string }{
		"a tab at the start":           {"version: 1\nqueues:\n\tjobs: {}\n", "3:1"},
		"a tab after spaces":           {"version: 1\nqueues:\n  jobs:\n  \tlease: 30s\n", "4:3"},
		"a tab in one line":            {"queues:\n  jobs:\n    lease: 30s\n\tretention: 4d\n", "4:1"},
		"double quote":                 {"version: 1\nproject: \"shop\nstacks:\n  local: {nats: {}}\n", "2:10"},
		"double quote, closed later":   {"version: 1\nproject: \"shop\nstacks:\n  local: {url: \"x\"}\n", "2:10"},
		"single quote":                 {"version: 1\nproject: 'shop\nstacks:\n  local: {nats: {}}\n", "2:10"},
		"brace":                        {"version: 1\nproject: shop\nstacks:\n  local: {nats: {}\ntopics:\n  abc: {}\n", "4:10"},
		"brace at the end":             {"version: 1\nproject: shop\nstacks: {local: {nats: {}}\n", "3:9"},
		"bracket closed by brace":      {"version: 1\npermissions:\n  a: {publish: [x, y}\n  b: {}\n", "3:16"},
		"bracket":                      {"version: 1\npermissions:\n  a:\n    publish: [x, y\n  b: {}\n", "4:14"},
		"dedent to nowhere":            {"version: 1\nqueues:\n  jobs:\n    lease: 30s\n   retention: 4d\n", "5:4"},
		"dedent in a section":          {"version: 1\nqueues:\n    jobs: {}\n  audit: {}\n", "4:3"},
		"indent below a value":         {"version: 1\n queues: {}\n", "2:2"},
		"two colons":                   {"version: 1\ndescription: a: b\n", "2:15"},
		"two colons in the first":      {"version: 1: 2\n", "1:11"},
		"no colon":                     {"version: 1\nproject shop\nstacks: {}\n", "2:1"},
		"no colon, deeper":             {"version: 1\nqueues:\n  jobs\n  audit: {}\n", "3:3"},
		"unknown alias":                {"version: 1\na: *foo\n", "2:4"},
		"at sign":                      {"version: 1\na: @foo\n", "2:4"},
		"backtick":                     {"version: 1\na: `foo`\n", "2:4"},
		"brace too many":               {"version: 1\na: {b: c}}\nd: 1\n", "2:10"},
		"text after a string":          {"version: 1\na: \"x\" y\nd: 1\n", "2:7"},
		"unknown escape":               {"version: 1\na: \"x\\q\"\nd: 1\n", "2:8"},
		"a key among items":            {"version: 1\nqueues:\n  - a\n  b: {}\n", "4:3"},
		"an item among keys":           {"version: 1\nqueues:\n  a: {}\n  - b\n", "4:3"},
		"block scalar, then nowhere":   {"version: 1\na: |\n  foo\n bar\nb: 1\n", "4:2"},
		"alias without a name":         {"version: 1\na: *\n", "2:4"},
		"anchor without a name":        {"version: 1\na: & b\n", "2:4"},
		"brace in the first line":      {"{version: 1\n", "1:1"},
		"CRLF":                         {"version: 1\r\nqueues:\r\n\tjobs: {}\r\n", "3:1"},
		"after a list of equal indent": {"a:\n- b\n- c\nd:\n  e: f\n g: h\n", "6:2"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, ds := spec.Load("spec.yaml", []byte(c.text))
			if len(ds) != 1 || ds[0].Code != spec.CodeSyntax {
				t.Fatalf("got %d diagnostics, want one of syntax: %v", len(ds), ds)
			}
			if got := fmt.Sprintf("%d:%d", ds[0].Range.Start.Line, ds[0].Range.Start.Column); got != c.want {
				t.Errorf("got %s, want %s: %s", got, c.want, ds[0].Detail)
			}
		})
	}
}

// yaml.v3 ends lines at characters at which editors do not.
func TestPlacesBesideUnusualLineBreaks(t *testing.T) {
	t.Parallel()
	_, ds := spec.Load("spec.yaml", []byte("version: 1\nproject: \"de\u2028mo\" # \u0085\ntopics: {orders: {leese: 1}}\nstacks: {local: {nats: {}}}\n"))
	var got []string
	for _, d := range ds.Sorted() {
		got = append(got, fmt.Sprintf("%d:%d %s", d.Range.Start.Line, d.Range.Start.Column, d.Code))
	}
	if want := "[2:10 invalid-value 3:19 unknown-key]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// TestSyntaxErrorsPointAtTheirLine breaks a sound spec in many places. Some mistakes only
// show later, such as the indentation of a block's first line; nearly all must be found in
// their line or beside it.
func TestSyntaxErrorsPointAtTheirLine(t *testing.T) {
	t.Parallel()
	text := corpus(t)[filepath.Join("..", "testdata", "cases", "shop")]
	errors, far := 0, 0
	for i := 0; i < len(text); i += 3 {
		for _, typo := range []string{`"`, "'", "[", "{", "]", "}", ":", "\t", " "} {
			broken := slices.Concat(text[:i], []byte(typo), text[i:])
			_, ds := spec.Load("spec.yaml", broken)
			if len(ds) != 1 || ds[0].Code != spec.CodeSyntax {
				continue
			}
			errors++
			line := bytes.Count(text[:i], []byte("\n")) + 1
			if got := ds[0].Range.Start.Line; got < line-1 || got > line+1 {
				far++
			}
		}
	}
	if errors < 1000 || far > errors/100 {
		t.Errorf("%d of %d errors of syntax point elsewhere", far, errors)
	}
}
