package providers

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// common returns what an element says of itself, whatever its kind, and where it stands;
// of dead letters it is their owner. Of another project's element it is nothing.
func common(t *spec.Topology, of permissions.Address) (spec.Common, spec.Origin) {
	kind, name := of.Split()
	switch kind {
	case "topic":
		if e := t.Topic(name); e != nil {
			return e.Common, e.Origin
		}
	case "queue":
		if e := t.Queue(name); e != nil {
			return e.Common, e.Origin
		}
	case "subscription":
		if e := t.Subscription(name); e != nil {
			return e.Common, e.Origin
		}
	case "service":
		if e := t.Service(name); e != nil {
			return e.Common, e.Origin
		}
	}
	return spec.Common{}, spec.Origin{}
}

// Standing is the address under which an element, or its dead letters, was made: the one
// before it was moved, for as long as `movedFrom` says so. Whatever is written into a cloud
// goes by it, so that a move changes nothing there.
func Standing(t *spec.Topology, of permissions.Address) permissions.Address {
	c, _ := common(t, of)
	if c.MovedFrom == "" {
		return of
	}
	kind, _ := of.Split()
	standing := permissions.Address(kind + "." + c.MovedFrom)
	if _, dead := of.Owner(); dead {
		return standing.DeadLetters()
	}
	return standing
}

// Moved returns the options with which the component of an element keeps its state when it
// is renamed. The engine hands the alias on to the resources below it: those whose names
// begin with the component's follow it, and those of other names stay as they are.
func Moved(t *spec.Topology, of permissions.Address) []pulumi.ResourceOption {
	c, _ := common(t, of)
	if c.MovedFrom == "" {
		return nil
	}
	return []pulumi.ResourceOption{pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String(c.MovedFrom)}})}
}
