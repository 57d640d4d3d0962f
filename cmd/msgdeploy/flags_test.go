package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commands calls visit for every command.
func commands(root *cobra.Command, visit func(*cobra.Command)) {
	visit(root)
	for _, cmd := range root.Commands() {
		commands(cmd, visit)
	}
}

// Every command says what it does and shows an example; every flag says what it is for,
// is set by its variable, and is not eaten by another one's.
func TestCommands(t *testing.T) {
	t.Parallel()
	a, _, _ := testApp("", nil)
	commands(newRootCmd(a), func(cmd *cobra.Command) {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: short help %q", cmd.CommandPath(), cmd.Short)
		}
		if !strings.Contains(cmd.Example, "msgdeploy ") {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		for _, line := range strings.Split(cmd.Long+"\n"+cmd.Example, "\n") {
			if len(line) > 95 {
				t.Errorf("%s: a line of help is %d wide: %s", cmd.CommandPath(), len(line), line)
			}
		}
		if cmd.Args == nil {
			t.Errorf("%s does not check its arguments", cmd.CommandPath())
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s --%s does not say what it is for", cmd.CommandPath(), f.Name)
			}
			if len(f.Shorthand) > 0 && !strings.Contains("fsoynv", f.Shorthand) {
				t.Errorf("%s --%s has the short form -%s", cmd.CommandPath(), f.Name, f.Shorthand)
			}
		})
	})
}

func TestReadVariables(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"MSGDEPLOY_ALLOW_DATA_LOSS": "queue.a,queue.b",
		"MSGDEPLOY_STACK":           "blue",
		"MSGDEPLOY_YES":             "true",
		"MSGDEPLOY_OUTPUT":          "",
		"MSGDEPLOY_HELP":            "true",
		"MSGDEPLOY_PARALLEL":        "4",
	}
	a, _, _ := testApp("", env)
	var opts operationOptions
	cmd := &cobra.Command{}
	opts.bind(a, cmd)
	opts.bindYes(cmd, "")
	opts.bindAllowDataLoss(cmd, "")
	if err := cmd.Flags().Parse([]string{"--stack", "green"}); err != nil {
		t.Fatal(err)
	}
	if err := a.readVariables(cmd.Flags()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"queue.a", "queue.b"}, opts.allowDataLoss); diff != "" {
		t.Errorf("--allow-data-loss (-want +got):\n%s", diff)
	}
	if opts.spec.stack != "green" || !opts.yes || opts.output != "text" || opts.engine.parallel != 4 {
		t.Errorf("got %+v", opts)
	}
	a.lookupEnv = func(string) (string, bool) { return "maybe", true }
	err := a.readVariables(cmd.Flags())
	if exitCode(err) != exitUsage || !strings.Contains(err.Error(), "variable MSGDEPLOY_") {
		t.Errorf("a wrong variable gives %v", err)
	}
}
