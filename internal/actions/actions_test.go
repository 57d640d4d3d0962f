package actions_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/internal/actions"
)

func parse(t *testing.T, src string) *actions.Workflow {
	t.Helper()
	w, err := actions.Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func newRunner(t *testing.T) *actions.Runner {
	t.Helper()
	return &actions.Runner{Repository: "acme/shop", Dir: t.TempDir(), Env: []string{"PATH=" + os.Getenv("PATH")}}
}

var push = actions.Event{Name: "push", Branch: "main", Payload: map[string]any{}}

func run(t *testing.T, r *actions.Runner, w *actions.Workflow, e actions.Event) actions.Result {
	t.Helper()
	result, err := r.Run(t.Context(), w, e)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// outcomes lists the steps of a job and what became of them.
func outcomes(job *actions.JobResult) []string {
	var out []string
	for _, s := range job.Steps {
		out = append(out, s.Name+": "+s.Outcome)
	}
	return out
}

// TestSteps: steps hand on outputs, variables and paths; after a failure only those run that ask for it.
func TestSteps(t *testing.T) {
	t.Parallel()
	w := parse(t, `
on: push
env: {A: workflow, B: workflow}
jobs:
  one:
    runs-on: x
    env: {B: job}
    steps:
      - id: first
        env: {C: step}
        run: |
          echo "$A $B $C $GITHUB_REPOSITORY"
          echo "D=later" >> "$GITHUB_ENV"
          mkdir bin; printf '#!/bin/sh\necho found\n' > bin/tool; chmod +x bin/tool
          echo "$PWD/bin" >> "$GITHUB_PATH"
          printf 'short=1\nlong<<EOD\na=b\n<<\nEOD\n' >> "$GITHUB_OUTPUT"
          echo '# page' >> "$GITHUB_STEP_SUMMARY"
      - {name: second, env: {LONG: "${{ steps.first.outputs.long }}"}, run: 'printf "%s\n" "$LONG" "$D" "[$C]"; tool'}
      - {name: passed over, if: "${{ steps.first.outputs.short == '2' }}", run: exit 1}
      - {name: fails, run: "false; echo not reached"}
      - {name: not run, run: echo}
      - {name: run all the same, if: "!cancelled()", run: echo}
      - {name: run for the failure, if: failure() && steps.first.outcome == 'success', run: echo}
`)
	r := newRunner(t)
	job := run(t, r, w, push)["one"]
	if job.Result != "failure" || job.Summary != "# page\n" {
		t.Errorf("result %s, summary %q", job.Result, job.Summary)
	}
	if got, want := job.Steps[0].Log, "workflow job step acme/shop\n"; got != want {
		t.Errorf("the first step printed %q, want %q", got, want)
	}
	if got, want := job.Steps[1].Log, "a=b\n<<\nlater\n[]\nfound\n"; got != want {
		t.Errorf("the second step printed %q, want %q", got, want)
	}
	want := []string{
		"passed over: skipped", "fails: failure", "not run: skipped", "run all the same: success", "run for the failure: success",
	}
	if diff := cmp.Diff(want, outcomes(job)[2:]); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

// TestJobs: a job waits for what it needs, gets its outputs, and is left out when that failed or nobody approved.
func TestJobs(t *testing.T) {
	t.Parallel()
	w := parse(t, `
on: push
jobs:
  last:
    needs: [plan, broken]
    runs-on: x
    steps: [{run: echo}]
  up:
    needs: plan
    if: needs.plan.outputs.has-changes == 'true'
    environment: production
    runs-on: x
    steps: [{env: {N: "${{ needs.plan.outputs.n }}"}, run: 'echo "n is $N"'}]
  plan:
    runs-on: x
    outputs: {has-changes: "${{ steps.p.outputs.has-changes }}", n: "${{ steps.p.outputs.n }}"}
    steps: [{id: p, run: 'printf "has-changes=true\nn=3\n" >> "$GITHUB_OUTPUT"'}]
  broken:
    runs-on: x
    steps: [{run: exit 1}]
`)
	r := newRunner(t)
	result := run(t, r, w, push)
	if log := result["up"].Log(); result["up"].Result != "success" || !strings.Contains(log, "n is 3") {
		t.Errorf("up: %s\n%s", result["up"].Result, log)
	}
	if result["last"].Result != "skipped" {
		t.Errorf("last: %s, though it needs a job that failed", result["last"].Result)
	}
	var asked []string
	r.Approve = func(environment string) bool { asked = append(asked, environment); return false }
	if got := run(t, r, w, push)["up"].Result; got != "skipped" {
		t.Errorf("up without approval: %s", got)
	}
	if diff := cmp.Diff([]string{"production"}, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// TestComposite: an action has inputs with defaults, steps of its own, and outputs also when it fails.
func TestComposite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	action := `
name: it
inputs:
  word: {description: w, default: "${{ github.repository }}"}
  fail: {description: f, default: 'false'}
outputs:
  said: {description: s, value: "${{ steps.say.outputs.said || 'nothing' }}"}
runs:
  using: composite
  steps:
    - {id: say, shell: bash, env: {WORD: "${{ inputs.word }}"}, run: 'echo "said=$WORD in ${GITHUB_ACTION_PATH##*/}" >> "$GITHUB_OUTPUT"'}
    - {shell: sh, if: "${{ inputs.fail == 'true' }}", run: exit 1}
`
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sub", "action.yml"), []byte(action), 0o644); err != nil {
		t.Fatal(err)
	}
	w := parse(t, `
on: push
jobs:
  one:
    runs-on: x
    steps:
      - {id: a, uses: we/tool/sub@main}
      - {id: b, uses: we/tool/sub@main, with: {word: hello, fail: 'true'}}
      - if: always()
        env: {A: "${{ steps.a.outputs.said }}", B: "${{ steps.b.outputs.said }}", S: "${{ secrets.KEY }}"}
        run: echo "$A; $B; $S"
`)
	r := newRunner(t)
	r.Composites = map[string]string{"we/tool": dir}
	r.Secrets = map[string]string{"KEY": "k"}
	job := run(t, r, w, push)["one"]
	if got, want := job.Steps[len(job.Steps)-1].Log, "acme/shop in sub; hello in sub; k\n"; job.Result != "failure" || got != want {
		t.Errorf("%s, printed %q, want %q", job.Result, got, want)
	}
	fork := push
	fork.Fork = true
	job = run(t, r, w, fork)["one"]
	if got := job.Steps[len(job.Steps)-1].Log; strings.Contains(got, "; k\n") {
		t.Errorf("a fork's run got a secret: %q", got)
	}
}

// TestPermissions: a job's token has the job's permissions, and a fork's only reads.
func TestPermissions(t *testing.T) {
	t.Parallel()
	w := parse(t, `
on: push
permissions: {contents: read}
jobs:
  one:
    permissions: {id-token: write, pull-requests: write}
    runs-on: x
    steps: [{uses: a/login@v1}]
  two:
    runs-on: x
    steps: [{uses: a/login@v1}]
`)
	r := newRunner(t)
	var tokens, calls []map[string]string
	r.Token = func(p map[string]string) string { tokens = append(tokens, p); return "t" }
	r.Actions = map[string]actions.Action{"a/login": func(_ context.Context, c actions.Call) error {
		calls = append(calls, c.Permissions)
		return errors.New("refused")
	}}
	result := run(t, r, w, push)
	want := []map[string]string{{"id-token": "write", "pull-requests": "write"}, {"contents": "read"}}
	if diff := cmp.Diff(want, tokens); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if result["one"].Result != "failure" || !strings.Contains(result["one"].Log(), "refused") {
		t.Errorf("one: %s\n%s", result["one"].Result, result["one"].Log())
	}
	tokens = nil
	fork := push
	fork.Fork = true
	run(t, r, w, fork)
	if diff := cmp.Diff(map[string]string{"pull-requests": "read"}, tokens[0]); diff != "" {
		t.Errorf("a fork's token (-want +got):\n%s", diff)
	}
}

// TestTriggers: a workflow is started by its events, and by no other.
func TestTriggers(t *testing.T) {
	t.Parallel()
	w := parse(t, `
on: {push: {branches: [main]}, workflow_run: {workflows: [preview], types: [completed]}}
jobs: {one: {runs-on: x, steps: [{run: echo}]}}
`)
	for name, test := range map[string]struct {
		event   actions.Event
		started bool
	}{
		"push":             {push, true},
		"another branch":   {actions.Event{Name: "push", Branch: "dev"}, false},
		"another event":    {actions.Event{Name: "pull_request", Branch: "main"}, false},
		"workflow":         {actions.Event{Name: "workflow_run", Type: "completed", Workflow: "preview"}, true},
		"another workflow": {actions.Event{Name: "workflow_run", Type: "completed", Workflow: "other"}, false},
	} {
		_, err := newRunner(t).Run(t.Context(), w, test.event)
		if errors.Is(err, actions.ErrNotStarted) == test.started {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRefused: what the interpreter does not know, and what a workflow should not do, is an error.
func TestRefused(t *testing.T) {
	t.Parallel()
	job := func(step string) string {
		return "on: push\njobs: {one: {runs-on: x, steps: [" + step + "]}}\n"
	}
	for name, test := range map[string]struct{ src, says string }{
		"unknown key":        {"on: push\njobs: {one: {runs-on: x, strategy: {}, steps: []}}\n", "strategy"},
		"expression in run":  {job(`{run: "echo ${{ github.ref }}"}`), "belongs in env"},
		"run and uses":       {job(`{run: echo, uses: a/b@v1}`), "either run or uses"},
		"two of one id":      {job(`{id: a, run: echo}, {id: a, run: echo}`), "two steps are called a"},
		"unknown need":       {"on: push\njobs: {one: {runs-on: x, needs: two, steps: []}}\n", "does not exist"},
		"circle":             {"on: push\njobs: {a: {runs-on: x, needs: b}, b: {runs-on: x, needs: a}}\n", "need each other"},
		"unknown action":     {job(`{uses: a/b@v1}`), "nothing takes the place"},
		"unknown context":    {job(`{if: "runner.os == 'x'", run: echo}`), "no context runner"},
		"unknown function":   {job(`{if: "hashFiles('x')", run: echo}`), "no function hashFiles"},
		"no end":             {job(`{if: "github.ref == 'x", run: echo}`), "does not end"},
		"a rest":             {job(`{if: "success() success()", run: echo}`), "not expected"},
		"more than one":      {job(`{if: "${{ false }} || true", run: echo}`), "true whatever it says"},
		"unknown shell":      {job(`{shell: pwsh, run: echo}`), "shell pwsh"},
		"output of no shape": {job(`{run: 'echo word >> "$GITHUB_OUTPUT"'}`), "cannot read the line"},
		"output of no end":   {job(`{run: 'printf "a<<E\nb\n" >> "$GITHUB_OUTPUT"'}`), "does not end"},
	} {
		w, err := actions.Parse([]byte(test.src))
		if err == nil {
			_, err = newRunner(t).Run(t.Context(), w, push)
		}
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %q", name, err, test.says)
		}
	}
}

// TestExpressions: GitHub's rules of truth and equality.
func TestExpressions(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]string{
		"github.event.a.b":                         "x",
		"github.event.missing.more":                "",
		"'it''s' == 'IT''S'":                       "true",
		"github.event.n == 7 && 'seven'":           "seven",
		"github.event.n == '7'":                    "true",
		"!github.event.missing":                    "true",
		"false || '' || 'last'":                    "last",
		"(true && false) || null":                  "",
		"startsWith('refs/heads/x', 'refs/HEADS')": "true",
		"'}}' != 'x'":                              "true",
		"github.event.n":                           "7",
		"true == 1":                                "true",
		"github.event.missing == ''":               "true",
	} {
		w := parse(t, "on: push\njobs: {one: {runs-on: x, steps: [{env: {V: \"${{ "+expr+" }}\"}, run: 'echo \"$V\"'}]}}\n")
		e := actions.Event{Name: "push", Payload: map[string]any{"a": map[string]any{"b": "x"}, "n": 7.0}}
		if got := run(t, newRunner(t), w, e)["one"].Steps[0].Log; got != want+"\n" {
			t.Errorf("%s is %q, want %q", expr, got, want+"\n")
		}
	}
}
