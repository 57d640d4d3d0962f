package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"golang.org/x/term"

	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/aws"
	"github.com/msgdeploy/msgdeploy/providers/azure"
	"github.com/msgdeploy/msgdeploy/providers/gcp"
	"github.com/msgdeploy/msgdeploy/providers/nats"
	"github.com/msgdeploy/msgdeploy/report"
	"github.com/msgdeploy/msgdeploy/spec"
	"github.com/msgdeploy/msgdeploy/standin"
)

// app is what the commands have of the world around them. It is made once, in
// main, and passed along; nothing else reads the environment or the streams.
type app struct {
	stdin  *bufio.Reader
	stdout io.Writer // data, and nothing else
	stderr io.Writer
	// asks is set when questions can be asked: input and error output are a terminal.
	asks bool
	// terminal is set when error output is one.
	terminal bool
	// width is that of the terminal in columns; 0 where lines cannot be rewritten.
	width int
	// stdoutTerminal is set when data goes to a terminal.
	stdoutTerminal bool
	lookupEnv      func(string) (string, bool)
	// abort ends when the user has asked a second time to stop.
	abort <-chan struct{}
	// providers are the clouds that this version deploys to.
	providers map[spec.Cloud]providers.Provider
	// clouds say what is known of the plugins of those that need one.
	clouds map[spec.Cloud]func() standin.Package
	// color is the value of --color.
	color string
}

func newApp(abort <-chan struct{}) *app {
	a := &app{
		stdin:          bufio.NewReader(os.Stdin),
		stdout:         os.Stdout,
		stderr:         os.Stderr,
		asks:           term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stderr.Fd())),
		terminal:       term.IsTerminal(int(os.Stderr.Fd())),
		stdoutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		lookupEnv:      os.LookupEnv,
		abort:          abort,
		providers:      map[spec.Cloud]providers.Provider{spec.AWS: aws.New(), spec.Azure: azure.New(), spec.GCP: gcp.New(), spec.NATS: nats.New()},
		clouds:         map[spec.Cloud]func() standin.Package{spec.AWS: standin.AWS, spec.Azure: standin.Azure, spec.GCP: standin.GCP},
	}
	if width, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil && a.getenv("TERM") != "dumb" {
		a.width = width
	}
	return a
}

// run runs one command and returns the exit code of the process.
func (a *app) run(ctx context.Context, args []string) (code int) {
	defer func() {
		// Go's own exit code of a panic would read as "there are changes".
		if r := recover(); r != nil {
			a.notef("This is a bug in msgdeploy %s: %v\n%s", currentVersion(), r, debug.Stack())
			code = exitFailed
		}
	}()
	root := newRootCmd(a)
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	a.explain(err)
	return exitCode(err)
}

// getenv returns a variable, or "" where it is not set.
func (a *app) getenv(name string) string {
	v, _ := a.lookupEnv(name)
	return v
}

// dataStyle dresses what goes to stdout, and noteStyle what goes to stderr.
func (a *app) dataStyle() report.Style { return report.Style{Color: a.colored(a.stdoutTerminal)} }
func (a *app) noteStyle() report.Style { return report.Style{Color: a.colored(a.terminal)} }

// colored follows --color first, then NO_COLOR (https://no-color.org), then the terminal.
func (a *app) colored(terminal bool) bool {
	switch a.color {
	case "always":
		return true
	case "never":
		return false
	default:
		return terminal && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"
	}
}

// notef writes one line for people to stderr.
func (a *app) notef(format string, args ...any) {
	// Nobody could be told that stderr cannot be written.
	_, _ = fmt.Fprintf(a.stderr, format+"\n", args...)
}

// warn writes a note of another package, which are single sentences.
func (a *app) warn(text string) { a.notef("note: %s", text) }

// interruptible returns what read returns, or an error when ctx ends before it does. A
// read that is left behind ends with the process.
func interruptible[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	results := make(chan result, 1)
	go func() {
		value, err := read()
		results <- result{value, err}
	}()
	select {
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	case r := <-results:
		return r.value, r.err
	}
}

// version is set when a release is linked; other builds know their module's.
var version string

func currentVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}
