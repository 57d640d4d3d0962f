package aws_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/msgdeploy/msgdeploy/providers/aws"
	"github.com/msgdeploy/msgdeploy/providers/providertest"
	"github.com/msgdeploy/msgdeploy/spec"
)

// TestSuite runs the suite of all providers on every stack of the corpus that is on AWS.
func TestSuite(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/cases/*/spec.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, ds := spec.Load(file, data)
		if ds.HasErrors() {
			continue
		}
		for _, stack := range s.Stacks() {
			top, ds := s.Resolve(stack)
			if ds.HasErrors() || top.Target.Cloud() != spec.AWS || aws.New().Check(top).HasErrors() {
				continue
			}
			ran++
			t.Run(filepath.Base(filepath.Dir(file))+"/"+stack, func(t *testing.T) {
				t.Parallel()
				providertest.Run(t, aws.New(), top)
			})
		}
	}
	if ran == 0 {
		t.Fatal("the corpus has no stack on AWS")
	}
}
