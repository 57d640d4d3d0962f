package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/report"
)

type resolveOptions struct {
	spec    specFlags
	output  string
	origins bool
}

func newResolveCmd(a *app) *cobra.Command {
	var opts resolveOptions
	cmd := &cobra.Command{
		Use:   "resolve",
		Short: "Print the spec as one stack has it",
		Long: `Print the spec as one stack has it: included files put together, defaults, identities and
patch laid over each other, variables put in. It is a spec of that stack alone, which
means the same. Nothing is contacted.

With --origins, each value says where it comes from: defaults, template (the stack's
identity), element, patch, spec, stack or var, with the file and line. What is built in
(default) is shown as well.`,
		Example: `  msgdeploy resolve --stack prod
  msgdeploy resolve --stack prod --origins
  msgdeploy resolve --stack prod -o json --origins`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.resolve(cmd.Context(), opts) },
	}
	opts.spec.bind(a, cmd)
	bindOutput(cmd, &opts.output, "yaml", "json")
	cmd.Flags().BoolVar(&opts.origins, "origins", false, "say where each value comes from")
	return cmd
}

func (a *app) resolve(ctx context.Context, opts resolveOptions) error {
	s, err := a.loadSpec(ctx, opts.spec.file)
	if err != nil {
		return err
	}
	name, err := chooseStack(s.Stacks(), opts.spec.stack)
	if err != nil {
		return err
	}
	r, ds := s.Resolved(name)
	if ds.HasErrors() {
		return &specError{diagnostics: ds, sources: s.Sources()}
	}
	if opts.output == "json" {
		return report.WriteResolvedJSON(a.stdout, r, opts.origins)
	}
	_, err = a.stdout.Write(r.YAML(opts.origins))
	return err
}
