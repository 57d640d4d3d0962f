package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// cutOff returns a directory in which an up of 40 elements was killed, and left its journal.
func cutOff(t *testing.T) string {
	t.Helper()
	for range 20 { // an up may come to its end before it is killed
		dir := t.TempDir()
		write(t, filepath.Join(dir, "msgdeploy.yaml"), crashSpec(10))
		killAt(t, dir, 20)
		if journalEntries(t, dir) > 0 {
			return dir
		}
	}
	t.Fatal("each up came to its end before it could be killed")
	return ""
}

// refused runs the command and wants that exit code and these words on standard error.
func refused(t *testing.T, dir string, code int, words []string, args ...string) {
	t.Helper()
	var errs bytes.Buffer
	cmd := exec.Command("msgdeploy", args...)
	cmd.Dir, cmd.Stderr = dir, &errs
	err := cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Errorf("msgdeploy %s: exit %d (%v), want %d\n%s", strings.Join(args, " "), got, err, code, &errs)
	}
	for _, word := range words {
		if !strings.Contains(errs.String(), word) {
			t.Errorf("msgdeploy %s does not say %q:\n%s", strings.Join(args, " "), word, &errs)
		}
	}
}

// TestRecoverCommand goes the way of an on-call engineer after a run that was killed.
func TestRecoverCommand(t *testing.T) {
	t.Parallel()
	dir := cutOff(t)
	if out := msgdeploy(t, dir, 0, "stacks", "list"); !strings.Contains(out, "interrupted") && !strings.Contains(out, "locked") {
		t.Errorf("stacks list does not tell of the journal:\n%s", out)
	}
	refused(t, dir, 0, []string{"was cut off"}, "preview")
	refused(t, dir, 0, []string{"was cut off", "is up to date"}, "stacks", "recover", "local")
	refused(t, dir, 0, []string{"nothing was cut off"}, "stacks", "recover", "local")
	msgdeploy(t, dir, 0, "up", "--yes")
	msgdeploy(t, dir, 0, "up", "--yes", "--expect-no-changes")
}

// TestRecoverCommandChooses does the same where the journal does not fit the state.
func TestRecoverCommandChooses(t *testing.T) {
	t.Parallel()
	dir := cutOff(t)
	state := filepath.Join(dir, ".msgdeploy", ".pulumi", "stacks", "crash", "local.json")
	write(t, state, `{"version":3,"checkpoint":{"stack":"organization/crash/local","latest":{"manifest":{"time":"2026-01-02T03:04:05Z","magic":"","version":""}}}}`)
	both := []string{"--keep state", "--keep journal", "sha256:", "the up by"}
	refused(t, dir, 4, both, "up", "--yes")
	refused(t, dir, 4, append(both, "no state", "resources"), "stacks", "recover", "local")
	refused(t, dir, 0, []string{"is what the journal says", "backups"}, "stacks", "recover", "local", "--keep", "journal")
	msgdeploy(t, dir, 0, "up", "--yes")
	if left, err := filepath.Glob(filepath.Join(dir, ".msgdeploy", "journal", "*.journal")); err != nil || len(left) > 0 {
		t.Errorf("there is a journal still: %v, %v", left, err)
	}
	if _, err := os.Stat(state + ".bak"); err != nil {
		t.Errorf("the state before: %v", err)
	}
}
