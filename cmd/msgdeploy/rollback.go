package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/report"
	"github.com/msgdeploy/msgdeploy/spec"
)

// longestReverted is how many updates are listed that going back reverts.
const longestReverted = 20

func (o *operationOptions) bindTo(cmd *cobra.Command, usage string) {
	cmd.Flags().Var(&o.to, "to", usage)
}

// updateNumber is the value of a flag that names an update; 0 is none.
type updateNumber int

func (n *updateNumber) String() string {
	if *n == 0 {
		return ""
	}
	return strconv.Itoa(int(*n))
}

func (n *updateNumber) Type() string { return "UPDATE" }

func (n *updateNumber) Set(s string) error {
	v, err := strconv.Atoi(s)
	if err != nil || v < 1 {
		return usagef("%q is no number of an update, see `msgdeploy history`", s)
	}
	*n = updateNumber(v)
	return nil
}

// goBack returns a session for the spec that an earlier update of the stack had. The state stays where the
// spec of today says, and what that protects stays protected.
func (a *app) goBack(ctx context.Context, today *session, opts operationOptions) (*session, error) {
	u, err := today.engine.Update(ctx, int(opts.to))
	if err != nil {
		return nil, err
	}
	st, err := a.stackOfUpdate(today, u)
	if err != nil {
		return nil, err
	}
	st.State = today.State
	st.Protect = st.Protect || today.Protect
	if opts.engine.simulate {
		rehearse(st.Topology)
	}
	s, err := a.newSession(ctx, st, opts.engine, &stackBroker{topology: st.Topology, home: today.broker.home, kind: today.broker.kind, warn: a.warn})
	if err != nil {
		return nil, err
	}
	s.again = u
	return s, a.noteReverted(ctx, s)
}

// stackOfUpdate is the stack as its spec was at an update.
func (a *app) stackOfUpdate(today *session, u *deploy.Update) (*stack, error) {
	then, err := specOfUpdate(today, u)
	if err != nil {
		return nil, err
	}
	st, err := a.resolveStack(then, today.Stack)
	var invalid *specError
	if errors.As(err, &invalid) {
		a.notef("note: these are errors of the spec that update %d had, which this version of msgdeploy does not take any more", u.Number)
	}
	return st, err
}

func specOfUpdate(today *session, u *deploy.Update) (*spec.Spec, error) {
	switch {
	case u.Result == deploy.Unreadable:
		return nil, fmt.Errorf("update %d cannot be read: %s", u.Number, u.Failure)
	case u.Source.Spec == nil:
		return nil, refusef("update %d was a %s, and has no spec to go back to. To go on, choose an up of `msgdeploy history`", u.Number, u.Operation)
	}
	// Its paths are relative to the directory that the spec is in.
	name := filepath.Join(filepath.Dir(today.spec.File()), fmt.Sprintf("update-%d.yaml", u.Number))
	then, ds := spec.Load(name, u.Source.Spec)
	if ds.HasErrors() {
		return nil, &specError{diagnostics: ds, sources: then.Sources(), project: today.Project, stack: today.Stack}
	}
	return then, nil
}

// noteReverted says what going back takes back.
func (a *app) noteReverted(ctx context.Context, s *session) error {
	newest, _, err := s.engine.History(ctx, 1)
	if err != nil || len(newest) == 0 {
		return err
	}
	later := newest[0].Number - s.again.Number
	a.notef("note: this is the spec of update %d, %s", s.again.Number, told(*s.again))
	if later == 0 {
		return nil
	}
	updates, _, err := s.engine.History(ctx, min(later, longestReverted))
	if err != nil {
		return err
	}
	a.notef("note: what came after it is taken back:")
	for _, u := range updates {
		a.notef("  update %d, %s: %s", u.Number, told(u), operationOf(s, u).Counts())
	}
	if more := later - len(updates); more > 0 {
		a.notef("  and up to %d more", more)
	}
	return nil
}

// told says which update one is.
func told(u deploy.Update) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s by %s", u.Operation, u.End.UTC().Format(time.RFC3339), report.Who(u))
	if u.Source.Commit != "" {
		fmt.Fprintf(&b, ", commit %s", report.Revision(u.Source))
	}
	if u.Result != deploy.Succeeded {
		fmt.Fprintf(&b, ", %s", u.Result)
	}
	return b.String()
}

// operationOf is an update as reports show operations.
func operationOf(s *session, u deploy.Update) report.Operation {
	view := s.view(u.Operation, false, &deploy.Result{Changes: u.Changes, Summary: u.Summary, Checkpoint: u.Before})
	view.Diagnostics, view.Failure, view.Trust = nil, u.Failure, nil
	return view
}
