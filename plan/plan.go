// Package plan is what a preview has found, written down. Somebody reviews it, and an up that is given
// the plan does what it says or nothing: what was reviewed is what is applied.
//
// A plan holds no secret and nothing that was computed from one. Of a property that is a secret it
// knows that it changes, and not to what. What a plan says of the messages that may be lost is agreed to
// only where whoever made it has said so.
//
// The package writes and reads plans ([Plan.Encode], [Decode]), and compares what was planned with what
// would happen ([Plan.Compare]). Files and clouds are none of its business.
package plan

import (
	"slices"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/report"
)

// FormatVersion is the version of the format that [Plan.Encode] writes. A plan is read by versions of
// the same format alone: to whom a new key says nothing, it would allow too much.
const FormatVersion = "1.0"

// kind tells a plan from all other JSON documents.
const kind = "msgdeploy-plan"

// Plan is one preview of one stack.
type Plan struct {
	FormatVersion string `json:"formatVersion"`
	Kind          string `json:"kind"`
	Basis
	Summary Summary `json:"summary"`
	// Operations are sorted by element, type and name. The spec's elements are among them, as in
	// [deploy.Result].
	Operations []Operation `json:"operations"`
	Access     Access      `json:"access"`
	// DataLoss are the elements whose messages are lost, sorted.
	DataLoss []Loss `json:"dataLoss"`
	// Digest is the SHA-256 of all of the above, so that a file that was torn or changed is not taken
	// for what was reviewed. It is no signature: whoever wants to can make another.
	Digest string `json:"digest"`
}

// Basis is what a plan follows from: where all of it is the same, the plan is too.
type Basis struct {
	// Operation is the command that the plan is for: "up".
	Operation string `json:"operation"`
	Project   string `json:"project"`
	Stack     string `json:"stack"`
	// Simulated is set where a stand-in took the place of the cloud and its state is no real one.
	Simulated bool `json:"simulated"`
	// Target are the cloud and what else says where the resources are, such as account and region.
	Target   map[string]string `json:"target"`
	Versions Versions          `json:"versions"`
	Spec     Spec              `json:"spec"`
	// Checkpoint is the SHA-256 of the state that the plan starts from, as "sha256:…"; "" is a stack
	// without state.
	Checkpoint string `json:"checkpoint"`
}

// Versions are those of what makes changes of a spec.
type Versions struct {
	Msgdeploy string `json:"msgdeploy"`
	// Engine is the version of Pulumi's engine that is linked in.
	Engine string `json:"engine"`
	// Plugins are the versions of the clouds' plugins by name.
	Plugins map[string]string `json:"plugins"`
}

// Spec says which spec was planned.
type Spec struct {
	// Hash is the SHA-256 of what the stack asks for, as "sha256:…": layout, comments and the order of
	// keys do not count, see [SpecHash].
	Hash string `json:"hash"`
	// Files are the names of its files, as they were given. They are for readers.
	Files []string `json:"files"`
}

// Summary counts the clouds' resources by what happens to them.
type Summary struct {
	Create  int `json:"create"`
	Update  int `json:"update"`
	Replace int `json:"replace"`
	Delete  int `json:"delete"`
	Same    int `json:"same"`
}

// Operation is what happens to one resource, or to one element of the spec.
type Operation struct {
	Element string    `json:"element"`
	Type    string    `json:"type"`
	Name    string    `json:"name"`
	Op      deploy.Op `json:"op"`
	// Reasons are the properties that force a replacement, sorted.
	Reasons []string `json:"reasons"`
	// Diff are the properties that change, sorted by path.
	Diff []Property `json:"diff"`
	// DataLoss is set where messages are lost with it.
	DataLoss bool `json:"dataLoss"`
}

// Property is one property that changes: before and after are plain JSON, a secret reads "[secret]", and
// what only the operation will tell {"unknown": true}.
type Property struct {
	Path string `json:"path"`
	// Kind is add, update or delete.
	Kind   string `json:"kind"`
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// Access is what services gain and lose, each sorted by service, resource and verb.
type Access struct {
	Gained []report.Access `json:"gained"`
	Lost   []report.Access `json:"lost"`
}

// Loss is one element that loses its messages.
type Loss struct {
	Element string `json:"element"`
	// Messages is how many there were; null where nobody could tell.
	Messages *int64 `json:"messages"`
	// Agreed is set where whoever made the plan agreed to that loss.
	Agreed bool `json:"agreed"`
}

// New returns the plan of what a preview has found. agreed are the addresses of elements whose messages
// may be lost; one that loses none says nothing.
func New(b Basis, r *deploy.Result, agreed []string) *Plan {
	view := report.Operation{Result: r}
	p := &Plan{
		FormatVersion: FormatVersion, Kind: kind, Basis: b, Summary: Summary(r.Summary),
		Operations: make([]Operation, 0, len(r.Changes)), DataLoss: []Loss{},
	}
	gained, lost := view.Access()
	p.Access = Access{Gained: notNil(gained), Lost: notNil(lost)}
	for _, c := range r.Changes {
		p.Operations = append(p.Operations, operation(c))
	}
	for _, l := range view.Losses() {
		loss := Loss{Element: l.Element, Agreed: slices.Contains(agreed, l.Element)}
		if l.Messages >= 0 {
			loss.Messages = &l.Messages
		}
		p.DataLoss = append(p.DataLoss, loss)
	}
	return p
}

func operation(c deploy.Change) Operation {
	op := Operation{
		Element: c.Element, Type: c.Type, Name: c.Name, Op: c.Op, DataLoss: c.DataLoss,
		Reasons: notNil(c.Reasons), Diff: make([]Property, 0, len(c.Diff)),
	}
	for _, d := range c.Diff {
		op.Diff = append(op.Diff, Property(d))
	}
	return op
}

// Covers reports whether the plan agrees to the loss of that many messages of an element, -1 where nobody
// can tell how many there are. Who has agreed to lose three has not agreed to lose three thousand.
func (p *Plan) Covers(element string, messages int64) bool {
	for _, l := range p.DataLoss {
		if l.Element == element {
			return l.Agreed && (l.Messages == nil || messages >= 0 && messages <= *l.Messages)
		}
	}
	return false
}

// notNil makes an absent list read [] in JSON.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
