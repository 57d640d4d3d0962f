package deploy

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TestNoChangeWritesNothing demands that an up of what is there leaves the state alone, to the byte.
func TestNoChangeWritesNothing(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	s := open(t, o)
	things := []thing{{name: "aaa", secret: "hidden"}, {name: "bbb", needs: []string{"aaa"}}}
	up(t, s, things...)
	state := func() string {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(o.Dir, s.keys.checkpoint()))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	before := state()
	r := up(t, s, things...)
	if len(r.Changes) != 0 {
		t.Errorf("changes %v", rows(r.Changes))
	}
	if after := state(); after != before {
		t.Errorf("the state was written again (-before +after):\n%s", cmp.Diff(before, after))
	}
	want := map[string]any{"outputs": map[string]any{"ids": map[string]any{"aaa": "aaa", "bbb": "bbb"}}, "credentials": "[secret]"}
	if diff := cmp.Diff(want, r.Outputs); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
}

// TestWhatChangesOnlyTheState demands that an up which has nothing to do in the
// cloud still brings the state up to date.
func TestWhatChangesOnlyTheState(t *testing.T) {
	t.Parallel()
	pair := func(b thing) Program { return program(thing{name: "aaa"}, b) }
	for name, test := range map[string]struct {
		program Program
		check   func(t *testing.T, s *Stack)
	}{
		"protection": {pair(thing{name: "bbb", protect: true}), func(t *testing.T, s *Stack) {
			if r := resourceOf(t, s, "bbb"); !r.Protect {
				t.Error("the resource is not protected")
			}
		}},
		"dependencies": {pair(thing{name: "bbb", needs: []string{"aaa"}}), func(t *testing.T, s *Stack) {
			if r := resourceOf(t, s, "bbb"); len(r.Dependencies) != 1 {
				t.Errorf("dependencies %v", r.Dependencies)
			}
		}},
		"outputs": {func(ctx *pulumi.Context) error {
			if err := pair(thing{name: "bbb"})(ctx); err != nil {
				return err
			}
			ctx.Export("more", pulumi.String("yes"))
			return nil
		}, func(t *testing.T, s *Stack) {
			outputs, err := s.Outputs(t.Context())
			if err != nil || outputs["more"] != "yes" {
				t.Errorf("outputs %v, %v", outputs, err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			s := open(t, testOptions(t, w))
			if _, err := s.Up(t.Context(), pair(thing{name: "bbb"}), nil); err != nil {
				t.Fatal(err)
			}
			w.asked()
			if _, err := s.Up(t.Context(), test.program, func(*Result) error { return nil }); err != nil {
				t.Fatal(err)
			}
			if calls := w.asked(); len(calls) != 0 {
				t.Errorf("the cloud was asked to %v", calls)
			}
			test.check(t, s)
		})
	}
}

// found is what the tests look at in a resource of the state.
type found struct {
	Protect      bool
	Dependencies []resource.URN
}

func resourceOf(t *testing.T, s *Stack, name string) found {
	t.Helper()
	c, err := s.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range c.deployment.Resources {
		if r.Custom && r.URN.Name() == name {
			return found{r.Protect, r.Dependencies}
		}
	}
	t.Fatalf("%s is not in the state", name)
	return found{}
}
