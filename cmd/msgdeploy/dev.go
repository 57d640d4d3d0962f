package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/providers/nats"
	"github.com/msgdeploy/msgdeploy/spec"
)

// watchPause is how often a watched spec is looked at.
const watchPause = 300 * time.Millisecond

type devOptions struct {
	operationOptions
	watch   bool
	verbose bool
}

func newDevCmd(a *app) *cobra.Command {
	var opts devOptions
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run the embedded broker, and watch what it does",
		Long: `Run the embedded broker of a stack, until interrupted: apply the spec, do what a relay does,
and show what is delivered, retried and put aside. Applications and other commands connect
to this broker meanwhile. It asks about nothing but the loss of messages.`,
		Example: `  msgdeploy dev --stack local --watch`,
		Args:    arguments(0, 0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.dev(cmd.Context(), opts) },
	}
	opts.output, opts.yes = "text", true
	opts.spec.bind(a, cmd)
	opts.engine.bind(cmd)
	opts.bindAllowDataLoss(cmd, allowDataLossUsage)
	cmd.Flags().BoolVar(&opts.watch, "watch", false, "apply the spec again whenever it, or a file that it includes, is saved")
	cmd.Flags().BoolVarP(&opts.verbose, "verbose", "v", false, "say what goes wrong between relay and broker, too")
	return cmd
}

func (a *app) dev(ctx context.Context, opts devOptions) (err error) {
	if opts.watch && opts.spec.file == "-" {
		return usagef("stdin cannot be watched: name a file with --file")
	}
	st, err := a.loadStack(ctx, opts.spec)
	if err != nil {
		return err
	}
	if !st.Target.NATS.Embedded() {
		return usagef("stack %s is on a broker of yours: `msgdeploy up` deploys to it, and `msgdeploy relay` does what it cannot", st.Stack)
	}
	b := &stackBroker{topology: st.Topology, home: stateOf(st.Topology).dir, kind: broker.Dev, warn: a.warn}
	defer b.closeInto(ctx, &err)
	if _, err := b.open(ctx); err != nil {
		return err
	}
	if !b.owned() {
		return fmt.Errorf("another process runs the broker of stack %s: stop that first", st.Stack)
	}
	return (&developer{app: a, opts: opts, broker: b}).run(ctx, st)
}

// developer is a running dev: the spec as it was applied last, and its relay.
type developer struct {
	app    *app
	opts   devOptions
	broker *stackBroker
	// stopRelay stops the relay and waits until it has; nil while none runs.
	stopRelay func()
}

func (d *developer) run(ctx context.Context, st *stack) error {
	if err := d.apply(ctx, st); err != nil {
		return err
	}
	defer func() { d.stopRelay() }()
	url, err := d.broker.url(ctx)
	if err != nil {
		return err
	}
	d.app.notef("the broker of stack %s runs at %s; interrupt to stop", st.Stack, url)
	if !d.opts.watch {
		<-ctx.Done()
		return nil
	}
	d.watch(ctx)
	return nil
}

// apply makes the broker match the spec and starts its relay in place of the last.
func (d *developer) apply(ctx context.Context, st *stack) error {
	s, err := d.app.newSession(ctx, st, d.opts.engine, d.broker)
	if err != nil {
		return err
	}
	if _, err := s.apply(ctx, d.opts.operationOptions, nil); err != nil {
		return err
	}
	admin, err := d.broker.open(ctx)
	if err != nil {
		return err
	}
	if d.stopRelay != nil {
		d.stopRelay()
	}
	d.stopRelay = d.startRelay(ctx, d.app.newRelay(admin, nats.Routes(st.Topology), d.opts.verbose))
	return nil
}

func (d *developer) startRelay(ctx context.Context, relay *broker.Relay) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := relay.Run(ctx); err != nil {
			d.app.explain(err)
		}
	}()
	return func() {
		cancel()
		select {
		case <-done:
		case <-d.app.abort:
		}
	}
}

// watch applies the spec whenever the bytes of one of its files change, until ctx ends.
// What is wrong with it is shown, and what was applied before goes on.
func (d *developer) watch(ctx context.Context) {
	file := d.opts.spec.file
	s, _, _ := d.app.decodeSpec(ctx, file)
	last := watchedTexts(s)
	ticker := time.NewTicker(watchPause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := watchedTexts(s)
		if now == nil || maps.EqualFunc(now, last, bytes.Equal) {
			// Editors replace files: for a moment there is none.
			continue
		}
		if loaded, _, err := d.app.decodeSpec(ctx, file); err == nil {
			// What it includes now may be more, or less.
			s = loaded
			now = watchedTexts(s)
		}
		last = now
		if err := d.reload(ctx); err != nil {
			d.app.explain(err)
			d.app.notef("%s was not applied; what was applied before goes on", file)
		}
	}
}

// watchedTexts returns the files that a spec is made of now; nil while one cannot be read.
func watchedTexts(s *spec.Spec) map[string][]byte {
	if s == nil {
		return nil
	}
	dir, err := os.OpenRoot(filepath.Dir(s.File()))
	if err != nil {
		return nil
	}
	defer func() { _ = dir.Close() }() // it was only read
	texts := map[string][]byte{}
	for _, name := range s.Files(dir.FS()) {
		if texts[name], err = os.ReadFile(name); err != nil {
			return nil
		}
	}
	return texts
}

func (d *developer) reload(ctx context.Context) error {
	st, err := d.app.loadStack(ctx, d.opts.spec)
	if err != nil {
		return err
	}
	if !st.Target.NATS.Embedded() {
		return usagef("stack %s is not on the embedded broker any more", st.Stack)
	}
	if err := d.apply(ctx, st); err != nil {
		return err
	}
	d.app.notef("applied %s", d.opts.spec.file)
	return nil
}
