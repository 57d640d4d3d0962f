package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
)

func newStacksExportCmd(a *app) *cobra.Command {
	var opts stacksOptions
	cmd := &cobra.Command{
		Use:   "export STACK",
		Short: "Write the state of a stack as pulumi stack export does",
		Long: `Write the state of a stack as pulumi stack export does, for pulumi stack import, or for
msgdeploy stacks import. Secrets stay encrypted: whoever imports the file needs the passphrase,
or the key of the cloud, that they were written with.`,
		Example: `  msgdeploy stacks export prod -o prod.json
  msgdeploy stacks export prod | jq '.deployment.resources[].urn'`,
		Args: arguments(1, 1, "one stack"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.stack = args[0]
			return a.exportStack(cmd.Context(), opts)
		},
	}
	opts.bindStack(a, cmd)
	cmd.Flags().StringVarP(&opts.output, "output", "o", "", "the file to write; standard output unless set")
	return cmd
}

func (a *app) exportStack(ctx context.Context, opts stacksOptions) error {
	o, err := a.stackOptions(ctx, opts)
	if err != nil {
		return err
	}
	s, err := deploy.Open(ctx, o)
	if err != nil {
		return err
	}
	data, err := s.Export(ctx)
	if err != nil {
		return err
	}
	if opts.output == "" || opts.output == "-" {
		_, err = a.stdout.Write(data)
		return err
	}
	if err := os.WriteFile(opts.output, data, 0o600); err != nil {
		return fmt.Errorf("export stack %s: %w", opts.stack, err)
	}
	return nil
}
