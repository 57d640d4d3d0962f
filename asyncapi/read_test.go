package asyncapi_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/asyncapi"
	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
)

// TestRead compares what is made of the documents in testdata, and what is said about
// them, with the files beside them. `go test -update` writes them anew.
func TestRead(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/asyncapi.*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Base(file)
			text, ds := asyncapi.Read(name, source, asyncapi.Options{})
			if (text == nil) != ds.HasErrors() {
				t.Errorf("there is a spec: %t, there are errors: %t", text != nil, ds.HasErrors())
			}
			var shown bytes.Buffer
			if err := (diag.Text{Sources: map[string][]byte{name: source}}).Write(&shown, ds); err != nil {
				t.Fatal(err)
			}
			compare(t, filepath.Join(filepath.Dir(file), "diagnostics.txt"), shown.String())
			compare(t, filepath.Join(filepath.Dir(file), "msgdeploy.yaml"), string(text))
			valid(t, text)
		})
	}
}

// compare compares a text with a golden file; a text that is empty has none.
func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		if got != "" {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	want, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// valid fails if a spec that was made is none.
func valid(t *testing.T, text []byte) {
	t.Helper()
	if text == nil {
		return
	}
	s, ds := spec.Load("msgdeploy.yaml", text)
	for _, stack := range s.Stacks() {
		_, more := s.Resolve(stack)
		ds = append(ds, more...)
	}
	if ds.HasErrors() || len(s.Stacks()) == 0 {
		t.Errorf("the spec is not valid: %v\n%s", ds, text)
	}
}

// TestNotRead: what is no AsyncAPI 3 is refused, with the place and the way out.
func TestNotRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, code, at, says string }{
		"version 2":     {"info: {}\nasyncapi: 2.6.0", asyncapi.CodeVersion, "a.yaml:2:11", "asyncapi convert a.yaml"},
		"version 4":     {"asyncapi: '4.0'", asyncapi.CodeVersion, "a.yaml:1:11", "3.x"},
		"a number":      {"asyncapi: 3", asyncapi.CodeVersion, "a.yaml:1:11", "Version 3 is not known"},
		"a spec":        {"version: 1\nproject: shop", asyncapi.CodeNotAsyncAPI, "a.yaml:1:1", "asyncapi: 3.0.0"},
		"a list":        {"- asyncapi: 3.0.0", asyncapi.CodeNotAsyncAPI, "a.yaml:1:1", "mapping"},
		"nothing":       {"# nothing", asyncapi.CodeNotAsyncAPI, "a.yaml", "asyncapi: 3.0.0"},
		"broken YAML":   {"asyncapi: 3.0.0\nchannels: {a: [}", spec.CodeSyntax, "a.yaml:2:15", ""},
		"key twice":     {"asyncapi: 3.0.0\nasyncapi: 3.0.0", spec.CodeDuplicateKey, "a.yaml:2:1", "line 1"},
		"no channels":   {"asyncapi: 3.0.0\ninfo: {title: Nothing}", asyncapi.CodeNoChannels, "a.yaml:1:1", "channels"},
		"channels list": {"asyncapi: 3.0.0\nchannels: [a]", asyncapi.CodeMalformed, "a.yaml:2:1", "mapping"},
		"alias bomb":    {"asyncapi: 3.0.0\na: &a [1,1,1,1,1,1,1,1,1,1]\n" + bomb(), spec.CodeAliasExpansion, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, ds := asyncapi.Read("a.yaml", []byte(c.text), asyncapi.Options{})
			if text != nil || !ds.HasErrors() {
				t.Fatalf("it was read: %v\n%s", ds, text)
			}
			first := ds.Sorted()[0]
			if first.Code != c.code || c.at != "" && first.Range.String() != c.at || !strings.Contains(first.Detail, c.says) {
				t.Errorf("got %s at %s: %s\nwant %s at %s: …%s…", first.Code, first.Range, first.Detail, c.code, c.at, c.says)
			}
		})
	}
}

func bomb() string {
	var b strings.Builder
	for c := 'b'; c <= 'h'; c++ {
		b.WriteString(string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+",", 9) + "*" + string(c-1) + "]\n")
	}
	return b.String()
}

// TestReferencedTooOften: a small document that refers to the same large settings over
// and over is refused before it fills the memory.
func TestReferencedTooOften(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	fmt.Fprintf(&b, "asyncapi: 3.0.0\ncomponents: {channels: {big: {x-msgdeploy: {settings: {x-a: [%s1]}}}}}\nchannels:\n", strings.Repeat("1,", 20_000))
	for i := range 100 {
		fmt.Fprintf(&b, "  channel-%d: {$ref: '#/components/channels/big'}\n", i)
	}
	text, ds := asyncapi.Read("a.yaml", []byte(b.String()), asyncapi.Options{})
	if text != nil || !strings.Contains(ds.Error(), "refers to too much") {
		t.Errorf("it was read: %v", ds)
	}
}
