// Package providers is the cut between the portable spec and the clouds: a
// [Provider] says what a cloud cannot do, and turns a topology into a Pulumi
// program. What the clouds share lives here once: the capability table, the rule
// of physical names, and the rendering of programs.
package providers

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Provider is one cloud. Implementations are stateless and safe for concurrent use.
type Provider interface {
	// Check reports, on the YAML line that asked, whatever this cloud cannot do,
	// does differently, or cannot name. It never contacts the cloud. Labels are not its
	// business: [Check] asks about both.
	Check(t *spec.Topology) diag.Diagnostics
	// Program builds the topology's resources. It exports one stack output, "outputs",
	// of the shape in design.md §3, and is pure: it reads nothing but its arguments.
	Program(t *spec.Topology, grants []permissions.Grant) pulumi.RunFunc
	// Actions says what a grant comes down to in this cloud: the actions it takes,
	// and the scope (a subject, an ARN, a resource id) on which it takes them.
	Actions(t *spec.Topology, g permissions.Grant) (actions []string, scope string)
	// Resources describes every type of resource that Program may register.
	Resources() []ResourceType
}

// Check reports all that a stack's cloud has to say of it: of its labels, and what p says.
// A nil p is a cloud that nothing is deployed to, of which only the labels are known.
func Check(p Provider, t *spec.Topology) diag.Diagnostics {
	ds := CheckLabels(t)
	if p != nil {
		ds = append(ds, p.Check(t)...)
	}
	return ds
}

// Explainer is a provider that can add to a cloud's error what it means here, and what to do.
type Explainer interface {
	// Explain returns sentences, or "" where an error says enough. Texts of other clouds
	// mean nothing to it.
	Explain(message string) string
}

// Unseeing is a Provider whose resources do not show all that others may have added beside them.
type Unseeing interface {
	// Unseen says, in full sentences, what of that no refresh of a stack finds.
	Unseen() []string
}

// ResourceType is what is known of a type of resource before any exists.
type ResourceType struct {
	// Token is Pulumi's type token, such as "nats:index:Stream".
	Token string
	// Computed are the output properties that only the cloud can tell, such as an ARN; one
	// within another is given by its path, "identity.principalId".
	Computed []string
	// Lasting are the outputs that stay what they are for as long as the resource is there, or the input that
	// they complete stays, and that the plugin does not know while it previews an update.
	Lasting []string
	// Unconfirmed is the output property that is true for as long as somebody outside has to
	// confirm the resource, such as an endpoint its subscription; "" for most types.
	Unconfirmed string
	// Stateful is set when deleting the resource loses messages.
	Stateful bool
	// Identity are the inputs by which the cloud knows a resource, the provider's own place aside: to make a second
	// one with the same is to be given the first, or to fail. None is for a type whose ids the cloud gives out, or
	// whose deletion deletes nothing.
	Identity []string
	// Adopts is set for a type whose cloud answers a creation with what exists already, whoever made it, and says
	// how to find that out before; such a type has an Identity.
	Adopts *Lookup
	// Words are the properties that the spec has keys for.
	Words []Word
	// Asides end the names of the resources that go along with an element, such as its dead
	// letters: what they are like is not what its keys say.
	Asides []string
}

// Lookup is how a plugin finds out whether a resource exists that is not in the state.
type Lookup struct {
	// Function is the plugin's function that finds it, "" to read it by the id that follows from its inputs. Its
	// argument is the resource's input By, and its result ID the resource's id.
	Function, By, ID string
	// Absent are words of the errors by which the function says that there is nothing.
	Absent []string
}

// Adviser is a Provider that knows of changes which users must act on outside of the stack.
type Adviser interface {
	// Advise returns what users must do when an operation makes the elements for which
	// created is true, beside others that stand already.
	Advise(t *spec.Topology, created func(permissions.Address) bool) []Advice
}

// Advice is what users must do about a change of one element, in full sentences.
type Advice struct {
	Element permissions.Address
	Text    string
}
