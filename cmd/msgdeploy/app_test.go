package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
)

// testApp is an app whose streams are buffers and whose environment is env.
func testApp(stdin string, env map[string]string) (a *app, stdout, stderr *bytes.Buffer) {
	a, stdout, stderr = newApp(nil), &bytes.Buffer{}, &bytes.Buffer{}
	a.stdin, a.stdout, a.stderr = bufio.NewReader(strings.NewReader(stdin)), stdout, stderr
	a.asks, a.terminal, a.stdoutTerminal, a.width = false, false, false, 0
	a.lookupEnv = func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}
	return a, stdout, stderr
}

// TestInterruptedStdin: who types a spec, or sends one that never ends, can still interrupt.
func TestInterruptedStdin(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"validate", "-f", "-"}, {"preview", "-f", "-"}, {"init", "--from", "-", t.TempDir()}} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			reader, writer := io.Pipe()
			t.Cleanup(func() { _ = writer.Close() })
			a, _, stderr := testApp("", nil)
			a.stdin = bufio.NewReader(reader)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				// The command reads: what is written has arrived.
				_, _ = writer.Write([]byte("version: 1\n"))
				cancel()
			}()
			if code := a.run(ctx, args); code != exitInterrupted {
				t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, stderr)
			}
		})
	}
}
