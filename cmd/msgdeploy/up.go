package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/plan"
)

func newUpCmd(a *app) *cobra.Command {
	var opts operationOptions
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Make the broker match the spec",
		Long: `Make the broker match the spec. What would change is shown first; --yes agrees to it without
a question. Deleting or replacing a topic, queue or subscription loses messages, and is
refused until --allow-data-loss names it, or its address is typed on a terminal: --yes is
no answer to that. The credentials of the services are written to files that only you
can read; msgdeploy outputs says where.

With --plan, a plan that msgdeploy preview has written is applied: unless exactly what is in
the plan would happen, nothing is changed, the difference is shown, and the exit code is 4.

With --to, the spec of an earlier update is applied in place of the file, with the same
questions and guards; what came after it is listed first. The file is read all the same:
it says where the state is, and a stack that it protects stays protected. The messages of
what was deleted since do not come back.`,
		Example: `  msgdeploy up --stack local
  msgdeploy up --yes --allow-data-loss queue.audit
  msgdeploy up --plan prod.plan.json
  msgdeploy up --to 12`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.up(cmd.Context(), opts) },
	}
	opts.bind(a, cmd)
	opts.bindYes(cmd, "agree to all changes but the loss of messages")
	opts.bindAllowDataLoss(cmd, allowDataLossUsage)
	opts.bindPlan(cmd, "apply this plan of msgdeploy preview without a question, and nothing that is not in it")
	opts.bindBase(cmd, "another version of the spec, a git revision or a file, for changes of trust")
	opts.bindTo(cmd, "go back to the spec of this update of msgdeploy history")
	opts.bindExpectNoChanges(cmd, "change nothing, and exit with 2 when there are changes")
	return cmd
}

func (a *app) up(ctx context.Context, opts operationOptions) (err error) {
	if err := opts.checkBase(); err != nil {
		return err
	}
	planned, err := readPlan(opts.plan)
	if err != nil {
		return err
	}
	s, err := a.openOperation(ctx, "up", opts)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	if err := s.refuseLocalStateInCI(); err != nil {
		return err
	}
	a.noteWarnings(s.stack, opts.output)
	result, err := s.apply(ctx, opts, planned)
	if err != nil {
		s.offerImport(err)
		return a.writeFailed(s, "up", opts.output, result, err)
	}
	s.noteAsked(result, opts.output)
	if err := a.writeDone(s, "up", opts.output, result); err != nil {
		return err
	}
	return unconfirmed(result)
}

// apply runs the update and writes the credentials that come out of it. With an error
// there is a result where something was done before it came up. planned may be nil.
func (s *session) apply(ctx context.Context, opts operationOptions, planned *plan.Plan) (*deploy.Result, error) {
	g := guard{app: s.app, session: s, verb: "up", opts: opts, plan: planned}
	result, err := s.engine.Up(ctx, s.program(), func(r *deploy.Result) error { return g.approve(ctx, r) })
	s.progress.Clear()
	if err != nil {
		return result, err
	}
	return result, s.writeCredentials(ctx, result)
}

// unconfirmed is the error of an up that made everything, some of which is of no use yet.
func unconfirmed(r *deploy.Result) error {
	if len(r.Unconfirmed) == 0 {
		return nil
	}
	return fmt.Errorf("not confirmed by what receives: %s. All else is done. Let it answer the confirmation that it was sent, and run `msgdeploy up` again",
		strings.Join(r.Unconfirmed, ", "))
}
