package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	t.Parallel()
	const pass = `{"Action":"output","Package":"p","Test":"TestA","Output":"noise\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"ok  p 0.1s\n"}
{"Action":"pass","Package":"p"}
{"Action":"skip","Package":"without tests"}
`
	for name, tc := range map[string]struct {
		in   string
		code int
		want string
	}{
		"pass":   {pass, 0, "ok  p 0.1s\n1 passed, 0 failed, 0 skipped\n"},
		"skip":   {pass + `{"Action":"skip","Package":"p","Test":"TestB"}`, 1, "skipped: p.TestB"},
		"fail":   {pass + `{"Action":"output","Package":"p","Test":"TestB","Output":"why\n"}` + "\n" + `{"Action":"fail","Package":"p","Test":"TestB"}`, 1, "why\n1 passed, 1 failed"},
		"build":  {`{"Action":"build-output","Output":"x.go:1: oops\n"}` + "\n" + `{"Action":"build-fail"}`, 1, "oops"},
		"silent": {"", 1, "0 passed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			code, err := report(strings.NewReader(tc.in), &out)
			if err != nil || code != tc.code || !strings.Contains(out.String(), tc.want) {
				t.Errorf("code %d, error %v, want code %d and %q in:\n%s", code, err, tc.code, tc.want, &out)
			}
		})
	}
}
