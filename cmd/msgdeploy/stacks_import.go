package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
)

func newStacksImportCmd(a *app) *cobra.Command {
	var opts stacksOptions
	cmd := &cobra.Command{
		Use:   "import STACK FILE",
		Short: "Replace the state of a stack by an export",
		Long: `Replace the state of a stack by an export, of msgdeploy stacks export or of pulumi stack
export; - reads it from stdin. The cloud is not touched. An export of another project, stack,
account or region is refused, and one whose secrets cannot be read here. What the state has and
the export has not stays in the cloud and belongs to nobody: it is listed first. The state
before is kept under .pulumi/backups.`,
		Example: "  msgdeploy stacks import prod prod.json",
		Args:    arguments(2, 2, "a stack and a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.stack = args[0]
			return a.importStack(cmd.Context(), opts, args[1])
		},
	}
	opts.bindEdit(a, cmd, "import without a question")
	return cmd
}

func (a *app) importStack(ctx context.Context, opts stacksOptions, file string) error {
	spec, err := a.loadSpec(ctx, opts.file)
	if err != nil {
		return err
	}
	if !slices.Contains(spec.Stacks(), opts.stack) {
		return refusef("the spec has no stack %s, so nobody can tell where its resources ought to be. To go on, add it to the spec first", opts.stack)
	}
	o, err := a.stackOptions(ctx, opts)
	if err != nil {
		return err
	}
	s, err := deploy.Open(ctx, o)
	if err != nil {
		return err
	}
	_, data, err := a.readInput(ctx, file, "the export")
	if err != nil {
		return err
	}
	err = s.Import(ctx, data, func(p deploy.ImportPreview) error {
		if len(p.Forgotten) > 0 {
			a.notef("These stay where they are, and belong to nobody any more:\n  %s", strings.Join(p.Forgotten, "\n  "))
		}
		return a.agree(ctx, opts.yes, "stacks import",
			fmt.Sprintf("Replace the state of stack %s by one with %s? [y/N] ", opts.stack, count(p.Resources, "resource")))
	})
	if err != nil {
		return err
	}
	a.notef("imported the state of stack %s; msgdeploy preview -s %s shows what the next up would change", opts.stack, opts.stack)
	return nil
}
