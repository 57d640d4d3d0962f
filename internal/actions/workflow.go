// Package actions runs workflows of GitHub Actions as far as a shell can, for tests: the
// `run:` steps in order, with their environment and files, composite actions, and in place
// of other actions what the test puts there.
//
// It knows the part of the language that this repository's workflows use, and refuses the
// rest: a key that it passed over would be proven by no test. It also refuses what a
// workflow should not have: an expression in a script, which is how text of strangers
// becomes a command.
package actions

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Workflow is a file of .github/workflows.
type Workflow struct {
	Name        string            `yaml:"name"`
	On          Triggers          `yaml:"on"`
	Permissions map[string]string `yaml:"permissions"`
	Env         map[string]string `yaml:"env"`
	Concurrency any               `yaml:"concurrency"`
	Jobs        map[string]*Job   `yaml:"jobs"`
}

// Triggers are the events that start a workflow.
type Triggers map[string]Trigger

// Trigger narrows an event. An empty list is no limit.
type Trigger struct {
	Branches  []string `yaml:"branches"`
	Types     []string `yaml:"types"`
	Workflows []string `yaml:"workflows"`
}

// UnmarshalYAML reads one event, a list of them, or a mapping.
func (t *Triggers) UnmarshalYAML(n *yaml.Node) error {
	*t = Triggers{}
	switch n.Kind {
	case yaml.ScalarNode:
		(*t)[n.Value] = Trigger{}
		return nil
	case yaml.SequenceNode:
		for _, e := range n.Content {
			(*t)[e.Value] = Trigger{}
		}
		return nil
	default:
		return n.Decode((*map[string]Trigger)(t))
	}
}

// Job is one job. Jobs run one after the other.
type Job struct {
	Name        string            `yaml:"name"`
	Needs       words             `yaml:"needs"`
	If          string            `yaml:"if"`
	RunsOn      string            `yaml:"runs-on"`
	Environment string            `yaml:"environment"`
	Permissions map[string]string `yaml:"permissions"`
	Concurrency any               `yaml:"concurrency"`
	Env         map[string]string `yaml:"env"`
	Outputs     map[string]string `yaml:"outputs"`
	Timeout     int               `yaml:"timeout-minutes"`
	Steps       []Step            `yaml:"steps"`
}

// words is a list that may be written as one word.
type words []string

func (w *words) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = words{n.Value}
		return nil
	}
	return n.Decode((*[]string)(w))
}

// Step is one step of a job, or of a composite action.
type Step struct {
	ID              string            `yaml:"id"`
	Name            string            `yaml:"name"`
	If              string            `yaml:"if"`
	Uses            string            `yaml:"uses"`
	With            map[string]string `yaml:"with"`
	Env             map[string]string `yaml:"env"`
	Shell           string            `yaml:"shell"`
	Run             string            `yaml:"run"`
	ContinueOnError bool              `yaml:"continue-on-error"`
}

// title is what a log calls the step.
func (s Step) title() string {
	for _, t := range []string{s.Name, s.Uses} {
		if t != "" {
			return t
		}
	}
	line, _, _ := strings.Cut(strings.TrimSpace(s.Run), "\n")
	return "Run " + line
}

// composite is an action.yml.
type composite struct {
	Name        string            `yaml:"name"`
	Description string            `yaml:"description"`
	Author      string            `yaml:"author"`
	Branding    map[string]string `yaml:"branding"`
	Inputs      map[string]struct {
		Description string `yaml:"description"`
		Default     string `yaml:"default"`
		Required    bool   `yaml:"required"`
	} `yaml:"inputs"`
	Outputs map[string]struct {
		Description string `yaml:"description"`
		Value       string `yaml:"value"`
	} `yaml:"outputs"`
	Runs struct {
		Using string `yaml:"using"`
		Steps []Step `yaml:"steps"`
	} `yaml:"runs"`
}

// Parse reads a workflow.
func Parse(src []byte) (*Workflow, error) {
	var w Workflow
	if err := decode(src, &w); err != nil {
		return nil, err
	}
	for name, job := range w.Jobs {
		for _, need := range job.Needs {
			if w.Jobs[need] == nil {
				return nil, fmt.Errorf("job %s needs %s, which does not exist", name, need)
			}
		}
		if err := checkSteps(job.Steps); err != nil {
			return nil, fmt.Errorf("job %s: %w", name, err)
		}
	}
	return &w, nil
}

func parseComposite(src []byte) (*composite, error) {
	var c composite
	if err := decode(src, &c); err != nil {
		return nil, err
	}
	if c.Runs.Using != "composite" {
		return nil, fmt.Errorf("runs.using is %q; only composite actions can be run", c.Runs.Using)
	}
	for _, s := range c.Runs.Steps {
		if s.Run != "" && s.Shell == "" {
			return nil, fmt.Errorf("step %q: a composite action's run needs its shell", s.title())
		}
	}
	return &c, checkSteps(c.Runs.Steps)
}

func decode(src []byte, v any) error {
	dec := yaml.NewDecoder(bytes.NewReader(src))
	dec.KnownFields(true)
	return dec.Decode(v)
}

func checkSteps(steps []Step) error {
	var ids []string
	for _, s := range steps {
		switch {
		case (s.Run == "") == (s.Uses == ""):
			return fmt.Errorf("step %q has either run or uses", s.title())
		case strings.Contains(s.Run, "${{"):
			return fmt.Errorf("step %q has an expression in its script: its value belongs in env", s.title())
		case s.ID != "" && slices.Contains(ids, s.ID):
			return fmt.Errorf("two steps are called %s", s.ID)
		}
		ids = append(ids, s.ID)
	}
	return nil
}

// order returns the names of the jobs so that each comes after what it needs.
func (w *Workflow) order() ([]string, error) {
	var done []string
	for len(done) < len(w.Jobs) {
		before := len(done)
		for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
			job := w.Jobs[name]
			ready := !slices.ContainsFunc(job.Needs, func(n string) bool { return !slices.Contains(done, n) })
			if ready && !slices.Contains(done, name) {
				done = append(done, name)
			}
		}
		if len(done) == before {
			return nil, fmt.Errorf("the jobs of %s need each other", w.Name)
		}
	}
	return done, nil
}

// startedBy says whether an event starts the workflow.
func (w *Workflow) startedBy(e Event) bool {
	t, ok := w.On[e.Name]
	return ok && allows(t.Branches, e.Branch) && allows(t.Types, e.Type) && allows(t.Workflows, e.Workflow)
}

func allows(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }

// Interface returns the names of a composite action's inputs and outputs.
func Interface(src []byte) (inputs, outputs []string, err error) {
	c, err := parseComposite(src)
	if err != nil {
		return nil, nil, err
	}
	return slices.Sorted(maps.Keys(c.Inputs)), slices.Sorted(maps.Keys(c.Outputs)), nil
}
