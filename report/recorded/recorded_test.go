package recorded_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/report"
	"github.com/msgdeploy/msgdeploy/report/recorded"
)

var update = flag.Bool("update", false, "write the golden files")

// events is where the recorded operations are, a directory each.
const events = "../../testdata/events"

func load(t testing.TB, name string) report.Operation {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(events, name, "recording.json"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := recorded.Decode(src)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func names(t testing.TB) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(events, "*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for i, dir := range dirs {
		dirs[i] = filepath.Base(dir)
	}
	return dirs
}

// formats are what is written of each recording, by the name of the golden file.
func formats(o report.Operation) map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{
		"report.txt":   func(w io.Writer) error { return o.WriteText(w, report.Style{}) },
		"report.json":  o.WriteJSON,
		"report.md":    o.WriteMarkdown,
		"report.html":  o.WriteHTML,
		"github.txt":   o.WriteGitHub,
		"outputs.txt":  o.WriteGitHubOutputs,
		"gitlab.json":  o.WriteGitLab,
		"report.sarif": func(w io.Writer) error { return o.WriteSARIF(w, diag.Tool{Name: "msgdeploy", Version: "test"}) },
	}
}

// TestGolden: every format of every recorded operation.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, name := range names(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for file, write := range formats(load(t, name)) {
				var got bytes.Buffer
				if err := write(&got); err != nil {
					t.Fatalf("%s: %v", file, err)
				}
				golden := filepath.Join(events, name, file)
				if *update {
					if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
					continue
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got.String()); diff != "" {
					t.Errorf("%s (-want +got):\n%s", file, diff)
				}
			}
		})
	}
}

// TestRoundTrip: what is recorded is read back as it was.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, name := range names(t) {
		src, err := os.ReadFile(filepath.Join(events, name, "recording.json"))
		if err != nil {
			t.Fatal(err)
		}
		again, err := recorded.Encode(load(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(src), string(again)); diff != "" {
			t.Errorf("%s (-recorded +encoded again):\n%s", name, diff)
		}
	}
}

// TestGitLabShape: GitLab takes exactly three numbers, and has no word for replacing.
func TestGitLabShape(t *testing.T) {
	t.Parallel()
	o := load(t, "fifo-flip")
	var b bytes.Buffer
	if err := o.WriteGitLab(&b); err != nil {
		t.Fatal(err)
	}
	var got map[string]int
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	s := o.Result.Summary
	if s.Replace == 0 {
		t.Fatal("the recording replaces nothing")
	}
	want := map[string]int{"create": s.Create + s.Replace, "update": s.Update, "delete": s.Delete + s.Replace}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNothingIsHidden: whatever loses messages, gains or loses access, or is trusted otherwise
// stands in every format that people read, and in the annotations.
func TestNothingIsHidden(t *testing.T) {
	t.Parallel()
	for _, name := range names(t) {
		o := load(t, name)
		var must []string
		for _, l := range o.Losses() {
			must = append(must, l.Element)
		}
		gained, lost := o.Access()
		for _, a := range append(gained, lost...) {
			must = append(must, a.Service, a.Resource)
		}
		for _, c := range o.Trust {
			must = append(must, c.Subject)
		}
		all := formats(o)
		for _, file := range []string{"report.txt", "report.md", "report.html", "github.txt", "report.json"} {
			var b strings.Builder
			if err := all[file](&b); err != nil {
				t.Fatal(err)
			}
			for _, text := range must {
				if !strings.Contains(b.String(), text) {
					t.Errorf("%s of %s does not name %s", file, name, text)
				}
			}
		}
	}
}
