package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/report"
)

// historyOptions are those of the commands that look at a stack's history.
type historyOptions struct {
	spec   specFlags
	engine engineFlags
	output string
	limit  int
	keep   int
	// text asks for the spec of an update, in place of what changed.
	text bool
	yes  bool
}

func (o *historyOptions) bind(a *app, cmd *cobra.Command) {
	o.spec.bind(a, cmd)
	o.engine.bindBackend(cmd)
	o.engine.bindSimulate(cmd)
}

func newHistoryCmd(a *app) *cobra.Command {
	var opts historyOptions
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List the updates of a stack, the newest first",
		Long: `List the updates of a stack, the newest first: what ran and when, what became of it, the git
commit that its spec was of, what changed, and who it was. A commit with a + had other files
in the working directory. Updates that failed, or were cut off, are there too.`,
		Example: `  msgdeploy history --stack prod --limit 5
  msgdeploy history show 12
  msgdeploy up --to 12`,
		Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.history(cmd.Context(), opts) },
	}
	opts.bind(a, cmd)
	bindOutput(cmd, &opts.output, "text", "json")
	cmd.Flags().IntVar(&opts.limit, "limit", 20, "how many; 0 is all")
	cmd.AddCommand(newHistoryShowCmd(a), newHistoryPruneCmd(a))
	return cmd
}

func (a *app) history(ctx context.Context, opts historyOptions) (err error) {
	if opts.limit < 0 {
		return usagef("--limit takes a number of updates; 0 is all")
	}
	s, err := a.openSession(ctx, opts.spec, opts.engine)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	updates, all, err := s.engine.History(ctx, opts.limit)
	if err != nil {
		return err
	}
	view := report.History{Project: s.Project, Stack: s.Stack, Simulated: s.simulated, All: all}
	for _, u := range updates {
		view.Updates = append(view.Updates, report.Update{Update: u, Operation: operationOf(s, u)})
	}
	if opts.output == "json" {
		return view.WriteJSON(a.stdout)
	}
	if all == 0 {
		a.notef("stack %s has no history", s.Stack)
		return nil
	}
	return view.WriteText(a.stdout)
}

func newHistoryShowCmd(a *app) *cobra.Command {
	var opts historyOptions
	cmd := &cobra.Command{
		Use:   "show UPDATE",
		Short: "Show one update of a stack: what changed, or its spec",
		Long: `Show one update of a stack: what changed, access that services gained and lost, and messages
that were lost. Of an update that was cut off, only resources are known.

With --spec, its spec is printed, as msgdeploy resolve would have then: what
msgdeploy up --to UPDATE goes back to.`,
		Example: "  msgdeploy history show 12\n  msgdeploy history show 12 --spec",
		Args:    arguments(1, 1, "the number of an update"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.showUpdate(cmd.Context(), opts, args[0])
		},
	}
	opts.bind(a, cmd)
	bindOutput(cmd, &opts.output, "text", "json", "markdown", "html")
	cmd.Flags().BoolVar(&opts.text, "spec", false, "print its spec")
	return cmd
}

func (a *app) showUpdate(ctx context.Context, opts historyOptions, number string) (err error) {
	var n updateNumber
	if err := n.Set(number); err != nil {
		return err
	}
	s, err := a.openSession(ctx, opts.spec, opts.engine)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	u, err := s.engine.Update(ctx, int(n))
	if err != nil {
		return err
	}
	if opts.text {
		then, err := specOfUpdate(s, u)
		if err != nil {
			return err
		}
		resolved, ds := then.Resolved(s.Stack)
		if ds.HasErrors() {
			return &specError{diagnostics: ds, sources: then.Sources()}
		}
		if opts.output == "json" {
			return report.WriteResolvedJSON(a.stdout, resolved, false)
		}
		_, err = a.stdout.Write(resolved.YAML(false))
		return err
	}
	view := report.Update{Update: *u, Operation: operationOf(s, *u)}
	switch opts.output {
	case "json":
		return view.WriteJSON(a.stdout)
	case "text":
		return view.WriteText(a.stdout, a.dataStyle())
	default:
		return a.writeOperation(view.Operation, opts.output)
	}
}

func newHistoryPruneCmd(a *app) *cobra.Command {
	var opts historyOptions
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Forget all but the newest updates of a stack",
		Long: `Forget all but the newest updates of a stack: what changed, their specs, and the copies of the
state that each update leaves for pulumi stack history. The state itself is not touched.
Without this command, all is kept.`,
		Example: "  msgdeploy history prune --keep 100",
		Args:    arguments(0, 0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.pruneHistory(cmd.Context(), opts) },
	}
	opts.bind(a, cmd)
	opts.engine.bindLock(cmd)
	cmd.Flags().IntVar(&opts.keep, "keep", 0, "how many updates to keep, 1 or more")
	cmd.Flags().BoolVarP(&opts.yes, "yes", "y", false, "forget them without a question")
	return cmd
}

func (a *app) pruneHistory(ctx context.Context, opts historyOptions) (err error) {
	if opts.keep < 1 {
		return usagef("--keep says how many updates to keep, 1 or more")
	}
	s, err := a.openSession(ctx, opts.spec, opts.engine)
	if err != nil {
		return err
	}
	defer s.closeInto(ctx, &err)
	if err := a.agree(ctx, opts.yes, "history prune",
		"Forget all but the newest "+count(opts.keep, "update")+" of stack "+s.Stack+"? [y/N] "); err != nil {
		return err
	}
	n, err := s.engine.Prune(ctx, opts.keep)
	if err != nil {
		return err
	}
	a.notef("forgot %s of stack %s", count(n, "update"), s.Stack)
	return nil
}
