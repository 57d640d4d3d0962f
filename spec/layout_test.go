package spec

import (
	"os"
	"path/filepath"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestLayoutFindsNothingInValidYAML makes sure that a syntax error is not blamed on the
// unusual but valid lines before it.
func TestLayoutFindsNothingInValidYAML(t *testing.T) {
	t.Parallel()
	texts := map[string]string{
		"list below its key":      "a:\n- b\n- c: d\n  e: f\ng: h\n",
		"nested lists":            "a:\n  - - b\n    - c\n  -\n    - d\n  - e:\n    - f\n    g: h\n",
		"list at the top":         "- a\n- b: c\n  d: e\n-\n  f: g\n",
		"block scalars":           "a: |\n  b: c: d\n   - [{\"\n\n  'e\nf: >-\n\n  g\n  h: @\ni: |2\n    j\n   k\nl: 1\n",
		"block scalar in a list":  "a:\n  - |\n    b: c: d\n  - >\n   e\n  - f\n",
		"strings over lines":      "a: \"b\n  c: d: e\n  \\\" f\"\nb: 'c''d\n\n  e'\nc: d\n",
		"plain over lines":        "a: b\n  c\n  d\ne: f\n",
		"flow over lines":         "a: {\n  b: [c,\n    d, # e ]\n  f],\n  \"g\": h, i: {j: k}\n  }\nl: m\n",
		"flow with colons":        "a: {b: c:d, \"e\":f, g: http://h:1/i}\nj: [k: l, m]\n",
		"urls":                    "a: https://b.example.com:8080/c#d\ne: f#g # h: i\n",
		"quotes within":           "a: b\"c\nd: it's\n",
		"quoted keys":             "\"a: b\": c\n'd': e\n\"f\" : g\n",
		"anchors and tags":        "a: &b {c: d}\ne: *b\nf: !!str 5\ng: &h\n  i: j\nk:\n  <<: *h\nl: &m !!map\n  n: o\n",
		"comments":                "# a: \"\na: b # c: [\n   # {\nd:\n# e\n  f: g\n\n    # h\n  i: j\n",
		"documents":               "%YAML 1.1\n---\na: b\n...\n---\n- c\n",
		"document with a value":   "--- {a: b}\n",
		"trailing space":          "a:   \n  b: c  \n  d:\t e\n",
		"CRLF":                    "a:\r\n  b: |\r\n    c: d: e\r\n  f: \"g\r\n    h\"\r\n",
		"no last line break":      "a:\n  b: c",
		"empty values":            "a:\nb:\n  c:\n  d:\ne:\n",
		"dashes in values":        "a: -b\ne: --f\n--g: h\n",
		"one key deeper":          "a:\n      b: c\n      d:\n       e: f\ng: h\n",
		"brackets in plain text":  "a: b [c] {d}\ne: f] g\n",
		"explicit keys":           "? a\n: b\n? c\n: d\ne: f\n",
		"percent and at in words": "a: 5%\nb: c@d\ne: f`g\n",
	}
	dirs, err := filepath.Glob(filepath.Join("..", "testdata", "cases", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		text, err := os.ReadFile(filepath.Join(dir, "spec.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var n yaml.Node
		if yaml.Unmarshal(text, &n) == nil {
			texts[dir] = string(text)
		}
	}
	for name, text := range texts {
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(text), &n); err != nil {
			t.Errorf("%s: not valid: %v", name, err)
			continue
		}
		l := layout{src: newSource("spec.yaml", []byte(text)), limit: len(text)}
		if m := l.find(); m != nil {
			t.Errorf("%s: found a mistake at %d:%d: %s\n%s", name, m.line, m.column, m.detail, text)
		}
	}
}
