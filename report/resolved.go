package report

import (
	"encoding/json"
	"io"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
)

// resolvedDocument is the JSON document of `resolve`.
type resolvedDocument struct {
	FormatVersion string            `json:"formatVersion"`
	Project       string            `json:"project"`
	Stack         string            `json:"stack"`
	Spec          json.RawMessage   `json:"spec"`
	Origins       []settingDocument `json:"origins,omitempty"`
}

type settingDocument struct {
	Path  string `json:"path"`
	Value string `json:"value"`
	// Origin is the layer, or var for a value that is a var as a whole.
	Origin string `json:"origin"`
	placeDocument
	// Used is where a var is used.
	Used *placeDocument `json:"used,omitempty"`
}

type placeDocument struct {
	File string         `json:"file,omitempty"`
	At   *diag.Position `json:"start,omitempty"`
}

// WriteResolvedJSON writes a resolved spec as one JSON document, with the origin of each
// value if they are asked for.
func WriteResolvedJSON(w io.Writer, r *spec.Resolved, origins bool) error {
	doc := resolvedDocument{FormatVersion: FormatVersion, Project: r.Project, Stack: r.Stack, Spec: r.JSON()}
	if origins {
		for _, s := range r.Settings() {
			doc.Origins = append(doc.Origins, setting(s))
		}
	}
	return WriteJSON(w, doc)
}

func setting(s spec.Setting) settingDocument {
	doc := settingDocument{Path: s.Path, Value: s.Value, Origin: string(s.Layer), placeDocument: place(s.Range)}
	if !s.Var.IsZero() {
		used := doc.placeDocument
		doc.Origin, doc.placeDocument, doc.Used = "var", place(s.Var), &used
	}
	return doc
}

func place(r diag.Range) placeDocument {
	if r.IsZero() {
		return placeDocument{}
	}
	return placeDocument{r.File, &r.Start}
}
