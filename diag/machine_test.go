package diag_test

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/diag"
)

// mixed has what each format has to cope with.
func mixed() diag.Diagnostics {
	return diag.Diagnostics{
		{
			Code: "duplicate-key", Summary: "Duplicate key", Detail: "`a` is there twice: 100%,\n<really>.",
			Range:   at("dir/my spec.yaml", 3, 2, 1),
			Related: []diag.Related{{Range: at("dir/my spec.yaml", 1, 2, 1), Message: "the first"}},
		},
		{Severity: diag.Warning, Code: "odd", Summary: "Odd", Detail: "No place."},
	}
}

func write(t *testing.T, f func(io.Writer, diag.Diagnostics) error, ds diag.Diagnostics) string {
	t.Helper()
	var out bytes.Buffer
	if err := f(&out, ds); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestJSON(t *testing.T) {
	t.Parallel()
	want := `{
  "formatVersion": "1.0",
  "diagnostics": [
    {
      "severity": "warning",
      "code": "odd",
      "summary": "Odd",
      "detail": "No place."
    },
    {
      "severity": "error",
      "code": "duplicate-key",
      "summary": "Duplicate key",
      "detail": "` + "`a`" + ` is there twice: 100%,\n<really>.",
      "file": "dir/my spec.yaml",
      "start": {
        "line": 3,
        "column": 2
      },
      "end": {
        "line": 3,
        "column": 3
      },
      "related": [
        {
          "message": "the first",
          "file": "dir/my spec.yaml",
          "start": {
            "line": 1,
            "column": 2
          },
          "end": {
            "line": 1,
            "column": 3
          }
        }
      ]
    }
  ]
}
`
	if diff := cmp.Diff(want, write(t, diag.WriteJSON, mixed())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	empty := "{\n  \"formatVersion\": \"1.0\",\n  \"diagnostics\": []\n}\n"
	if diff := cmp.Diff(empty, write(t, diag.WriteJSON, nil)); diff != "" {
		t.Errorf("nothing (-want +got)\n%s", diff)
	}
}

func TestGitHub(t *testing.T) {
	t.Parallel()
	want := "::warning title=Odd [odd]::No place.\n" +
		"::error title=Duplicate key [duplicate-key],file=dir/my spec.yaml,line=3,endLine=3,col=2,endColumn=3::" +
		"`a` is there twice: 100%25,%0A<really>.%0Adir/my spec.yaml:1:2: the first\n"
	if diff := cmp.Diff(want, write(t, diag.WriteGitHub, mixed())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestGitHubCannotBeCommanded(t *testing.T) {
	t.Parallel()
	got := write(t, diag.WriteGitHub, diag.Diagnostics{{
		Code: "c", Summary: "S,line=9::x", Detail: "a\n::set-output name=x::y\r\n::error::z", Range: at("f\n::error::z", 1, 1, 1),
	}})
	if n := bytes.Count([]byte(got), []byte("\n")); n != 1 || bytes.ContainsRune([]byte(got), '\r') {
		t.Errorf("more than one line: %q", got)
	}
	want := "::error title=S%2Cline=9%3A%3Ax [c],file=f%0A%3A%3Aerror%3A%3Az,"
	if got[:len(want)] != want {
		t.Errorf("got %q, want it to begin %q", got, want)
	}
}

func TestSARIF(t *testing.T) {
	t.Parallel()
	got := write(t, func(w io.Writer, ds diag.Diagnostics) error {
		return diag.WriteSARIF(w, diag.Tool{Name: "msgdeploy", Version: "1.2.3"}, ds)
	}, append(mixed(), mixed()[0]))
	type object = map[string]any
	want := object{
		"$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		"version": "2.1.0",
		"runs": []any{object{
			"tool": object{"driver": object{
				"name": "msgdeploy", "version": "1.2.3",
				"rules": []any{
					object{"id": "odd", "shortDescription": object{"text": "Odd"}},
					object{"id": "duplicate-key", "shortDescription": object{"text": "Duplicate key"}},
				},
			}},
			"columnKind": "unicodeCodePoints",
			"results": []any{
				object{"ruleId": "odd", "ruleIndex": 0.0, "level": "warning", "message": object{"text": "Odd. No place."}},
				object{
					"ruleId": "duplicate-key", "ruleIndex": 1.0, "level": "error",
					"message": object{"text": "Duplicate key. `a` is there twice: 100%,\n<really>."},
					"locations": []any{object{"physicalLocation": object{
						"artifactLocation": object{"uri": "dir/my%20spec.yaml"},
						"region":           object{"startLine": 3.0, "startColumn": 2.0, "endLine": 3.0, "endColumn": 3.0},
					}}},
					"relatedLocations": []any{object{
						"physicalLocation": object{
							"artifactLocation": object{"uri": "dir/my%20spec.yaml"},
							"region":           object{"startLine": 1.0, "startColumn": 2.0, "endLine": 1.0, "endColumn": 3.0},
						},
						"message": object{"text": "the first"},
					}},
				},
			},
		}},
	}
	var decoded object
	if err := json.Unmarshal([]byte(got), &decoded); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, decoded); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
