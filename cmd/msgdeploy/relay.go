package main

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/providers/nats"
)

type relayOptions struct {
	spec    specFlags
	verbose bool
}

func newRelayCmd(a *app) *cobra.Command {
	var opts relayOptions
	cmd := &cobra.Command{
		Use:   "relay",
		Short: "Do what the broker cannot: push, filter, delay, dead letters",
		Long: `Do what JetStream cannot, until interrupted: push to endpoints with retries, filter by
attributes, delay, and put aside what is delivered in vain. It keeps nothing of its own, so
it can be killed at any moment, and two can run side by side. msgdeploy dev runs one too.`,
		Example: "  msgdeploy relay --stack prod",
		Args:    arguments(0, 0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.relay(cmd.Context(), opts) },
	}
	opts.spec.bind(a, cmd)
	cmd.Flags().BoolVarP(&opts.verbose, "verbose", "v", false, "say what goes wrong between relay and broker, too")
	return cmd
}

func (a *app) relay(ctx context.Context, opts relayOptions) (err error) {
	st, err := a.loadStack(ctx, opts.spec)
	if err != nil {
		return err
	}
	routes := nats.Routes(st.Topology)
	if len(routes) == 0 {
		a.notef("stack %s has nothing for a relay to do", st.Stack)
		return nil
	}
	// An embedded broker is of use to others as long as the relay runs it.
	b := &stackBroker{topology: st.Topology, home: stateOf(st.Topology).dir, kind: broker.Dev, warn: a.warn}
	defer b.closeInto(ctx, &err)
	admin, err := b.open(ctx)
	if err != nil {
		return err
	}
	a.notef("relaying for stack %s at %s; interrupt to stop", st.Stack, admin.Conn.ConnectedUrlRedacted())
	return a.newRelay(admin, routes, opts.verbose).Run(ctx)
}

// newRelay returns a relay that tells on stderr what it does.
func (a *app) newRelay(admin *broker.Admin, routes []broker.Route, verbose bool) *broker.Relay {
	return broker.NewRelay(admin.JetStream, routes, a.relayOptions(verbose))
}

// relayOptions let a relay tell what it does and, if it is to be verbose, what goes wrong.
func (a *app) relayOptions(verbose bool) broker.RelayOptions {
	options := broker.RelayOptions{OnEvent: a.showEvent}
	if verbose {
		options.Logger = slog.New(slog.NewTextHandler(a.stderr, nil))
	}
	return options
}

// showEvent writes a line of the live log.
func (a *app) showEvent(e broker.Event) {
	a.notef("%s", a.eventLine(e))
}
