//go:build strangers

package ci_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/internal/actions"
	"github.com/msgdeploy/msgdeploy/internal/forge"
)

// spec is a spec with a stack prod on a cloud.
func spec(target, queues string) string {
	return fmt.Sprintf(`version: 1
project: shop
topics: {order-placed: {}}
queues: %s
services: {worker: {identity: {aws: {role: worker}, gcp: {member: "serviceAccount:w@acme-prod.iam.gserviceaccount.com"}, azure: {principalId: 11111111-1111-1111-1111-111111111111, type: ServicePrincipal}}}}
permissions: {worker: {dequeue: [audit]}}
stacks:
  prod: {%s}
`, queues, target)
}

// clouds are the workflows by OIDC, the stacks they deploy, and what their logins are given.
var clouds = map[string]struct {
	target      string
	preview, up map[string]string
}{
	"messaging-aws": {
		target:  `aws: {region: eu-west-1, account: "111122223333"}`,
		preview: map[string]string{"role-to-assume": "arn:aws:iam::111122223333:role/msgdeploy-preview", "aws-region": "eu-west-1"},
		up:      map[string]string{"role-to-assume": "arn:aws:iam::111122223333:role/msgdeploy-up", "aws-region": "eu-west-1"},
	},
	"messaging-google": {
		target: `gcp: {project: acme-prod, region: europe-west1}`,
		preview: map[string]string{
			"workload_identity_provider": "projects/123456789012/locations/global/workloadIdentityPools/github/providers/github",
			"service_account":            "msgdeploy-preview@acme-prod.iam.gserviceaccount.com",
		},
		up: map[string]string{
			"workload_identity_provider": "projects/123456789012/locations/global/workloadIdentityPools/github/providers/github",
			"service_account":            "msgdeploy-up@acme-prod.iam.gserviceaccount.com",
		},
	},
	"messaging-azure": {
		target:  `azure: {subscription: 00000000-0000-0000-0000-000000000000, location: westeurope, queues: serviceBus}`,
		preview: map[string]string{"client-id": "preview-id", "tenant-id": "tenant", "subscription-id": "subscription"},
		up:      map[string]string{"client-id": "up-id", "tenant-id": "tenant", "subscription-id": "subscription"},
	},
}

// TestStrangerClouds runs the workflows by OIDC: the preview on a pull request, then the plan
// of the merge and up, after approval, with that plan. There is no cloud here: the preview is
// made offline, and the rest is a rehearsal.
func TestStrangerClouds(t *testing.T) {
	t.Parallel()
	for name, cloud := range clouds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, os.Getenv(builtIn), map[string]string{"msgdeploy.yaml": spec(cloud.target, "{audit: {}}")})
			s.runner.Vars = map[string]string{
				"AZURE_TENANT_ID": "tenant", "AZURE_SUBSCRIPTION_ID": "subscription", "STATE_ACCOUNT": "state",
				"PREVIEW_CLIENT_ID": "preview-id", "UP_CLIENT_ID": "up-id",
			}
			w := workflow(t, name)
			pull := s.pull(7, false, map[string]string{"msgdeploy.yaml": spec(cloud.target, "{audit: {}, orders: {}}")})
			s.runner.Inputs["offline"] = "true"
			result := s.run(w, pull)
			succeeded(t, result, "preview")
			for _, job := range []string{"plan", "up"} {
				if result[job].Result != "skipped" {
					t.Errorf("%s ran on a pull request", job)
				}
			}
			comments := s.forge.Comments(7)
			if len(comments) != 1 || !strings.HasPrefix(comments[0].Body, marker+"<!-- msgdeploy:shop/prod -->\n") || !strings.Contains(comments[0].Body, "queue.orders") {
				t.Fatalf("comments: %v", comments)
			}
			if !strings.Contains(result["preview"].Summary, "queue.orders") {
				t.Errorf("the job's summary: %s", result["preview"].Summary)
			}
			logins(t, s, cloud.preview)

			delete(s.runner.Inputs, "offline")
			s.runner.Env = append(s.runner.Env, "MSGDEPLOY_SIMULATE=true")
			merged := s.commit("main", map[string]string{"msgdeploy.yaml": spec(cloud.target, "{audit: {}, orders: {}}")})
			s.runner.Approve = func(environment string) bool {
				if environment != "production" {
					t.Errorf("the environment is %s", environment)
				}
				return false
			}
			result = s.run(w, s.push(merged))
			succeeded(t, result, "plan")
			if result["up"].Result != "skipped" || result["preview"].Result != "skipped" {
				t.Errorf("up without approval: %s; preview: %s", result["up"].Result, result["preview"].Result)
			}
			logins(t, s, cloud.preview)

			s.runner.Approve = nil
			result = s.run(w, s.push(merged))
			succeeded(t, result, "plan")
			succeeded(t, result, "up")
			if log := result["up"].Log(); !strings.Contains(log, "created queue.orders") {
				t.Errorf("up has not made the queue:\n%s", log)
			}
			logins(t, s, cloud.preview, cloud.up)
			if refused := s.forge.Refused(); len(refused) != 0 {
				t.Errorf("the workflow lacks permissions for %v", refused)
			}
		})
	}
}

