package main

import (
	"context"

	"github.com/spf13/cobra"
)

func newPreviewCmd(a *app) *cobra.Command {
	var opts operationOptions
	cmd := &cobra.Command{
		Use:   "preview",
		Short: "Show what up would change",
		Long: `Show what up would change: a line for each resource that changes, what its properties were
and will be, messages that would be lost, and access that services gain or lose. Nothing
is written, and the broker is not contacted unless messages have to be counted.`,
		Example: `  msgdeploy preview --stack local
  msgdeploy preview --detailed-exitcode -o json`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.preview(cmd.Context(), opts) },
	}
	opts.bind(a, cmd)
	opts.bindDetailedExitcode(cmd)
	opts.bindExpectNoChanges(cmd, "exit with 2 when there are changes")
	return cmd
}

func (a *app) preview(ctx context.Context, opts operationOptions) (err error) {
	s, err := a.openSession(ctx, opts.spec, opts.engine)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	a.noteWarnings(s.stack, opts.output)
	result, err := s.engine.Preview(ctx, s.program())
	if err != nil {
		return err
	}
	if err := a.writeOperation(s.view("preview", true, result), opts.output); err != nil {
		return err
	}
	if (opts.detailedExitcode || opts.expectNoChanges) && pending(result) {
		return errPending
	}
	return nil
}
