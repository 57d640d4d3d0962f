package deploy

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// stackElement is the element of what belongs to no element of the spec.
const stackElement = "stack"

// root returns the stack's own resource of the state that the run starts from, and its outputs.
func (r run) root() (resource.URN, resource.PropertyMap) {
	for _, s := range r.base.Resources {
		if s.Type == resource.RootStackType && !s.Delete {
			return s.URN, s.Outputs
		}
	}
	return "", nil
}

// outputsChange returns the change of the stack's outputs; ok is false where there is none. Outputs are
// an API: what only they change is a change. Where resources change too, theirs is a consequence
// that those tell of.
func (c *collector) outputsChange() (change Change, ok bool) {
	if c.run.operation != OperationUp || c.root == "" || c.outputs == nil || len(c.errors()) > 0 {
		return Change{}, false
	}
	var d differ
	d.objects("", c.rootOutputs, c.outputs)
	slices.SortFunc(d, func(a, b PropertyDiff) int { return strings.Compare(a.Path, b.Path) })
	return Change{
		Element: stackElement, Type: string(c.root.Type()), Name: c.root.Name(), URN: string(c.root),
		Op: OpUpdate, Component: true, Diff: d,
	}, len(d) > 0
}
