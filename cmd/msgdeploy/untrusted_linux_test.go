package main

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/msgdeploy/msgdeploy/internal/gittree/gittreetest"
)

// TestUntrustedNowhere: a preview against a git revision runs where there is no network, no environment
// and no home directory, on every cloud.
func TestUntrustedNowhere(t *testing.T) {
	t.Parallel()
	shop, err := os.ReadFile(filepath.Join(corpus, "shop", "spec.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "msgdeploy.yaml"), string(shop))
	repository := gittreetest.Init(t, dir)
	repository.Commit("shop")
	repository.Branch("feature")
	write(t, filepath.Join(dir, "msgdeploy.yaml"), strings.Replace(string(shop), "  audit: {}", "  audit: {}\n  extra: {}", 1))
	for _, stack := range []string{"local", "staging", "prod", "eu"} {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(lonelyName, "preview", "--offline", "--base", "main", "-s", stack)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte("queue.extra")) || !bytes.Contains(out, []byte("to create")) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	t.Run("no loopback", func(t *testing.T) {
		t.Parallel()
		cmd := exec.Command(lonelyName, lonelier, "preview", "--offline", "--base", "main", "-s", "local")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err == nil || !bytes.Contains(out, []byte("ip link set lo up")) {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Cleanup(func() { // when all of them have ended
		if _, err := os.Stat(filepath.Join(dir, stateDir)); !os.IsNotExist(err) {
			t.Errorf("%s was made: %v", stateDir, err)
		}
	})
}

// TestUntrustedContactsNobody: whatever addresses a spec names, none of them hears of an offline preview,
// and the credentials that lie about are not used.
func TestUntrustedContactsNobody(t *testing.T) {
	t.Parallel()
	var heard atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			heard.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	dir := t.TempDir()
	hostile := strings.ReplaceAll(`version: 1
project: shop
topics: {news: {}}
queues: {jobs: {}}
services:
  mailer: {endpoint: "http://ADDRESS/events"}
  worker: {identity: {aws: {role: worker}, gcp: {member: "user:worker@example.com"}, azure: {principalId: 00000000-0000-0000-0000-000000000000}}}
subscriptions: {mails: {topic: news, to: {service: mailer}}}
permissions: {worker: {dequeue: [jobs], publish: [news]}}
stacks:
  aws: {aws: {region: eu-west-1, account: "111122223333", endpoint: "http://ADDRESS"}, state: STATE}
  gcp: {gcp: {project: acme-prod, region: europe-west1, endpoint: "http://ADDRESS"}, state: STATE}
  nats: {nats: {url: "nats://ADDRESS", credentials: ../secret.creds, signingKey: ../secret.nk}, state: STATE}
`, "ADDRESS", host)
	hostile = strings.ReplaceAll(hostile, "STATE", `{backend: "s3://state?endpoint=`+server.URL+`&region=eu-west-1&s3ForcePathStyle=true", secrets: "awskms://alias/x?endpoint=`+server.URL+`"}`)
	write(t, filepath.Join(dir, "base.yaml"), strings.Replace(hostile, "{jobs: {}}", "{jobs: {}, more: {}}", 1))
	write(t, filepath.Join(dir, "msgdeploy.yaml"), hostile)
	credentials := []string{
		"PATH=" + os.Getenv("PATH"), "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=secret-of-the-runner",
		"AWS_ENDPOINT_URL=" + server.URL, "PULUMI_CONFIG_PASSPHRASE=phrase-of-the-runner", "AWS_EC2_METADATA_DISABLED=true",
		"HTTP_PROXY=" + server.URL, "HTTPS_PROXY=" + server.URL,
	}
	for _, stack := range []string{"aws", "gcp", "nats"} {
		run := func(want int, args ...string) string {
			cmd := exec.Command("msgdeploy", append([]string{"preview", "--offline", "-s", stack}, args...)...)
			cmd.Dir, cmd.Env = dir, credentials
			out, err := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != want {
				t.Errorf("%s %q: exit %d, %v\n%s", stack, args, got, err, out)
			}
			return string(out)
		}
		if out := run(exitOK, "--base", "base.yaml"); !strings.Contains(out, "queue.more") {
			t.Errorf("%s: the queue that goes is not shown:\n%s", stack, out)
		}
		if out := run(exitRefused); !strings.Contains(out, "--backend s3://state") {
			t.Errorf("%s: it is not said how to go on:\n%s", stack, out)
		}
	}
	if n := heard.Load(); n > 0 {
		t.Errorf("somebody was contacted %d times", n)
	}

	// The listener hears who asks it: with the backend said by the user, it is asked.
	cmd := exec.Command("msgdeploy", "preview", "--offline", "-s", "aws", "--backend", "s3://state?endpoint="+server.URL+"&region=eu-west-1&s3ForcePathStyle=true")
	cmd.Dir, cmd.Env = dir, credentials
	_, _ = cmd.CombinedOutput() // what it answers is no state
	if heard.Load() == 0 {
		t.Error("the listener hears nothing at all: what did this test?")
	}
}

// TestUntrustedFiles: a branch's spec reads nothing outside of its directory, in either version, and a
// bomb of aliases does not go off.
func TestUntrustedFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const secret = "queues: {stolen-secret: {}}\n"
	write(t, filepath.Join(dir, "secret.yaml"), secret)
	write(t, filepath.Join(dir, "app", "good.yaml"), "version: 1\nproject: shop\nqueues: {jobs: {}}\nstacks: {local: {nats: {}}}\n")
	write(t, filepath.Join(dir, "app", "msgdeploy.yaml"), "version: 1\nproject: shop\ninclude: [team.yaml]\nqueues: {jobs: {}}\nstacks: {local: {nats: {}}}\n")
	if err := os.Symlink("../secret.yaml", filepath.Join(dir, "app", "team.yaml")); err != nil {
		t.Fatal(err)
	}
	bomb, err := os.ReadFile(filepath.Join(corpus, "alias-bomb", "spec.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "app", "bomb.yaml"), string(bomb))
	gittreetest.Init(t, dir).Commit("all")
	app := func(name string) string { return filepath.Join(dir, "app", name) }
	for _, c := range [][2]string{
		{app("msgdeploy.yaml"), app("good.yaml")}, {app("good.yaml"), app("msgdeploy.yaml")}, {app("msgdeploy.yaml"), "HEAD"},
		{app("bomb.yaml"), app("good.yaml")}, {app("good.yaml"), app("bomb.yaml")}, {app("bomb.yaml"), "HEAD"},
	} {
		doc, code, errs := compare(t, c[0], c[1])
		if code != exitSpec || strings.Contains(errs, "stolen-secret") || len(doc.Changes) > 0 {
			t.Errorf("%s against %s: exit %d\n%s", c[0], c[1], code, errs)
		}
	}
}
