package main

import (
	"cmp"
	"context"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/report"
	"github.com/msgdeploy/msgdeploy/spec"
)

func newStacksCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "stacks",
		Short:   "List stacks, and look after the state of one",
		Example: "  msgdeploy stacks list\n  msgdeploy stacks rm old",
		Args:    unknownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newStacksListCmd(a), newStacksRmCmd(a), newStacksExportCmd(a), newStacksImportCmd(a), newStacksRecoverCmd(a), newStacksResolveCmd(a))
	return cmd
}

// stacksOptions are those of all these commands. The stack is an argument or none, so that
// there is no --stack.
type stacksOptions struct {
	file   string
	engine engineFlags
	output string
	stack  string
	force  bool
	yes    bool
}

func (o *stacksOptions) bind(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.file, "file", "f", "msgdeploy.yaml", "the spec; - reads it from stdin")
	o.engine.bindBackend(cmd)
	o.engine.bindSimulate(cmd)
}

// bindStack is for the commands that take a stack as their first argument.
func (o *stacksOptions) bindStack(a *app, cmd *cobra.Command) {
	o.bind(cmd)
	completeFirst(cmd, func() []string { return a.stackNames(o.file) })
}

// bindEdit is for those that change its state.
func (o *stacksOptions) bindEdit(a *app, cmd *cobra.Command, yes string) {
	o.bindStack(a, cmd)
	o.engine.bindLock(cmd)
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, yes)
}

// stackOptions are those of the engine for the stack that is meant. One that has left the spec
// is looked for where it would be by default.
func (a *app) stackOptions(ctx context.Context, opts stacksOptions) (deploy.Options, error) {
	s, err := a.loadSpec(ctx, opts.file)
	if err != nil {
		return deploy.Options{}, err
	}
	if slices.Contains(s.Stacks(), opts.stack) {
		session, err := a.openSession(ctx, specFlags{file: opts.file, stack: opts.stack}, opts.engine)
		if err != nil {
			return deploy.Options{}, err
		}
		return session.options(opts.engine), nil
	}
	o := a.engineOptions(opts.engine, states(s, opts.file)[0])
	o.Project, o.Stack = s.Project(), opts.stack
	return o, nil
}

func newStacksListCmd(a *app) *cobra.Command {
	var opts stacksOptions
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the stacks of the spec, and those that have state",
		Example: "  msgdeploy stacks list -o json",
		Args:    arguments(0, 0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.listStacks(cmd.Context(), opts) },
	}
	opts.bind(cmd)
	bindOutput(cmd, &opts.output, "text", "json")
	return cmd
}

// stackDocument is one stack in `stacks list -o json`.
type stackDocument struct {
	Name     string `json:"name"`
	Provider string `json:"provider,omitempty"`
	// InSpec and Deployed say where the stack is known: a stack may have state and have
	// left the spec.
	InSpec      bool `json:"inSpec"`
	Deployed    bool `json:"deployed"`
	Resources   int  `json:"resources"`
	Locked      bool `json:"locked"`
	Interrupted bool `json:"interrupted"`
}

func (a *app) listStacks(ctx context.Context, opts stacksOptions) error {
	s, err := a.loadSpec(ctx, opts.file)
	if err != nil {
		return err
	}
	stacks := map[string]*stackDocument{}
	for _, name := range s.Stacks() {
		stacks[name] = &stackDocument{Name: name, InSpec: true}
		if t, _ := s.Resolve(name); t != nil {
			stacks[name].Provider = string(t.Target.Cloud())
		}
	}
	for _, at := range states(s, opts.file) {
		o := a.engineOptions(opts.engine, at)
		o.Project = s.Project()
		infos, err := deploy.Stacks(ctx, o)
		if err != nil {
			return err
		}
		for _, info := range infos {
			doc := stacks[info.Name]
			if doc == nil {
				doc = &stackDocument{Name: info.Name}
				stacks[info.Name] = doc
			}
			doc.Provider = cmp.Or(doc.Provider, info.Target["cloud"])
			doc.Deployed, doc.Resources = true, info.Resources
			doc.Locked, doc.Interrupted = info.Locked != nil, info.Interrupted
		}
	}
	list := slices.SortedFunc(maps.Values(stacks), func(a, b *stackDocument) int { return strings.Compare(a.Name, b.Name) })
	return a.writeStacks(list, opts.output, opts.engine.simulate)
}

func (a *app) writeStacks(list []*stackDocument, output string, simulated bool) error {
	if output == "json" {
		return report.WriteJSON(a.stdout, struct {
			FormatVersion string           `json:"formatVersion"`
			Simulated     bool             `json:"simulated,omitempty"`
			Stacks        []*stackDocument `json:"stacks"`
		}{report.FormatVersion, simulated, list})
	}
	rows := [][]string{{"STACK", "PROVIDER", "RESOURCES", "NOTES"}}
	for _, s := range list {
		resources := "-"
		if s.Deployed {
			resources = strconv.Itoa(s.Resources)
		}
		rows = append(rows, []string{s.Name, cmp.Or(s.Provider, "-"), resources, s.notes()})
	}
	_, err := io.WriteString(a.stdout, report.Table(rows))
	return err
}

func (s *stackDocument) notes() string {
	var notes []string
	for _, note := range []struct {
		applies bool
		text    string
	}{
		{!s.Deployed, "not deployed"},
		{!s.InSpec, "not in the spec"},
		{s.Locked, "locked"},
		{s.Interrupted, "interrupted: the next up goes on"},
	} {
		if note.applies {
			notes = append(notes, note.text)
		}
	}
	return strings.Join(notes, ", ")
}

// states returns every place where stacks of the spec keep their state, each once, and
// the default one in any case: a stack that has left the spec may have been there.
func states(s *spec.Spec, file string) []state {
	all := []state{{dir: filepath.Join(filepath.Dir(file), stateDir)}}
	for _, name := range s.Stacks() {
		if t, _ := s.Resolve(name); t != nil && !slices.Contains(all, stateOf(t)) {
			all = append(all, stateOf(t))
		}
	}
	return all
}
