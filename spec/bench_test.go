package spec_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

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

// BenchmarkGrants measures one service that every file grants 50 queues: the time a grant
// does not depend on how many files there are.
func BenchmarkGrants(b *testing.B) {
	for _, files := range []int{250, 1000} {
		b.Run(fmt.Sprint(files), func(b *testing.B) {
			dir := fstest.MapFS{"services.yaml": {Data: []byte("services: {worker: {}}\n")}}
			for i := range files {
				var queues, names []string
				for j := range 50 {
					name := fmt.Sprintf("queue-%04d-%02d", i, j)
					queues, names = append(queues, name+": {}"), append(names, name)
				}
				dir[fmt.Sprintf("teams/%04d.yaml", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "queues: {%s}\npermissions: {worker: {dequeue: [%s]}}\n",
					strings.Join(queues, ", "), strings.Join(names, ", "))}
			}
			root := []byte("version: 1\nproject: demo\ninclude: [services.yaml, teams/*.yaml]\nstacks: {local: {nats: {}}}\n")
			b.ReportAllocs()
			for b.Loop() {
				s, ds := spec.LoadDir("msgdeploy.yaml", root, dir)
				if len(ds) > 0 {
					b.Fatal(ds[0])
				}
				if _, ds := s.Resolve("local"); len(ds) > 0 {
					b.Fatal(ds[0])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*files*50), "ns/grant")
		})
	}
}
