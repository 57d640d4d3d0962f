package main

import "github.com/spf13/cobra"

func newCompletionCmd(a *app) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a script that completes commands, flags and stacks in a shell",
		Long: `Print a script that completes commands, flags and stacks in a shell:
bash, zsh, fish or powershell.`,
		Example: `  source <(msgdeploy completion bash)
  msgdeploy completion zsh > "${fpath[1]}/_msgdeploy"`,
		Args:      arguments(1, 1, "a shell: bash, zsh, fish or powershell"),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.stdout, true)
			case "zsh":
				return root.GenZshCompletion(a.stdout)
			case "fish":
				return root.GenFishCompletion(a.stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.stdout)
			default:
				return usagef("%q is none of the shells bash, zsh, fish, powershell", args[0])
			}
		},
	}
}
