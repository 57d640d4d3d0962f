//go:build strangers

package main

import (
	"bytes"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// TestStrangerStockCLI: the stock CLI and msgdeploy take turns on one stack, in a bucket and in a directory.
func TestStrangerStockCLI(t *testing.T) {
	backend := s3mem.New()
	if err := backend.CreateBucket("state"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "example")
	t.Setenv("PULUMI_CONFIG_PASSPHRASE", "correct horse")
	pulumi := stranger(t, "pulumi")
	t.Run("s3", func(t *testing.T) {
		q := url.Values{"endpoint": {server.URL}, "region": {"eu-west-1"}, "s3ForcePathStyle": {"true"},
			"response_checksum_validation": {"when_required"}}
		stockCLI(t, pulumi, "s3://state?"+q.Encode(), func(key string, data []byte) error {
			_, err := backend.PutObject("state", key, nil, bytes.NewReader(data), int64(len(data)), nil)
			return err
		})
	})
	t.Run("file", func(t *testing.T) {
		dir := t.TempDir()
		stockCLI(t, pulumi, "file://"+dir, func(key string, data []byte) error {
			return os.WriteFile(filepath.Join(dir, filepath.FromSlash(key)), data, 0o600)
		})
	})
}

// stockCLI takes turns with the stock CLI on a stack at a backend, which put writes to behind both.
func stockCLI(t *testing.T, cli, at string, put func(key string, data []byte) error) {
	t.Setenv("MSGDEPLOY_BACKEND", at)
	home := t.TempDir()
	const stack = "organization/shop/local"
	stock := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(cli, args...)
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), "PULUMI_BACKEND_URL="+at, "PULUMI_HOME="+home, "PULUMI_SKIP_UPDATE_CHECK=true")
		var complaints strings.Builder
		cmd.Stderr = &complaints
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("pulumi %s: %v\n%s%s", strings.Join(args, " "), err, out, complaints.String())
		}
		return string(out)
	}
	dir := upOnce(t, strangersSpec)
	var stacks []struct{ Name string }
	decode(t, []byte(stock("stack", "ls", "--all", "--json")), &stacks)
	if len(stacks) != 1 || stacks[0].Name != stack {
		t.Errorf("pulumi stack ls = %+v, want %s", stacks, stack)
	}

	// What it exports it can import again, and then we see no change.
	file := filepath.Join(t.TempDir(), "state.json")
	stock("stack", "export", "-s", stack, "--file", file)
	stock("stack", "import", "-s", stack, "--file", file)
	if out := msgdeploy(t, dir, 0, "up", "--yes", "--expect-no-changes"); !strings.Contains(out, "no changes") {
		t.Errorf("up after pulumi stack import:\n%s", out)
	}

	// A lock holds us up until its cancel removes it.
	lock := `{"pid":1,"username":"ann","hostname":"elsewhere","timestamp":"2026-11-28T10:00:00Z"}`
	if err := put(".pulumi/locks/"+stack+"/someone.json", []byte(lock)); err != nil {
		t.Fatal(err)
	}
	msgdeploy(t, dir, exitLocked, "up", "--yes")
	stock("cancel", "-s", stack, "--yes")
	msgdeploy(t, dir, 0, "destroy", "--yes")
	var history []struct{ Kind, Result string }
	decode(t, []byte(stock("stack", "history", "-s", stack, "--json")), &history)
	var kinds []string
	for _, h := range history {
		kinds = append(kinds, h.Kind+" "+h.Result)
	}
	if diff := cmp.Diff([]string{"destroy succeeded", "update succeeded"}, kinds); diff != "" {
		t.Errorf("pulumi stack history (-want +got):\n%s", diff)
	}
	stock("stack", "rm", "-s", stack, "--yes")
	if out := msgdeploy(t, dir, 0, "stacks"); strings.Contains(out, "local") {
		t.Errorf("stacks after pulumi stack rm:\n%s", out)
	}
}
