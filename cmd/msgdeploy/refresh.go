package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
)

func newRefreshCmd(a *app) *cobra.Command {
	var (
		opts        operationOptions
		previewOnly bool
	)
	cmd := &cobra.Command{
		Use:   "refresh",
		Short: "Read what is really there into the state",
		Long: `Read what is really there into the state, and show where it differs: what was changed or
deleted by hand. The broker is not changed; the next up puts things right. With --preview-only
the state is not changed either, and the exit code is 2 when something differs: msgdeploy drift
is short for that. --detailed-exitcode and --expect-no-changes do the same.`,
		Example: `  msgdeploy refresh --stack local
  msgdeploy refresh --preview-only`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if previewOnly || opts.detailedExitcode || opts.expectNoChanges {
				return a.drift(cmd.Context(), "refresh", opts)
			}
			return a.refresh(cmd.Context(), opts)
		},
	}
	opts.bind(a, cmd)
	opts.bindYes(cmd, "write the state without a question")
	opts.bindDetailedExitcode(cmd)
	opts.bindExpectNoChanges(cmd, "exit with 2 when there are changes")
	cmd.Flags().BoolVar(&previewOnly, "preview-only", false, "write nothing, and exit with 2 when something differs")
	return cmd
}

func (a *app) refresh(ctx context.Context, opts operationOptions) (err error) {
	s, err := a.openOperation(ctx, "refresh", opts)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	a.noteWarnings(s.stack, opts.output)
	g := guard{app: a, session: s, verb: "refresh", opts: opts, readOnly: true}
	result, err := s.engine.Refresh(ctx, func(r *deploy.Result) error { return g.approve(ctx, r) })
	if err != nil {
		return a.writeFailed(s, "refresh", opts.output, result, err)
	}
	s.progress.Clear()
	return a.writeDone(s, "refresh", opts.output, result)
}
