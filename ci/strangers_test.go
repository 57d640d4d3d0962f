//go:build strangers

package ci_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/internal/actions"
	"github.com/msgdeploy/msgdeploy/internal/forge"
)

// The scripts need curl, jq, unzip and zipinfo, which `make strangers` installs.

const repository = "acme/shop"

// builtIn is the directory of the msgdeploy that TestMain builds, unless it is set to one that was built before.
const builtIn = "MSGDEPLOY_BUILT_IN"

// TestMain builds msgdeploy, once.
func TestMain(m *testing.M) {
	os.Exit(withMsgdeploy(m))
}

func withMsgdeploy(m *testing.M) int {
	if os.Getenv(builtIn) != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "msgdeploy-ci-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if out, err := exec.Command("go", "build", "-o", dir, "../cmd/msgdeploy").CombinedOutput(); err != nil {
		panic(string(out))
	}
	if err := os.Setenv(builtIn, dir); err != nil {
		panic(err)
	}
	return m.Run()
}

// root is the directory of this repository.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// shop is a repository with its forge, and a runner for its workflows.
type shop struct {
	t      *testing.T
	forge  *forge.Forge
	runner *actions.Runner
	origin string // a bare repository
	work   string // a clone of it
	// logins are the uses of the clouds' actions.
	logins []actions.Call
}

// newShop makes a repository whose branch main has these files. bin is a directory with msgdeploy.
func newShop(t *testing.T, bin string, files map[string]string) *shop {
	t.Helper()
	s := newForge(t, bin)
	dir := filepath.Dir(s.origin)
	s.git(dir, "init", "-q", "--bare", "-b", "main", s.origin)
	s.git(s.origin, "config", "uploadpack.allowAnySHA1InWant", "true")
	s.git(dir, "clone", "-q", s.origin, s.work)
	s.git(s.work, "checkout", "-q", "-b", "main")
	s.commit("main", files)
	return s
}

// newForge makes a shop without a git repository, for what needs none.
func newForge(t *testing.T, bin string) *shop {
	t.Helper()
	dir := t.TempDir()
	s := &shop{t: t, forge: forge.New(t, repository), origin: filepath.Join(dir, "origin.git"), work: filepath.Join(dir, "work")}
	runs := filepath.Join(dir, "runs")
	if err := os.Mkdir(runs, 0o755); err != nil {
		t.Fatal(err)
	}
	login := func(_ context.Context, c actions.Call) error {
		s.logins = append(s.logins, c)
		if c.Permissions["id-token"] != "write" {
			return errors.New("the job has no identity: permissions need id-token: write")
		}
		return nil
	}
	s.runner = &actions.Runner{
		Repository: repository, Dir: runs, API: s.forge.URL, Token: s.forge.Token,
		Env:        []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + dir, "LANG=C.UTF-8"},
		Inputs:     map[string]string{"install": "path"},
		Composites: map[string]string{"msgdeploy/msgdeploy": root(t)},
		Actions: map[string]actions.Action{
			"actions/checkout":                      s.checkout,
			"actions/upload-artifact":               s.upload,
			"actions/download-artifact":             s.download,
			"aws-actions/configure-aws-credentials": login,
			"azure/login":                           login,
			"google-github-actions/auth":            login,
		},
	}
	return s
}

