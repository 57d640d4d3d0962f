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
is written, and the broker is not contacted unless messages have to be counted.

With --offline nothing but the state is read: no plugin is installed or started, no cloud is
asked, and no credentials are needed but those of the state's backend. What a cloud would
refuse is refused as far as it can be known. A secret of the state that cannot be decrypted
is taken to be unchanged, and said to be.

With --plan what was found is written to a file too, without secrets. Whoever has reviewed it
lets msgdeploy up --plan apply it: up changes exactly that, or nothing. To messages that would
be lost the plan agrees with --allow-data-loss, to as many as there are now.`,
		Example: `  msgdeploy preview --stack local
  msgdeploy preview --stack prod --offline
  msgdeploy preview --detailed-exitcode -o json
  msgdeploy preview --stack prod --plan prod.plan.json`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.preview(cmd.Context(), opts) },
	}
	opts.bind(a, cmd)
	opts.bindDetailedExitcode(cmd)
	opts.bindExpectNoChanges(cmd, "exit with 2 when there are changes")
	opts.bindPlan(cmd, "write what would change to this file, for up --plan")
	opts.bindAllowDataLoss(cmd, "agree in the plan to the loss of this element's messages, such as queue.audit; may be repeated")
	cmd.Flags().BoolVar(&opts.engine.offline, "offline", false, "read the state and nothing else: a stand-in takes the place of the cloud's plugin")
	return cmd
}

func (a *app) preview(ctx context.Context, opts operationOptions) (err error) {
	if err := refusePlanFile(opts.plan); err != nil {
		return err
	}
	s, err := a.openOperation(ctx, "preview", opts)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	a.noteWarnings(s.stack, opts.output)
	result, err := s.engine.Preview(ctx, s.program())
	if err != nil {
		return err
	}
	if err := s.noteUndecided(ctx, result, opts.output); err != nil {
		return err
	}
	s.noteAsked(result, opts.output)
	s.advise(result, opts.output)
	if err := a.writeOperation(s.view("preview", true, result), opts.output); err != nil {
		return err
	}
	if err := s.writePlan(opts, result); err != nil {
		return err
	}
	if (opts.detailedExitcode || opts.expectNoChanges) && pending(result) {
		return errPending
	}
	return nil
}
