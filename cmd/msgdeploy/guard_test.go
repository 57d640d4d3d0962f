package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/spec"
)

// losing is a preview that deletes two queues, one of which holds messages in two streams.
func losing() *deploy.Result {
	lost := func(element, name string, messages int64) deploy.Change {
		return deploy.Change{
			Element: element, Type: "nats:index:Stream", Name: name, Op: deploy.OpDelete, DataLoss: true, Messages: messages,
		}
	}
	return &deploy.Result{
		Changes: []deploy.Change{
			lost("queue.a", "a-queue", 3), lost("queue.a", "a-queue-dlq", 1), lost("queue.b", "b-queue", -1),
		},
		Summary: deploy.Summary{Delete: 3},
	}
}

// narrowing is a preview that takes a permission away.
func narrowing() *deploy.Result {
	return &deploy.Result{Changes: []deploy.Change{{
		Element: "service.web", Type: "msgdeploy:index:Service", Name: "web", Op: deploy.OpUpdate, Component: true,
		Diff: []deploy.PropertyDiff{{Path: "grants", Kind: "delete", Before: []any{"publish topic.a"}}},
	}}}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	both := []string{"queue.a", "queue.b"}
	tests := map[string]struct {
		result     *deploy.Result
		opts       operationOptions
		terminal   bool
		answers    string
		protect    bool
		wholeStack bool
		shared     bool
		want       int
		says       []string
	}{
		"no changes, no question": {
			result: &deploy.Result{Summary: deploy.Summary{Same: 2}}, want: exitOK,
		},
		"no terminal": {
			result: losing(), opts: operationOptions{allowDataLoss: both}, want: exitUsage, says: []string{"add --yes"},
		},
		"yes is no answer to data loss": {
			result: losing(), opts: operationOptions{yes: true}, want: exitRefused,
			says: []string{"--allow-data-loss queue.a --allow-data-loss queue.b"},
		},
		"one loss is agreed to": {
			result: losing(), opts: operationOptions{yes: true, allowDataLoss: both[:1]}, want: exitRefused,
			says: []string{"    --allow-data-loss queue.b"},
		},
		"all losses are agreed to": {
			result: losing(), opts: operationOptions{yes: true, allowDataLoss: both}, want: exitOK,
		},
		"typed": {
			result: losing(), terminal: true, answers: "queue.a\nqueue.b\ny\n", want: exitOK,
			says: []string{
				"queue.a would lose 4 messages. Type queue.a to go on: ",
				"queue.b would lose its messages (nobody can tell how many). Type queue.b",
				"Go ahead? [y/N] ",
			},
		},
		"typed after yes": {
			result: losing(), opts: operationOptions{yes: true}, terminal: true, answers: "queue.a\nqueue.b\n", want: exitOK,
		},
		"y is no name": {
			result: losing(), terminal: true, answers: "y\ny\ny\n", want: exitRefused, says: []string{"queue.a keeps its messages"},
		},
		"no": {
			result: losing(), opts: operationOptions{allowDataLoss: both}, terminal: true, answers: "\n", want: exitRefused,
			says: []string{"nothing was changed"},
		},
		"the terminal is closed": {
			result: losing(), terminal: true, want: exitRefused, says: []string{"no answer"},
		},
		"destroy asks once": {
			result: losing(), terminal: true, wholeStack: true, answers: "yes\n", want: exitOK,
			says: []string{"Destroy all of stack local, with its messages?"},
		},
		"yes is the answer to destroy": {
			result: losing(), opts: operationOptions{yes: true}, wholeStack: true, want: exitOK,
		},
		"a protected stack": {
			result: losing(), opts: operationOptions{yes: true, allowDataLoss: both}, protect: true, want: exitRefused,
			says: []string{"stack local is protected"},
		},
		"access that a shared account cannot take back": {
			result: narrowing(), opts: operationOptions{yes: true}, shared: true, want: exitRefused,
			says: []string{"web would no longer be allowed to publish topic.a", "system: {credentials, operatorKey}"},
		},
		"access of an account of its own": {
			result: narrowing(), opts: operationOptions{yes: true}, want: exitOK,
		},
		"no changes are expected": {
			result: losing(), opts: operationOptions{yes: true, expectNoChanges: true}, want: exitPending,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, _, stderr := testApp(test.answers, nil)
			a.asks = test.terminal
			test.opts.output = "text"
			target := spec.Target{NATS: &spec.NATSTarget{}}
			if test.shared {
				target.NATS.URL = "nats://example.com"
			}
			topology := &spec.Topology{Project: "shop", Stack: "local", Target: target, Protect: test.protect}
			s := &session{app: a, stack: &stack{Topology: topology, spec: new(spec.Spec), provider: a.providers[spec.NATS]}}
			g := guard{app: a, session: s, verb: "up", opts: test.opts, wholeStack: test.wholeStack}
			err := g.approve(t.Context(), test.result)
			a.explain(err)
			if got := exitCode(err); got != test.want {
				t.Errorf("exit code %d (%v), want %d", got, err, test.want)
			}
			for _, says := range test.says {
				if !strings.Contains(stderr.String(), says) {
					t.Errorf("it does not say %q:\n%s", says, stderr)
				}
			}
		})
	}
}

// A question does not keep a command that is interrupted.
func TestAskInterrupted(t *testing.T) {
	t.Parallel()
	a, _, _ := testApp("", nil)
	silent, _ := io.Pipe()
	a.stdin = bufio.NewReader(silent)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := a.ask(ctx, "Go ahead? ")
	if !errors.Is(err, context.Canceled) || exitCode(err) != exitInterrupted {
		t.Errorf("got %v with exit code %d", err, exitCode(err))
	}
}

func TestRefuseLocalStateInCI(t *testing.T) {
	t.Parallel()
	external := &spec.NATSTarget{URL: "nats://example.com"}
	tests := map[string]struct {
		ci      string
		target  *spec.NATSTarget
		backend string
		refused bool
	}{
		"a cloud in CI":          {ci: "true", target: external, refused: true},
		"with a backend":         {ci: "true", target: external, backend: "s3://bucket"},
		"not in CI":              {target: external},
		"CI is said to be false": {ci: "false", target: external},
		"embedded":               {ci: "true", target: &spec.NATSTarget{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, _, _ := testApp("", map[string]string{"CI": test.ci})
			topology := &spec.Topology{Stack: "prod", Target: spec.Target{NATS: test.target}}
			s := &session{app: a, stack: &stack{Topology: topology}, backend: test.backend}
			if err := s.refuseLocalStateInCI(); (exitCode(err) == exitRefused) != test.refused {
				t.Errorf("got %v, refused should be %v", err, test.refused)
			}
		})
	}
}