func succeeded(t *testing.T, result actions.Result, job string) {
	t.Helper()
	if result[job].Result != "success" {
		t.Fatalf("%s: %s\n%s", job, result[job].Result, result[job].Log())
	}
}

// logins compares what the clouds' actions were given since the last time.
func logins(t *testing.T, s *shop, want ...map[string]string) {
	t.Helper()
	var got []map[string]string
	for _, c := range s.logins {
		got = append(got, c.With)
	}
	s.logins = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("logins (-want +got):\n%s", diff)
	}
}

// TestStrangerGuard: what --fail-on names fails the job, and the comment says why.
func TestStrangerGuard(t *testing.T) {
	t.Parallel()
	cloud := clouds["messaging-aws"]
	s := newShop(t, os.Getenv(builtIn), map[string]string{"msgdeploy.yaml": spec(cloud.target, "{audit: {}, orders: {}}")})
	pull := s.pull(7, false, map[string]string{"msgdeploy.yaml": spec(cloud.target, "{audit: {}}")})
	w := workflow(t, "messaging-aws")
	w.Jobs["preview"].Steps[2].With["offline"] = "true"
	job := s.run(w, pull)["preview"]
	if job.Result != "failure" {
		t.Errorf("a queue is deleted, and the job succeeds:\n%s", job.Log())
	}
	if c := s.forge.Comments(7); len(c) != 1 || !strings.Contains(c[0].Body, "queue.orders") || !strings.Contains(c[0].Body, "data-loss") {
		t.Errorf("comments: %v", c)
	}
}

// TestStrangerChangedMeanwhile: a plan is for what it was made of, and up says what is otherwise.
func TestStrangerChangedMeanwhile(t *testing.T) {
	t.Parallel()
	cloud := clouds["messaging-aws"]
	s := newShop(t, os.Getenv(builtIn), map[string]string{"msgdeploy.yaml": spec(cloud.target, "{audit: {}}")})
	s.runner.Env = append(s.runner.Env, "MSGDEPLOY_SIMULATE=true")
	w := workflow(t, "messaging-aws")
	e := s.push(s.git(s.work, "rev-parse", "main"))
	later := s.commit("main", map[string]string{"msgdeploy.yaml": spec(cloud.target, "{audit: {}, orders: {}}")})
	plain := s.runner.Actions["actions/download-artifact"]
	s.runner.Actions["actions/download-artifact"] = func(ctx context.Context, c actions.Call) error {
		s.git(c.Workspace, "fetch", "-q", "origin", later)
		s.git(c.Workspace, "checkout", "-q", "--detach", later)
		return plain(ctx, c)
	}
	result := s.run(w, e)
	succeeded(t, result, "plan")
	if log := result["up"].Log(); result["up"].Result != "failure" || strings.Contains(log, "created queue.orders") || !strings.Contains(log, "plan") {
		t.Errorf("up of another spec: %s\n%s", result["up"].Result, log)
	}
}

