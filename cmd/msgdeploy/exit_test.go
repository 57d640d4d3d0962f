package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/diag"
)

// The exit codes are an API: design.md §3.
func TestExitCode(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err  error
		want int
	}{
		"done":           {nil, 0},
		"failed":         {errors.New("disk full"), 1},
		"engine failed":  {&deploy.OperationError{Messages: []deploy.Message{{Text: "no"}}}, 1},
		"changes":        {errPending, 2},
		"spec":           {&specError{diagnostics: diag.Diagnostics{{Code: "x"}}}, 3},
		"spec, shown":    {errSpecShown, 3},
		"guard":          {refusef("no"), 4},
		"other target":   {&deploy.TargetError{}, 4},
		"protected":      {&deploy.ProtectedError{}, 4},
		"lost":           {&deploy.TakeoverError{}, 4},
		"locked":         {&deploy.LockedError{}, 5},
		"unsaved":        {errors.Join(&deploy.InterruptedError{}, &deploy.UnsavedError{Err: context.Canceled}), 1},
		"usage":          {usagef("no"), 64},
		"interrupted":    {&deploy.InterruptedError{}, 130},
		"interrupted so": {context.Canceled, 130},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := exitCode(test.err); got != test.want {
				t.Errorf("exit code %d, want %d", got, test.want)
			}
			if test.err == nil {
				return
			}
			if got := exitCode(fmt.Errorf("do: %w", test.err)); got != test.want {
				t.Errorf("wrapped, exit code %d, want %d", got, test.want)
			}
		})
	}
}

// A panic is a bug, and must not look like "there are changes", which is Go's own exit code.
func TestPanic(t *testing.T) {
	t.Parallel()
	a, _, stderr := testApp("", nil)
	a.stdout = nil
	if code := a.run(t.Context(), []string{"version"}); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
	if got := stderr.String(); !strings.HasPrefix(got, "This is a bug in msgdeploy ") {
		t.Errorf("it does not say that it is a bug:\n%s", got)
	}
}

// What a cloud says is passed on, and explained where its provider can.
func TestExplained(t *testing.T) {
	t.Parallel()
	a, _, stderr := testApp("", nil)
	a.explain(&deploy.OperationError{Messages: []deploy.Message{
		{Element: "subscription.mail", Text: "the endpoint failed, visit https://aka.ms/esvalidation"}, {Text: "no"},
	}})
	for _, want := range []string{"subscription.mail: the endpoint failed", "  Event Grid asked the endpoint", "error: no\n"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("%q is not in:\n%s", want, stderr)
		}
	}
}
