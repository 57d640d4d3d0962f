package asyncapi_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/msgdeploy/msgdeploy/asyncapi"
	"github.com/msgdeploy/msgdeploy/diag"
)

// FuzzRead makes sure that no input makes Read panic or point outside of the document,
// and that whatever it makes of one is a valid spec.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*/asyncapi.*")
	if err != nil || len(files) == 0 {
		f.Fatalf("no documents: %v", err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(source)
	}
	for _, c := range corpus(f) {
		f.Add(document(f, c, asyncapi.YAML))
	}
	f.Add([]byte("asyncapi: 3.0.0\nchannels: {a: {$ref: '#/channels/a'}, ? [b] : {}, 'c\\u2028d': {address: \"\\0\\x85\", x-msgdeploy: {queue: \"<<\"}}}"))
	f.Fuzz(func(t *testing.T, source []byte) {
		text, ds := asyncapi.Read("asyncapi.yaml", source, asyncapi.Options{})
		if (text == nil) != ds.HasErrors() {
			t.Fatalf("there is a spec: %t, there are errors: %v", text != nil, ds)
		}
		valid(t, text)
		inside(t, source, ds)
		var out bytes.Buffer
		if err := (diag.Text{Sources: map[string][]byte{"asyncapi.yaml": source}}).Write(&out, ds); err != nil {
			t.Fatal(err)
		}
		for _, b := range out.Bytes() {
			if b < ' ' && b != '\n' || b == 0x7f {
				t.Fatalf("control character %#x in output", b)
			}
		}
	})
}

// inside fails if a diagnostic is incomplete, or points to a line that the document has not.
func inside(t *testing.T, source []byte, ds diag.Diagnostics) {
	t.Helper()
	lines := 1 + bytes.Count(source, []byte("\n")) + bytes.Count(source, []byte("\r"))
	for _, d := range ds {
		if d.Code == "" || d.Summary == "" || d.Detail == "" || d.Range.File != "asyncapi.yaml" {
			t.Fatalf("an incomplete diagnostic: %+v", d)
		}
		for _, r := range append([]diag.Related{{Range: d.Range}}, d.Related...) {
			if r.Range.Start.Line > lines || r.Range.End.Before(r.Range.Start) || r.Range.File != "asyncapi.yaml" {
				t.Fatalf("%s points to %+v of %d lines", d.Detail, r.Range, lines)
			}
		}
	}
}
