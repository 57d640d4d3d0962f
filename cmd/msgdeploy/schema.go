package main

import (
	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/spec"
)

func newSchemaCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the spec, for editors",
		Long: `Print the JSON Schema (2020-12) of the spec. An editor with a YAML language server
completes and checks a spec that begins with

  # yaml-language-server: $schema=./msgdeploy.schema.json`,
		Example: "  msgdeploy schema > msgdeploy.schema.json",
		Args:    arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			_, err := a.stdout.Write(spec.Schema())
			return err
		},
	}
}
