package deploy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// InterruptedID is the ID of a resource whose creation was cut off and that is to
// be deleted: nobody knows its own, or whether it was made at all.
const InterruptedID = "interrupted"

// A pending creation is one that was cut off: the process died, or was told to
// stop at once, while the cloud was busy. Pulumi keeps these for ever, until
// somebody looks. Here, names are a function of the spec, so that
//
//   - what the program still wants is created again. A plugin of this process adopts what
//     it finds, and a cloud says that it exists. The success resolves the pending creation.
//   - what the program does not want any more is an orphan, and is deleted where a plugin of
//     this process can tell it by its inputs. For others, the user is told.

// orphans returns the pending creations that a plugin of this process can delete.
// Those of resources that wanted reports to be in the program are left out.
func (o Options) orphans(d *apitype.DeploymentV3, wanted func(resource.URN) bool) (urns []string) {
	for _, op := range d.PendingOperations {
		r := op.Resource
		if op.Type == apitype.OperationTypeCreating && r.Custom && o.served(r.Type) && !wanted(r.URN) {
			urns = append(urns, string(r.URN))
		}
	}
	slices.Sort(urns)
	return slices.Compact(urns)
}

// served reports whether resources of a type are made by a plugin of this process.
func (o Options) served(t tokens.Type) bool {
	_, ok := o.Plugins[string(t.Package())]
	return ok && !strings.HasPrefix(string(t), "pulumi:")
}

// withOrphans returns d with the orphans as resources that are to be deleted. It
// is a function of d and urns, so that a journal that says them can be replayed.
func withOrphans(d *apitype.DeploymentV3, urns []string) *apitype.DeploymentV3 {
	if len(urns) == 0 {
		return d
	}
	out := *d
	out.Resources, out.PendingOperations = slices.Clone(d.Resources), nil
	for _, op := range d.PendingOperations {
		if op.Type != apitype.OperationTypeCreating || !slices.Contains(urns, string(op.Resource.URN)) {
			out.PendingOperations = append(out.PendingOperations, op)
			continue
		}
		r := op.Resource
		r.ID, r.Delete = InterruptedID, true
		out.Resources = append(out.Resources, r)
	}
	return &out
}

// forgetting returns d without the pending creations that only the user can look
// after. To refresh is to say that they have been looked after.
func (o Options) forgetting(d *apitype.DeploymentV3) *apitype.DeploymentV3 {
	out := *d
	out.PendingOperations = nil
	for _, op := range d.PendingOperations {
		if o.served(op.Resource.Type) {
			out.PendingOperations = append(out.PendingOperations, op)
		}
	}
	return &out
}

// resolve drops pending creations of resources that are there by now.
func resolve(d *apitype.DeploymentV3) {
	if len(d.PendingOperations) == 0 {
		return
	}
	made := map[resource.URN]bool{}
	for _, r := range d.Resources {
		made[r.URN] = made[r.URN] || !r.Delete && !r.PendingReplacement
	}
	d.PendingOperations = slices.DeleteFunc(d.PendingOperations, func(op apitype.OperationV2) bool {
		return op.Type == apitype.OperationTypeCreating && made[op.Resource.URN]
	})
}

// notePending says which operations nobody knows the end of, and what helps.
func (c *collector) notePending(d *apitype.DeploymentV3) {
	for _, op := range d.PendingOperations {
		r := op.Resource
		if op.Type != apitype.OperationTypeCreating || c.run.stack.opts.served(r.Type) {
			continue // the engine and the plugin go on from there by themselves
		}
		c.messages = append(c.messages, Message{
			Severity: severityWarning, Element: c.element(r.URN), URN: string(r.URN),
			Text: fmt.Sprintf("its creation was cut off; if it exists, delete it, or the next up may find it in the way; "+
				"msgdeploy refresh -s %s forgets that it was pending", c.run.stack.opts.Stack),
		})
	}
}