func (s *shop) git(dir string, args ...string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files on a branch, which begins at main if it is new, and returns the commit.
func (s *shop) commit(branch string, files map[string]string) string {
	s.t.Helper()
	if branch != "main" {
		s.git(s.work, "checkout", "-q", "-B", branch, "main")
	}
	for name, content := range files {
		path := filepath.Join(s.work, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	s.git(s.work, "add", "-A")
	s.git(s.work, "commit", "-q", "-m", "change")
	s.git(s.work, "push", "-q", "-f", "origin", branch)
	sha := s.git(s.work, "rev-parse", "HEAD")
	s.git(s.work, "checkout", "-q", "main")
	return sha
}

// pull opens a pull request of a branch with these files, and returns the event that says so.
func (s *shop) pull(number int, fork bool, files map[string]string) actions.Event {
	s.t.Helper()
	branch := "change"
	head := s.commit(branch, files)
	// GitHub runs pull_request on a merge of its own making.
	s.git(s.work, "checkout", "-q", "--detach", "main")
	s.git(s.work, "merge", "-q", "--no-ff", "-m", "merge", head)
	merge := s.git(s.work, "rev-parse", "HEAD")
	s.git(s.work, "push", "-q", "-f", "origin", "HEAD:refs/pull/1/merge")
	s.git(s.work, "checkout", "-q", "main")
	return s.opened(number, fork, branch, head, merge, files)
}

// opened tells the forge of a pull request, and returns the event.
func (s *shop) opened(number int, fork bool, branch, head, merge string, files map[string]string) actions.Event {
	owner, id := "acme", 1.0
	if fork {
		owner, id = "stranger", 2.0
	}
	var paths []string
	for name := range files {
		paths = append(paths, name)
	}
	s.forge.AddPull(forge.Pull{Number: number, Open: true, Base: "main", Owner: owner, Branch: branch, SHA: head, RepositoryID: int64(id), Files: paths})
	repo := map[string]any{"id": id, "full_name": owner + "/shop", "owner": map[string]any{"login": owner}}
	return actions.Event{
		Name: "pull_request", Type: "opened", Branch: "main", SHA: merge, Fork: fork, RunID: 77,
		Payload: map[string]any{"pull_request": map[string]any{
			"number": float64(number),
			"head":   map[string]any{"sha": head, "ref": branch, "repo": repo},
			"base":   map[string]any{"ref": "main"},
		}},
	}
}

// push is the event of a push to main.
func (s *shop) push(sha string) actions.Event {
	return actions.Event{Name: "push", Branch: "main", SHA: sha, RunID: 78, Payload: map[string]any{}}
}

// after is the event workflow_run that follows the run of a pull request.
func after(pull actions.Event, workflow string) actions.Event {
	head := pull.Payload["pull_request"].(map[string]any)["head"].(map[string]any)
	return actions.Event{
		Name: "workflow_run", Type: "completed", Branch: "main", Workflow: workflow, RunID: 79,
		Payload: map[string]any{"workflow_run": map[string]any{
			"id": float64(pull.RunID), "event": pull.Name, "head_sha": head["sha"], "head_branch": head["ref"], "head_repository": head["repo"],
		}},
	}
}

// run runs a workflow, and fails the test if it could not be understood.
func (s *shop) run(w *actions.Workflow, e actions.Event) actions.Result {
	s.t.Helper()
	result, err := s.runner.Run(s.t.Context(), w, e)
	if err != nil {
		s.t.Fatalf("%s on %s: %v", w.Name, e.Name, err)
	}
	return result
}

// checkout stands for actions/checkout.
func (s *shop) checkout(_ context.Context, c actions.Call) error {
	s.git(c.Workspace, "init", "-q")
	s.git(c.Workspace, "remote", "add", "origin", "file://"+s.origin)
	if c.With["fetch-depth"] == "0" {
		s.git(c.Workspace, "fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/pull/*:refs/remotes/pull/*")
	} else {
		s.git(c.Workspace, "fetch", "-q", "--depth=1", "origin", c.Event.SHA)
	}
	s.git(c.Workspace, "checkout", "-q", "--detach", c.Event.SHA)
	return nil
}

// upload stands for actions/upload-artifact, with one file.
func (s *shop) upload(_ context.Context, c actions.Call) error {
	path := c.With["path"]
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.Workspace, path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	s.forge.AddArtifact(forge.Artifact{
		RunID: c.Event.RunID, Name: c.With["name"],
		Archive: forge.Zip(s.t, map[string]string{filepath.Base(path): string(content)}),
	})
	return nil
}

// download stands for actions/download-artifact of the same run.
func (s *shop) download(ctx context.Context, c actions.Call) error {
	for _, a := range s.forge.Artifacts() {
		if a.RunID != c.Event.RunID || a.Name != c.With["name"] {
			continue
		}
		archive := filepath.Join(s.t.TempDir(), "artifact.zip")
		if err := os.WriteFile(archive, a.Archive, 0o600); err != nil {
			return err
		}
		return exec.CommandContext(ctx, "unzip", "-q", archive, "-d", c.Workspace).Run()
	}
	return errors.New("there is no such artifact")
}
