package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/report"
)

// engineFlags are the flags of every command that works with a stack's state.
type engineFlags struct {
	backend  string
	parallel int
	// lockTimeout is how long to wait for a stack that somebody else has locked.
	lockTimeout time.Duration
	// simulate puts a stand-in in the place of the cloud, and keeps the state apart.
	simulate bool
	// offline puts a stand-in in the place of the cloud's plugin for a preview of the real state.
	offline bool
}

func (f *engineFlags) bindBackend(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.backend, "backend", "", "URL of the state's backend, such as s3://bucket; the spec's unless set")
}

// bindSimulate is for every command that a rehearsal can have.
func (f *engineFlags) bindSimulate(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.simulate, simulateFlag, false,
		"rehearse: nothing outside of .msgdeploy/"+simulatedDir+" is read or written, and every line says so")
}

// bindLock is for every command that locks the stack.
func (f *engineFlags) bindLock(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&f.lockTimeout, "lock-timeout", 0, "how long to wait for a stack that is locked, such as 5m; 0 is not at all")
}

func (f *engineFlags) bind(cmd *cobra.Command) {
	f.bindBackend(cmd)
	cmd.Flags().IntVar(&f.parallel, "parallel", 0, "how many resources to work on at once; 0 is 16")
}

// operationOptions are those of preview, up, refresh and destroy.
type operationOptions struct {
	spec   specFlags
	engine engineFlags
	output string
	yes    bool
	// allowDataLoss are addresses of elements whose messages may be lost.
	allowDataLoss []string
	// pendingFails ends the command with exit code 2 when there are changes.
	detailedExitcode bool
	expectNoChanges  bool
	// plan is the file that preview writes, or up applies.
	plan string
	// base names the version of the spec that trust is compared with, and offline all else too; "" is none.
	base string
	// failOn are the findings that end the command with exit code 4.
	failOn failOn
}

func (o *operationOptions) bind(a *app, cmd *cobra.Command) {
	o.spec.bind(a, cmd)
	o.engine.bind(cmd)
	o.engine.bindSimulate(cmd)
	bindOutput(cmd, &o.output, operationFormats(cmd.Name())...)
}

func (o *operationOptions) bindYes(cmd *cobra.Command, usage string) {
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, usage)
	o.engine.bindLock(cmd)
}

// allowDataLossUsage is what --allow-data-loss says of itself where messages can be lost at once.
const allowDataLossUsage = "agree to the loss of this element's messages, such as queue.audit; may be repeated"

func (o *operationOptions) bindAllowDataLoss(cmd *cobra.Command, usage string) {
	cmd.Flags().StringSliceVar(&o.allowDataLoss, "allow-data-loss", nil, usage)
}

func (o *operationOptions) bindExpectNoChanges(cmd *cobra.Command, usage string) {
	cmd.Flags().BoolVar(&o.expectNoChanges, "expect-no-changes", false, usage)
}

func (o *operationOptions) bindDetailedExitcode(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.detailedExitcode, "detailed-exitcode", false, "exit with 2 when there are changes")
}

// openOperation opens the session of preview, up, refresh or destroy. A document that has
// room for the errors of a spec is written even of such a spec.
func (a *app) openOperation(ctx context.Context, verb string, opts operationOptions) (*session, error) {
	s, err := a.openSession(ctx, opts.spec, opts.engine)
	if err != nil {
		return nil, a.shownInvalid(err, verb, opts)
	}
	return s, a.openBase(ctx, s, verb, opts)
}

// shownInvalid writes the document of an operation that a spec's errors end. It returns what
// the command ends with: err, if there was nothing to show.
func (a *app) shownInvalid(err error, verb string, opts operationOptions) error {
	var invalid *specError
	if !holdsNotes(opts.output) || !errors.As(err, &invalid) {
		return err
	}
	view := invalid.view(verb, opts)
	if err := a.writeOperation(view, opts.output); err != nil {
		return err
	}
	a.explainBase(invalid)
	return errSpecShown
}

// view is how an operation is shown that a spec's errors end.
func (e *specError) view(verb string, opts operationOptions) report.Operation {
	return report.Operation{
		Project: e.project, Stack: cmp.Or(opts.spec.stack, e.stack), Verb: verb,
		Simulated: opts.engine.simulate, Offline: opts.engine.offline, Diagnostics: e.diagnostics.Sorted(),
	}
}

// view is how an operation of this session is shown.
func (s *session) view(verb string, dryRun bool, r *deploy.Result) report.Operation {
	return report.Operation{
		Project: s.Project, Stack: s.Stack, Verb: verb, DryRun: dryRun, Simulated: s.simulated, Result: r, Diagnostics: s.warnings,
		Trust: s.trust, Known: s.known(),
	}
}

// writeDone writes what an operation did. As text that is one line that counts, and
// after an up the outputs: what changes was listed before it was agreed to.
func (a *app) writeDone(s *session, verb, output string, r *deploy.Result) error {
	view := s.view(verb, false, r)
	if output != "text" {
		return a.writeOperation(view, output)
	}
	if _, err := fmt.Fprintln(a.stdout, view.Summary(a.dataStyle())); err != nil {
		return err
	}
	if verb != "up" || !pending(r) {
		return nil
	}
	if _, err := fmt.Fprintln(a.stdout); err != nil {
		return err
	}
	return s.outputs(r).WriteText(a.stdout)
}

// writeFailed writes what an operation did before it failed, if it did anything, and
// returns why it failed.
func (a *app) writeFailed(s *session, verb, output string, r *deploy.Result, failure error) error {
	s.progress.Clear()
	if r == nil {
		return failure
	}
	// What is protected, or would be lost, is found before anything is done: the result is what would have been.
	var (
		protected *deploy.ProtectedError
		lost      *deploy.TakeoverError
	)
	planned := errors.As(failure, &protected) || errors.As(failure, &lost)
	view := s.view(verb, planned, r)
	if output != "text" {
		view.Failure = failure.Error()
		return errors.Join(failure, a.writeOperation(view, output))
	}
	if pending(r) && !planned {
		a.notef("%s before it failed", view.Summary(a.noteStyle()))
	}
	return failure
}

// pending reports whether anything changes, an element without resources and the
// outputs included.
func pending(r *deploy.Result) bool { return len(r.Changes) > 0 }
