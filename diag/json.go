package diag

import (
	"encoding/json"
	"io"
)

// formatVersion is the version of the JSON document: a minor rise adds, a major rise
// may break.
const formatVersion = "1.0"

// JSON is one diagnostic in machine-readable output, here and in the results of
// operations. File, Start and End are absent if the diagnostic has no place.
type JSON struct {
	Severity string        `json:"severity"`
	Code     string        `json:"code"`
	Summary  string        `json:"summary"`
	Detail   string        `json:"detail"`
	File     string        `json:"file,omitempty"`
	Start    *Position     `json:"start,omitempty"`
	End      *Position     `json:"end,omitempty"`
	Related  []RelatedJSON `json:"related,omitempty"`
}

// RelatedJSON is a [Related] in machine-readable output.
type RelatedJSON struct {
	Message string    `json:"message"`
	File    string    `json:"file,omitempty"`
	Start   *Position `json:"start,omitempty"`
	End     *Position `json:"end,omitempty"`
}

// JSON returns ds for machine-readable output, sorted and never nil.
func (ds Diagnostics) JSON() []JSON {
	out := make([]JSON, 0, len(ds))
	for _, d := range ds.Sorted() {
		j := JSON{Severity: d.Severity.String(), Code: d.Code, Summary: d.Summary, Detail: d.Detail, File: d.Range.File}
		j.Start, j.End = places(d.Range)
		for _, r := range d.Related {
			related := RelatedJSON{Message: r.Message, File: r.Range.File}
			related.Start, related.End = places(r.Range)
			j.Related = append(j.Related, related)
		}
		out = append(out, j)
	}
	return out
}

func places(r Range) (start, end *Position) {
	if r.Start.Line == 0 {
		return nil, nil
	}
	return &r.Start, &r.End
}

// WriteJSON renders ds as the one JSON document of `validate -o json`.
func WriteJSON(w io.Writer, ds Diagnostics) error {
	return encode(w, struct {
		FormatVersion string `json:"formatVersion"`
		Diagnostics   []JSON `json:"diagnostics"`
	}{formatVersion, ds.JSON()})
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
