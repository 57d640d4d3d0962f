package azure

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/providertest"
	"github.com/msgdeploy/msgdeploy/spec"
)

// cases returns every stack on Azure of the corpus that is valid, by case and stack.
func cases(t *testing.T) map[string]*spec.Topology {
	t.Helper()
	files, err := filepath.Glob("../../testdata/cases/*/spec.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*spec.Topology{}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, ds := spec.Load(file, src)
		if ds.HasErrors() {
			continue
		}
		for _, stack := range s.Stacks() {
			top, ds := s.Resolve(stack)
			if ds.HasErrors() || top.Target.Azure == nil || New().Check(top).HasErrors() {
				continue
			}
			all[filepath.Base(filepath.Dir(file))+"/"+stack] = top
		}
	}
	if len(all) < 9 {
		t.Fatalf("%d stacks on Azure: where is the corpus?", len(all))
	}
	return all
}

// TestCorpus holds the rules of all providers over every stack of the corpus.
func TestCorpus(t *testing.T) {
	t.Parallel()
	for name, top := range cases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, New(), top)
		})
	}
}

// resolve returns the stack `eu` of a spec that begins with a version, a project and that stack.
func resolve(t *testing.T, elements string) *spec.Topology {
	t.Helper()
	s, ds := spec.Load("spec.yaml", []byte("version: 1\nproject: shop\n"+
		"stacks: {eu: {azure: {subscription: 00000000-0000-0000-0000-000000000000, location: westeurope}}}\n"+elements))
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	top, ds := s.Resolve("eu")
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	return top
}

func render(t *testing.T, top *spec.Topology) *providers.Rendering {
	t.Helper()
	r, err := providers.Render(t.Context(), New(), top, permissions.Derive(top))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// of returns the resources of a type, by name.
func of(r *providers.Rendering, typ string) map[string]providers.Rendered {
	found := map[string]providers.Rendered{}
	for _, res := range r.Resources {
		if res.Type == typ {
			found[res.Name] = res
		}
	}
	return found
}
