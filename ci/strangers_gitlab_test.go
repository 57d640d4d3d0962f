//go:build strangers

package ci_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// pipeline is a .gitlab-ci.yml after its includes: the jobs as GitLab merges them.
type pipeline map[string]any

// gitlab returns the pipeline of docs/ci.md, with ci/gitlab.yml included.
func gitlab(t *testing.T) pipeline {
	t.Helper()
	template, err := os.ReadFile("gitlab.yml")
	if err != nil {
		t.Fatal(err)
	}
	own, ok := files(t)[".gitlab-ci.yml"]
	if !ok || !strings.Contains(own, "/ci/gitlab.yml") {
		t.Fatal("docs/ci.md has no .gitlab-ci.yml that includes ci/gitlab.yml")
	}
	all := map[string]any{}
	for _, src := range []string{string(template), own} {
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(src), &n); err != nil {
			t.Fatal(err)
		}
		referTo(&n)
		var jobs map[string]any
		if err := n.Decode(&jobs); err != nil {
			t.Fatal(err)
		}
		all = merge(all, jobs)
	}
	return all
}

// referTo turns each `!reference [job, key]` into a mapping that script finds again.
func referTo(n *yaml.Node) {
	if n.Tag == "!reference" {
		job, key := n.Content[0], n.Content[1]
		*n = yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: "job"}, job, {Kind: yaml.ScalarNode, Value: "key"}, key}}
	}
	for _, c := range n.Content {
		referTo(c)
	}
}

// merge merges mappings, and replaces all else.
func merge(under, over map[string]any) map[string]any {
	out := maps.Clone(under)
	for key, value := range over {
		a, isMap := out[key].(map[string]any)
		b, both := value.(map[string]any)
		if isMap && both {
			value = merge(a, b)
		}
		out[key] = value
	}
	return out
}

// job returns a job with what it extends, later ones over earlier ones.
func (p pipeline) job(name string) map[string]any {
	own := object(p[name])
	out := map[string]any{}
	for _, base := range list(own["extends"]) {
		out = merge(out, p.job(base.(string)))
	}
	return merge(out, own)
}

// script returns the lines of a job's script or before_script, references resolved.
func (p pipeline) script(job map[string]any, key string) []string {
	var lines []string
	for _, line := range list(job[key]) {
		if ref, ok := line.(map[string]any); ok {
			lines = append(lines, p.script(p.job(ref["job"].(string)), ref["key"].(string))...)
			continue
		}
		lines = append(lines, line.(string))
	}
	return lines
}

func object(v any) map[string]any {
	if m, ok := v.(map[string]any); ok {
		return m
	}
	return map[string]any{}
}

// list is a list that may be written as one word.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

// run runs a job as GitLab's shell executor does, in a clone at a commit, and returns what it printed.
func (p pipeline) run(t *testing.T, s *shop, name, commit string, variables map[string]string, artifacts ...string) (string, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	s.git(s.work, "clone", "-q", "file://"+s.origin, dir)
	s.git(dir, "fetch", "-q", "origin", "+refs/pull/*:refs/remotes/pull/*")
	s.git(dir, "checkout", "-q", "--detach", commit)
	for _, a := range artifacts {
		content, err := os.ReadFile(a)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, filepath.Base(a)), string(content))
	}
	job := p.job(name)
	all := map[string]string{"CI": "true", "CI_PROJECT_DIR": dir, "PATH": os.Getenv(builtIn) + ":" + os.Getenv("PATH"), "HOME": dir}
	for _, v := range []any{p["variables"], job["variables"]} {
		for key, value := range object(v) {
			all[key] = os.Expand(fmt.Sprint(value), func(name string) string { return all[name] })
		}
	}
	for token := range object(job["id_tokens"]) {
		all[token] = "header.payload.signature"
	}
	maps.Copy(all, variables)
	script := "set -eo pipefail\n" + strings.Join(slices.Concat(p.script(job, "before_script"), p.script(job, "script")), "\n")
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
	cmd.Dir = dir
	for key, value := range all {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return dir, string(out)
}

