package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/report"
)

type versionOptions struct{ output string }

func newVersionCmd(a *app) *cobra.Command {
	var opts versionOptions
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  msgdeploy version -o json",
		Args:    arguments(0, 0, ""),
		RunE:    func(*cobra.Command, []string) error { return a.version(opts) },
	}
	bindOutput(cmd, &opts.output, "text", "json")
	return cmd
}

func (a *app) version(opts versionOptions) error {
	facts := struct {
		FormatVersion string `json:"formatVersion"`
		Version       string `json:"version"`
		Go            string `json:"go"`
		Platform      string `json:"platform"`
	}{report.FormatVersion, currentVersion(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	if opts.output == "json" {
		return report.WriteJSON(a.stdout, facts)
	}
	_, err := fmt.Fprintf(a.stdout, "msgdeploy %s (%s, %s)\n", facts.Version, facts.Go, facts.Platform)
	return err
}
