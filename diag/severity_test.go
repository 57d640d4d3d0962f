package diag_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/diag"
)

// TestNote is no error, and is called what each format calls such a thing.
func TestNote(t *testing.T) {
	t.Parallel()
	ds := diag.Diagnostics{{Severity: diag.Note, Code: "name-cut", Summary: "Cut", Detail: "It is.", Range: diag.Range{File: "a.yaml", Start: diag.Position{Line: 1, Column: 1}, End: diag.Position{Line: 1, Column: 2}}}}
	if ds.HasErrors() || ds.Count(diag.Note) != 1 || ds.Count(diag.Warning) != 0 {
		t.Errorf("counted as something else: %v", ds)
	}
	var text, github, sarif, json bytes.Buffer
	for name, err := range map[string]error{
		"text":   diag.Text{}.Write(&text, ds),
		"github": diag.WriteGitHub(&github, ds),
		"sarif":  diag.WriteSARIF(&sarif, diag.Tool{}, ds),
		"json":   diag.WriteJSON(&json, ds),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []struct{ got, want string }{
		{text.String(), "a.yaml:1:1: note: Cut [name-cut]"},
		{github.String(), "::notice "},
		{sarif.String(), `"level": "note"`},
		{json.String(), `"severity": "note"`},
	} {
		if !strings.Contains(c.got, c.want) {
			t.Errorf("no %s in %s", c.want, c.got)
		}
	}
}
