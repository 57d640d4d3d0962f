package spec_test

import (
	"fmt"
	"path/filepath"
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

// BenchmarkOrganisation measures what `validate` does to a spec of several files and stacks.
func BenchmarkOrganisation(b *testing.B) {
	file := filepath.Join("..", "testdata", "cases", "organisation", "spec.yaml")
	b.ReportAllocs()
	for b.Loop() {
		s, ds, err := spectest.Load(file)
		if err != nil || len(ds) > 0 {
			b.Fatal(err, ds)
		}
		for _, stack := range s.Stacks() {
			if _, ds := s.Resolve(stack); len(ds) > 0 {
				b.Fatal(ds)
			}
		}
	}
}

// BenchmarkFiles measures the same of 10,000 elements: the time a stack and element does
// not depend on how many there are.
func BenchmarkFiles(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			root, dir := spectest.GenerateFiles(n, 150)
			b.ReportAllocs()
			for b.Loop() {
				s, ds := spec.LoadDir("msgdeploy.yaml", root, dir)
				if len(ds) > 0 {
					b.Fatal(ds)
				}
				for _, stack := range s.Stacks() {
					if _, ds := s.Resolve(stack); len(ds) > 0 {
						b.Fatal(ds)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/element")
		})
	}
}
