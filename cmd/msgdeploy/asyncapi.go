package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/asyncapi"
	"github.com/msgdeploy/msgdeploy/providers"
)

type asyncAPIOptions struct {
	spec   specFlags
	output string
}

func newAsyncAPICmd(a *app) *cobra.Command {
	var opts asyncAPIOptions
	cmd := &cobra.Command{
		Use:   "asyncapi",
		Short: "Print the AsyncAPI document of a stack",
		Long: `Print the AsyncAPI 3 document of a stack: a channel for each topic and queue, with its
address where that is known before anything is deployed, and an operation for each thing
that a service may do. What AsyncAPI has no word for stands under x-msgdeploy, from which
msgdeploy init --from makes the same stack again. Nothing is contacted, and there are no
secrets in it.`,
		Example: `  msgdeploy asyncapi --stack local > asyncapi.yaml`,
		Args:    arguments(0, 0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.asyncAPI(cmd.Context(), opts) },
	}
	opts.spec.bind(a, cmd)
	bindOutput(cmd, &opts.output, "yaml", "json")
	return cmd
}

func (a *app) asyncAPI(ctx context.Context, opts asyncAPIOptions) error {
	s, err := a.loadStack(ctx, opts.spec)
	if err != nil {
		return err
	}
	rendering, err := providers.Render(ctx, s.provider, s.Topology, s.grants)
	if err != nil {
		return err
	}
	resolved, ds := s.spec.Resolved(s.Stack)
	if ds.HasErrors() {
		return &specError{diagnostics: ds, sources: s.sources}
	}
	outputs, _ := rendering.Outputs[outputsOutput].(map[string]any)
	return asyncapi.Write(a.stdout, asyncapi.Stack{Topology: s.Topology, Resolved: resolved, Outputs: outputs}, asyncapi.Format(opts.output))
}
