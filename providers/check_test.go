package providers_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// objector is a provider that objects to everything.
type objector struct{ providers.Provider }

func (objector) Check(*spec.Topology) diag.Diagnostics {
	return diag.Diagnostics{{Code: "objection"}}
}

// TestCheck: labels and what a provider says are reported, each once; labels even without a provider.
func TestCheck(t *testing.T) {
	t.Parallel()
	top := topology(t, "version: 1\nproject: shop\ntopics: {orders: {labels: {azure-x: y}}}\n", "azure")
	codes := func(p providers.Provider) (codes []string) {
		for _, d := range providers.Check(p, top) {
			codes = append(codes, d.Code)
		}
		return codes
	}
	label := codes(nil)
	if len(label) != 1 {
		t.Fatalf("labels: %v", label)
	}
	if diff := cmp.Diff(append(label, "objection"), codes(objector{})); diff != "" {
		t.Error(diff)
	}
}
