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

// A pending operation is one that was cut off: the process died, or was told to stop
// at once, while the cloud was busy. Nobody knows whether it has happened. Pulumi
// warns, and leaves creations to the user for ever. Here, names are a function of
// the spec, and so the next operation can find out by itself:
//
//   - What was being updated or deleted is refreshed first, see [settlePending].
//   - What was being created, and the program still wants, is created again. A plugin of this
//     process adopts what it finds, and a cloud says that it exists. Success resolves the matter.
//   - What was being created, and the program does not want any more, is an orphan. It is deleted
//     where a plugin of this process can tell it by its inputs. For others, the user is told.

// orphans returns the pending creations that a plugin of this process can delete.
// Those of resources that wanted reports to be in the program are left out.
func (o Options) orphans(d *apitype.DeploymentV3, wanted func(resource.URN) bool) (urns []string) {
	for _, op := range d.PendingOperations {
		r := op.Resource
		if op.Type == apitype.OperationTypeCreating && cloudly(r) && o.served(r.Type) && !wanted(r.URN) {
			urns = append(urns, string(r.URN))
		}
	}
	slices.Sort(urns)
	return slices.Compact(urns)
}

// served reports whether resources of a type are made by a plugin of this process.
func (o Options) served(t tokens.Type) bool {
	_, ok := o.Plugins[string(t.Package())]
	return ok
}

// cloudly reports whether a resource is something in a cloud: neither a component, nor
// a provider, which is a setting.
func cloudly(r apitype.ResourceV3) bool {
	return r.Custom && !strings.HasPrefix(string(r.Type), "pulumi:")
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

// settlePending leaves of a state's pending operations only the creations that somebody has to look after.
func settlePending(d *apitype.DeploymentV3) {
	if len(d.PendingOperations) == 0 {
		return
	}
	live := map[resource.URN]*apitype.ResourceV3{}
	for i := range d.Resources {
		if r := &d.Resources[i]; !r.Delete {
			live[r.URN] = r
		}
	}
	d.PendingOperations = slices.DeleteFunc(d.PendingOperations, func(op apitype.OperationV2) bool {
		r := live[op.Resource.URN]
		if op.Type == apitype.OperationTypeCreating {
			return !cloudly(op.Resource) || r != nil && !r.PendingReplacement
		}
		if r != nil && r.Custom {
			// What the state says may not be so any more. With this, the engine looks before it compares.
			r.RefreshBeforeUpdate = true
		}
		return true
	})
}

// notePending says which operations nobody knows the end of, and what helps.
func (c *collector) notePending(d *apitype.DeploymentV3) {
	for _, op := range d.PendingOperations {
		r := op.Resource
		if op.Type != apitype.OperationTypeCreating || c.run.stack.opts.served(r.Type) {
			continue
		}
		c.messages = append(c.messages, Message{
			Severity: severityWarning, Element: c.element(r.URN), URN: string(r.URN),
			Text: fmt.Sprintf("its creation was cut off; if it exists, delete it, or the next up may find it in the way; "+
				"msgdeploy refresh -s %s forgets that it was pending", c.run.stack.opts.Stack),
		})
	}
}
