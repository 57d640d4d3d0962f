package actions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// Runner runs workflows of one repository.
type Runner struct {
	// Repository is owner/name.
	Repository string
	// Dir is where the jobs have their workspaces and files.
	Dir string
	// Env is the environment of a runner, as [os/exec.Cmd] has it: PATH, and no more than it must be.
	Env []string
	// API is the URL of the REST API.
	API string
	// Secrets and Vars are the repository's. Runs of forks get no secrets.
	Secrets, Vars map[string]string
	// Token makes a job's token of its permissions.
	Token func(permissions map[string]string) string
	// Composites are the directories of composite actions, by owner/name: those below
	// are found there, and so is what a workflow calls by ./path in its workspace.
	Composites map[string]string
	// Inputs are given to composite actions that have them, unless the workflow gives its own.
	Inputs map[string]string
	// Actions take the place of other actions, by owner/name.
	Actions map[string]Action
	// Approve says whether somebody lets a job into an environment; nil lets all.
	Approve func(environment string) bool
}

// Action does what an action that is no shell script would.
type Action func(ctx context.Context, c Call) error

// Call is one use of an action.
type Call struct {
	With map[string]string
	// Workspace is the job's directory.
	Workspace string
	// Permissions are those of the job's token.
	Permissions map[string]string
	Event       Event
}

// Event is what starts a workflow.
type Event struct {
	// Name is such as pull_request, and Type such as opened.
	Name, Type string
	// Branch is what `branches:` compares: the branch that is pushed, or that a pull request goes into.
	Branch string
	// Workflow is the name of the workflow that has run, of workflow_run.
	Workflow string
	SHA      string
	// Fork is set when the code is of a fork: there are no secrets then, and the token can read only.
	Fork bool
	// RunID is the number of the run.
	RunID int64
	// Payload is what GITHUB_EVENT_PATH holds.
	Payload map[string]any
}

// ErrNotStarted is returned for an event that does not start the workflow.
var ErrNotStarted = errors.New("the event does not start the workflow")

// Result says what became of each job.
type Result map[string]*JobResult

// JobResult is what became of a job.
type JobResult struct {
	// Result is success, failure or skipped.
	Result string
	Steps  []StepResult
	// Summary is the job's page: the summaries of its steps.
	Summary   string
	Workspace string
	outputs   map[string]string
}

// StepResult is what became of a step. Those of composite actions follow the step that used them.
type StepResult struct {
	Name string
	// Outcome is success, failure or skipped.
	Outcome string
	// Log is what it printed.
	Log string
}

// Log returns what all steps printed.
func (j *JobResult) Log() string {
	var out strings.Builder
	for _, s := range j.Steps {
		fmt.Fprintf(&out, "== %s: %s\n%s", s.Name, s.Outcome, s.Log)
	}
	return out.String()
}

// Run runs the jobs of a workflow. A failing step is a result; the error says that the
// workflow could not be understood, or the runner could not work.
func (r *Runner) Run(ctx context.Context, w *Workflow, e Event) (Result, error) {
	if !w.startedBy(e) {
		return nil, ErrNotStarted
	}
	order, err := w.order()
	if err != nil {
		return nil, err
	}
	result := Result{}
	for _, name := range order {
		if result[name], err = r.job(ctx, w, name, e, result); err != nil {
			return nil, fmt.Errorf("job %s: %w", name, err)
		}
	}
	return result, nil
}

func (r *Runner) job(ctx context.Context, w *Workflow, name string, e Event, before Result) (*JobResult, error) {
	j := w.Jobs[name]
	permissions := w.Permissions
	if j.Permissions != nil {
		permissions = j.Permissions
	}
	secrets := r.Secrets
	if e.Fork {
		secrets, permissions = nil, readOnly(permissions)
	}
	run := &jobRun{Runner: r, event: e, permissions: permissions, result: &JobResult{}, env: map[string]string{}}
	needs := map[string]any{}
	outer := scope{}
	for _, need := range j.Needs {
		needs[need] = map[string]any{"result": before[need].Result, "outputs": object(before[need].outputs)}
		outer.failed = outer.failed || before[need].Result != "success"
	}
	token := ""
	if r.Token != nil {
		token = r.Token(permissions)
	}
	base := ""
	if e.Name == "pull_request" {
		base = e.Branch
	}
	outer.contexts = map[string]any{
		"github": map[string]any{
			"event": map[string]any(e.Payload), "event_name": e.Name, "repository": r.Repository, "sha": e.SHA,
			"base_ref": base, "run_id": fmt.Sprint(e.RunID), "token": token,
		},
		"needs": needs, "secrets": object(secrets), "vars": object(r.Vars), "env": object(nil),
	}
	holds, err := outer.condition(j.If)
	if err != nil {
		return nil, err
	}
	if !holds || j.Environment != "" && r.Approve != nil && !r.Approve(j.Environment) {
		run.result.Result = "skipped"
		return run.result, nil
	}
	if err := run.prepare(name); err != nil {
		return nil, err
	}
	for _, env := range []map[string]string{w.Env, j.Env} {
		values, err := outer.interpolateAll(env)
		if err != nil {
			return nil, err
		}
		maps.Copy(run.env, values)
	}
	steps, err := run.steps(ctx, j.Steps, outer, "")
	if err != nil {
		return nil, err
	}
	run.result.outputs, err = steps.interpolateAll(j.Outputs)
	run.result.Result = "success"
	if steps.failed {
		run.result.Result = "failure"
	}
	return run.result, err
}

