package deploy

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// cutOff returns a stack in whose state the creation of "plain-b" is pending, beside "plain-a".
func cutOff(t *testing.T, o Options) *Stack {
	t.Helper()
	s := open(t, o)
	up(t, s, thing{name: "plain-a"}, thing{name: "plain-b"})
	err := s.edit(t.Context(), "test", func(_ context.Context, c *checkpoint) (*apitype.DeploymentV3, error) {
		d := c.deployment
		i := slices.IndexFunc(d.Resources, func(r apitype.ResourceV3) bool { return r.Custom && r.URN.Name() == "plain-b" })
		r := d.Resources[i]
		d.Resources = slices.Delete(d.Resources, i, i+1)
		r.ID, r.Outputs = "", nil
		d.PendingOperations = append(d.PendingOperations, apitype.OperationV2{Type: apitype.OperationTypeCreating, Resource: r})
		return d, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRefreshSettlesPendingCreations(t *testing.T) {
	t.Parallel()
	for name, exists := range map[string]bool{"it exists": true, "it does not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			s := cutOff(t, testOptions(t, w))
			if !exists {
				things := w.all()
				delete(things, "plain-b")
				w.set(things)
			}
			w.asked()
			r, err := s.Refresh(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			want := map[bool][]string{true: {"queue.plain-b fake:index:Thing plain-b: create"}}[exists]
			if diff := cmp.Diff(want, rows(r.Changes)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			said := map[bool]string{true: "it exists", false: "it does not exist"}[exists]
			if len(r.Diagnostics) != 1 || !strings.Contains(r.Diagnostics[0].Text, said) {
				t.Errorf("diagnostics %+v, want one that says %q", r.Diagnostics, said)
			}
			if calls := w.asked(); len(calls) != 0 {
				t.Errorf("to look, the world was asked to %v", calls)
			}
			things := []thing{{name: "plain-a"}}
			if exists {
				things = append(things, thing{name: "plain-b"})
			}
			assertConverged(t, s, w, things)
			if r := up(t, s, things...); len(rows(r.Changes)) != 0 {
				t.Errorf("an up after it changes %v", rows(r.Changes))
			}
		})
	}
}

// TestRefreshOfAPendingCreationSurvivesACrash demands that the journal of such a refresh can be replayed.
func TestRefreshOfAPendingCreationSurvivesACrash(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	cutOff(t, o)
	tape := newTape(t, o.Dir, w)
	recorded := o
	recorded.disk = tape
	if _, err := open(t, recorded).Refresh(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for moment := range tape.calls {
		if !strings.HasPrefix(tape.calls[moment].name, "journal") {
			continue
		}
		o.Dir = t.TempDir()
		tape.cut(moment, allKept).write(t, o.Dir)
		s := open(t, o)
		if _, err := s.Refresh(t.Context(), nil); err != nil {
			t.Fatalf("cut before %s: %v", tape.calls[moment], err)
		}
		assertConverged(t, s, w, []thing{{name: "plain-a"}, {name: "plain-b"}})
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		what, id string
		things   []thing
	}{
		"created, by element":     {"queue.plain-b", "plain-b", []thing{{name: "plain-a"}, {name: "plain-b"}}},
		"not created, by element": {"queue.plain-b", "", []thing{{name: "plain-a"}}},
		"not created, by URN":     {"urn:pulumi:local::shop::msgdeploy:index:Queue$fake:index:Thing::plain-b", "", []thing{{name: "plain-a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			s := cutOff(t, testOptions(t, w))
			if test.id == "" {
				things := w.all()
				delete(things, "plain-b")
				w.set(things)
			}
			pending, err := s.Pending(t.Context())
			if err != nil || len(pending) != 1 || pending[0].Element != "queue.plain-b" || pending[0].Inputs["name"] != "plain-b" {
				t.Errorf("pending %+v, %v", pending, err)
			}
			var unknown *PendingError
			if _, err := s.Resolve(t.Context(), "queue.plain-a", ""); !errors.As(err, &unknown) {
				t.Errorf("what is not pending: %v, want a PendingError", err)
			}
			w.asked()
			urn, err := s.Resolve(t.Context(), test.what, test.id)
			if err != nil || resource.URN(urn).Name() != "plain-b" {
				t.Fatalf("resolve: %s, %v", urn, err)
			}
			if calls := w.asked(); len(calls) != 0 {
				t.Errorf("the world was asked to %v", calls)
			}
			assertConverged(t, s, w, test.things)
			up(t, s, test.things...)
			if calls := w.asked(); len(calls) != 0 {
				t.Errorf("an up after it asked the world to %v", calls)
			}
			assertConverged(t, s, w, test.things)
		})
	}
}

// TestOrphanWantedAfterAll: what an interrupted creation may have left behind was to be deleted, and that did not take
// place either; and then the program wants that resource after all. It is made, and it stays.
func TestOrphanWantedAfterAll(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"failed", "cut off"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			world := newWorld()
			w := &walker{world: world, options: testOptions(t, world), temp: t.TempDir, struck: map[string]int{}}
			w.options.Unconfirmed = nil
			cutOff(t, w.options)
			without := map[string]thing{"plain-a": {name: "plain-a"}}
			if how == "failed" {
				world.fail = w.after(1, errBroken)
				if err := anyway(w.run(t.Context(), without)); err != nil {
					t.Fatal(err)
				}
			} else if err := w.crash(1, func() error { return w.run(t.Context(), without) }); err != nil {
				t.Fatal(err)
			}
			if len(w.struck) == 0 {
				t.Fatal("the deletion went well")
			}
			world.fail = nil
			w.model = map[string]thing{"plain-a": {name: "plain-a"}, "plain-b": {name: "plain-b"}}
			if err := w.up(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
