package azure

import (
	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Check reports what Azure cannot do, does otherwise, or cannot name.
func (*Provider) Check(t *spec.Topology) diag.Diagnostics {
	return providers.CheckCapabilities(t)
}
