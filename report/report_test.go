package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/deploy"
)

// YAML says what JSON says: text that looks like something else stays text, and
// numbers keep their shape.
func TestWriteYAML(t *testing.T) {
	t.Parallel()
	values := map[string]any{
		"ns": 345600000000000.0, "yes": "yes", "empty": "", "null": nil, "text": "null", "list": []any{}, "map": map[string]any{},
		"ref": "${nats:index:Broker::broker.url}", "lines": "one\ntwo\n", "date": "2026-01-02", "flag": true, "half": 1.5,
		"colon": "a: b", "hash": "# no comment", "separator": "\u2028", "octal": "0o7", "tilde": "~", "dash": "- x", "merge": "<<",
		"number": "1.0", "escape": "\x1b[0m", "quote": `'"`,
	}
	var b bytes.Buffer
	if err := WriteYAML(&b, values); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := yaml.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatalf("%v in\n%s", err, &b)
	}
	got["ns"] = float64(got["ns"].(int))
	if diff := cmp.Diff(values, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if !strings.Contains(b.String(), "ns: 345600000000000\n") {
		t.Errorf("a number lost its shape:\n%s", &b)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	change := deploy.Change{Element: "queue.jobs", Type: "nats:index:Stream", Name: "jobs-queue", Op: deploy.OpCreate}
	steps := []deploy.Progress{
		{Change: deploy.Change{Element: "queue.jobs", Component: true, Op: deploy.OpCreate}, Done: true},
		{Change: change, Total: 2},
		{Change: change, Done: true, Finished: 1, Total: 2},
		{Change: change, Done: true, Finished: 2, Total: 2, Err: "no space"},
	}
	tests := map[string]struct {
		width int
		want  string
	}{
		"lines": {0, "[1/2] created queue.jobs  nats:index:Stream jobs-queue\n" +
			"failed queue.jobs  nats:index:Stream jobs-queue: no space\n"},
		"one line": {80, "\r\x1b[K[0/2] creating queue.jobs  jobs-queue\r\x1b[K[1/2] creating queue.jobs  jobs-queue\r\x1b[K" +
			"failed queue.jobs  nats:index:Stream jobs-queue: no space\n"},
		"a narrow terminal": {15, "\r\x1b[K[0/2] creating\r\x1b[K[1/2] creating\r\x1b[K" +
			"failed queue.jobs  nats:index:Stream jobs-queue: no space\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			p := NewProgress(&b, Style{}, test.width)
			for _, step := range steps {
				p.Step(step)
			}
			p.Clear()
			if diff := cmp.Diff(test.want, b.String()); diff != "" {
				t.Errorf("progress (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWritePermissions(t *testing.T) {
	t.Parallel()
	list := []Permission{
		{Service: "web", Verb: "publish", Resource: "topic.a", Provider: "nats", Actions: []string{"x", "y"}, Scope: "s"},
		{Service: "topic.a", Verb: "deliver", Resource: "queue.long-name", Provider: "nats"},
	}
	var text, json strings.Builder
	if err := WritePermissionsText(&text, list); err != nil {
		t.Fatal(err)
	}
	want := `SERVICE  VERB     RESOURCE         SCOPE  ACTIONS
web      publish  topic.a          s      x, y
topic.a  deliver  queue.long-name  -      -
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	if err := WritePermissionsJSON(&json, list); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(json.String(), `"actions": []`) {
		t.Errorf("no actions are no list:\n%s", &json)
	}
}
