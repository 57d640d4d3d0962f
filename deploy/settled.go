package deploy

import (
	"maps"
	"reflect"
	"slices"

	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// sameState reports whether a resource that a preview leaves as it is would also
// leave the state as it is. It asks what Pulumi's own snapshot manager asks
// before it leaves a write out (sameSnapshotMutation.mustWrite, which is not
// exported); outputs are compared when the step ends, since only then are they
// known. Where stacks have not changed, this saves the second run of the engine.
func sameState(before, after *pkgresource.State) bool {
	return before.URN == after.URN &&
		before.Type == after.Type &&
		before.Custom == after.Custom &&
		before.Delete == after.Delete &&
		before.Protect == after.Protect &&
		before.Taint == after.Taint &&
		before.Parent == after.Parent &&
		before.Provider == after.Provider &&
		before.RetainOnDelete == after.RetainOnDelete &&
		before.DeletedWith == after.DeletedWith &&
		before.CustomTimeouts == after.CustomTimeouts &&
		slices.Equal(before.ReplaceWith, after.ReplaceWith) &&
		before.Inputs.DeepEquals(after.Inputs) &&
		sameURNs(before.Dependencies, after.Dependencies) &&
		maps.EqualFunc(before.PropertyDependencies, after.PropertyDependencies, sameURNs) &&
		(len(before.ResourceHooks) == 0 && len(after.ResourceHooks) == 0 ||
			reflect.DeepEqual(before.ResourceHooks, after.ResourceHooks))
}

// sameURNs compares without regard to order.
func sameURNs(a, b []resource.URN) bool {
	if len(a) != len(b) {
		return false
	}
	return slices.Equal(a, b) || slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
