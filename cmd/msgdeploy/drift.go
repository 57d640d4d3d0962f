package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/providers"
)

func newDriftCmd(a *app) *cobra.Command {
	var opts operationOptions
	cmd := &cobra.Command{
		Use:   "drift",
		Short: "Show what was changed by other means",
		Long: `Show what was changed by other means since the last operation: settings that are different
in the cloud, what is gone from it, statements that somebody added to this stack's
policies. Nothing is written, neither to the cloud nor to the state, and no lock is taken.
The exit code is 2 when there is drift.

The next msgdeploy up does not put right what only the cloud knows of. msgdeploy refresh
writes it to the state first; then msgdeploy preview shows what up is going to do about
it. What a cloud does not show of a stack's resources is listed at the end.`,
		Example: `  msgdeploy drift --stack prod
  msgdeploy drift --stack prod -o json`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.drift(cmd.Context(), "drift", opts) },
	}
	opts.bind(a, cmd)
	return cmd
}

// drift shows what a refresh would write to the state, and writes nothing.
func (a *app) drift(ctx context.Context, verb string, opts operationOptions) (err error) {
	s, err := a.openOperation(ctx, verb, opts)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	a.noteWarnings(s.stack, opts.output)
	return s.showDrift(ctx, verb, opts)
}

func (s *session) showDrift(ctx context.Context, verb string, opts operationOptions) error {
	result, err := s.engine.PreviewRefresh(ctx)
	if err != nil {
		return err
	}
	view := s.view(verb, true, result)
	if p, ok := s.provider.(providers.Unseeing); ok {
		view.Unknown = p.Unseen()
	}
	if err := s.app.writeOperation(view, opts.output); err != nil {
		return err
	}
	if pending(result) {
		return errPending
	}
	return nil
}
