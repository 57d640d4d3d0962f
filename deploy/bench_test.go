package deploy

import (
	"fmt"
	"testing"
	"time"
)

// The benchmarks run the engine over a trivial plugin of this process: what is
// measured is what a stack costs before any cloud has its say.

func BenchmarkPreview(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := program(numbered(n)...)
			for b.Loop() {
				s := open(b, testOptions(b, newWorld()))
				if _, err := s.Preview(b.Context(), p); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/resource")
		})
	}
}

func BenchmarkUpCreate(b *testing.B) {
	for _, n := range []int{10, 1000, 2000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := program(numbered(n)...)
			for b.Loop() {
				s := open(b, testOptions(b, newWorld()))
				if _, err := s.Up(b.Context(), p, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/resource")
		})
	}
}

func BenchmarkUpNoChange(b *testing.B) {
	for _, n := range []int{10, 1000, 2000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := program(numbered(n)...)
			s := open(b, testOptions(b, newWorld()))
			if _, err := s.Up(b.Context(), p, nil); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				r, err := s.Up(b.Context(), p, nil)
				if err != nil {
					b.Fatal(err)
				}
				if len(r.Changes) > 0 {
					b.Fatal("something has changed")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/resource")
		})
	}
}

// BenchmarkRemoteUp compares an up whose state on S3 is written now and then while it goes on with one
// that writes it at the end alone. Creations take as long as a quick cloud's.
func BenchmarkRemoteUp(b *testing.B) {
	const n = 4000
	for _, between := range []time.Duration{time.Hour, patience{}.withDefaults().between} {
		b.Run(fmt.Sprintf("between=%v", between), func(b *testing.B) {
			p := program(numbered(n)...)
			url := s3URL(startS3(b).URL, "")
			for i := 0; b.Loop(); i++ {
				w := newWorld()
				w.after = func(string) { time.Sleep(20 * time.Millisecond) }
				o := remoteOptions(b, w, store{url})
				o.Stack = fmt.Sprintf("run-%d", i)
				o.patience.between = between
				if _, err := open(b, o).Up(b.Context(), p, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
