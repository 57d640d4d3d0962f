package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/spec"
)

func newStacksRmCmd(a *app) *cobra.Command {
	var opts stacksOptions
	cmd := &cobra.Command{
		Use:   "rm STACK",
		Short: "Remove the state of a stack, with its history",
		Long: `Remove the state of a stack, with its history. A stack that has resources is refused: destroy
them first, or leave them to themselves with --force.`,
		Example: "  msgdeploy stacks rm old --yes",
		Args:    arguments(1, 1, "one stack"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.stack = args[0]
			return a.removeStack(cmd.Context(), opts)
		},
	}
	opts.bindEdit(a, cmd, "remove without a question")
	cmd.Flags().BoolVar(&opts.force, "force", false, "remove it even if it has resources, which then belong to nobody")
	return cmd
}

func (a *app) removeStack(ctx context.Context, opts stacksOptions) error {
	s, err := a.loadSpec(ctx, opts.file)
	if err != nil {
		return err
	}
	all := states(s, opts.file)
	at := all[0]
	if t, _ := s.Resolve(opts.stack); t != nil {
		at = stateOf(t)
	}
	o := a.engineOptions(opts.engine, at)
	o.Project, o.Stack = s.Project(), opts.stack
	if err := a.agree(ctx, opts.yes, "stacks rm", fmt.Sprintf("Remove the state of stack %s, with its history? [y/N] ", opts.stack)); err != nil {
		return err
	}
	// The stack may have left the spec; an embedded broker is found by its name alone.
	b := &stackBroker{kind: broker.Command, warn: a.warn, home: o.Dir, topology: &spec.Topology{
		Stack: opts.stack, Target: spec.Target{NATS: &spec.NATSTarget{}},
	}}
	if err := errors.Join(b.refuseForeign(ctx), b.close(context.WithoutCancel(ctx))); err != nil {
		return err
	}
	if err := deploy.Remove(ctx, o, opts.force); err != nil {
		return err
	}
	if err := broker.Remove(ctx, b.dir()); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(o.Dir, "credentials", opts.stack)); err != nil {
		return fmt.Errorf("remove credentials: %w", err)
	}
	a.notef("removed the state of stack %s", opts.stack)
	return nil
}
