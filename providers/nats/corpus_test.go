package nats_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/msgdeploy/msgdeploy/providers/nats"
	"github.com/msgdeploy/msgdeploy/providers/providertest"
	"github.com/msgdeploy/msgdeploy/spec"
)

// TestCorpus puts every NATS stack of the corpus through the suite that all providers pass.
func TestCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/cases/*/spec.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, ds := spec.Load(file, src)
		if ds.HasErrors() {
			continue // a case about mistakes
		}
		for _, stack := range s.Stacks() {
			top, ds := s.Resolve(stack)
			if ds.HasErrors() || top.Target.Cloud() != spec.NATS || nats.New().Check(top).HasErrors() {
				continue
			}
			ran++
			t.Run(filepath.Base(filepath.Dir(file))+"/"+stack, func(t *testing.T) {
				t.Parallel()
				providertest.Run(t, nats.New(), top)
			})
		}
	}
	if ran < 5 {
		t.Errorf("%d stacks of the corpus are on NATS: what did this test?", ran)
	}
}
