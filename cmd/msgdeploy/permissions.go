package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/report"
)

type permissionsOptions struct {
	spec   specFlags
	output string
}

func newPermissionsCmd(a *app) *cobra.Command {
	var opts permissionsOptions
	cmd := &cobra.Command{
		Use:   "permissions",
		Short: "Print who may do what on which resource, and through which actions",
		Long: `Print who may do what on which resource, and through which of the cloud's actions, as the
spec says it. What subscriptions and dead letters imply is listed with the topic, queue or
subscription that delivers.`,
		Example: `  msgdeploy permissions --stack local
  msgdeploy permissions -o json | jq '.[] | select(.service == "worker")'`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.permissions(cmd.Context(), opts) },
	}
	opts.spec.bind(a, cmd)
	bindOutput(cmd, &opts.output, "text", "json")
	return cmd
}

func (a *app) permissions(ctx context.Context, opts permissionsOptions) error {
	s, err := a.loadStack(ctx, opts.spec)
	if err != nil {
		return err
	}
	list := make([]report.Permission, 0, len(s.grants))
	for _, g := range s.grants {
		actions, scope := s.provider.Actions(s.Topology, g)
		list = append(list, report.Permission{
			Service:  principal(g),
			Verb:     string(g.Verb),
			Resource: string(g.Resource),
			Provider: string(s.Target.Cloud()),
			Actions:  actions,
			Scope:    scope,
		})
	}
	if opts.output == "json" {
		return report.WritePermissionsJSON(a.stdout, list)
	}
	return report.WritePermissionsText(a.stdout, list)
}

// principal is the name of a service, and the address of anything else.
func principal(g permissions.Grant) string {
	if kind, name := g.Principal.Split(); kind == "service" {
		return name
	}
	return string(g.Principal)
}
