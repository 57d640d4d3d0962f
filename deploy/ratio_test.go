package deploy

import (
	"fmt"
	"testing"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
)

// BenchmarkRatio runs the same program of 1,000 resources as the stock CLI does and as we do: `pulumi up`'s own code,
// with its file backend and a passphrase, and ours, with the same engine and the same plugin, both in this process. What the
// stock CLI takes beyond that (to start, to run the program in another process, to talk to a plugin there) is not in it. The
// metrics are seconds for each, and how many times ours the stock one's is.
func BenchmarkRatio(b *testing.B) {
	const n = 1000
	p := program(numbered(n)...)
	var stock, ours time.Duration
	for b.Loop() {
		w := newWorld()
		s := openStock(b, "file://"+b.TempDir(), "passphrase")
		start := time.Now()
		s.up(b, w, p)
		stock += time.Since(start)
		if got := len(w.names()); got != n {
			b.Fatalf("the stock CLI has made %d", got)
		}
		w = newWorld()
		start = time.Now()
		if _, err := open(b, testOptions(b, w)).Up(b.Context(), p, nil); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)
	}
	b.ReportMetric(stock.Seconds()/float64(b.N), "s-stock/op")
	b.ReportMetric(ours.Seconds()/float64(b.N), "s-ours/op")
	b.ReportMetric(stock.Seconds()/ours.Seconds(), "times")
}

// BenchmarkJournal compares an up whose journal is on the disk with the same one without any state: what it
// costs that nothing is forgotten.
func BenchmarkJournal(b *testing.B) {
	const n = 4000
	p := program(numbered(n)...)
	var with, without time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := open(b, testOptions(b, newWorld())).Up(b.Context(), p, nil); err != nil {
			b.Fatal(err)
		}
		with += time.Since(start)
		start = time.Now()
		s := open(b, testOptions(b, newWorld()))
		out := run{
			stack: s, operation: OperationUp, program: p, base: &deploy.Snapshot{}, imagined: &imagination{}, keys: s.keyring(nil),
		}.do(b.Context())
		if out.err != nil {
			b.Fatal(out.err)
		}
		without += time.Since(start)
	}
	b.ReportMetric(with.Seconds()/float64(b.N), "s-with/op")
	b.ReportMetric(without.Seconds()/float64(b.N), "s-without/op")
	b.ReportMetric(100*(with.Seconds()/without.Seconds()-1), "%-overhead")
}

// BenchmarkDestroy shows how the time to destroy grows: twice the resources take four times as long.
func BenchmarkDestroy(b *testing.B) {
	for _, n := range []int{1000, 2000, 4000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s := open(b, testOptions(b, newWorld()))
				if _, err := s.Up(b.Context(), program(numbered(n)...), nil); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if _, err := s.Destroy(b.Context(), nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
