package main

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/report"
	"github.com/msgdeploy/msgdeploy/spec"
)

func newPluginsCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plugins",
		Short: "Install the clouds' plugins ahead of time, and list them",
		Long: `Install the clouds' plugins ahead of time, and list them. A plugin is what talks to a cloud:
Pulumi's official one, at the version that msgdeploy is built for. It is installed when it is
first needed; on machines without a network it has to be there before. NATS needs none.`,
		Example: "  msgdeploy plugins install\n  msgdeploy plugins list",
		Args:    unknownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPluginsInstallCmd(a), newPluginsListCmd(a))
	return cmd
}

func newPluginsInstallCmd(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "install [CLOUD...]",
		Short: "Install the plugins of the spec's clouds, or of those that are named",
		Long: `Install the plugins of the spec's clouds, or of those that are named: aws, gcp, azure. They go
to the directory plugins of PULUMI_HOME (~/.pulumi), which machines may share or copy.
PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES names a mirror: regexp=URL.`,
		Example: "  msgdeploy plugins install aws",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(cmd *cobra.Command, args []string) error { return a.installPlugins(cmd.Context(), file, args) },
	}
	cmd.Flags().StringVarP(&file, "file", "f", "msgdeploy.yaml", "the spec; - reads it from stdin")
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return a.cloudNames(), cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

func newPluginsListCmd(a *app) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the plugins of all clouds, and where they are installed",
		Example: "  msgdeploy plugins list -o json",
		Args:    arguments(0, 0, ""),
		RunE:    func(*cobra.Command, []string) error { return a.listPlugins(output) },
	}
	bindOutput(cmd, &output, "text", "json")
	return cmd
}

// plugin returns the plugin of a cloud; ok is false for one that needs none.
func (a *app) plugin(cloud spec.Cloud) (p deploy.Plugin, ok bool) {
	tables, ok := a.clouds[cloud]
	if !ok {
		return deploy.Plugin{}, false
	}
	t := tables()
	return deploy.Plugin{Name: t.Name, Version: t.Version}, true
}

func (a *app) cloudNames() []string {
	var names []string
	for _, c := range slices.Sorted(maps.Keys(a.clouds)) {
		names = append(names, string(c))
	}
	return names
}

// cloudsOf returns the clouds of a spec's stacks that need a plugin, sorted.
func (a *app) cloudsOf(s *spec.Spec) []spec.Cloud {
	found := map[spec.Cloud]bool{}
	for _, name := range s.Stacks() {
		if t, _ := s.Resolve(name); t != nil && a.clouds[t.Target.Cloud()] != nil {
			found[t.Target.Cloud()] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func (a *app) installPlugins(ctx context.Context, file string, names []string) error {
	var clouds []spec.Cloud
	for _, name := range names {
		if a.clouds[spec.Cloud(name)] == nil {
			return usagef("there is no plugin of %q: there are those of %s", name, strings.Join(a.cloudNames(), ", "))
		}
		clouds = append(clouds, spec.Cloud(name))
	}
	if len(names) == 0 {
		s, err := a.loadSpec(ctx, file)
		if err != nil {
			return err
		}
		clouds = a.cloudsOf(s)
	}
	if len(clouds) == 0 {
		a.notef("no stack of the spec needs a plugin")
	}
	for _, cloud := range clouds {
		p, _ := a.plugin(cloud)
		path, err := p.Path()
		if err != nil {
			return err
		}
		if path != "" {
			a.notef("the plugin %s is installed in %s", p, path)
			continue
		}
		a.notef("installing the plugin %s", p)
		if err := p.Install(ctx); err != nil {
			return err
		}
		if path, err = p.Path(); err != nil {
			return err
		}
		a.notef("installed the plugin %s in %s", p, path)
	}
	return nil
}

// pluginDocument is one plugin in `plugins list -o json`.
type pluginDocument struct {
	Cloud   string `json:"cloud"`
	Name    string `json:"name"`
	Version string `json:"version"`
	// Path is "" where the plugin is not installed.
	Path string `json:"path"`
}

func (a *app) listPlugins(output string) error {
	docs := []pluginDocument{}
	rows := [][]string{{"CLOUD", "PLUGIN", "VERSION", "INSTALLED IN"}}
	for _, name := range a.cloudNames() {
		p, _ := a.plugin(spec.Cloud(name))
		path, err := p.Path()
		if err != nil {
			return err
		}
		docs = append(docs, pluginDocument{Cloud: name, Name: p.Name, Version: p.Version, Path: path})
		if path == "" {
			path = "-"
		}
		rows = append(rows, []string{name, p.Name, p.Version, path})
	}
	if output == "json" {
		return report.WriteJSON(a.stdout, struct {
			FormatVersion string           `json:"formatVersion"`
			Plugins       []pluginDocument `json:"plugins"`
		}{report.FormatVersion, docs})
	}
	_, err := io.WriteString(a.stdout, report.Table(rows))
	return err
}
