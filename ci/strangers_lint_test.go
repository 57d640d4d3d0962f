//go:build strangers

package ci_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// actionlint knows GitHub's language, with the contexts, the inputs of actions and their outputs.
const actionlint = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"

// TestStrangerShellcheck has the scripts read by shellcheck.
func TestStrangerShellcheck(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("*.sh")
	if err != nil || len(scripts) < 6 {
		t.Fatalf("scripts %v: %v", scripts, err)
	}
	if out, err := exec.CommandContext(t.Context(), "shellcheck", scripts...).CombinedOutput(); err != nil {
		t.Errorf("shellcheck: %v\n%s", err, out)
	}
}

// TestStrangerActionlint has the workflows of docs/ci.md read by actionlint, with the actions of this repository beside them.
func TestStrangerActionlint(t *testing.T) {
	t.Parallel()
	s := newShop(t, t.TempDir(), map[string]string{"README.md": "x\n"})
	for name, action := range map[string]string{"msgdeploy": "../action.yml", "post": "post/action.yml"} {
		src, err := os.ReadFile(action)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(s.work, ".github", "actions", name, "action.yml"), string(src))
	}
	args := []string{"run", actionlint, "-no-color"}
	local := strings.NewReplacer("msgdeploy/msgdeploy/ci/post@main", "./.github/actions/post", "msgdeploy/msgdeploy@main", "./.github/actions/msgdeploy")
	for name, src := range files(t) {
		if strings.HasPrefix(name, ".github/workflows/") {
			path := filepath.Join(s.work, name)
			put(t, path, local.Replace(src))
			args = append(args, path)
		}
	}
	lint := func() (string, error) {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = s.work
		cmd.Env = append(os.Environ(), "GOFLAGS=")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := lint(); err != nil {
		t.Errorf("actionlint: %v\n%s", err, out)
	}
	// It does read the actions: an input that does not exist is found.
	put(t, filepath.Join(s.work, ".github", "actions", "post", "action.yml"), "name: x\ndescription: x\nruns: {using: composite, steps: []}\n")
	if out, err := lint(); err == nil || !strings.Contains(out, `input "stack" is not defined`) {
		t.Errorf("actionlint took an input that does not exist: %v\n%s", err, out)
	}
}

// TestStrangerPreCommit runs the hooks of docs/ci.md by pre-commit itself. What is not run is its
// installing of them, which is a `go install` of this repository.
func TestStrangerPreCommit(t *testing.T) {
	t.Parallel()
	const spec = "version: 1\nproject: shop\nqueues: {audit: {}}\nstacks: {local: {nats: {}}}\n"
	s := newShop(t, t.TempDir(), map[string]string{"msgdeploy.yaml": spec, "msgdeploy.schema.json": "{}\n"})
	manifest, err := os.ReadFile("../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	hooks := newShop(t, t.TempDir(), map[string]string{
		".pre-commit-hooks.yaml": strings.ReplaceAll(string(manifest), "language: golang", "language: system"),
	})
	config, ok := files(t)[".pre-commit-config.yaml"]
	if !ok {
		t.Fatal("docs/ci.md has no .pre-commit-config.yaml")
	}
	config = strings.NewReplacer("https://github.com/msgdeploy/msgdeploy", hooks.work, "main # write a commit", hooks.git(hooks.work, "rev-parse", "HEAD")).Replace(config)
	s.commit("main", map[string]string{".pre-commit-config.yaml": config})
	home := t.TempDir()
	preCommit := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "pre-commit", args...)
		cmd.Dir = s.work
		cmd.Env = append(os.Environ(), "PATH="+os.Getenv(builtIn)+":"+os.Getenv("PATH"), "HOME="+home, "PRE_COMMIT_HOME="+home, "GIT_CONFIG_GLOBAL=/dev/null", "NO_COLOR=1")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := preCommit("validate-manifest", filepath.Join(root(t), ".pre-commit-hooks.yaml")); err != nil {
		t.Errorf("validate-manifest: %v\n%s", err, out)
	}
	// The schema is not this version's: the hook writes it, which pre-commit counts as a failure.
	if out, err := preCommit("run", "--all-files"); err == nil || !strings.Contains(out, "files were modified by this hook") {
		t.Errorf("with an old schema: %v\n%s", err, out)
	}
	schema, err := os.ReadFile(filepath.Join(s.work, "msgdeploy.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../docs/msgdeploy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if string(schema) != string(want) {
		t.Error("the hook wrote another schema than docs/msgdeploy.schema.json")
	}
	s.git(s.work, "add", "-A")
	if out, err := preCommit("run", "--all-files"); err != nil {
		t.Errorf("with this version's schema: %v\n%s", err, out)
	}
	put(t, filepath.Join(s.work, "msgdeploy.yaml"), strings.Replace(spec, "audit", "Audit", 1))
	s.git(s.work, "add", "-A")
	if out, err := preCommit("run"); err == nil || !strings.Contains(out, "msgdeploy.yaml:3:") {
		t.Errorf("with a wrong spec: %v\n%s", err, out)
	}
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestStrangerModes: git keeps the scripts executable, for GitHub runs them from a checkout.
func TestStrangerModes(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "git", "ls-files", "-s", "--", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	var plain []string
	for line := range strings.Lines(string(out)) {
		if name := strings.TrimSpace(line[strings.Index(line, "\t"):]); strings.HasSuffix(name, ".sh") && !strings.HasPrefix(line, "100755") {
			plain = append(plain, name)
		}
	}
	if !slices.Equal(plain, []string{"lib.sh"}) {
		t.Errorf("scripts that cannot be executed: %v, want lib.sh, which is sourced", plain)
	}
}
