package nats_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/spec"
)

// queues is a topology of n queues with dead letters.
func queues(n int) *spec.Topology {
	top := &spec.Topology{Project: "bench", Stack: "local", Target: spec.Target{NATS: &spec.NATSTarget{}}}
	for i := range n {
		top.Queues = append(top.Queues, &spec.Queue{
			Name: fmt.Sprintf("queue-%05d", i), Lease: 30 * time.Second, Retention: time.Hour,
			DeadLetter: &spec.DeadLetter{MaxAttempts: 5},
		})
	}
	return top
}

// BenchmarkUp makes queues with dead letters on a new embedded broker, and then changes
// nothing: three resources a queue.
func BenchmarkUp(b *testing.B) {
	for _, n := range []int{10, 1000} {
		top := queues(n)
		b.Run(fmt.Sprintf("create/%d", n), func(b *testing.B) {
			for b.Loop() {
				benchmarkUp(b, top, 0)
			}
		})
		b.Run(fmt.Sprintf("same/%d", n), func(b *testing.B) { benchmarkUp(b, top, b.N) })
	}
}

// benchmarkUp makes the stack once, and measures again runs that change nothing, or else the making.
func benchmarkUp(b *testing.B, top *spec.Topology, again int) {
	b.StopTimer()
	ctx := context.Background()
	running, err := broker.Open(ctx, broker.EmbeddedOptions{Dir: filepath.Join(b.TempDir(), "nats")})
	if err != nil {
		b.Fatal(err)
	}
	admin, err := broker.Dial(ctx, running.Access())
	if err != nil {
		b.Fatal(err)
	}
	engine, err := deploy.Open(ctx, deploy.Options{
		Dir: b.TempDir(), Project: top.Project, Stack: top.Stack, Passphrase: "test",
		Plugins: map[string]func() plugin.Provider{
			"nats": func() plugin.Provider { return natsPlugin(admin) },
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	up := func() {
		if _, err := engine.Up(ctx, program(top), nil); err != nil {
			b.Fatal(err)
		}
	}
	if again == 0 {
		b.StartTimer()
	}
	up()
	b.StartTimer()
	for range again {
		up()
	}
	b.StopTimer()
	admin.Close()
	if err := running.Stop(ctx); err != nil {
		b.Fatal(err)
	}
	b.StartTimer()
}
