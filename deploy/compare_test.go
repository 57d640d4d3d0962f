package deploy

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// version is a version of a stack whose plugins act on w.
func version(w *world, place string, things ...thing) Version {
	return Version{Program: program(things...), Plugins: plugins(w), Target: map[string]string{"cloud": "fake", "region": place}}
}

// TestCompare: what two versions differ in is found without a state, and leaves none.
func TestCompare(t *testing.T) {
	t.Parallel()
	here := []thing{
		{name: "box", kind: "Vessel", shape: "round"}, {name: "jar", kind: "Vessel", shape: "round"},
		{name: "old"}, {name: "same", value: "1", needs: []string{"box"}}, {name: "thing", value: "1", secret: "hidden"},
	}
	there := []thing{
		{name: "box", kind: "Vessel", shape: "square"}, {name: "jar", kind: "Vessel", shape: "round"},
		{name: "new"}, {name: "same", value: "1", needs: []string{"box"}}, {name: "thing", value: "2", secret: "other"},
	}
	absent := Version{}
	for _, c := range []struct {
		name       string
		base, next Version
		want       []string
		same       int
	}{
		{"same", version(newWorld(), "a", here...), version(newWorld(), "a", here...), nil, 5},
		{"edited", version(newWorld(), "a", here...), version(newWorld(), "a", there...), []string{
			"box replace loses messages [shape]", "new create", "old delete", "thing update",
		}, 2},
		{"new", absent, version(newWorld(), "a", here...), []string{"box create", "jar create", "old create", "same create", "thing create"}, 0},
		{"gone", version(newWorld(), "a", here...), absent, []string{
			"box delete loses messages", "jar delete loses messages", "old delete", "same delete", "thing delete",
		}, 0},
		{"elsewhere", version(newWorld(), "a", here...), version(newWorld(), "b", there...), []string{
			"box replace loses messages [region shape]", "jar replace loses messages [region]", "new create", "old delete",
			"same replace [region]", "thing replace [region]",
		}, 0},
		{"neither", absent, absent, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t, nil)
			r, err := Compare(t.Context(), o, c.base, c.next)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, change := range r.Changes {
				if change.Component {
					continue
				}
				row := change.Name + " " + string(change.Op)
				if change.DataLoss {
					row += " loses messages"
					if change.Messages != -1 {
						t.Errorf("%s: %d messages, and nobody was asked", row, change.Messages)
					}
				}
				if len(change.Reasons) > 0 {
					row += fmt.Sprint(" ", change.Reasons)
				}
				got = append(got, row)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if r.Summary.Same != c.same {
				t.Errorf("%d stay the same, not %d", r.Summary.Same, c.same)
			}
			if _, err := os.Stat(o.Dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the directory of the state was made: %v", err)
			}
		})
	}
}

// TestCompareTouchesNothing: the plugins of the version that is compared are asked for nothing, and
// those of the other are not asked twice.
func TestCompareTouchesNothing(t *testing.T) {
	t.Parallel()
	before, after := newWorld(), newWorld()
	_, err := Compare(t.Context(), testOptions(t, nil), version(before, "a", thing{name: "box"}), version(after, "a", thing{name: "box", shape: "x"}, thing{name: "new"}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"create box"}, before.asked()); diff != "" {
		t.Errorf("the base's plugin (-want +got):\n%s", diff)
	}
	if asked := after.asked(); len(asked) > 0 {
		t.Errorf("the other's plugin was asked for %q", asked)
	}
}

// TestCompareFailure: a base that cannot be made is an error, not a stack without resources.
func TestCompareFailure(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.fail = func(string) error { return errBroken }
	_, err := Compare(t.Context(), testOptions(t, nil), version(w, "a", thing{name: "box"}), version(newWorld(), "a", thing{name: "box"}))
	var failed *OperationError
	if !errors.As(err, &failed) {
		t.Errorf("got %v", err)
	}
}
