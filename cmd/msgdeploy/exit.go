package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/providers"
)

// The exit codes (design.md §3). They are an API.
const (
	exitOK          = 0
	exitFailed      = 1
	exitPending     = 2
	exitSpec        = 3
	exitRefused     = 4
	exitLocked      = 5
	exitUsage       = 64
	exitInterrupted = 130
)

// usageError is a command that was called the wrong way.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// specError is a spec with errors. They are rendered where the error ends.
type specError struct {
	diagnostics diag.Diagnostics
	sources     map[string][]byte
	// project and stack are those of the spec, "" where it does not get that far.
	project, stack string
	// base names the version that the errors are of, if it is not the spec itself but what --base names.
	base string
}

func (e *specError) Error() string { return "the spec has errors" }

// refusal is a guard that said no, before anything was changed.
type refusal struct{ message string }

func (e *refusal) Error() string { return e.message }

func refusef(format string, args ...any) error {
	return &refusal{fmt.Sprintf(format, args...)}
}

// errPending ends a command that was asked whether anything would change, and
// has shown that something would.
var errPending = errors.New("there are changes")

// errSpecShown ends a command that has itself shown the errors of the spec.
var errSpecShown = errors.New("the spec has errors")

// exitCode is the one place where errors become exit codes.
func exitCode(err error) int {
	var (
		usage       *usageError
		invalid     *specError
		refused     *refusal
		target      *deploy.TargetError
		protected   *deploy.ProtectedError
		lost        *deploy.TakeoverError
		journal     *deploy.JournalError
		foreign     *deploy.ImportError
		adopt       *deploy.AdoptError
		pending     *deploy.PendingError
		locked      *deploy.LockedError
		unsaved     *deploy.UnsavedError
		interrupted *deploy.InterruptedError
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &unsaved):
		return exitFailed // whatever else: that there is something to do must not be taken for an interruption
	case errors.Is(err, errPending):
		return exitPending
	case errors.As(err, &usage), errors.As(err, &pending):
		return exitUsage
	case errors.As(err, &invalid), errors.Is(err, errSpecShown):
		return exitSpec
	case errors.As(err, &refused), errors.As(err, &target), errors.As(err, &protected), errors.As(err, &lost),
		errors.As(err, &journal), errors.As(err, &foreign), errors.As(err, &adopt):
		return exitRefused
	case errors.As(err, &locked):
		return exitLocked
	case errors.As(err, &interrupted), errors.Is(err, context.Canceled):
		return exitInterrupted
	default:
		return exitFailed
	}
}

// explain tells people on stderr why a command failed. What the command has shown
// itself is not told twice.
func (a *app) explain(err error) {
	var (
		invalid   *specError
		failed    *deploy.OperationError
		protected *deploy.ProtectedError
		lost      *deploy.TakeoverError
		locked    *deploy.LockedError
		unsaved   *deploy.UnsavedError
		missing   *deploy.PluginError
	)
	switch {
	case err == nil, errors.Is(err, errPending), errors.Is(err, errSpecShown), errors.Is(err, errUnwell):
	case errors.As(err, &invalid):
		a.showDiagnostics(invalid.diagnostics, invalid.sources)
		a.explainBase(invalid)
	case errors.As(err, &failed):
		for _, m := range failed.Messages {
			a.explainMessage(m)
		}
		if errors.As(err, &unsaved) {
			a.notef("%s %v", a.noteStyle().Error("error:"), unsaved)
		}
	case errors.As(err, &unsaved):
		a.notef("%s %v", a.noteStyle().Error("error:"), err)
	case errors.As(err, &protected):
		a.notef("%s %s is protected: set its `protect: false` and run `msgdeploy up` first", a.noteStyle().Error("error:"),
			diag.AndList(protected.Elements))
	case errors.As(err, &lost):
		for _, t := range lost.Takeovers {
			a.notef("%s %s: %s", a.noteStyle().Error("error:"), t.Element, t)
		}
	case errors.As(err, &locked):
		a.notef("%s %v. `--lock-timeout 5m` waits for it; if that run is gone for good, `msgdeploy unlock` removes the lock", a.noteStyle().Error("error:"), err)
	case errors.Is(err, context.Canceled):
		a.notef("interrupted")
	case errors.As(err, &missing):
		a.notef("%s %v", a.noteStyle().Error("error:"), err)
		a.notef("Where there is a network, `msgdeploy plugins install` fetches it ahead of time; PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES names a mirror.")
	default:
		a.notef("%s %v", a.noteStyle().Error("error:"), err)
	}
}

func (a *app) explainMessage(m deploy.Message) {
	where := ""
	if m.Element != "" {
		where = m.Element + ": "
	}
	a.notef("%s %s%s", a.noteStyle().Error("error:"), where, m.Text)
	for _, p := range a.providers {
		if e, ok := p.(providers.Explainer); ok {
			if more := e.Explain(m.Text); more != "" {
				a.notef("  %s", more)
			}
		}
	}
}
