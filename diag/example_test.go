package diag_test

import (
	"os"

	"github.com/msgdeploy/msgdeploy/diag"
)

func ExampleText() {
	source := []byte("queues:\n  jobs: {leese: 30s}\n")
	mistake := diag.Diagnostic{
		Code:    "unknown-key",
		Summary: "Unknown key",
		Detail:  "There is no key `leese` in `jobs`. Did you mean `lease`?",
		Range:   diag.Range{File: "spec.yaml", Start: diag.Position{Line: 2, Column: 10}, End: diag.Position{Line: 2, Column: 15}},
	}
	_ = diag.Text{Sources: map[string][]byte{"spec.yaml": source}}.Write(os.Stdout, diag.Diagnostics{mistake})
	// Output:
	// spec.yaml:2:10: error: Unknown key [unknown-key]
	//   2 |   jobs: {leese: 30s}
	//     |          ^~~~~
	//   There is no key `leese` in `jobs`. Did you mean `lease`?
}
