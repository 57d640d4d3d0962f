package main

import (
	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/spec"
)

func newSchemaCmd(a *app) *cobra.Command {
	var included bool
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the spec, for editors",
		Long: `Print the JSON Schema (2020-12) of the spec, or with --included that of the files that a
spec includes. An editor with a YAML language server completes and checks a file that
begins with

  # yaml-language-server: $schema=./msgdeploy.schema.json`,
		Example: `  msgdeploy schema > msgdeploy.schema.json
  msgdeploy schema --included > teams/messaging.schema.json`,
		Args: arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			schema := spec.Schema
			if included {
				schema = spec.IncludedSchema
			}
			_, err := a.stdout.Write(schema())
			return err
		},
	}
	cmd.Flags().BoolVar(&included, "included", false, "of files that a spec includes")
	return cmd
}