// readOnly are the permissions of a run for a fork: GitHub turns write into read, and gives no identity.
func readOnly(permissions map[string]string) map[string]string {
	out := map[string]string{}
	for scope := range permissions {
		if scope != "id-token" {
			out[scope] = "read"
		}
	}
	return out
}

func object(m map[string]string) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// jobRun is a job while it runs.
type jobRun struct {
	*Runner
	event       Event
	permissions map[string]string
	result      *JobResult
	// dir holds the job's files, such as what steps write for the runner.
	dir   string
	files int
	// env is what the workflow, the job and GITHUB_ENV have set.
	env map[string]string
	// path is what GITHUB_PATH has added.
	path []string
}

func (j *jobRun) prepare(name string) error {
	dir, err := os.MkdirTemp(j.Dir, name+"-")
	if err != nil {
		return err
	}
	j.dir, j.result.Workspace = dir, filepath.Join(dir, "work")
	for _, d := range []string{j.result.Workspace, filepath.Join(dir, "temp")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return err
		}
	}
	payload, err := json.Marshal(j.event.Payload)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "event.json"), payload, 0o600)
}

// steps runs the steps of a job, or of the composite action in a directory, and returns
// what an expression after the last can see.
func (j *jobRun) steps(ctx context.Context, steps []Step, s scope, action string) (scope, error) {
	done := map[string]any{}
	s = s.with(map[string]any{"steps": done})
	s.failed = false
	for _, step := range steps {
		here := s.with(map[string]any{"env": object(j.env)})
		holds, err := here.condition(step.If)
		if err != nil {
			return s, fmt.Errorf("step %q: %w", step.title(), err)
		}
		at := len(j.result.Steps)
		j.result.Steps = append(j.result.Steps, StepResult{Name: step.title(), Outcome: "skipped"})
		if !holds {
			continue
		}
		outputs, log, ok, err := j.step(ctx, step, here, action)
		if err != nil {
			return s, fmt.Errorf("step %q: %w", step.title(), err)
		}
		outcome := "success"
		if !ok {
			outcome = "failure"
			s.failed = s.failed || !step.ContinueOnError
		}
		j.result.Steps[at].Outcome, j.result.Steps[at].Log = outcome, log
		if step.ID != "" {
			done[step.ID] = map[string]any{"outputs": object(outputs), "outcome": outcome}
		}
	}
	return s, nil
}

// step runs one step and returns its outputs, what it printed, and whether it succeeded.
func (j *jobRun) step(ctx context.Context, step Step, s scope, action string) (map[string]string, string, bool, error) {
	env, err := s.interpolateAll(step.Env)
	if err != nil {
		return nil, "", false, err
	}
	if step.Run != "" {
		return j.script(ctx, step, env, action)
	}
	with, err := s.interpolateAll(step.With)
	if err != nil {
		return nil, "", false, err
	}
	name, ref, pinned := strings.Cut(step.Uses, "@")
	if dir, ok := j.compositeDir(name); ok {
		return j.composite(ctx, dir, ref, with, env, s)
	}
	stub, ok := j.Actions[name]
	if !ok || !pinned {
		return nil, "", false, fmt.Errorf("nothing takes the place of %s", step.Uses)
	}
	err = stub(ctx, Call{With: with, Workspace: j.result.Workspace, Permissions: j.permissions, Event: j.event})
	if err != nil {
		return nil, err.Error() + "\n", false, nil
	}
	return nil, "", true, nil
}

// compositeDir returns the directory of a composite action.
func (j *jobRun) compositeDir(name string) (string, bool) {
	if rel, ok := strings.CutPrefix(name, "./"); ok {
		return filepath.Join(j.result.Workspace, rel), true
	}
	for prefix, dir := range j.Composites {
		if rest, ok := strings.CutPrefix(name, prefix); ok && (rest == "" || rest[0] == '/') {
			return filepath.Join(dir, rest), true
		}
	}
	return "", false
}

func (j *jobRun) composite(ctx context.Context, dir, ref string, with, env map[string]string, s scope) (map[string]string, string, bool, error) {
	src, err := os.ReadFile(filepath.Join(dir, "action.yml"))
	if err != nil {
		return nil, "", false, err
	}
	c, err := parseComposite(src)
	if err != nil {
		return nil, "", false, fmt.Errorf("%s: %w", dir, err)
	}
	github := maps.Clone(s.contexts["github"].(map[string]any))
	github["action_path"], github["action_ref"] = dir, ref
	inputs := map[string]any{}
	for name, input := range c.Inputs {
		value, given := with[name]
		if !given {
			value, given = j.Inputs[name]
		}
		if !given {
			if value, err = (scope{contexts: map[string]any{"github": github}}).interpolate(input.Default); err != nil {
				return nil, "", false, err
			}
		}
		inputs[name] = value
	}
	for name := range with {
		if _, ok := c.Inputs[name]; !ok {
			return nil, "", false, fmt.Errorf("the action has no input %s", name)
		}
	}
	saved := maps.Clone(j.env)
	maps.Copy(j.env, env)
	// A composite action sees neither the caller's secrets nor its other contexts.
	after, err := j.steps(ctx, c.Runs.Steps, scope{contexts: map[string]any{"github": github, "inputs": inputs}}, dir)
	for name := range env { // the step's own end with it
		if v, ok := saved[name]; ok {
			j.env[name] = v
		} else {
			delete(j.env, name)
		}
	}
	if err != nil {
		return nil, "", false, err
	}
	outputs := map[string]string{}
	for name, o := range c.Outputs {
		if outputs[name], err = after.interpolate(o.Value); err != nil {
			return nil, "", false, err
		}
	}
	return outputs, "", !after.failed, nil
}
