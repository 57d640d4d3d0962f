package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/plan"
	"github.com/msgdeploy/msgdeploy/report"
)

// longestPlan is how many bytes of a file are read as a plan: one of 10,000 queues is a tenth of that.
const longestPlan = 256 << 20

// longestDifference is how many lines of differences are shown.
const longestDifference = 50

func (o *operationOptions) bindPlan(cmd *cobra.Command, usage string) {
	cmd.Flags().StringVar(&o.plan, "plan", "", usage)
}

// refusePlanFile refuses, before anything is previewed, to write a plan over a file that is none.
func refusePlanFile(name string) error {
	if name == "" {
		return nil
	}
	data, err := readRegular(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return usagef("--plan: %v", err)
	case len(bytes.TrimSpace(data)) > 0 && !plan.Begins(data):
		return usagef("--plan: %s is something else than a plan, and would be overwritten", name)
	default:
		return nil
	}
}

// writePlan writes what a preview has found as a plan.
func (s *session) writePlan(opts operationOptions, r *deploy.Result) error {
	if opts.plan == "" {
		return nil
	}
	if r.Interrupted {
		return refusef("there is no plan: the last operation of stack %s was cut off, or is still running, and the next one will find "+
			"another state. To go on, wait for it, or run `msgdeploy refresh --stack %s`, and preview again", s.Stack, s.Stack)
	}
	p, err := s.planOf("up", opts, r)
	if err != nil {
		return err
	}
	data, err := p.Encode()
	if err != nil {
		return err
	}
	// It takes the place of whatever has that name, a link too: nothing is written through one.
	if err := writePrivate(opts.plan, data); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	s.app.notef("wrote the plan to %s: `msgdeploy up --plan %s` applies it, and nothing else", opts.plan, opts.plan)
	for _, l := range p.DataLoss {
		if !l.Agreed {
			s.app.notef("note: %s would lose messages, and the plan does not agree to that: --allow-data-loss %s would", l.Element, l.Element)
		}
	}
	return nil
}

// planOf is the plan of what an operation would do.
func (s *session) planOf(verb string, opts operationOptions, r *deploy.Result) (*plan.Plan, error) {
	resolved, ds := s.spec.Resolved(s.Stack)
	if resolved == nil {
		return nil, &specError{diagnostics: ds, sources: s.sources}
	}
	hash, err := plan.SpecHash(resolved.JSON())
	if err != nil {
		return nil, err
	}
	return plan.New(plan.Basis{
		Operation: verb, Project: s.Project, Stack: s.Stack, Simulated: s.simulated, Target: s.target(),
		Versions:   s.versions(),
		Spec:       plan.Spec{Hash: hash, Files: slices.Sorted(maps.Keys(s.sources))},
		Checkpoint: r.Checkpoint,
	}, r, opts.allowDataLoss), nil
}

// versions are those of what makes changes of this session's spec.
func (s *session) versions() plan.Versions {
	v := plan.Versions{Msgdeploy: currentVersion(), Engine: engineVersion(), Plugins: map[string]string{}}
	if p, ok := s.app.plugin(s.Target.Cloud()); ok {
		v.Plugins[p.Name] = p.Version
	}
	return v
}

// engineVersion is the version of Pulumi's engine that is linked in; "" where the binary does not say.
func engineVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == "github.com/pulumi/pulumi/pkg/v3" {
			return m.Version
		}
	}
	return ""
}

// readPlan reads the plan that an up is to apply; nil without one.
func readPlan(name string) (*plan.Plan, error) {
	if name == "" {
		return nil, nil
	}
	data, err := readRegular(name)
	if err != nil {
		return nil, usagef("--plan: %v", err)
	}
	p, err := plan.Decode(data)
	var damaged *plan.DamagedError
	switch {
	case errors.Is(err, plan.ErrForeign):
		return nil, usagef("--plan: %s: %v", name, err)
	case errors.As(err, &damaged):
		return nil, refusef("the plan %s cannot be applied: %v", name, err)
	}
	return p, err
}

// readRegular reads a plain file: a pipe would be waited for, and a device has no end.
func readRegular(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", name)
	}
	f, err := os.Open(filepath.Clean(name))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, longestPlan+1))
	if err = cmp.Or(err, f.Close()); err == nil && len(data) > longestPlan {
		err = fmt.Errorf("%s is longer than any plan", name)
	}
	return data, err
}

// planned refuses whatever is not in the plan, with the stack locked and its state read: nothing can
// come between. What the plan agrees to lose is agreed to, and no more than that.
func (g *guard) planned(_ context.Context, r *deploy.Result) error {
	if g.plan == nil {
		return nil
	}
	now, err := g.session.planOf(g.verb, g.opts, r)
	if err != nil {
		return err
	}
	if differences := g.plan.Compare(now); len(differences) > 0 {
		return refusef("the plan %s is not what would happen now, and nothing was changed:\n%s\n\nPreview again, and have the new plan reviewed.",
			g.opts.plan, listed(differences))
	}
	for _, l := range (report.Operation{Result: r}).Losses() {
		switch {
		case slices.Contains(g.opts.allowDataLoss, l.Element):
		case g.plan.Covers(l.Element, l.Messages):
			g.opts.allowDataLoss = append(slices.Clip(g.opts.allowDataLoss), l.Element)
		default:
			g.app.notef("note: the plan does not agree that %s loses %s", l.Element, countMessages(l.Messages))
		}
	}
	g.opts.yes = true // whoever applies a plan has seen it
	return nil
}

// listed renders differences, one a line.
func listed(differences []plan.Difference) string {
	var lines []string
	for _, d := range differences[:min(len(differences), longestDifference)] {
		lines = append(lines, "  "+d.String())
	}
	if more := len(differences) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	return strings.Join(lines, "\n")
}
