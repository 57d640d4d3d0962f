//go:build strangers

package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The strangers are programs that nobody here wrote. They are built from source by
// `make strangers`, which takes minutes on a cold machine, hence the build tag.

const strangersSpec = `version: 1
project: shop
topics: {user-created: {}}
queues: {transactions: {lease: 2s}, audit: {}}
services: {signup: {}, worker: {}}
permissions:
  signup: {publish: [user-created], enqueue: [transactions]}
  worker: {dequeue: [transactions]}
stacks: {local: {nats: {}}}
`

// stranger builds the tools of internal/strangers and returns the path of one.
func stranger(t *testing.T, name string) string {
	t.Helper()
	bin := t.TempDir()
	cmd := exec.Command("go", "build", "-o", bin, "tool")
	cmd.Dir = "../../internal/strangers"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	return filepath.Join(bin, name)
}

// TestStrangerPulumi: the state is one that the stock CLI lists, exports and opens.
func TestStrangerPulumi(t *testing.T) {
	pulumi := stranger(t, "pulumi")
	dir := upOnce(t, strangersSpec)
	run := func(args ...string) []byte {
		t.Helper()
		cmd := exec.Command(pulumi, args...)
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(),
			"PULUMI_BACKEND_URL=file://"+filepath.Join(dir, ".msgdeploy"),
			"PULUMI_CONFIG_PASSPHRASE_FILE="+filepath.Join(dir, ".msgdeploy", "key"),
			"PULUMI_HOME="+t.TempDir(), "PULUMI_SKIP_UPDATE_CHECK=true")
		out, err := cmd.Output()
		if err != nil {
			var failed *exec.ExitError
			if errors.As(err, &failed) {
				t.Logf("%s", failed.Stderr)
			}
			t.Fatalf("pulumi %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return out
	}
	const stack = "organization/shop/local"
	var stacks []struct{ Name string }
	decode(t, run("stack", "ls", "--all", "--json"), &stacks)
	if len(stacks) != 1 || stacks[0].Name != stack {
		t.Errorf("pulumi stack ls = %+v, want %s", stacks, stack)
	}
	var state struct {
		Deployment struct{ Resources []struct{ Type string } }
	}
	decode(t, run("stack", "export", "-s", stack), &state)
	streams := 0
	for _, r := range state.Deployment.Resources {
		if r.Type == "nats:index:Stream" {
			streams++
		}
	}
	if streams < 3 {
		t.Errorf("pulumi stack export has %d streams, want at least 3", streams)
	}
	var outputs struct{ Credentials map[string]string }
	decode(t, run("stack", "output", "-s", stack, "--json", "--show-secrets"), &outputs)
	creds, err := os.ReadFile(filepath.Join(dir, ".msgdeploy", "credentials", "local", "signup.creds"))
	if err != nil {
		t.Fatal(err)
	}
	if outputs.Credentials["signup"] != string(creds) {
		t.Error("pulumi stack output --show-secrets does not open the credentials")
	}
	if strings.Contains(string(run("stack", "output", "-s", stack, "--json")), "NKEY SEED") {
		t.Error("pulumi stack output shows a seed without --show-secrets")
	}
	var history []struct{ Kind, Result string }
	decode(t, run("stack", "history", "-s", stack, "--json"), &history)
	if len(history) != 1 || history[0].Kind != "update" || history[0].Result != "succeeded" {
		t.Errorf("pulumi stack history = %+v, want one successful update", history)
	}
}

// TestStrangerPulumiTakesExports: the stock CLI imports what msgdeploy exports, and the other way around.
func TestStrangerPulumiTakesExports(t *testing.T) {
	pulumi := stranger(t, "pulumi")
	dir := upOnce(t, strangersSpec)
	msgdeploy(t, dir, 0, "stacks", "export", "local", "-o", "ours.json")
	home, elsewhere, project := t.TempDir(), t.TempDir(), t.TempDir()
	write(t, filepath.Join(project, "Pulumi.yaml"), "name: shop\nruntime: yaml\n")
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command(pulumi, args...)
		cmd.Dir = project
		cmd.Env = append(os.Environ(), "PULUMI_BACKEND_URL=file://"+elsewhere,
			"PULUMI_CONFIG_PASSPHRASE_FILE="+filepath.Join(dir, ".msgdeploy", "key"),
			"PULUMI_HOME="+home, "PULUMI_SKIP_UPDATE_CHECK=true")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("pulumi %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	const stack = "organization/shop/local"
	run("stack", "init", stack)
	run("stack", "import", "-s", stack, "--file", filepath.Join(dir, "ours.json"))
	run("stack", "export", "-s", stack, "--file", filepath.Join(dir, "theirs.json"))
	msgdeploy(t, dir, 0, "stacks", "import", "local", "theirs.json", "--yes")
	msgdeploy(t, dir, 0, "up", "--yes", "--expect-no-changes")
}

// TestStrangerNATS: the nats CLI can do with a service's credentials what the spec allows it, and nothing else.
func TestStrangerNATS(t *testing.T) {
	cli := stranger(t, "nats")
	dir := upOnce(t, strangersSpec)
	startDev(t, dir)
	var out struct {
		URL, APIPrefix string
		Topics         map[string]struct{ Subject string }
		Queues         map[string]struct{ Subject, Stream, Consumer string }
		Services       map[string]struct{ Credentials, InboxPrefix string }
	}
	decode(t, []byte(msgdeploy(t, dir, 0, "outputs", "-o", "json")), &out)
	as := func(service string, args ...string) (string, error) {
		s := out.Services[service]
		creds := s.Credentials
		if !filepath.IsAbs(creds) {
			creds = filepath.Join(dir, creds)
		}
		cmd := exec.Command(cli, append([]string{
			"--server", out.URL, "--creds", creds,
			"--js-api-prefix", out.APIPrefix, "--inbox-prefix", s.InboxPrefix, "--timeout", "2s",
		}, args...)...)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir())
		text, err := cmd.CombinedOutput()
		return string(text), err
	}
	topic, queue := out.Topics["user-created"].Subject, out.Queues["transactions"]
	allowed := func(service, want string, args ...string) {
		t.Helper()
		if text, err := as(service, args...); err != nil || !strings.Contains(text, want) {
			t.Errorf("nats %s as %s: %v, want %q in:\n%s", strings.Join(args, " "), service, err, want, text)
		}
	}
	refused := func(service string, args ...string) {
		t.Helper()
		text, _ := as(service, args...)
		if strings.Contains(text, `"seq"`) || strings.Contains(text, "Messages:") || strings.Contains(text, "Acknowledged") {
			t.Errorf("nats %s as %s went through:\n%s", strings.Join(args, " "), service, text)
		}
	}
	allowed("signup", `"stream"`, "request", "--raw", topic, `{"specversion":"1.0"}`)
	allowed("signup", `"seq"`, "request", "--raw", queue.Subject, "job-1")
	allowed("worker", "job-1", "consumer", "next", queue.Stream, queue.Consumer, "--no-ack")
	allowed("worker", "job-1", "consumer", "next", queue.Stream, queue.Consumer, "--ack", "--wait", "5s") // the lease of 2 s has expired
	refused("worker", "request", "--raw", topic, "x")
	refused("worker", "request", "--raw", queue.Subject, "x")
	refused("signup", "consumer", "next", queue.Stream, queue.Consumer)
	refused("worker", "consumer", "next", out.Queues["audit"].Stream, out.Queues["audit"].Consumer)
	refused("worker", "stream", "purge", "-f", queue.Stream)
	refused("worker", "stream", "info", queue.Stream)
}

func decode(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%v in:\n%s", err, data)
	}
}
