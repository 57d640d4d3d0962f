package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// specFlags are the flags of every command that reads a spec.
type specFlags struct {
	file  string
	stack string
}

func (f *specFlags) bind(a *app, cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.file, "file", "f", "msgdeploy.yaml", "the spec; - reads it from stdin")
	cmd.Flags().StringVarP(&f.stack, "stack", "s", "", "the stack; may be left out when the spec has one")
	completeFlag(cmd, "stack", func() []string { return a.stackNames(f.file) })
}

// oneOf is the value of a flag that takes one of a few words.
type oneOf struct {
	value *string
	words []string
}

func (o oneOf) String() string {
	if o.value == nil {
		return ""
	}
	return *o.value
}

func (o oneOf) Type() string { return strings.Join(o.words, "|") }

func (o oneOf) Set(s string) error {
	if !slices.Contains(o.words, s) {
		return usagef("%q is none of %s", s, strings.Join(o.words, ", "))
	}
	*o.value = s
	return nil
}

// bindOutput adds --output, which takes one of the words; the first is the default.
func bindOutput(cmd *cobra.Command, value *string, words ...string) {
	bindWord(cmd.Flags(), value, "output", "o", "format of the output", words)
	completeFlag(cmd, "output", func() []string { return words })
}

func bindWord(flags *pflag.FlagSet, value *string, name, short, usage string, words []string) {
	*value = words[0]
	flags.VarP(oneOf{value, words}, name, short, usage)
}

// completeFlag lets shells complete the values of a flag.
func completeFlag(cmd *cobra.Command, name string, values func() []string) {
	complete := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return values(), cobra.ShellCompDirectiveNoFileComp
	}
	// The only error is that the flag does not exist or has a completion already,
	// which TestFlags would find.
	_ = cmd.RegisterFlagCompletionFunc(name, complete)
}

// completeFirst lets shells complete the first argument of a command.
func completeFirst(cmd *cobra.Command, values func() []string) {
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return values(), cobra.ShellCompDirectiveNoFileComp
	}
}

// variableOf returns the environment variable that sets a flag.
func variableOf(flag string) string {
	return "MSGDEPLOY_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// readVariables sets the flags that the command line left alone from the environment.
func (a *app) readVariables(flags *pflag.FlagSet) error {
	var err error
	flags.VisitAll(func(f *pflag.Flag) {
		v := a.getenv(variableOf(f.Name))
		if err != nil || f.Changed || f.Name == "help" || f.Name == "version" || v == "" {
			return
		}
		var word *usageError
		switch e := f.Value.Set(v); {
		case e == nil:
			f.Changed = true
		case errors.As(e, &word):
			err = usagef("variable %s: %v", variableOf(f.Name), word)
		default:
			err = usagef("variable %s: %q is no value for --%s", variableOf(f.Name), v, f.Name)
		}
	})
	return err
}
