package spec_test

import (
	"fmt"
	"testing"

	"github.com/msgdeploy/msgdeploy/spec"
	"github.com/msgdeploy/msgdeploy/spec/spectest"
)

// BenchmarkLoad measures what `validate` does to a spec with one stack.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			text := spectest.Generate(n)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				s, ds := spec.Load("msgdeploy.yaml", text)
				if len(ds) > 0 {
					b.Fatal(ds[0].Detail)
				}
				if _, ds = s.Resolve("local"); len(ds) > 0 {
					b.Fatal(ds[0].Detail)
				}
			}
		})
	}
}
