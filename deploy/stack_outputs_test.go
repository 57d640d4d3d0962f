package deploy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// exporting is a program of one thing whose outputs are its own.
func exporting(color, key string) Program {
	return func(ctx *pulumi.Context) error {
		if err := program(thing{name: "aaa", value: "1"})(ctx); err != nil {
			return err
		}
		ctx.Export("color", pulumi.String(color))
		ctx.Export("key", pulumi.ToSecret(pulumi.String(key)))
		return nil
	}
}

// Outputs are what applications connect with: where nothing but they change, that is a change.
func TestOutputsOnly(t *testing.T) {
	t.Parallel()
	s := open(t, testOptions(t, newWorld()))
	if _, err := s.Up(t.Context(), exporting("red", "first"), nil); err != nil {
		t.Fatal(err)
	}
	same, err := s.Preview(t.Context(), exporting("red", "first"))
	if err != nil {
		t.Fatal(err)
	}
	if len(same.Changes) > 0 {
		t.Errorf("the same outputs are a change: %+v", same.Changes)
	}
	found, err := s.Preview(t.Context(), exporting("blue", "second"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Change{{
		Element: "stack", Type: "pulumi:pulumi:Stack", Name: "shop-local", URN: "urn:pulumi:local::shop::pulumi:pulumi:Stack::shop-local",
		Op: OpUpdate, Component: true,
		Diff: []PropertyDiff{
			{Path: "color", Kind: "update", Before: "red", After: "blue"},
			{Path: "key", Kind: "update", Before: "[secret]", After: "[secret]"},
		},
	}}
	if diff := cmp.Diff(want, found.Changes); diff != "" {
		t.Errorf("preview (-want +got):\n%s", diff)
	}
	if found.Summary != (Summary{Same: 1}) {
		t.Errorf("the stack is counted as a resource: %+v", found.Summary)
	}
	done, err := s.Up(t.Context(), exporting("blue", "second"), func(r *Result) error {
		if diff := cmp.Diff(want, r.Changes); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, done.Changes); diff != "" {
		t.Errorf("up (-want +got):\n%s", diff)
	}
	// With a resource that changes there is no need to tell of the outputs too.
	both, err := s.Preview(t.Context(), program(thing{name: "aaa", value: "2"}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"queue.aaa fake:index:Thing aaa: update"}, rows(both.Changes)); diff != "" || len(both.Changes) != 1 {
		t.Errorf("both (-want +got):\n%s%+v", diff, both.Changes)
	}
}

// A result names the state that it was found against: a plan is only good for that one.
func TestResultCheckpoint(t *testing.T) {
	t.Parallel()
	s := open(t, testOptions(t, newWorld()))
	first := up(t, s, thing{name: "aaa", value: "1"})
	if first.Checkpoint != "" {
		t.Errorf("the first up starts from %s", first.Checkpoint)
	}
	c, err := s.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.Preview(t.Context(), program(thing{name: "aaa", value: "2"}))
	if err != nil {
		t.Fatal(err)
	}
	var asked string
	done, err := s.Up(t.Context(), program(thing{name: "aaa", value: "2"}), func(r *Result) error {
		asked = r.Checkpoint
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{c.hash, c.hash, c.hash}, []string{found.Checkpoint, asked, done.Checkpoint}); diff != "" {
		t.Errorf("checkpoints (-want +got):\n%s", diff)
	}
}
