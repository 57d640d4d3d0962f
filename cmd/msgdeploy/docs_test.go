package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDocs runs the documentation. In each page, a block
//
//	```yaml msgdeploy.yaml
//
// is a file, and each `$ command` of a ```console block is run where the files are; what
// follows it is what it prints, standard error included. A command that ends in `&` goes
// on until the page ends. `go test -update` rewrites what the commands print.
func TestDocs(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../../README.md") {
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			got := runPage(t, string(src))
			if *update && got != string(src) {
				if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(src), got); diff != "" {
				t.Errorf("the page says otherwise than the commands (-page +commands):\n%s", diff)
			}
		})
	}
}

// runPage returns the page with what its commands print now.
func runPage(t *testing.T, page string) string {
	dir := t.TempDir()
	var out strings.Builder
	lines := strings.SplitAfter(page, "\n")
	for i := 0; i < len(lines); {
		open := lines[i]
		out.WriteString(open)
		i++
		lang, name, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(open, "```")), " ")
		if !strings.HasPrefix(open, "```") || lang == "" {
			continue
		}
		start := i
		for i < len(lines) && !strings.HasPrefix(lines[i], "```") {
			i++
		}
		body := lines[start:i]
		if lang == "console" {
			body = runBlock(t, dir, body)
		} else if name != "" {
			write(t, filepath.Join(dir, name), strings.Join(body, ""))
		}
		out.WriteString(strings.Join(body, ""))
		if i < len(lines) {
			out.WriteString(lines[i]) // the closing fence
			i++
		}
	}
	return out.String()
}

// runBlock runs the commands of one block and returns it with what they print now.
func runBlock(t *testing.T, dir string, block []string) []string {
	var out []string
	for i := 0; i < len(block); {
		command := block[i]
		i++
		if !strings.HasPrefix(command, "$ ") {
			t.Fatalf("a console block begins with %q, not with a command", command)
		}
		start := i
		for i < len(block) && !strings.HasPrefix(block[i], "$ ") {
			i++
		}
		expected := block[start:i]
		out = append(out, command)
		printed := runLine(t, dir, strings.TrimSpace(strings.TrimPrefix(command, "$ ")), len(expected))
		out = append(out, strings.SplitAfter(printed, "\n")...)
		if last := len(out) - 1; out[last] == "" {
			out = out[:last]
		}
	}
	return out
}

func runLine(t *testing.T, dir, line string, expected int) string {
	var buf lockedBuffer
	line, background := strings.CutSuffix(line, " &")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "sh", "-c", "exec "+line)
	if strings.ContainsAny(line, "|;") {
		cmd = exec.CommandContext(ctx, "sh", "-c", line)
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &buf, &buf
	cmd.Env = append(os.Environ(), "HOME="+dir, "CI=", "NO_COLOR=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if !background {
		if err := cmd.Wait(); err != nil {
			var failed *exec.ExitError
			if !asExit(err, &failed) {
				t.Fatalf("%s: %v", line, err)
			}
			fmt.Fprintf(&buf, "exit %d\n", failed.ExitCode())
		}
		return settle(dir, buf.String())
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		if err := cmd.Wait(); err != nil {
			t.Logf("%s: %v", line, err)
		}
	})
	// What the page shows is what there is to wait for; an updated page takes what comes within a moment.
	deadline := time.Now().Add(30 * time.Second)
	if *update {
		deadline = time.Now().Add(3 * time.Second)
	}
	for time.Now().Before(deadline) && (*update || strings.Count(buf.String(), "\n") < expected) {
		time.Sleep(20 * time.Millisecond)
	}
	return settle(dir, buf.String())
}

func asExit(err error, target **exec.ExitError) bool {
	e, ok := err.(*exec.ExitError) //nolint:errorlint // Wait returns it unwrapped
	*target = e
	return ok
}

// variable is what differs from run to run, and what a page shows in its place.
var variable = []struct {
	pattern *regexp.Regexp
	shown   string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:4222"},
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), "5d8f2c0e9b7a4163a1e0c2d4f6b8a901"}, // an event's id
	{regexp.MustCompile(`process \d+`), "process 4711"},
}

func settle(dir, text string) string {
	text = strings.ReplaceAll(text, dir, "/home/you/shop")
	for _, v := range variable {
		text = v.pattern.ReplaceAllString(text, v.shown)
	}
	return inOrder(text)
}

var progress = regexp.MustCompile(`^\[\d+(/\d+\] .*)`)

// inOrder sorts each run of progress lines and counts it anew: steps that do not wait for
// each other end in any order.
func inOrder(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i := 0; i < len(lines); i++ {
		start := i
		var steps []string
		for i < len(lines) && progress.MatchString(lines[i]) {
			steps = append(steps, progress.FindStringSubmatch(lines[i])[1])
			i++
		}
		slices.Sort(steps)
		for n, step := range steps {
			lines[start+n] = fmt.Sprintf("[%d%s\n", n+1, step)
		}
	}
	return strings.Join(lines, "")
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// lockedBuffer is written by a process that is still running while it is read.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
