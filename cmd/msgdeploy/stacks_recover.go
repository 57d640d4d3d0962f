package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
)

func newStacksRecoverCmd(a *app) *cobra.Command {
	var opts stacksOptions
	var keep string
	cmd := &cobra.Command{
		Use:   "recover STACK",
		Short: "Take what a run that was cut off has recorded into the state",
		Long: `Take what a run that was cut off has recorded into the state, as the next up would do; the
cloud is not touched. Where the state was changed by someone else in between, the journal
of that run does not fit it any more: both are shown, and nothing is changed until --keep
says which one is right. The other one is put aside, and where is said.`,
		Example: `  msgdeploy stacks recover prod
  msgdeploy stacks recover prod --keep state`,
		Args: arguments(1, 1, "one stack"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.stack = args[0]
			return a.recoverStack(cmd.Context(), opts, deploy.Side(keep))
		},
	}
	opts.bindStack(a, cmd)
	opts.engine.bindLock(cmd)
	cmd.Flags().Var(oneOf{&keep, []string{string(deploy.SideState), string(deploy.SideJournal)}}, "keep", "which one is right where they do not fit each other")
	completeFlag(cmd, "keep", func() []string { return []string{string(deploy.SideState), string(deploy.SideJournal)} })
	return cmd
}

func (a *app) recoverStack(ctx context.Context, opts stacksOptions, keep deploy.Side) error {
	o, err := a.stackOptions(ctx, opts)
	if err != nil {
		return err
	}
	s, err := deploy.Open(ctx, o)
	if err != nil {
		return err
	}
	left, err := s.Leftover(ctx)
	if err != nil {
		return err
	}
	if left == nil {
		a.notef("nothing was cut off in stack %s", opts.stack)
		return nil
	}
	if !left.Fits && keep == "" {
		a.notef("%s", describe(left))
	}
	r, err := deploy.Recover(ctx, o, keep)
	switch {
	case err != nil:
		return err
	case r.Leftover == nil:
		a.notef("nothing was cut off in stack %s", opts.stack)
	case r.Leftover.Fits:
		a.notef("the state of stack %s is up to date", opts.stack)
	case keep == deploy.SideState:
		a.notef("the state of stack %s stays as it is; the journal is kept as %s", opts.stack, r.Backup)
	default:
		a.notef("the state of stack %s is what the journal says; the one before is kept as %s", opts.stack, cmp.Or(r.Backup, "nothing: there was none"))
	}
	return nil
}

// describe shows a journal that does not fit, for whoever has to decide.
func describe(l *deploy.Leftover) string {
	var b strings.Builder
	line := func(what, value string) { fmt.Fprintf(&b, "  %-11s%s\n", what, value) }
	b.WriteString("state:\n")
	line("is", cmp.Or(l.State, "not there"))
	line("has", count(l.Resources, "resource"))
	b.WriteString("journal: " + l.Path + "\n")
	line("of", l.String())
	line("leads from", cmp.Or(l.Base, "no state"))
	line("to", cmp.Or(l.Result, "a state that it does not name: the run was cut off"))
	for _, step := range l.Steps {
		line("step", step)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
