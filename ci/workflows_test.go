package ci_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/internal/actions"
)

// ours are the actions of this repository, which are not pinned in the documentation: there is no commit yet to name.
var ours = []string{"msgdeploy/msgdeploy", "msgdeploy/msgdeploy/ci/post"}

// files returns the files that docs/ci.md shows, by name.
func files(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, m := range regexp.MustCompile("(?ms)^```yaml (\\S+)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		out[m[1]] = m[2]
	}
	return out
}

// workflow returns a workflow of docs/ci.md.
func workflow(t *testing.T, name string) *actions.Workflow {
	t.Helper()
	src, ok := files(t)[".github/workflows/"+name+".yml"]
	if !ok {
		t.Fatalf("docs/ci.md has no workflow %s", name)
	}
	w, err := actions.Parse([]byte(src))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return w
}

func workflowNames(t *testing.T) []string {
	t.Helper()
	var names []string
	for file := range files(t) {
		if name, ok := strings.CutPrefix(file, ".github/workflows/"); ok {
			names = append(names, strings.TrimSuffix(name, ".yml"))
		}
	}
	slices.Sort(names)
	return names
}

// TestWorkflowsAreCareful: what others can change under us is pinned, a job is given what it
// needs, and nothing that a pull request wrote meets a token.
func TestWorkflowsAreCareful(t *testing.T) {
	t.Parallel()
	want := []string{"messaging-aws", "messaging-azure", "messaging-fork", "messaging-google", "messaging-post"}
	if diff := cmp.Diff(want, workflowNames(t)); diff != "" {
		t.Errorf("workflows of docs/ci.md (-want +got):\n%s", diff)
	}
	pinned := regexp.MustCompile(`^[0-9a-f]{40}$`)
	for _, name := range workflowNames(t) {
		w := workflow(t, name)
		_, privileged := w.On["workflow_run"]
		if _, target := w.On["pull_request_target"]; target {
			t.Errorf("%s runs code of pull requests with a token of ours", name)
		}
		for scope, level := range w.Permissions {
			if level != "read" {
				t.Errorf("%s: all jobs have %s: %s", name, scope, level)
			}
		}
		if w.Permissions == nil {
			t.Errorf("%s leaves the jobs' permissions to the repository's settings", name)
		}
		for id, job := range w.Jobs {
			for _, step := range job.Steps {
				if step.Run != "" {
					continue
				}
				action, ref, _ := strings.Cut(step.Uses, "@")
				if !slices.Contains(ours, action) && !pinned.MatchString(ref) {
					t.Errorf("%s: job %s uses %s, which is no commit", name, id, step.Uses)
				}
				if action == "actions/checkout" && (step.With["persist-credentials"] != "false" || step.With["ref"] != "") {
					t.Errorf("%s: job %s leaves the token in the checkout, or checks out what it is told", name, id)
				}
				if privileged && action == "actions/checkout" {
					t.Errorf("%s: job %s checks something out with a token that may write", name, id)
				}
			}
			if id == "up" && job.Environment == "" {
				t.Errorf("%s: up needs nobody's approval", name)
			}
		}
	}
}

// TestActionInputs: docs/ci.md lists the inputs and outputs of the action.
func TestActionInputs(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	section := string(page[:strings.Index(string(page), "## AWS")])
	inputs, outputs, err := actions.Interface(src)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(section, -1) {
		rows = append(rows, m[1])
	}
	slices.Sort(rows)
	if diff := cmp.Diff(inputs, rows); diff != "" {
		t.Errorf("inputs (-action.yml +docs/ci.md):\n%s", diff)
	}
	for _, o := range outputs {
		if !strings.Contains(section, "`"+o+"`") {
			t.Errorf("docs/ci.md does not tell of the output %s", o)
		}
	}
}
