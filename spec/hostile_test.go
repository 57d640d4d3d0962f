package spec_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/spec"
)

// TestHostileInput feeds what could make a reader of YAML hang, panic or eat memory; the
// test's own time limit is what it would run into. What is said first is asserted.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	const head = "version: 1\nproject: demo\nstacks: {local: {nats: {}}}\n"
	numbered := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	cases := map[string]struct{ text, code string }{
		"unclosed brackets":     {head + "topics: " + strings.Repeat("[", 1<<20), spec.CodeSyntax},
		"nested mappings":       {head + "topics: " + strings.Repeat("{a: ", 5000), spec.CodeSyntax},
		"nested lists":          {head + "topics:\n" + strings.Repeat("- ", 50_000), spec.CodeSyntax},
		"nested keys":           {head + "topics:\n" + strings.Repeat("? ", 5000), spec.CodeInvalidKey},
		"a chain of aliases":    {head + "x-0: &a0 []\n" + chain(5000) + "topics: *a4999\n", spec.CodeTooDeep},
		"merged too often":      {head + "x-0: &a\n" + numbered(3000, "  k%d: 1\n") + "queues:\n" + numbered(3000, "  queue-%d: {<<: *a}\n"), spec.CodeAliasExpansion},
		"one endless key":       {head + strings.Repeat("x", 1<<20) + ": 1\n", spec.CodeSyntax},
		"one endless value":     {head + "topics: {abc: {format: " + strings.Repeat("x", 1<<20) + "}}\n", spec.CodeInvalidValue},
		"colons":                {head + strings.Repeat("a: ", 100_000), spec.CodeSyntax},
		"tags":                  {head + "topics: " + strings.Repeat("!", 1<<20), spec.CodeWrongKind},
		"anchors":               {head + "topics: " + strings.Repeat("&a ", 100_000), spec.CodeSyntax},
		"duplicates":            {head + "queues:\n" + strings.Repeat("  jobs: {}\n", 50_000), spec.CodeDuplicateKey},
		"unknown names":         {head + "queues:\n" + numbered(5000, "  queue-%d: {deadLetter: {queue: other-%[1]d}}\n"), spec.CodeUnknownReference},
		"unknown keys in a row": {head + "queues: {" + numbered(5000, "queue-%d: {leese: 1s}, ") + "}\n", spec.CodeUnknownKey},
		"an error after much":   {head + strings.Repeat("# comment\n", 100_000) + "\tqueues: {}\n", spec.CodeSyntax},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ds := diagnose([]byte(c.text))
			ds = ds.Sorted()
			if len(ds) == 0 || ds[0].Code != c.code {
				t.Fatalf("got %.200v, want first %s", ds, c.code)
			}
			if err := rangesInside(s.Sources(), ds[:1]); err != nil {
				t.Error(err)
			}
		})
	}
}

// chain is a list of anchors of which each names a list with an alias of the one before.
func chain(n int) string {
	var b strings.Builder
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "x-%d: &a%d [*a%d]\n", i, i, i-1)
	}
	return b.String()
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	_, ds := spec.Load("spec.yaml", bytes.Repeat([]byte("#\n"), 17<<20))
	if len(ds) != 1 || ds[0].Code != spec.CodeTooLarge {
		t.Errorf("got %v, want one %s", ds, spec.CodeTooLarge)
	}
}

func TestUnknownStack(t *testing.T) {
	t.Parallel()
	s, ds := spec.Load("spec.yaml", []byte("version: 1\nproject: demo\nstacks: {local: {nats: {}}, prod: {nats: {}}}\n"))
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	topology, ds := s.Resolve("lcoal")
	if topology != nil || len(ds) != 1 || ds[0].Code != spec.CodeUnknownStack {
		t.Fatalf("got %v, %v", topology, ds)
	}
	if want := "There is no stack `lcoal`. Did you mean `local`?"; ds[0].Detail != want {
		t.Errorf("got %q, want %q", ds[0].Detail, want)
	}
}
