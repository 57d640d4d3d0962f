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
//   - A refresh looks for all of them whose IDs follow from their inputs: what exists is adopted, what
//     does not is forgotten. What is left then is the user's to tell, see [Stack.Resolve].

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

// Creation is the creation of a resource that was cut off.
type Creation struct {
	URN     string
	Type    string
	Element string
	// Inputs are the resource's, and Provider those of its provider, secrets as they are encrypted.
	Inputs, Provider map[string]any
}

// adoptable returns the pending creations that a refresh can look for, by URN, and the IDs to look for.
func (o Options) adoptable(d *apitype.DeploymentV3) map[string]string {
	standing := map[resource.URN]bool{}
	for _, r := range d.Resources {
		standing[r.URN] = standing[r.URN] || !r.Delete
	}
	ids := map[string]string{}
	for _, op := range d.PendingOperations {
		urn := string(op.Resource.URN)
		if op.Type != apitype.OperationTypeCreating || !cloudly(op.Resource) || standing[op.Resource.URN] {
			continue
		}
		if o.served(op.Resource.Type) {
			ids[urn] = InterruptedID
		} else if o.Identify != nil {
			if id, ok := o.Identify(creation(d, op)); ok {
				ids[urn] = id
			}
		}
	}
	return ids
}

func creation(d *apitype.DeploymentV3, op apitype.OperationV2) Creation {
	r := op.Resource
	c := Creation{URN: string(r.URN), Type: string(r.Type), Inputs: r.Inputs, Element: elementOf(r.URN, parents(d))}
	for _, p := range d.Resources {
		if string(p.URN)+"::"+string(p.ID) == r.Provider {
			c.Provider = p.Inputs
		}
	}
	return c
}

// withAdopted returns d with pending creations as resources with the IDs that are given for them. It
// is a function of its arguments, so that a journal that says them can be replayed.
func withAdopted(d *apitype.DeploymentV3, ids map[string]string) *apitype.DeploymentV3 {
	if len(ids) == 0 {
		return d
	}
	out := *d
	out.Resources, out.PendingOperations = slices.Clone(d.Resources), nil
	adopted := map[resource.URN]bool{}
	for _, op := range d.PendingOperations {
		r := op.Resource
		id, ok := ids[string(r.URN)]
		if !ok || op.Type != apitype.OperationTypeCreating {
			out.PendingOperations = append(out.PendingOperations, op)
			continue
		}
		if adopted[r.URN] {
			continue // cut off more than once
		}
		adopted[r.URN] = true
		r.ID = resource.ID(id)
		out.Resources = append(out.Resources, r)
	}
	return &out
}

// tellAdopted turns what a refresh has found out about pending creations into words: what is there has
// not been changed by anybody, and what is not has not been deleted. d is the state with what was adopted.
func tellAdopted(r *Result, d *apitype.DeploymentV3, ids map[string]string) {
	up := parents(d)
	for _, res := range d.Resources {
		id, ok := ids[string(res.URN)]
		if !ok {
			continue
		}
		change := Change{Element: elementOf(res.URN, up), Type: string(res.Type), Name: res.URN.Name(), URN: string(res.URN), Op: OpCreate}
		if id != InterruptedID {
			change.ID = id
		}
		found := OpSame
		i := slices.IndexFunc(r.Changes, func(c Change) bool { return c.URN == change.URN })
		if i >= 0 {
			found = r.Changes[i].Op
			r.Changes = slices.Delete(r.Changes, i, i+1)
		}
		text := "its creation was cut off, and it exists: the state has it from now on"
		switch found {
		case OpDelete:
			r.Summary.Delete--
			text = "its creation was cut off, and it does not exist: it is pending no more"
		case OpUpdate:
			r.Summary.Update--
		default:
			r.Summary.Same--
		}
		if found != OpDelete {
			r.Summary.Create++
			r.Changes = append(r.Changes, change)
		}
		r.Diagnostics = append(r.Diagnostics, Message{Severity: severityInfo, Element: change.Element, URN: change.URN, Text: text})
	}
	slices.SortFunc(r.Changes, compareChanges)
}

// settlePending leaves of a state's pending operations only the creations that somebody has to look after.
func settlePending(d *apitype.DeploymentV3) {
	doubt(d)
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

// doubt makes pending creations again of those that an operation has looked for or was to delete, and did not come
// to: for the next one it is open again what to do about them. A program that wants such a resource after all would
// have it made, and then deleted as what was left of the first attempt.
func doubt(d *apitype.DeploymentV3) {
	d.Resources = slices.DeleteFunc(d.Resources, func(r apitype.ResourceV3) bool {
		if !r.Custom || r.ID != InterruptedID {
			return false
		}
		r.ID, r.Delete = "", false
		d.PendingOperations = append(d.PendingOperations, apitype.OperationV2{Resource: r, Type: apitype.OperationTypeCreating})
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
			Text: fmt.Sprintf("its creation was cut off, and nobody knows whether it exists: `msgdeploy refresh -s %[1]s` looks for it; "+
				"or say so yourself, with `msgdeploy stacks resolve %[1]s '%[2]s' --created ID` or `--not-created`", c.run.stack.opts.Stack, r.URN),
		})
	}
}
