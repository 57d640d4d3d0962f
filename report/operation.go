package report

import (
	"io"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/diag"
)

// Operation is one run of preview, up, refresh or destroy, as the two views of
// it show it: [Operation.WriteText] and [Operation.WriteJSON].
type Operation struct {
	Project string
	Stack   string
	// Verb is the command: "preview", "up", "refresh" or "destroy".
	Verb string
	// DryRun is set when nothing was changed and Result says what would be.
	DryRun bool
	// Simulated is set when a stand-in took the place of the cloud.
	Simulated bool
	// Offline is set when nothing but the state, or Base, was read.
	Offline bool
	// Base names what the spec was compared with, such as a revision or a file; "" is the state.
	Base   string
	Result *deploy.Result
	// Failure is why the operation failed; "" when it did not.
	Failure string
	// Diagnostics are the spec's own, such as warnings.
	Diagnostics diag.Diagnostics
	// Unknown are full sentences about what this preview cannot know, such as drift.
	Unknown []string
	// Trust are the changes of what the stack trusts, in the order in which they are shown.
	Trust []TrustChange
	// Refused are the guards that refuse the operation, and what each found.
	Refused []Refusal
	// Known is what only the stack's spec and its cloud can tell.
	Known Known
}

// operationVersion is the version of an operation's JSON document. 1.1 added what stands
// behind the diagnostics, and the actions of access.
const operationVersion = "1.1"

// operationDocument is design.md's shape of an operation, and what was added to it since.
type operationDocument struct {
	FormatVersion string               `json:"formatVersion"`
	Simulated     bool                 `json:"simulated,omitempty"`
	Project       string               `json:"project"`
	Stack         string               `json:"stack"`
	Operation     string               `json:"operation"`
	Summary       summaryDocument      `json:"summary"`
	Changes       []changeDocument     `json:"changes"`
	Access        accessDocument       `json:"access"`
	Diagnostics   []diagnosticDocument `json:"diagnostics"`
	Failure       string               `json:"failure,omitempty"`
	Offline       bool                 `json:"offline"`
	Base          string               `json:"base,omitempty"`
	DataLoss      []elementLoss        `json:"dataLoss"`
	Trust         []trustDocument      `json:"trust"`
	Refused       []Refusal            `json:"refused"`
	Unknown       []string             `json:"unknown"`
}

type summaryDocument struct {
	Create  int `json:"create"`
	Update  int `json:"update"`
	Replace int `json:"replace"`
	Delete  int `json:"delete"`
	Same    int `json:"same"`
}

type changeDocument struct {
	Element  string         `json:"element"`
	Type     string         `json:"type"`
	Name     string         `json:"name"`
	Op       deploy.Op      `json:"op"`
	Reasons  []string       `json:"reasons"`
	Diff     []diffDocument `json:"diff"`
	DataLoss *lossDocument  `json:"dataLoss"`
}

// lossDocument stands where messages would be lost; Messages is null where nobody can count them.
type lossDocument struct {
	Messages *int64 `json:"messages"`
}

type diffDocument struct {
	Path   string `json:"path"`
	Kind   string `json:"kind"`
	Before any    `json:"before"`
	After  any    `json:"after"`
}

type accessDocument struct {
	Gained []Access `json:"gained"`
	Lost   []Access `json:"lost"`
}

// diagnosticDocument is a message about the spec, with its place, or about a
// resource, with its element.
type diagnosticDocument struct {
	diag.JSON
	Element string `json:"element,omitempty"`
}

// engineCode is the code of what the engine or the broker said, which has none of its own.
const engineCode = "engine"

// WriteJSON writes the operation as one JSON document (design.md, "Machine output").
func (o Operation) WriteJSON(w io.Writer) error { return WriteJSON(w, o.document()) }

func (o Operation) document() operationDocument {
	r := o.result()
	gained, lost := o.Access()
	doc := operationDocument{
		FormatVersion: operationVersion,
		Simulated:     o.Simulated,
		Project:       o.Project,
		Stack:         o.Stack,
		Operation:     o.Verb,
		Summary:       summaryDocument(r.Summary),
		Changes:       make([]changeDocument, 0, len(r.Changes)),
		Access:        accessDocument{Gained: notNil(gained), Lost: notNil(lost)},
		Diagnostics:   make([]diagnosticDocument, 0, len(o.Diagnostics)+len(r.Diagnostics)),
		Failure:       o.Failure,
		Offline:       o.Offline,
		Base:          o.Base,
		DataLoss:      lossesJSON(o.Losses()),
		Trust:         trustJSON(o.Trust),
		Refused:       refusedJSON(o.Refused),
		Unknown:       notNil(o.Unknown),
	}
	for _, c := range r.Changes {
		doc.Changes = append(doc.Changes, changeJSON(c))
	}
	for _, d := range o.Diagnostics.JSON() {
		doc.Diagnostics = append(doc.Diagnostics, diagnosticDocument{JSON: d})
	}
	for _, m := range r.Diagnostics {
		doc.Diagnostics = append(doc.Diagnostics, diagnosticDocument{
			JSON: diag.JSON{Severity: m.Severity, Code: engineCode, Summary: m.Text}, Element: m.Element,
		})
	}
	return doc
}

// result is Result, or an empty one where the operation did not get that far.
func (o Operation) result() *deploy.Result {
	if o.Result == nil {
		return &deploy.Result{}
	}
	return o.Result
}

func changeJSON(c deploy.Change) changeDocument {
	doc := changeDocument{
		Element: c.Element,
		Type:    c.Type,
		Name:    c.Name,
		Op:      c.Op,
		Reasons: notNil(c.Reasons),
		Diff:    make([]diffDocument, 0, len(c.Diff)),
	}
	for _, d := range c.Diff {
		doc.Diff = append(doc.Diff, diffDocument{
			Path: d.Path, Kind: d.Kind, Before: plain(d.Before), After: plain(d.After),
		})
	}
	if c.DataLoss {
		doc.DataLoss = &lossDocument{Messages: counted(c.Messages)}
	}
	return doc
}

// plain returns v with every [deploy.Unknown] in it replaced by {"unknown": true}.
func plain(v any) any {
	switch v := v.(type) {
	case deploy.Unknown, *deploy.Unknown:
		return map[string]any{"unknown": true}
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = plain(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = plain(value)
		}
		return out
	default:
		return v
	}
}

// notNil makes an absent list read [] in JSON.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
