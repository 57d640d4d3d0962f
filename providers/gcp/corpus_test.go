package gcp_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/msgdeploy/msgdeploy/providers/gcp"
	"github.com/msgdeploy/msgdeploy/providers/providertest"
	"github.com/msgdeploy/msgdeploy/spec"
)

// cases returns every stack on Google Cloud of the corpus that is valid, by case and stack.
// Those on an emulator are left out: they have no identities.
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
			if ds.HasErrors() || top.Target.GCP == nil || top.Target.GCP.Endpoint != "" || gcp.New().Check(top).HasErrors() {
				continue
			}
			all[filepath.Base(filepath.Dir(file))+"/"+stack] = top
		}
	}
	if len(all) < 1 {
		t.Fatalf("%d stacks on Google Cloud: where is the corpus?", len(all))
	}
	return all
}

// TestCorpus holds the rules of all providers over every stack of the corpus.
func TestCorpus(t *testing.T) {
	t.Parallel()
	for name, top := range cases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, gcp.New(), top)
		})
	}
}
