package report

import (
	"io"

	"github.com/msgdeploy/msgdeploy/providers"
)

// programDocument is design.md's shape of a rendered program.
type programDocument struct {
	FormatVersion string             `json:"formatVersion"`
	Project       string             `json:"project"`
	Stack         string             `json:"stack"`
	Provider      string             `json:"provider"`
	Resources     []resourceDocument `json:"resources"`
	Outputs       map[string]any     `json:"outputs"`
}

type resourceDocument struct {
	Type      string         `json:"type"`
	Name      string         `json:"name"`
	Element   string         `json:"element"`
	Parent    string         `json:"parent"`
	Inputs    map[string]any `json:"inputs"`
	DependsOn []string       `json:"dependsOn"`
	Options   map[string]any `json:"options,omitempty"`
}

// WriteProgramJSON writes a rendered program as one JSON document.
func WriteProgramJSON(w io.Writer, r *providers.Rendering) error { return WriteJSON(w, program(r)) }

// WriteProgramYAML writes the same document as YAML, which is what golden files hold.
func WriteProgramYAML(w io.Writer, r *providers.Rendering) error { return WriteYAML(w, program(r)) }

func program(r *providers.Rendering) programDocument {
	doc := programDocument{
		FormatVersion: FormatVersion,
		Project:       r.Project,
		Stack:         r.Stack,
		Provider:      string(r.Provider),
		Resources:     make([]resourceDocument, 0, len(r.Resources)),
		Outputs:       map[string]any{},
	}
	for key, v := range r.Outputs {
		doc.Outputs[key] = v
	}
	for _, res := range r.Resources {
		inputs := res.Inputs
		if inputs == nil {
			inputs = map[string]any{}
		}
		doc.Resources = append(doc.Resources, resourceDocument{
			Type: res.Type, Name: res.Name, Element: res.Element, Parent: res.Parent,
			Inputs: inputs, DependsOn: notNil(res.DependsOn), Options: res.Options,
		})
	}
	return doc
}