// runsOn says whether GitLab would add a job to a pipeline with these variables.
func (p pipeline) runsOn(t *testing.T, name string, variables map[string]string) bool {
	t.Helper()
	rule := regexp.MustCompile(`^\$(\w+) == ("[^"]*"|\$\w+)$`)
	for _, r := range list(p.job(name)["rules"]) {
		m := rule.FindStringSubmatch(object(r)["if"].(string))
		if m == nil {
			t.Fatalf("%s has a rule that is not understood here: %v", name, r)
		}
		want := strings.Trim(m[2], `"`)
		if variable, ok := strings.CutPrefix(m[2], "$"); ok {
			want = variables[variable]
		}
		if variables[m[1]] == want {
			return true
		}
	}
	return false
}

// TestStrangerGitLab runs the jobs of the template, in a merge request and on the default branch.
func TestStrangerGitLab(t *testing.T) {
	t.Parallel()
	const spec = "version: 1\nproject: shop\nqueues: {audit: {retention: 4d}}\nstacks: {prod: {nats: {}}}\n"
	s := newShop(t, os.Getenv(builtIn), map[string]string{"msgdeploy.yaml": spec})
	p := gitlab(t)
	base := s.git(s.work, "rev-parse", "main")
	head := s.commit("change", map[string]string{"msgdeploy.yaml": strings.Replace(spec, "{audit: {retention: 4d}}", "{audit: {retention: 4d}, orders: {}}", 1)})

	request := map[string]string{"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_DEFAULT_BRANCH": "main"}
	onMain := map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}
	branch := map[string]string{"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "dev", "CI_DEFAULT_BRANCH": "main"}
	for job, want := range map[string][3]bool{
		"msgdeploy:validate": {true, true, false}, "msgdeploy:preview": {true, false, false},
		"msgdeploy:plan": {false, true, false}, "msgdeploy:up": {false, true, false},
	} {
		if got := [3]bool{p.runsOn(t, job, request), p.runsOn(t, job, onMain), p.runsOn(t, job, branch)}; got != want {
			t.Errorf("%s runs in a merge request, on main, on a branch: %v, want %v", job, got, want)
		}
	}

	p.run(t, s, "msgdeploy:validate", head, request)
	dir, log := p.run(t, s, "msgdeploy:preview", head, request)
	if !strings.Contains(log, "queue.orders") || strings.Contains(log, "queue.audit:") {
		t.Errorf("the log of the preview:\n%s", log)
	}
	reports := object(object(p.job("msgdeploy:preview")["artifacts"])["reports"])
	report, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(reports["terraform"])))
	if err != nil {
		t.Fatal(err)
	}
	var counts map[string]int
	if err := json.Unmarshal(report, &counts); err != nil || counts["create"] == 0 || counts["delete"] != 0 || len(counts) != 3 {
		t.Errorf("the widget's report is %s: %v", report, err)
	}
	if page, err := os.ReadFile(filepath.Join(dir, "msgdeploy-preview.html")); err != nil || !strings.Contains(string(page), "queue.orders") {
		t.Errorf("the page lacks the queue: %v", err)
	}

	if when := object(list(p.job("msgdeploy:up")["rules"])[0])["when"]; when != "manual" {
		t.Errorf("up begins by itself: when: %v", when)
	}
	dir, _ = p.run(t, s, "msgdeploy:plan", head, onMain)
	if token, err := os.ReadFile(dir + ".aws-token"); err != nil || string(token) != "header.payload.signature" {
		t.Errorf("the identity's token: %q, %v", token, err)
	}
	if _, log := p.run(t, s, "msgdeploy:up", head, onMain, filepath.Join(dir, "msgdeploy-plan.json")); !strings.Contains(log, "created queue.orders") {
		t.Errorf("the log of up:\n%s", log)
	}
}
