package providers_test

import (
	"path/filepath"
	"testing"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/aws"
	"github.com/msgdeploy/msgdeploy/providers/azure"
	"github.com/msgdeploy/msgdeploy/providers/gcp"
	"github.com/msgdeploy/msgdeploy/providers/nats"
	"github.com/msgdeploy/msgdeploy/spec"
	"github.com/msgdeploy/msgdeploy/spec/spectest"
)

// BenchmarkOrganisation checks and renders the stacks of an organisation of 20 teams, one
// on each cloud.
func BenchmarkOrganisation(b *testing.B) {
	s, ds, err := spectest.Load(filepath.Join("..", "testdata", "cases", "organisation", "spec.yaml"))
	if err != nil || ds.HasErrors() {
		b.Fatal(err, ds)
	}
	clouds := map[spec.Cloud]providers.Provider{spec.AWS: aws.New(), spec.GCP: gcp.New(), spec.Azure: azure.New(), spec.NATS: nats.New()}
	for _, stack := range s.Stacks() {
		t, ds := s.Resolve(stack)
		if ds.HasErrors() {
			b.Fatal(ds)
		}
		cloud, grants := clouds[t.Target.Cloud()], permissions.Derive(t)
		b.Run("check/"+stack, func(b *testing.B) {
			for b.Loop() {
				if ds := cloud.Check(t); ds.HasErrors() {
					b.Fatal(ds)
				}
			}
		})
		b.Run("render/"+stack, func(b *testing.B) {
			for b.Loop() {
				if _, err := providers.Render(b.Context(), cloud, t, grants); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
