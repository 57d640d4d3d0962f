package report

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/diag"
)

var update = flag.Bool("update", false, "rewrite testdata")

// golden compares what write writes with a file of testdata.
func golden(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	var b strings.Builder
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// everything is a result with a change of each kind.
func everything() *deploy.Result {
	return &deploy.Result{
		Changes: []deploy.Change{
			{Element: "queue.audit", Type: "nats:index:Stream", Name: "audit-queue", Op: deploy.OpReplace,
				Reasons: []string{"retention"}, DataLoss: true, Messages: 12,
				Diff: []deploy.PropertyDiff{
					{Path: "retention", Kind: "update", Before: "limits", After: "workqueue"},
					{Path: "subjects", Kind: "update", Before: []any{"a", "b"}, After: []any{"b", "c"}},
				}},
			{Element: "queue.audit", Type: "nats:index:Stream", Name: "audit-queue-dlq", Op: deploy.OpDelete,
				DataLoss: true, Messages: -1, Protected: true},
			{Element: "service.idle", Type: serviceType, Name: "idle", Op: deploy.OpCreate, Component: true},
			{Element: "service.web", Type: serviceType, Name: "web", Op: deploy.OpUpdate, Component: true,
				Diff: []deploy.PropertyDiff{{Path: "grants", Kind: "update",
					Before: []any{"dequeue queue.audit", "publish topic.order-placed"},
					After:  []any{"enqueue queue.audit", "publish topic.order-placed"}}}},
			{Element: "service.web", Type: "nats:index:Account", Name: "web", Op: deploy.OpUpdate,
				Diff: []deploy.PropertyDiff{
					{Path: "imports", Kind: "update", Before: []any{"a"}, After: []any{"a", deploy.Unknown{}}},
					{Path: "limits", Kind: "add", After: map[string]any{"max": 1.0}},
					{Path: "note", Kind: "delete", Before: "\x1b[31m\u009b<&>"},
					{Path: "seed", Kind: "update", Before: "[secret]", After: "[secret]"},
					{Path: "url", Kind: "update", Before: nil, After: deploy.Unknown{}},
				}},
			{Element: "topic.order-placed", Type: "msgdeploy:index:Topic", Name: "order-placed", Op: deploy.OpCreate, Component: true},
			{Element: "topic.order-placed", Type: "nats:index:Stream", Name: "order-placed", Op: deploy.OpCreate,
				Diff: []deploy.PropertyDiff{{Path: "name", Kind: "add", After: "shop-local-order-placed"}}},
		},
		Summary:     deploy.Summary{Create: 1, Update: 1, Replace: 1, Delete: 1, Same: 7},
		Diagnostics: []deploy.Message{{Severity: "warning", Element: "service.web", Text: "the broker is slow"}},
	}
}

func operation(r *deploy.Result, dryRun bool) Operation {
	return Operation{
		Project: "shop", Stack: "local", Verb: "up", DryRun: dryRun, Result: r,
		Diagnostics: diag.Diagnostics{{
			Severity: diag.Warning, Code: "needs-relay", Summary: "This needs the relay",
			Range: diag.Range{File: "msgdeploy.yaml", Start: diag.Position{Line: 3, Column: 5}, End: diag.Position{Line: 3, Column: 9}},
		}},
	}
}

func TestOperation(t *testing.T) {
	t.Parallel()
	golden(t, "preview.txt", func(w io.Writer) error { return operation(everything(), true).WriteText(w, Style{}) })
	golden(t, "color.txt", func(w io.Writer) error { return operation(everything(), true).WriteText(w, Style{Color: true}) })
	golden(t, "up.json", operation(everything(), false).WriteJSON)
	golden(t, "nothing.txt", func(w io.Writer) error {
		return operation(&deploy.Result{Summary: deploy.Summary{Same: 7}}, true).WriteText(w, Style{})
	})
	golden(t, "empty.json", operation(nil, true).WriteJSON)
}

func TestSummary(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		summary deploy.Summary
		dryRun  bool
		want    string
	}{
		"before":  {deploy.Summary{Create: 2, Delete: 1}, true, "shop/local: 2 to create, 1 to delete"},
		"after":   {deploy.Summary{Update: 2, Replace: 1, Same: 3}, false, "shop/local: 2 updated, 1 replaced, 3 unchanged"},
		"nothing": {deploy.Summary{}, false, "shop/local: no changes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := operation(&deploy.Result{Summary: test.summary}, test.dryRun).Summary(Style{}); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAccessChanges(t *testing.T) {
	t.Parallel()
	service := func(name string, op deploy.Op, diff ...deploy.PropertyDiff) deploy.Change {
		return deploy.Change{Type: serviceType, Name: name, Op: op, Component: true, Diff: diff}
	}
	publish := Access{Service: "web", Verb: "publish", Resource: "topic.a"}
	tests := map[string]struct {
		change       deploy.Change
		gained, lost []Access
	}{
		"a new service": {
			change: service("web", deploy.OpCreate, deploy.PropertyDiff{Path: "grants", Kind: "add", After: []any{"publish topic.a"}}),
			gained: []Access{publish},
		},
		"a service is gone": {
			change: service("web", deploy.OpDelete, deploy.PropertyDiff{Path: "grants", Kind: "delete", Before: []any{"publish topic.a"}}),
			lost:   []Access{publish},
		},
		"by position, where one grant only moves": {
			change: service("web", deploy.OpUpdate,
				deploy.PropertyDiff{Path: "grants[0]", Kind: "update", Before: "dequeue queue.b", After: "publish topic.a"},
				deploy.PropertyDiff{Path: "grants[1]", Kind: "add", After: "dequeue queue.b"}),
			gained: []Access{publish},
		},
		"another property": {
			change: service("web", deploy.OpUpdate, deploy.PropertyDiff{Path: "grantsOf", Kind: "add", After: "publish topic.a"}),
		},
		"another type": {
			change: deploy.Change{Type: "nats:index:Account", Name: "web",
				Diff: []deploy.PropertyDiff{{Path: "grants", Kind: "add", After: []any{"publish topic.a"}}}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gained, lost := AccessChanges([]deploy.Change{test.change})
			if diff := cmp.Diff([2][]Access{test.gained, test.lost}, [2][]Access{gained, lost}); diff != "" {
				t.Errorf("gained and lost (-want +got):\n%s", diff)
			}
		})
	}
}
