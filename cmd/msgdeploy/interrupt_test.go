package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Who interrupts before anything has begun gets 130 of every operation, and not "no changes".
func TestInterruptedBefore(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"preview", "--detailed-exitcode"}, {"preview", "--offline", "--detailed-exitcode"}, {"preview", "--expect-no-changes", "-o", "json"},
		{"refresh", "--detailed-exitcode"}, {"refresh", "--yes"}, {"up", "--expect-no-changes"}, {"up", "--yes"}, {"destroy", "--yes"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "msgdeploy.yaml")
			write(t, file, planSpec)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			a, stdout, stderr := testApp("", nil)
			if code := a.run(ctx, append(args, "-f", file)); code != exitInterrupted {
				t.Errorf("exit code %d, want %d\n%s%s", code, exitInterrupted, stdout, stderr)
			}
		})
	}
}

// trigger is a stream that calls once it has seen a text.
type trigger struct {
	mu   sync.Mutex
	seen bytes.Buffer
	text string
	call func()
}

func (w *trigger) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen.Write(p)
	if w.call != nil && strings.Contains(w.seen.String(), w.text) {
		w.call()
		w.call = nil
	}
	return len(p), nil
}

// Who interrupts in the middle gets 130, with what was done in the state; the same again goes on.
func TestInterruptedDuring(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "msgdeploy.yaml")
	text := &strings.Builder{}
	text.WriteString("version: 1\nproject: shop\nstacks: {local: {nats: {}}}\ntopics:\n")
	for i := range 300 {
		fmt.Fprintf(text, "  topic-%03d: {}\n", i)
	}
	write(t, file, text.String())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a, _, _ := testApp("", nil)
	noted := &trigger{text: "[1/", call: cancel}
	a.stderr = noted
	if code := a.run(ctx, []string{"up", "--yes", "--parallel", "1", "-f", file}); code != exitInterrupted {
		t.Fatalf("exit code %d, want %d\n%s", code, exitInterrupted, &noted.seen)
	}
	for _, step := range []struct {
		args []string
		code int
	}{
		{[]string{"preview", "--detailed-exitcode"}, exitPending},
		{[]string{"up", "--yes"}, exitOK},
		{[]string{"preview", "--detailed-exitcode"}, exitOK},
		{[]string{"destroy", "--yes"}, exitOK},
	} {
		a, stdout, stderr := testApp("", nil)
		if code := a.run(t.Context(), append(step.args, "-f", file)); code != step.code {
			t.Fatalf("%v: exit code %d, want %d\n%s%s", step.args, code, step.code, stdout, stderr)
		}
	}
}
