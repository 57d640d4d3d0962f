package deploy

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// takeoverOptions are those of a cloud that knows things by what their value is.
func takeoverOptions(t *testing.T, w *world) Options {
	o := testOptions(t, w)
	o.Identity = map[string][]string{"fake:index:Thing": {"value"}}
	return o
}

// TestTakeover: what would be made as what the same operation deletes is refused before anything is changed,
// and a preview says it.
func TestTakeover(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		next []thing
		want []string
	}{
		"renamed": {
			[]thing{{name: "bbb", value: "box"}, {name: "zzz", value: "other"}},
			[]string{"queue.bbb: its Thing with value \"box\" is what queue.aaa has now: it would be taken over, and then deleted with queue.aaa. " +
				"To keep it, add `movedFrom: aaa` to queue.bbb"},
		},
		"handed over": {
			[]thing{{name: "aaa", value: "new", shape: "square"}, {name: "bbb", value: "box"}, {name: "zzz", value: "other"}},
			[]string{"queue.bbb: its Thing with value \"box\" is what queue.aaa has now: it would be taken over, and then deleted with queue.aaa. " +
				"To go on, take it away with one `msgdeploy up`, and add it with the next one"},
		},
		"swapped": {
			[]thing{{name: "aaa", value: "other", shape: "square"}, {name: "zzz", value: "box", shape: "square"}},
			[]string{
				"queue.aaa: its Thing with value \"other\" is what queue.zzz has now: it would be taken over, and then deleted with queue.zzz. " +
					"To go on, take it away with one `msgdeploy up`, and add it with the next one",
				"queue.zzz: its Thing with value \"box\" is what queue.aaa has now: it would be taken over, and then deleted with queue.aaa. " +
					"To go on, take it away with one `msgdeploy up`, and add it with the next one",
			},
		},
		"of another name":           {[]thing{{name: "bbb", value: "bag"}, {name: "zzz", value: "other"}}, nil},
		"of another type":           {[]thing{{name: "bbb", kind: "Vessel", value: "box"}, {name: "zzz", value: "other"}}, nil},
		"replaced as it is":         {[]thing{{name: "aaa", value: "box", shape: "square"}, {name: "zzz", value: "other"}}, nil},
		"beside what stays forever": {[]thing{{name: "aaa", value: "box"}, {name: "bbb", value: "box"}, {name: "zzz", value: "other"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			s := open(t, takeoverOptions(t, w))
			up(t, s, thing{name: "aaa", value: "box"}, thing{name: "zzz", value: "other"})
			w.asked()
			r, err := s.Preview(t.Context(), program(c.next...))
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, m := range r.Diagnostics {
				said = append(said, m.Element+": "+m.Text)
				if m.Severity != severityError {
					t.Errorf("%s: is said to be no more than a %s", m.Text, m.Severity)
				}
			}
			if diff := cmp.Diff(c.want, said); diff != "" {
				t.Errorf("what the preview says (-want +got):\n%s", diff)
			}
			_, err = s.Up(t.Context(), program(c.next...), nil)
			var lost *TakeoverError
			if errors.As(err, &lost) != (c.want != nil) {
				t.Errorf("up: %v", err)
			}
			if asked := w.asked(); c.want != nil && len(asked) > 0 {
				t.Errorf("it was refused, and the cloud was asked to %q", asked)
			}
		})
	}
}

// TestTakeoverOfSecret: what is secret counts, and is not shown.
func TestTakeoverOfSecret(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	o.Identity = map[string][]string{"fake:index:Thing": {"secret"}}
	s := open(t, o)
	up(t, s, thing{name: "aaa", secret: "hidden"})
	for secret, want := range map[string]string{
		"hidden": "stack local: queue.bbb: its Thing with secret \"[secret]\" is what queue.aaa has now: it would be taken over, and then deleted with queue.aaa. To keep it, add `movedFrom: aaa` to queue.bbb",
		"other":  "",
	} {
		r, err := s.Preview(t.Context(), program(thing{name: "bbb", secret: secret}))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := r.Lost("local"); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s", secret, cmp.Diff(want, got))
		}
	}
}

// TestTakeoverElsewhere: what is in another region is nobody's to take over.
func TestTakeoverElsewhere(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]int{"here": 1, "there": 0} {
		r, err := Compare(t.Context(), takeoverOptions(t, nil),
			version(newWorld(), "here", thing{name: "aaa", value: "box"}), version(newWorld(), place, thing{name: "bbb", value: "box"}))
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Takeovers) != want {
			t.Errorf("%s: %v", place, r.Takeovers)
		}
	}
}

// TestTakeoverUnknown: what is not known yet is what was if it comes from what stands, and never what it was if
// it comes from what is made in the same operation.
func TestTakeoverUnknown(t *testing.T) {
	t.Parallel()
	urn := func(name string) resource.URN {
		return resource.NewURN("local", "shop", "", "fake:index:Thing", name)
	}
	state := func(name string, value resource.PropertyValue, from ...resource.URN) *pkgresource.State {
		return &pkgresource.State{
			Type: "fake:index:Thing", URN: urn(name), Inputs: resource.PropertyMap{"value": value},
			PropertyDependencies: map[resource.PropertyKey][]resource.URN{"value": from},
		}
	}
	arn, unknown := resource.NewProperty("arn"), resource.MakeComputed(resource.NewProperty(""))
	old := state("old", arn, urn("topic"), urn("place"))
	for name, c := range map[string]struct {
		made []*pkgresource.State
		want bool
	}{
		"known":                       {[]*pkgresource.State{state("new", arn)}, true},
		"of the same":                 {[]*pkgresource.State{state("new", unknown, urn("place"), urn("topic"))}, true},
		"of another one":              {[]*pkgresource.State{state("new", unknown, urn("place"), urn("other"))}, false},
		"of the same, which is new":   {[]*pkgresource.State{state("new", unknown, urn("place"), urn("topic")), state("topic", resource.NewProperty("x"))}, false},
		"of who knows what":           {[]*pkgresource.State{state("new", unknown)}, false},
		"nothing that it is known by": {[]*pkgresource.State{{Type: "fake:index:Thing", URN: urn("new")}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nothing := &pkgresource.State{Type: "fake:index:Thing", URN: urn("nothing")}
			found := (&collector{
				run:      run{stack: &Stack{opts: takeoverOptions(t, nil)}},
				exchange: exchange{made: c.made, gone: []*pkgresource.State{old, nothing}},
			}).takeovers()
			if got := len(found) == 1; got != c.want {
				t.Errorf("found %v", found)
			}
		})
	}
}
