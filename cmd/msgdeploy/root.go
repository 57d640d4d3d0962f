package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// The groups of commands in the help.
const (
	groupWrite  = "write"
	groupDeploy = "deploy"
	groupTry    = "try"
	groupAround = "around"
)

func newRootCmd(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "msgdeploy",
		Short: "Topics, queues and permissions from one YAML file",
		Long: `msgdeploy deploys messaging from one YAML file: topics, queues and subscriptions,
and which service may publish, enqueue or dequeue on them.

Every flag can also be set by a variable: --allow-data-loss is MSGDEPLOY_ALLOW_DATA_LOSS.`,
		Example: `  msgdeploy init && msgdeploy up --yes
  msgdeploy dev --watch`,
		Args: func(cmd *cobra.Command, args []string) error { return unknownCommand(cmd, args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.readVariables(cmd.Flags()); err != nil {
				return err
			}
			a.markSimulated(cmd.Flags())
			return nil
		},
		Version:                    currentVersion(),
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		CompletionOptions:          cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		// What follows speaks of Go's parsers.
		text, _, _ := strings.Cut(err.Error(), ": strconv.")
		return usagef("%s\nSee %s --help", text, cmd.CommandPath())
	})
	root.SetVersionTemplate("msgdeploy {{.Version}}\n")
	bindWord(root.PersistentFlags(), &a.color, "color", "", "colours: auto follows the terminal and NO_COLOR",
		[]string{"auto", "always", "never"})
	root.AddGroup(
		&cobra.Group{ID: groupWrite, Title: "Write a spec:"},
		&cobra.Group{ID: groupDeploy, Title: "Deploy it:"},
		&cobra.Group{ID: groupTry, Title: "Try what was deployed:"},
		&cobra.Group{ID: groupAround, Title: "Besides:"},
	)
	root.SetHelpCommand(newHelpCmd())
	root.SetHelpCommandGroupID(groupAround)
	for group, cmds := range map[string][]*cobra.Command{
		groupWrite:  {newInitCmd(a), newValidateCmd(a), newResolveCmd(a), newSchemaCmd(a), newRenderCmd(a), newTestCmd(a), newGraphCmd(a), newPermissionsCmd(a), newAsyncAPICmd(a)},
		groupDeploy: {newPreviewCmd(a), newUpCmd(a), newRefreshCmd(a), newDriftCmd(a), newImportCmd(a), newDestroyCmd(a), newOutputsCmd(a), newStacksCmd(a), newUnlockCmd(a)},
		groupTry:    {newDevCmd(a), newRelayCmd(a), newPublishCmd(a), newEnqueueCmd(a), newDequeueCmd(a), newCompleteCmd(a), newExtendCmd(a)},
		groupAround: {newDoctorCmd(a), newPluginsCmd(a), newCompletionCmd(a), newVersionCmd(a)},
	} {
		for _, cmd := range cmds {
			cmd.GroupID = group
			root.AddCommand(cmd)
		}
	}
	return root
}

func newHelpCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND...]",
		Short:   "Explain a command",
		Example: "  msgdeploy help up",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			target, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(target, rest)
			}
			return target.Help()
		},
	}
}

// unknownCommand is the check of arguments of a command that only has subcommands.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf(" Did you mean %s?", strings.Join(near, " or "))
	}
	return usagef("%s has no command %q.%s\nSee %s --help", cmd.CommandPath(), args[0], hint, cmd.CommandPath())
}

// arguments checks how many arguments a command got; most is -1 for any number.
// usage names them, as in the command's first line of help.
func arguments(least, most int, usage string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("%s needs %s\nSee %s --help", cmd.CommandPath(), usage, cmd.CommandPath())
		case most == 0 && len(args) > 0:
			return usagef("%s takes no arguments, %q was given\nSee %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())
		case most >= 0 && len(args) > most:
			return usagef("%s takes %s, %q was given too\nSee %s --help", cmd.CommandPath(), usage, args[most], cmd.CommandPath())
		default:
			return nil
		}
	}
}
