package main

import (
	"context"

	"github.com/spf13/cobra"
)

type testOptions struct {
	dir    string
	update bool
}

func newTestCmd(a *app) *cobra.Command {
	var opts testOptions
	cmd := &cobra.Command{
		Use:   "test [DIR]",
		Short: "Compare what specs render to with golden files",
		Long: `Compare what specs render to with golden files. Each directory below DIR (the current one
unless given) that holds a spec.yaml is a case; <stack>.golden.yaml beside it is what
` + "`msgdeploy render --stack <stack>`" + ` is to print. Differences are shown as a unified diff,
and the exit code is 2. A spec with errors is an error, unless a diagnostics.txt (of the
spec) or a clouds.txt (of its stacks' clouds) beside it says that it has some.`,
		Example: `  msgdeploy test testdata
  msgdeploy test testdata --update`,
		Args: arguments(0, 1, "one directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.dir = "."
			if len(args) == 1 {
				opts.dir = args[0]
			}
			return a.test(cmd.Context(), opts)
		},
	}
	cmd.Flags().BoolVar(&opts.update, "update", false, "rewrite the golden files instead")
	return cmd
}

func (a *app) test(ctx context.Context, opts testOptions) error {
	dirs, err := caseDirs(opts.dir)
	if err != nil {
		return err
	}
	if len(dirs) == 0 {
		return usagef("no directory in %s holds a %s", opts.dir, caseSpec)
	}
	var compared, differ, written int
	for _, dir := range dirs {
		goldens, err := a.renderCase(ctx, dir)
		if err != nil {
			return err
		}
		for _, g := range goldens {
			compared++
			switch d := g.diff(); {
			case d == nil:
			case opts.update:
				if err := g.write(); err != nil {
					return err
				}
				a.notef("wrote %s", g.file)
				written++
			default:
				if _, err := a.stdout.Write(d); err != nil {
					return err
				}
				differ++
			}
		}
	}
	switch {
	case differ > 0:
		a.notef("%d of %d golden files differ; `msgdeploy test --update` rewrites them", differ, compared)
		return errPending
	case opts.update:
		a.notef("%d of %s rewritten", written, count(compared, "golden file"))
	default:
		a.notef("compared %s in %s: no difference", count(compared, "golden file"), count(len(dirs), "case"))
	}
	return nil
}
