package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/report"
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
is taken to be unchanged, and said to be. A remote backend that only the spec names is not
asked, as a branch could name any: give it with --backend.

With --offline --base, the spec is compared with another version of itself, and not even the
state is read: a file, or a git revision such as main, origin/main, v1.2 or HEAD~1; main...
is where the branch left main. Whatever is in another account or region afterwards is lost
where it was. Changes of trust, such as another identity, endpoint or state, are shown too.

With --fail-on, exit code 4 says that something was found: access-widened, access-lost,
data-loss, or, with --base, trust-changed.

With --plan what was found is written to a file too, without secrets. Whoever has reviewed it
lets msgdeploy up --plan apply it: up changes exactly that, or nothing. To messages that would
be lost the plan agrees with --allow-data-loss, to as many as there are now.`,
		Example: `  msgdeploy preview --stack local
  msgdeploy preview --stack prod --offline
  msgdeploy preview --offline --base origin/main... --fail-on data-loss,trust-changed
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
	opts.bindBase(cmd, "another version of the spec, a git revision or a file: with --offline, what is compared with in place of the state; without, for changes of trust")
	cmd.Flags().BoolVar(&opts.engine.offline, "offline", false, "read the state and nothing else: a stand-in takes the place of the cloud's plugin")
	return cmd
}

func (a *app) preview(ctx context.Context, opts operationOptions) (err error) {
	if err := opts.checkBase(); err != nil {
		return err
	}
	if err := refusePlanFile(opts.plan); err != nil {
		return err
	}
	if opts.base != "" && opts.engine.offline {
		return a.previewBase(ctx, opts)
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
	view := s.view("preview", true, result)
	if view.Offline = opts.engine.offline; view.Offline {
		view.Unknown = unknownOffline()
	}
	return a.endPreview(view, opts, func() error { return s.writePlan(opts, result) })
}

// unknownOffline is what a preview cannot know that asks nobody.
func unknownOffline() []string {
	return []string{
		"What was changed since the last update by other means (drift).",
		"What the cloud itself would add or refuse: its defaults, its limits and what others have there.",
		"How many messages are waiting in what would be lost.",
	}
}

// endPreview writes what a preview has found, and ends the command as was asked for: what --fail-on
// names goes before that there are changes, and no plan is made of what it refuses.
func (a *app) endPreview(view report.Operation, opts operationOptions, writePlan func() error) error {
	view.Refused = opts.failOn.refusals(view, opts.allowDataLoss)
	if err := a.writeOperation(view, opts.output); err != nil {
		return err
	}
	if err := view.Result.Lost(view.Stack); err != nil {
		return err
	}
	if err := a.refuse(view.Refused); err != nil {
		return err
	}
	if err := writePlan(); err != nil {
		return err
	}
	if (opts.detailedExitcode || opts.expectNoChanges) && pending(view.Result) {
		return errPending
	}
	return nil
}
