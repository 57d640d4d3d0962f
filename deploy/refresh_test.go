package deploy

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

func TestRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := open(t, testOptions(t, w))
	things := []thing{{name: "plain-a", value: "1"}, {name: "plain-b", value: "1"}, {name: "plain-c", value: "1"}}
	before := up(t, s, things...)

	r, err := s.Refresh(t.Context(), nil)
	if err != nil || len(r.Changes) != 0 || r.Summary != (Summary{Same: 3}) {
		t.Errorf("without drift: %v, %+v, %v", err, rows(r.Changes), r.Summary)
	}

	world := w.all()
	delete(world, "plain-b")
	world["plain-a"] = world["plain-a"].Copy()
	world["plain-a"]["value"] = resource.NewProperty("by hand")
	w.set(world)
	want := []string{"queue.plain-a fake:index:Thing plain-a: update", "queue.plain-b fake:index:Thing plain-b: delete"}
	assert := func(what string, r *Result, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if diff := cmp.Diff(want, rows(r.Changes)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		if r.Summary != (Summary{Update: 1, Delete: 1, Same: 1}) {
			t.Errorf("%s: summary %+v", what, r.Summary)
		}
		for _, c := range r.Changes {
			if c.DataLoss {
				t.Errorf("%s: to look is no loss of data", what)
			}
			if c.Name == "plain-a" && !c.Component {
				if diff := cmp.Diff([]PropertyDiff{{Path: "value", Kind: "update", Before: "1", After: "by hand"}}, c.Diff); diff != "" {
					t.Errorf("%s (-want +got):\n%s", what, diff)
				}
			}
		}
	}
	r, err = s.PreviewRefresh(t.Context())
	assert("preview", r, err)
	r, err = s.PreviewRefresh(t.Context())
	assert("second preview: the first wrote", r, err)
	r, err = s.Refresh(t.Context(), func(r *Result) error { assert("approval", r, nil); return nil })
	assert("refresh", r, err)

	r = up(t, s, things...)
	if diff := cmp.Diff([]string{"queue.plain-a fake:index:Thing plain-a: update", "queue.plain-b fake:index:Thing plain-b: create"}, rows(r.Changes)); diff != "" {
		t.Errorf("up after the refresh (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before.Outputs, r.Outputs); diff != "" {
		t.Errorf("outputs (-before +after):\n%s", diff)
	}
	assertConverged(t, s, w, things)
}

func TestDataLoss(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	o.Messages = func(_ context.Context, c Change) (uint64, bool) {
		if c.ID != c.Name {
			t.Errorf("asked about id %q of %s", c.ID, c.Name)
		}
		return 42, c.Name == "full"
	}
	s := open(t, o)
	up(t, s, thing{name: "full", kind: "Vessel"}, thing{name: "odd", kind: "Vessel"}, thing{name: "aaa"})
	refusal := errors.New("no")
	_, err := s.Up(t.Context(), program(thing{name: "odd", kind: "Vessel", shape: "round"}), func(r *Result) error {
		type loss struct {
			Element  string
			DataLoss bool
			Messages int64
		}
		var got []loss
		for _, c := range r.Changes {
			if !c.Component {
				got = append(got, loss{c.Element, c.DataLoss, c.Messages})
			}
		}
		want := []loss{{"queue.aaa", false, 0}, {"queue.full", true, 42}, {"queue.odd", true, -1}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("losses (-want +got):\n%s", diff)
		}
		return refusal
	})
	if !errors.Is(err, refusal) {
		t.Errorf("up: %v", err)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	var got []string
	var last Progress
	o.Progress = func(p Progress) {
		word := "begins"
		if p.Done {
			word = "ends"
		}
		if p.Err != "" {
			word = "fails: " + p.Err
		}
		got = append(got, string(p.Change.Op)+" "+p.Change.Name+" "+word)
		last = p
	}
	s := open(t, o)
	things := []thing{{name: "aaa"}, {name: "bbb", needs: []string{"aaa"}}}
	if _, err := s.Up(t.Context(), program(things...), func(*Result) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"create aaa begins", "create aaa ends", "create bbb begins", "create bbb ends"}, got); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	if last.Finished != 2 || last.Total != 2 {
		t.Errorf("%d of %d, want 2 of 2", last.Finished, last.Total)
	}
	got = nil
	w.fail = func(call string) error {
		if call == "create bbb" {
			return errBroken
		}
		return nil
	}
	things[1].shape = "round"
	if _, err := s.Up(t.Context(), program(things...), nil); err == nil {
		t.Error("up with a broken world went well")
	}
	want := []string{"replace bbb begins", "replace bbb ends", "replace bbb begins", "replace bbb fails: the world is broken"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}