// TestStrangerForks runs both workflows for forks, with the real msgdeploy between them.
func TestStrangerForks(t *testing.T) {
	t.Parallel()
	cloud := clouds["messaging-aws"]
	s := newShop(t, os.Getenv(builtIn), map[string]string{"msgdeploy.yaml": spec(cloud.target, "{audit: {}}")})
	s.runner.Secrets = map[string]string{"AWS_SECRET_ACCESS_KEY": "never-seen"}
	const hostile = "{audit: {}, orders: {description: \"@octocat <img src=x> [x](https://evil.example) `id` | #1\"}}"
	pull := s.pull(7, true, map[string]string{"msgdeploy.yaml": spec(cloud.target, hostile)})
	w := workflow(t, "messaging-fork")
	job := s.run(w, pull)["preview"]
	if job.Result != "success" {
		t.Fatalf("preview: %s\n%s", job.Result, job.Log())
	}
	if n := s.forge.Requests(); n != 0 {
		t.Errorf("the fork's run made %d requests", n)
	}
	post := s.run(workflow(t, "messaging-post"), after(pull, w.Name))["post"]
	if post.Result != "success" {
		t.Fatalf("post: %s\n%s", post.Result, post.Log())
	}
	comments := s.forge.Comments(7)
	if len(comments) != 1 || comments[0].Author != forge.Bot || !strings.Contains(comments[0].Body, "queue.orders") {
		t.Fatalf("comments: %v", comments)
	}
	for _, text := range []string{"@octocat", "<img", "](https://evil", "https://evil", "#1", "never-seen"} {
		if strings.Contains(comments[0].Body, text) {
			t.Errorf("the comment has %q:\n%s", text, comments[0].Body)
		}
	}
	if !strings.Contains(comments[0].Body, "<details>") || strings.Contains(comments[0].Body, "<\u2060") && !strings.Contains(comments[0].Body, "octocat") {
		t.Errorf("the report's own Markdown was broken:\n%s", comments[0].Body)
	}

	// A spec with errors is reported all the same.
	broken := s.pull(8, true, map[string]string{"msgdeploy.yaml": spec(cloud.target, "{Audit: {}}")})
	broken.RunID = 80
	if job := s.run(w, broken)["preview"]; job.Result != "failure" || strings.Count(job.Log(), "::error ") != 2 {
		t.Errorf("preview of a broken spec: %s\n%s", job.Result, job.Log())
	}
	succeeded(t, s.run(workflow(t, "messaging-post"), after(broken, w.Name)), "post")
	if c := s.forge.Comments(8); len(c) != 1 || !strings.Contains(c[0].Body, "The spec has 2 errors") {
		t.Errorf("comments: %v", c)
	}
	// This repository's own branches are previewed with the cloud.
	own := s.pull(9, false, map[string]string{"msgdeploy.yaml": spec(cloud.target, "{audit: {}, more: {}}")})
	if job := s.run(w, own)["preview"]; job.Result != "skipped" {
		t.Errorf("the workflow of forks ran for a branch of this repository: %s", job.Result)
	}
}

// TestStrangerInstall: the action builds msgdeploy of its own revision.
func TestStrangerInstall(t *testing.T) {
	t.Parallel()
	s := newShop(t, t.TempDir(), map[string]string{"msgdeploy.yaml": spec(clouds["messaging-aws"].target, "{audit: {}}")})
	s.runner.Inputs = nil
	s.runner.Actions["actions/setup-go"] = func(_ context.Context, c actions.Call) error {
		for _, file := range []string{c.With["go-version-file"], c.With["cache-dependency-path"]} {
			if _, err := os.Stat(file); err != nil {
				return err
			}
		}
		return nil
	}
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} {
		s.runner.Env = append(s.runner.Env, name+"="+goEnv(t, name))
	}
	w, err := actions.Parse([]byte(`
on: push
jobs:
  validate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v1
      - {id: it, uses: msgdeploy/msgdeploy@0123456789abcdef0123456789abcdef01234567, with: {command: validate}}
      - env: {CODE: "${{ steps.it.outputs.exit-code }}"}
        run: test "$CODE" = 0; msgdeploy version; command -v msgdeploy
`))
	if err != nil {
		t.Fatal(err)
	}
	job := s.run(w, s.push(s.git(s.work, "rev-parse", "main")))["validate"]
	if job.Result != "success" || !strings.Contains(job.Log(), "msgdeploy 0123456789abcdef0123456789abcdef01234567") {
		t.Errorf("validate: %s\n%s", job.Result, job.Log())
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
