package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/report"
)

type renderOptions struct {
	spec   specFlags
	output string
}

func newRenderCmd(a *app) *cobra.Command {
	var opts renderOptions
	cmd := &cobra.Command{
		Use:   "render",
		Short: "Print every resource that a stack comes down to",
		Long: `Print every resource that a stack comes down to, with its inputs, and the stack's outputs.
What only the broker or cloud can tell reads ${<type>::<resource>.<property>}. The same
spec gives the same bytes, and nothing is contacted.`,
		Example: `  msgdeploy render --stack local -o yaml`,
		Args:    arguments(0, 0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.render(cmd.Context(), opts) },
	}
	opts.spec.bind(a, cmd)
	bindOutput(cmd, &opts.output, "yaml", "json")
	return cmd
}

func (a *app) render(ctx context.Context, opts renderOptions) error {
	s, err := a.loadStack(ctx, opts.spec)
	if err != nil {
		return err
	}
	rendering, err := providers.Render(ctx, s.provider, s.Topology, s.grants)
	if err != nil {
		return err
	}
	if opts.output == "json" {
		return report.WriteProgramJSON(a.stdout, rendering)
	}
	return report.WriteProgramYAML(a.stdout, rendering)
}
