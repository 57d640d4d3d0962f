package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/deploy"
)

func newDestroyCmd(a *app) *cobra.Command {
	var opts operationOptions
	cmd := &cobra.Command{
		Use:   "destroy",
		Short: "Delete everything that a stack made, with its messages",
		Long: `Delete everything that a stack made, with its messages, its services' credentials, and the
embedded broker. It asks once, and --yes is that answer. What is marked protect: true is
refused. The state's history stays; msgdeploy stacks rm removes it too.`,
		Example: "  msgdeploy destroy --stack local",
		Args:    arguments(0, 0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.destroy(cmd.Context(), opts) },
	}
	opts.bind(a, cmd)
	opts.bindYes(cmd, "agree to the loss of everything")
	return cmd
}

func (a *app) destroy(ctx context.Context, opts operationOptions) (err error) {
	s, err := a.openOperation(ctx, "destroy", opts)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	if err := s.refuseLocalStateInCI(); err != nil {
		return err
	}
	if s.Protect {
		return refusef("stack %s is protected. To go on, set its `protect: false` first", s.Stack)
	}
	if err := s.broker.refuseForeign(ctx); err != nil {
		return err
	}
	g := guard{app: a, session: s, verb: "destroy", opts: opts, wholeStack: true}
	result, err := s.engine.Destroy(ctx, func(r *deploy.Result) error { return g.approve(ctx, r) })
	if err != nil {
		return a.writeFailed(s, "destroy", opts.output, result, err)
	}
	s.progress.Clear()
	if err := s.removeFiles(ctx); err != nil {
		return err
	}
	return a.writeDone(s, "destroy", opts.output, result)
}

// removeFiles removes what the stack has on this machine beside its state: the
// credentials, and the embedded broker with its keys.
func (s *session) removeFiles(ctx context.Context) error {
	if err := os.RemoveAll(s.credentialsDir()); err != nil {
		return fmt.Errorf("remove credentials: %w", err)
	}
	if s.Target.NATS == nil || !s.Target.NATS.Embedded() {
		return nil
	}
	if err := s.broker.close(ctx); err != nil {
		return err
	}
	return broker.Remove(ctx, s.broker.dir())
}
