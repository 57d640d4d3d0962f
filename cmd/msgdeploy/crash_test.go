package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/msgdeploy/msgdeploy/broker"
)

// TestKilledUp kills `up` of 200 elements with SIGKILL at many moments, and runs it again
// with no other command between: it converges, makes nothing twice and orphans nothing.
func TestKilledUp(t *testing.T) {
	t.Parallel()
	spec := crashSpec(50)
	want := deployed(t, upOnce(t, spec))
	// Each moment is a size of the journal, in entries: from before the first step to after the last.
	for _, moment := range []int{0, 1, 5, 20, 60, 120, 200, 300, 400, 500, 600, 100000} {
		t.Run(fmt.Sprintf("after %d entries", moment), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, "msgdeploy.yaml"), spec)
			killAt(t, dir, moment)
			msgdeploy(t, dir, 0, "up", "--yes")
			if diff := cmp.Diff(want, deployed(t, dir)); diff != "" {
				t.Errorf("what a killed and repeated up made (-want +got):\n%s", diff)
			}
			msgdeploy(t, dir, 0, "up", "--yes", "--expect-no-changes")
			msgdeploy(t, dir, 0, "destroy", "--yes")
			left, err := filepath.Glob(filepath.Join(dir, ".msgdeploy", "*", "local"))
			if err != nil || len(left) > 0 {
				t.Errorf("destroy left %v (%v)", left, err)
			}
		})
	}
}

// crashSpec has 4n elements of all kinds, with everything that needs more than one step.
func crashSpec(n int) string {
	var b strings.Builder
	b.WriteString("version: 1\nproject: crash\nstacks:\n  local: {nats: {}}\n")
	section := func(name, format string) {
		fmt.Fprintf(&b, "%s:\n", name)
		for i := range n {
			fmt.Fprintf(&b, "  "+format+"\n", i)
		}
	}
	section("topics", "topic-%02d: {}")
	section("queues", "queue-%02d: {}")
	section("subscriptions", "feed-%02[1]d: {topic: topic-%02[1]d, to: {queue: queue-%02[1]d}}")
	section("services", "service-%02d: {}")
	section("permissions", "service-%02[1]d: {publish: [topic-%02[1]d], dequeue: [queue-%02[1]d, queue-%02[1]d.deadLetter]}")
	return b.String()
}

func upOnce(t *testing.T, spec string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write(t, filepath.Join(dir, "msgdeploy.yaml"), spec)
	msgdeploy(t, dir, 0, "up", "--yes")
	return dir
}

// killAt starts `up` and kills it once its journal has that many entries, or lets it end.
func killAt(t *testing.T, dir string, entries int) {
	t.Helper()
	cmd := exec.Command("msgdeploy", "up", "--yes")
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // that it was killed is no news
	}()
	for {
		select {
		case <-ended:
			return
		case <-time.After(time.Millisecond):
		}
		if journalEntries(t, dir) >= entries {
			_ = cmd.Process.Kill() // it may just have ended by itself
			<-ended
			return
		}
	}
}

// journalEntries is the length of the running operation's journal, -1 before there is one.
func journalEntries(t *testing.T, dir string) int {
	t.Helper()
	journals, err := filepath.Glob(filepath.Join(dir, ".msgdeploy", "journal", "*.journal"))
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range journals {
		if b, err := os.ReadFile(j); err == nil {
			return bytes.Count(b, []byte("\n"))
		}
	}
	return -1
}

// deployed lists what is in the broker of a directory: streams, their consumers, accounts, credentials.
func deployed(t *testing.T, dir string) []string {
	t.Helper()
	store := filepath.Join(dir, ".msgdeploy", "nats", "local")
	b, err := broker.Open(t.Context(), broker.EmbeddedOptions{Dir: store, Wait: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Stop(t.Context()) //nolint:errcheck // the test only reads
	admin, err := broker.Dial(t.Context(), b.Access())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	var found []string
	streams := admin.JetStream.ListStreams(t.Context())
	for info := range streams.Info() {
		found = append(found, "stream "+info.Config.Name)
		found = append(found, consumers(t, admin.JetStream, info.Config.Name)...)
	}
	if err := streams.Err(); err != nil {
		t.Fatal(err)
	}
	claims, err := filepath.Glob(filepath.Join(store, "jwt", "*.jwt"))
	if err != nil {
		t.Fatal(err)
	}
	found = append(found, fmt.Sprintf("%d accounts", len(claims)))
	creds, err := filepath.Glob(filepath.Join(dir, ".msgdeploy", "credentials", "local", "*.creds"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range creds {
		found = append(found, "credentials "+filepath.Base(c))
	}
	slices.Sort(found)
	return found
}

func consumers(t *testing.T, js jetstream.JetStream, stream string) []string {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	list := s.ListConsumers(t.Context())
	for info := range list.Info() {
		if info.Config.Durable != "" { // the rest are the server's own, of sources
			found = append(found, "consumer "+stream+" "+info.Name)
		}
	}
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// msgdeploy runs the command in dir and wants that exit code; it returns what was printed.
func msgdeploy(t *testing.T, dir string, code int, args ...string) (stdout string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command("msgdeploy", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	err := cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("msgdeploy %s: exit %d (%v), want %d\n%s%s", strings.Join(args, " "), got, err, code, &out, &errs)
	}
	return out.String()
}

// startDev runs `msgdeploy dev` until the test ends, and returns once its broker answers.
func startDev(t *testing.T, dir string) {
	t.Helper()
	var out lockedBuffer
	cmd := exec.Command("msgdeploy", "dev")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // its output says why
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-ended
	})
	for {
		select {
		case <-ended:
			t.Fatalf("dev ended: %s", out.String())
		case <-time.After(20 * time.Millisecond):
		}
		if holders, _ := filepath.Glob(filepath.Join(dir, ".msgdeploy", "nats", "*", "broker.json")); len(holders) > 0 {
			return
		}
	}
}
