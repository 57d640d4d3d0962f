package deploy

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func TestFailureThenConverge(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.fail = func(call string) error {
		if call == "create bbb" {
			return errBroken
		}
		return nil
	}
	s := open(t, testOptions(t, w))
	things := []thing{{name: "aaa"}, {name: "bbb", needs: []string{"aaa"}}, {name: "ccc", needs: []string{"bbb"}}}

	r, err := s.Up(t.Context(), program(things...), nil)
	var failed *OperationError
	if !errors.As(err, &failed) {
		t.Fatalf("up: %v, want an OperationError", err)
	}
	want := []Message{{Severity: "error", Element: "queue.bbb", URN: "urn:pulumi:local::shop::msgdeploy:index:Queue$fake:index:Thing::bbb", Text: "the world is broken"}}
	if diff := cmp.Diff(want, failed.Messages); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if got, want := err.Error(), "queue.bbb: the world is broken"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"queue.aaa fake:index:Thing aaa: create"}, rows(r.Changes)); diff != "" {
		t.Errorf("what was done (-want +got):\n%s", diff)
	}

	w.fail = nil
	w.asked()
	up(t, s, things...)
	if diff := cmp.Diff([]string{"create bbb", "create ccc"}, w.asked()); diff != "" {
		t.Errorf("calls of the second up (-want +got):\n%s", diff)
	}
}

func TestProgramFailureKeepsOutputs(t *testing.T) {
	t.Parallel()
	s := open(t, testOptions(t, newWorld()))
	before := up(t, s, thing{name: "aaa"}).Outputs
	broken := func(ctx *pulumi.Context) error {
		if err := program(thing{name: "aaa", value: "2"})(ctx); err != nil {
			return err
		}
		ctx.Export("outputs", pulumi.String("half"))
		return errors.New("no idea how to go on")
	}
	_, err := s.Up(t.Context(), broken, nil)
	if err == nil || err.Error() != "no idea how to go on" {
		t.Errorf("up: %q, want the program's own words", err)
	}
	after, err := s.Outputs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("outputs (-before +after):\n%s", diff)
	}
}

func TestRefusalChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	s := open(t, o)
	refusal := errors.New("not on a Friday")
	_, err := s.Up(t.Context(), program(thing{name: "aaa"}), func(r *Result) error {
		if len(r.Changes) == 0 {
			t.Error("nothing to approve")
		}
		return refusal
	})
	if !errors.Is(err, refusal) {
		t.Errorf("up: %v, want %v", err, refusal)
	}
	if calls := w.asked(); len(calls) != 0 {
		t.Errorf("refused, but the cloud was asked to %v", calls)
	}
	if exists, err := s.Exists(t.Context()); exists || err != nil {
		t.Errorf("refused, but there is state: %t, %v", exists, err)
	}
}

func TestProtected(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := open(t, testOptions(t, w))
	up(t, s, thing{name: "aaa", protect: true}, thing{name: "bbb", protect: true})
	refused := func(what string, err error, elements ...string) {
		t.Helper()
		var p *ProtectedError
		if !errors.As(err, &p) {
			t.Errorf("%s: %v, want a ProtectedError", what, err)
		} else if diff := cmp.Diff(elements, p.Elements); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	r, err := s.Up(t.Context(), program(), nil)
	refused("up that deletes", err, "queue.aaa", "queue.bbb")
	for _, c := range r.Changes {
		if !c.Component && !c.Protected {
			t.Errorf("%s is not shown as protected", c.Element)
		}
	}
	_, err = s.Up(t.Context(), program(thing{name: "aaa", protect: true, shape: "round"}, thing{name: "bbb"}), nil)
	refused("up that replaces", err, "queue.aaa")
	_, err = s.Destroy(t.Context(), nil)
	refused("destroy", err, "queue.aaa", "queue.bbb")
	if diff := cmp.Diff([]string{"aaa", "bbb"}, w.names()); diff != "" {
		t.Errorf("the world (-want +got):\n%s", diff)
	}

	r = up(t, s, thing{name: "aaa"}, thing{name: "bbb", shape: "round"})
	if diff := cmp.Diff([]string{"queue.bbb fake:index:Thing bbb: replace"}, rows(r.Changes)); diff != "" {
		t.Errorf("taking protection off (-want +got):\n%s", diff)
	}
	up(t, s)
	if names := w.names(); len(names) != 0 {
		t.Errorf("unprotected, but still there: %v", names)
	}
}

func TestCheckFailureHidesValue(t *testing.T) {
	t.Parallel()
	s := open(t, testOptions(t, newWorld()))
	_, err := s.Preview(t.Context(), program(thing{name: "aaa", value: "impossible"}))
	var failed *OperationError
	if !errors.As(err, &failed) {
		t.Fatalf("preview: %v, want an OperationError", err)
	}
	if got, want := failed.Messages[0].Text, "value: nobody can have that"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if len(failed.Messages) != 1 {
		t.Errorf("%d messages, want one: %+v", len(failed.Messages), failed.Messages)
	}
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	w := newWorld()
	ctx, cancel := context.WithCancel(t.Context())
	w.fail = func(call string) error {
		if call == "create aaa" {
			cancel()
		}
		return nil
	}
	s := open(t, testOptions(t, w))
	things := []thing{{name: "aaa"}, {name: "bbb", needs: []string{"aaa"}}}
	_, err := s.Up(ctx, program(things...), nil)
	var interrupted *InterruptedError
	if !errors.As(err, &interrupted) {
		t.Fatalf("up: %v, want an InterruptedError", err)
	}
	if len(interrupted.Pending) != 0 {
		t.Errorf("pending %v, want what was in flight to have ended", interrupted.Pending)
	}
	if diff := cmp.Diff([]string{"aaa"}, w.names()); diff != "" {
		t.Errorf("the world (-want +got):\n%s", diff)
	}
	w.asked()
	up(t, s, things...)
	if diff := cmp.Diff([]string{"create bbb"}, w.asked()); diff != "" {
		t.Errorf("calls of the second up (-want +got):\n%s", diff)
	}
}

func TestAbort(t *testing.T) {
	t.Parallel()
	w := newWorld()
	abort, release := make(chan struct{}), make(chan struct{})
	o := testOptions(t, w)
	o.Abort = abort
	w.after = func(call string) {
		if call == "create bbb" {
			close(abort)
			<-release // the cloud is still busy
		}
	}
	s := open(t, o)
	things := []thing{{name: "aaa"}, {name: "bbb", needs: []string{"aaa"}}}
	_, err := s.Up(t.Context(), program(things...), nil)
	close(release)
	var interrupted *InterruptedError
	if !errors.As(err, &interrupted) {
		t.Fatalf("up: %v, want an InterruptedError", err)
	}
	if diff := cmp.Diff([]string{"queue.bbb"}, interrupted.Pending); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
	w.after = nil
	o.Abort = nil
	s = open(t, o)

	// The program does not want it any more: nothing may be orphaned.
	up(t, s, things[0])
	if diff := cmp.Diff([]string{"aaa"}, w.names()); diff != "" {
		t.Errorf("the world (-want +got):\n%s", diff)
	}
	c, err := s.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.deployment.PendingOperations); n != 0 {
		t.Errorf("%d operations are pending still", n)
	}
}
