package asyncapi_test

import (
	"bytes"
	"testing"

	"github.com/msgdeploy/msgdeploy/asyncapi"
	"github.com/msgdeploy/msgdeploy/spec"
	"github.com/msgdeploy/msgdeploy/spec/spectest"
)

// generatedStack is a stack of n elements.
func generatedStack(tb testing.TB, n int) corpusStack {
	tb.Helper()
	s, ds := spec.Load("msgdeploy.yaml", spectest.Generate(n))
	topology, more := s.Resolve("local")
	if ds.HasErrors() || more.HasErrors() {
		tb.Fatalf("the generated spec: %v", append(ds, more...))
	}
	resolved, _ := s.Resolved("local")
	return corpusStack{"generated", topology, resolved}
}

func BenchmarkWrite(b *testing.B) {
	c := generatedStack(b, 10_000)
	for b.Loop() {
		var out bytes.Buffer
		if err := asyncapi.Write(&out, asyncapi.Stack{Topology: c.topology, Resolved: c.resolved}, asyncapi.YAML); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	doc := document(b, generatedStack(b, 10_000), asyncapi.YAML)
	for b.Loop() {
		if _, ds := asyncapi.Read("asyncapi.yaml", doc, asyncapi.Options{}); ds.HasErrors() {
			b.Fatal(ds)
		}
	}
}
