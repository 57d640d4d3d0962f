package asyncapi_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/msgdeploy/msgdeploy/asyncapi"
	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
	"github.com/msgdeploy/msgdeploy/spec/spectest"
)

// A corpusStack is a valid stack of a case.
type corpusStack struct {
	name     string
	topology *spec.Topology
	resolved *spec.Resolved
}

// corpus returns every valid stack of every case.
func corpus(tb testing.TB) []corpusStack {
	tb.Helper()
	files, err := filepath.Glob("../testdata/cases/*/spec.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	var stacks []corpusStack
	for _, file := range files {
		s, ds, err := spectest.Load(file)
		if err != nil {
			tb.Fatal(err)
		}
		if ds.HasErrors() {
			continue
		}
		for _, stack := range s.Stacks() {
			topology, ds := s.Resolve(stack)
			if topology == nil || ds.HasErrors() {
				continue
			}
			resolved, _ := s.Resolved(stack)
			stacks = append(stacks, corpusStack{filepath.Base(filepath.Dir(file)) + "/" + stack, topology, resolved})
		}
	}
	if len(stacks) < 10 {
		tb.Fatalf("the corpus has %d valid stacks: what would this test?", len(stacks))
	}
	return stacks
}

func document(tb testing.TB, c corpusStack, f asyncapi.Format) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := asyncapi.Write(&out, asyncapi.Stack{Topology: c.topology, Resolved: c.resolved}, f); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// same compares what two stacks come to, wherever they are written and keep their state.
func same(want, got *spec.Topology) string {
	return cmp.Diff(want, got, cmpopts.IgnoreTypes(spec.Origin{}, diag.Range{}), cmpopts.IgnoreFields(spec.Topology{}, "Dir", "State"), cmpopts.EquateEmpty())
}

// TestRoundTrip: what Write says of a stack, Read makes the same stack of, and has nothing
// to complain about.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, c := range corpus(t) {
		for _, format := range []asyncapi.Format{asyncapi.YAML, asyncapi.JSON} {
			t.Run(c.name+"/"+string(format), func(t *testing.T) {
				t.Parallel()
				doc := document(t, c, format)
				text, ds := asyncapi.Read("asyncapi."+string(format), doc, asyncapi.Options{})
				if len(ds) > 0 {
					t.Fatalf("diagnostics: %v\n%s", ds, doc)
				}
				s, ds := spec.Load("msgdeploy.yaml", text)
				if len(ds) > 0 {
					t.Fatalf("the spec that came back: %v\n%s", ds, text)
				}
				got, ds := s.Resolve(c.topology.Stack)
				if ds.HasErrors() {
					t.Fatalf("the stack that came back: %v\n%s", ds, text)
				}
				if diff := same(c.topology, got); diff != "" {
					t.Errorf("the stack that came back (-before +after):\n%s\n%s", diff, text)
				}
			})
		}
	}
}

// TestDeterminism: the same stack gives the same bytes, and so does the same document.
func TestDeterminism(t *testing.T) {
	t.Parallel()
	for _, c := range corpus(t) {
		doc := document(t, c, asyncapi.YAML)
		if !bytes.Equal(doc, document(t, c, asyncapi.YAML)) {
			t.Errorf("%s: two documents of one stack", c.name)
		}
		one, _ := asyncapi.Read("asyncapi.yaml", doc, asyncapi.Options{})
		two, _ := asyncapi.Read("asyncapi.yaml", doc, asyncapi.Options{})
		if !bytes.Equal(one, two) {
			t.Errorf("%s: two specs of one document", c.name)
		}
	}
}
