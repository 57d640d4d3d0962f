package deploy

import (
	"slices"

	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Some resources are made and of no use until somebody outside has agreed to them, such as
// a subscription that its endpoint must confirm. The state keeps what the cloud said when
// they were made; the next operation asks again before it compares.

// unconfirmed reports whether a resource waits for somebody outside.
func (o Options) unconfirmed(s *pkgresource.State) bool {
	property, ok := o.Unconfirmed[string(s.Type)]
	if !ok || s.Delete {
		return false
	}
	v := s.Outputs[resource.PropertyKey(property)]
	return v.IsBool() && v.BoolValue()
}

// askAgain has the engine look at what was unconfirmed before it compares.
func (r run) askAgain() {
	for _, s := range r.base.Resources {
		if r.stack.opts.unconfirmed(s) {
			s.RefreshBeforeUpdate = true
		}
	}
}

// confirm takes in what a resource says of itself after a step.
func (c *collector) confirm(s *pkgresource.State) {
	if c.run.stack.opts.unconfirmed(s) {
		c.unconfirmed[s.URN] = true
	} else {
		delete(c.unconfirmed, s.URN)
	}
}

// unconfirmedElements are the elements that wait for somebody outside, sorted.
func (c *collector) unconfirmedElements() []string {
	var elements []string
	for urn := range c.unconfirmed {
		elements = append(elements, c.element(urn))
	}
	slices.Sort(elements)
	return slices.Compact(elements)
}
