package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/report"
)

type outputsOptions struct {
	spec    specFlags
	engine  engineFlags
	output  string
	service string
}

func newOutputsCmd(a *app) *cobra.Command {
	var opts outputsOptions
	cmd := &cobra.Command{
		Use:   "outputs",
		Short: "Print what applications need to connect",
		Long: `Print what applications need to connect: the broker's URL, subjects and streams, and where
each service's credentials are. With -o env --service NAME it prints, as variables, what
that service may use; these names are an API.`,
		Example: `  msgdeploy outputs --stack local -o json
  msgdeploy outputs -o env --service worker > worker.env`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.outputs(cmd.Context(), opts) },
	}
	opts.spec.bind(a, cmd)
	opts.engine.bindBackend(cmd)
	opts.engine.bindSimulate(cmd)
	bindOutput(cmd, &opts.output, "text", "json", "env")
	cmd.Flags().StringVar(&opts.service, "service", "", "the service whose variables -o env prints")
	completeFlag(cmd, "service", func() []string { return a.names(opts.spec, serviceNames) })
	return cmd
}

func (a *app) outputs(ctx context.Context, opts outputsOptions) error {
	if opts.output == "env" && opts.service == "" {
		return usagef("-o env prints what one service may use: name it with --service")
	}
	s, err := a.openSession(ctx, opts.spec, opts.engine)
	if err != nil {
		return err
	}
	out, err := s.deployed(ctx)
	if err != nil {
		return err
	}
	switch opts.output {
	case "json":
		return report.WriteJSON(a.stdout, out)
	case "env":
		if _, ok := out.Services[opts.service]; !ok {
			return usagef("stack %s has no service %s with permissions", s.Stack, opts.service)
		}
		return out.WriteEnv(a.stdout, opts.service, s.grants)
	default:
		return out.WriteText(a.stdout)
	}
}

// deployed returns the outputs in the state of the stack, which must have been deployed.
func (s *session) deployed(ctx context.Context) (report.Outputs, error) {
	outputs, err := s.engine.Outputs(ctx)
	if err != nil {
		return report.Outputs{}, err
	}
	exported, ok := outputs[outputsOutput].(map[string]any)
	if !ok {
		return report.Outputs{}, fmt.Errorf("stack %s is not deployed: run `msgdeploy up --stack %s`", s.Stack, s.Stack)
	}
	return s.exported(exported), nil
}
