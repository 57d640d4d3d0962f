package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

type validateOptions struct {
	spec   specFlags
	output string
}

func newValidateCmd(a *app) *cobra.Command {
	var opts validateOptions
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check the spec, and what each stack's cloud cannot do",
		Long: `Check the spec of every stack, or of the one that --stack names: what is written, and
what the stack's cloud cannot do with it. Nothing is contacted.`,
		Example: `  msgdeploy validate
  msgdeploy validate -o github`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.validate(cmd.Context(), opts) },
	}
	opts.spec.bind(a, cmd)
	bindOutput(cmd, &opts.output, "text", "json", "github", "sarif")
	return cmd
}

func (a *app) validate(ctx context.Context, opts validateOptions) error {
	s, ds, err := a.decodeSpec(ctx, opts.spec.file)
	if err != nil {
		return err
	}
	stacks := s.Stacks()
	if opts.spec.stack != "" && len(stacks) > 0 {
		if _, err := chooseStack(stacks, opts.spec.stack); err != nil {
			return err
		}
		stacks = []string{opts.spec.stack}
	}
	ds = append(ds, a.checkStacks(s, stacks)...).Sorted()
	if err := a.writeDiagnostics(opts.output, ds, s.Sources()); err != nil {
		return err
	}
	if ds.HasErrors() {
		return errSpecShown
	}
	if opts.output == "text" {
		_, err := fmt.Fprintf(a.stdout, "%s is valid for %s\n", s.File(), stackList(stacks))
		return err
	}
	return nil
}

// checkStacks returns what checkStack does of each stack, which take turns on the processors.
func (a *app) checkStacks(s *spec.Spec, stacks []string) diag.Diagnostics {
	results := make([]diag.Diagnostics, len(stacks))
	var wait sync.WaitGroup
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, stack := range stacks {
		wait.Go(func() {
			turns <- struct{}{}
			results[i] = a.checkStack(s, stack)
			<-turns
		})
	}
	wait.Wait()
	return slices.Concat(results...)
}

// checkStack returns all that can be said about one stack without contacting anything.
func (a *app) checkStack(s *spec.Spec, stack string) diag.Diagnostics {
	t, ds := s.Resolve(stack)
	if t == nil || ds.HasErrors() {
		return ds
	}
	return append(ds, a.checkCloud(t)...)
}

// checkCloud returns what a stack's cloud has to say. Its labels are checked even where
// this version cannot deploy to it.
func (a *app) checkCloud(t *spec.Topology) diag.Diagnostics {
	return providers.Check(a.providers[t.Target.Cloud()], t)
}

func stackList(stacks []string) string {
	if len(stacks) == 1 {
		return "stack " + stacks[0]
	}
	return fmt.Sprintf("%d stacks: %s", len(stacks), diag.AndList(stacks))
}
