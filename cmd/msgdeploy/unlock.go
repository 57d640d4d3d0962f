package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
)

type unlockOptions struct {
	spec   specFlags
	engine engineFlags
	yes    bool
}

func newUnlockCmd(a *app) *cobra.Command {
	var opts unlockOptions
	cmd := &cobra.Command{
		Use:   "unlock",
		Short: "Remove the lock that a dead run left behind",
		Long: `Remove the lock that a dead run left behind, on another machine or in a remote backend: those
on this machine go away by themselves. A run that still goes on here keeps its lock.`,
		Example: "  msgdeploy unlock --stack prod",
		Args:    arguments(0, 0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.unlock(cmd.Context(), opts) },
	}
	opts.spec.bind(a, cmd)
	opts.engine.bindBackend(cmd)
	opts.engine.bindSimulate(cmd)
	cmd.Flags().BoolVarP(&opts.yes, "yes", "y", false, "unlock without a question")
	return cmd
}

func (a *app) unlock(ctx context.Context, opts unlockOptions) error {
	s, err := a.openSession(ctx, opts.spec, opts.engine)
	if err != nil {
		return err
	}
	locks, err := deploy.Locks(ctx, s.options(opts.engine))
	if err != nil {
		return err
	}
	if len(locks) == 0 {
		a.notef("stack %s is not locked", s.Stack)
		return nil
	}
	for _, l := range locks {
		a.notef("stack %s is locked by %s, %s", s.Stack, l.Holder, l.Liveness)
	}
	err = a.agree(ctx, opts.yes, "unlock",
		"A run that is still going on would be disturbed. Remove the lock of stack "+s.Stack+"? [y/N] ")
	if err != nil {
		return err
	}
	holders, err := deploy.Unlock(ctx, s.options(opts.engine))
	if err != nil {
		return err
	}
	for _, h := range holders {
		a.notef("removed the lock of %s", h)
	}
	return nil
}
