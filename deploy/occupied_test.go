package deploy

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// seeing is a fake whose way to look for things can be broken.
type seeing struct {
	fake
	blind error
}

func (s *seeing) Read(ctx context.Context, r plugin.ReadRequest) (plugin.ReadResponse, error) {
	if s.blind != nil {
		return plugin.ReadResponse{}, s.blind
	}
	return s.fake.Read(ctx, r)
}

func (s *seeing) Invoke(_ context.Context, r plugin.InvokeRequest) (plugin.InvokeResponse, error) {
	name := r.Args.Get("name").AsString()
	if s.blind != nil {
		return plugin.InvokeResponse{}, s.blind
	}
	if !slices.Contains(s.world.names(), name) {
		return plugin.InvokeResponse{}, errors.New("find: couldn't find resource")
	}
	return plugin.InvokeResponse{Properties: property.NewMap(map[string]property.Value{"place": property.New(name)})}, nil
}

// lookups are the ways to look for a thing.
func lookups() map[string]Lookup {
	return map[string]Lookup{
		"read":     {},
		"function": {Function: "fake:index:find", By: "name", ID: "place", Absent: []string{"couldn't find resource"}},
	}
}

// looking returns options for things that are looked for.
func looking(t *testing.T, w *world, how Lookup, blind error) Options {
	o := testOptions(t, w)
	o.Plugins["fake"] = func() plugin.Provider { return &seeing{fake: fake{world: w}, blind: blind} }
	o.Adopts = map[string]Lookup{"fake:index:Thing": how}
	o.Identity = map[string][]string{"fake:index:Thing": {"name"}}
	o.Identify = func(c Creation) (string, bool) {
		name, ok := c.Inputs["name"].(string)
		return name, ok
	}
	return o
}

// somebodys is what others have made.
func somebodys(names ...string) map[string]resource.PropertyMap {
	things := map[string]resource.PropertyMap{}
	for _, name := range names {
		things[name] = resource.PropertyMap{"name": resource.NewProperty(name), "value": resource.NewProperty("theirs")}
	}
	return things
}

// TestOccupied: what others made is not taken over, is not changed, and not deleted with the stack; the rest is made.
func TestOccupied(t *testing.T) {
	t.Parallel()
	for name, how := range lookups() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.set(somebodys("plain-a"))
			s := open(t, looking(t, w, how, nil))
			_, err := s.Up(t.Context(), program(thing{name: "plain-a"}, thing{name: "plain-b"}), nil)
			var failed *OperationError
			if !errors.As(err, &failed) {
				t.Fatalf("up: %v, want an OperationError", err)
			}
			want := []Occupied{{
				Element: "queue.plain-a", What: "queue.plain-a", Type: "fake:index:Thing", ID: "plain-a",
				URN: "urn:pulumi:local::shop::msgdeploy:index:Queue$fake:index:Thing::plain-a",
			}}
			if diff := cmp.Diff(want, failed.Occupied); diff != "" {
				t.Errorf("occupied (-want +got):\n%s", diff)
			}
			if text := "plain-a exists already, and is not in the state of stack local"; !strings.Contains(err.Error(), text) {
				t.Errorf("up: %v, want %q in it", err, text)
			}
			if _, err := s.Up(t.Context(), program(thing{name: "plain-b"}), nil); err != nil {
				t.Errorf("an up without it: %v", err)
			}
			if _, err := s.Destroy(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"create plain-b", "delete plain-b"}, w.asked()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(somebodys("plain-a"), w.all()); diff != "" {
				t.Errorf("what others made (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOccupiedByOurselves: what the stack has deleted to replace it, and is seen for a while yet, is no reason not
// to make it; nor is what an up that was cut off was making.
func TestOccupiedByOurselves(t *testing.T) {
	t.Parallel()
	for name, how := range lookups() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			o := looking(t, w, how, nil)
			s := cutOff(t, o)
			up(t, s, thing{name: "plain-a"}, thing{name: "plain-b"})
			w.after = func(call string) {
				if call == "delete plain-a" {
					w.set(somebodys("plain-a", "plain-b"))
				}
			}
			up(t, s, thing{name: "plain-a", shape: "round"}, thing{name: "plain-b"})
			want := []string{"create plain-a", "create plain-a", "create plain-b", "create plain-b", "delete plain-a"}
			if diff := cmp.Diff(want, w.asked()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOccupiedUnknown: where nobody may look, things are made all the same, and that is said once.
func TestOccupiedUnknown(t *testing.T) {
	t.Parallel()
	for name, how := range lookups() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			o := looking(t, w, how, errors.New("AccessDenied: you may not"))
			var notes []string
			o.Warn = func(note string) { notes = append(notes, note) }
			up(t, open(t, o), thing{name: "plain-a"}, thing{name: "plain-b"})
			if diff := cmp.Diff([]string{"plain-a", "plain-b"}, w.names()); diff != "" {
				t.Errorf("made (-want +got):\n%s", diff)
			}
			if len(notes) != 1 || !strings.Contains(notes[0], "cannot be found out") || !strings.Contains(notes[0], "AccessDenied") {
				t.Errorf("notes: %q", notes)
			}
		})
	}
}

// TestOccupiedPart: what goes along with an element is offered by its own address, and once an element's own
// resource is among what exists, that is enough.
func TestOccupiedPart(t *testing.T) {
	t.Parallel()
	urn := func(name string) resource.URN {
		return resource.URN("urn:pulumi:local::shop::msgdeploy:index:Queue$fake:index:Thing::" + name)
	}
	element := resource.URN("urn:pulumi:local::shop::msgdeploy:index:Queue::jobs")
	c := &collector{
		run:     run{stack: open(t, testOptions(t, newWorld()))},
		parents: map[resource.URN]resource.URN{urn("jobs-dlq"): element, urn("jobs"): element},
		goals:   []resource.URN{urn("jobs-dlq"), urn("jobs")},
	}
	k := &caution{stack: c.run.stack}
	offered := func(name string) string {
		if err := k.refuse(urn(name), "id-of-"+name); err == nil {
			t.Error("no error")
		}
		found := k.occupied(c)
		if len(found) != 1 {
			t.Fatalf("occupied: %+v", found)
		}
		return found[0].What + " " + found[0].ID
	}
	if got, want := offered("jobs-dlq"), "queue.jobs/Thing:jobs-dlq id-of-jobs-dlq"; got != want {
		t.Errorf("offered %q, want %q", got, want)
	}
	if got, want := offered("jobs"), "queue.jobs id-of-jobs"; got != want {
		t.Errorf("offered %q, want %q", got, want)
	}
}
