package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/report"
)

type resolveStackOptions struct {
	stacksOptions
	created    string
	notCreated bool
}

func newStacksResolveCmd(a *app) *cobra.Command {
	var opts resolveStackOptions
	cmd := &cobra.Command{
		Use:   "resolve STACK [ELEMENT|URN]",
		Short: "Say what has become of a creation that was cut off",
		Long: `Say what has become of a creation that was cut off, where msgdeploy refresh cannot find out:
--created ID takes the resource with that id of the cloud into the state, and the next up
compares it with the spec; --not-created forgets that it was pending. Without an element or
a URN, what is pending is listed. The cloud is not touched.`,
		Example: `  msgdeploy stacks resolve prod
  msgdeploy stacks resolve prod queue.audit --created projects/acme/topics/shop-prod-audit
  msgdeploy stacks resolve prod queue.audit --not-created`,
		Args: arguments(1, 2, "a stack, and what is pending in it"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.stack = args[0]
			if len(args) == 1 {
				return a.listPending(cmd.Context(), opts)
			}
			return a.resolvePending(cmd.Context(), opts, args[1])
		},
	}
	opts.bindStack(a, cmd)
	opts.engine.bindLock(cmd)
	cmd.Flags().StringVar(&opts.created, "created", "", "it exists, and this is its id in the cloud")
	cmd.Flags().BoolVar(&opts.notCreated, "not-created", false, "it does not exist")
	return cmd
}

func (a *app) listPending(ctx context.Context, opts resolveStackOptions) error {
	if opts.created != "" || opts.notCreated {
		return usagef("name what was created or not: its element, such as queue.audit, or its URN. `msgdeploy stacks resolve %s` lists what is pending", opts.stack)
	}
	o, err := a.stackOptions(ctx, opts.stacksOptions)
	if err != nil {
		return err
	}
	s, err := deploy.Open(ctx, o)
	if err != nil {
		return err
	}
	pending, err := s.Pending(ctx)
	if err != nil {
		return err
	}
	if len(pending) == 0 {
		a.notef("nothing is pending in stack %s", opts.stack)
		return nil
	}
	rows := [][]string{{"ELEMENT", "URN"}}
	for _, p := range pending {
		rows = append(rows, []string{p.Element, p.URN})
	}
	_, err = a.stdout.Write([]byte(report.Table(rows)))
	return err
}

func (a *app) resolvePending(ctx context.Context, opts resolveStackOptions, what string) error {
	if (opts.created != "") == opts.notCreated {
		return usagef("say what has become of %s: either --created ID, or --not-created", what)
	}
	o, err := a.stackOptions(ctx, opts.stacksOptions)
	if err != nil {
		return err
	}
	s, err := deploy.Open(ctx, o)
	if err != nil {
		return err
	}
	urn, err := s.Resolve(ctx, what, opts.created)
	if err != nil {
		return err
	}
	if opts.notCreated {
		a.notef("%s is pending no more", urn)
		return nil
	}
	a.notef("%s is in the state, with the id %s; msgdeploy preview -s %s shows what the next up would change", urn, opts.created, opts.stack)
	return nil
}
