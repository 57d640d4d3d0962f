package plan_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/plan"
)

var update = flag.Bool("update", false, "rewrite golden files")

// basis is what the plans of the tests follow from.
func basis() plan.Basis {
	return plan.Basis{
		Operation: "up", Project: "shop", Stack: "prod",
		Target:     map[string]string{"cloud": "aws", "account": "111122223333", "region": "eu-west-1"},
		Versions:   plan.Versions{Msgdeploy: "v1.0.0", Engine: "v3.1.0", Plugins: map[string]string{"aws": "6.0.0"}},
		Spec:       plan.Spec{Hash: "sha256:aaaa", Files: []string{"msgdeploy.yaml"}},
		Checkpoint: "sha256:bbbb",
	}
}

// found is a preview with one of everything.
func found() *deploy.Result {
	return &deploy.Result{
		Summary: deploy.Summary{Create: 1, Update: 1, Replace: 1, Delete: 1, Same: 3},
		Changes: []deploy.Change{
			{Element: "queue.audit", Type: "aws:sqs/queue:Queue", Name: "audit", Op: deploy.OpDelete, DataLoss: true, Messages: 3},
			{
				Element: "queue.jobs", Type: "aws:sqs/queue:Queue", Name: "jobs", Op: deploy.OpReplace, DataLoss: true, Messages: -1,
				Reasons: []string{"fifoQueue"},
				Diff:    []deploy.PropertyDiff{{Path: "fifoQueue", Kind: "update", Before: false, After: true}},
			},
			{
				Element: "service.worker", Type: "msgdeploy:index:Service", Name: "worker", Op: deploy.OpUpdate, Component: true,
				Diff: []deploy.PropertyDiff{{
					Path: "grants", Kind: "update",
					Before: []any{"dequeue queue.jobs"}, After: []any{"dequeue queue.jobs", "enqueue queue.jobs"},
				}},
			},
			{
				Element: "topic.orders", Type: "aws:sns/topic:Topic", Name: "orders", Op: deploy.OpUpdate,
				Diff: []deploy.PropertyDiff{
					{Path: "arn", Kind: "update", Before: "arn:1", After: deploy.Unknown{}},
					{Path: "limit", Kind: "add", After: 345600.0},
					{Path: "signingKey", Kind: "update", Before: "[secret]", After: "[secret]"},
					{Path: "tags", Kind: "delete", Before: map[string]any{"a": "<&>", "b": nil}},
				},
			},
		},
	}
}

func encode(t *testing.T, p *plan.Plan) []byte {
	t.Helper()
	data, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The file is an API: reviewers and their tools read it.
func TestEncode(t *testing.T) {
	t.Parallel()
	const golden = "testdata/plan.json"
	got := encode(t, plan.New(basis(), found(), []string{"queue.audit", "queue.other"}))
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	read, err := plan.Decode(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), string(encode(t, read))); diff != "" {
		t.Errorf("read and written again (-want +got):\n%s", diff)
	}
	if differences := read.Compare(plan.New(basis(), found(), nil)); len(differences) > 0 {
		t.Errorf("a plan differs from what it was made of: %v", differences)
	}
}

// The plan of nothing is a plan: an up with it changes nothing.
func TestEmpty(t *testing.T) {
	t.Parallel()
	read, err := plan.Decode(encode(t, plan.New(plan.Basis{}, &deploy.Result{}, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if differences := read.Compare(plan.New(plan.Basis{}, &deploy.Result{}, nil)); len(differences) > 0 {
		t.Errorf("it differs from itself: %v", differences)
	}
	if got := read.Compare(plan.New(plan.Basis{}, found(), nil)); len(got) < len(found().Changes) {
		t.Errorf("only %v differs", got)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	whole := encode(t, plan.New(basis(), found(), nil))
	replaced := func(old, with string) []byte {
		if !bytes.Contains(whole, []byte(old)) {
			t.Fatalf("%q is not in the plan", old)
		}
		return bytes.Replace(whole, []byte(old), []byte(with), 1)
	}
	tests := map[string]struct {
		data    []byte
		foreign bool
		says    string
	}{
		"nothing":         {nil, true, "no plan"},
		"a spec":          {[]byte("version: 1\nproject: shop\n"), true, "no plan"},
		"another JSON":    {[]byte(`{"formatVersion": "1.0", "resources": []}`), true, "no plan"},
		"a word in YAML":  {[]byte(`kind: "msgdeploy-plan"`), true, "no plan"},
		"torn":            {whole[:len(whole)/2], false, "not whole"},
		"torn at its end": {whole[:len(whole)-2], false, "not whole"},
		"a newer format":  {replaced(`"formatVersion": "1.0"`, `"formatVersion": "2.0"`), false, `its format is "2.0"`},
		"an agreement":    {replaced(`"agreed": false`, `"agreed": true`), false, "changed after it was written"},
		"a wrong type":    {replaced(`"create": 1`, `"create": "1"`), false, "changed after it was written"},
		"another key":     {replaced(`"operation": "up"`, `"operation": "up", "more": 1`), false, "changed after it was written"},
		"another case":    {replaced(`"operation": "up"`, `"Operation": "up"`), false, "changed after it was written"},
		"lines of DOS":    {bytes.ReplaceAll(whole, []byte("\n"), []byte("\r\n")), false, "changed after it was written"},
		"two":             {append(bytes.Clone(whole), whole...), false, "not whole"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := plan.Decode(test.data)
			if err == nil {
				t.Fatal("it was read")
			}
			var damaged *plan.DamagedError
			if errors.Is(err, plan.ErrForeign) != test.foreign || errors.As(err, &damaged) == test.foreign {
				t.Errorf("error %v, foreign should be %t", err, test.foreign)
			}
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("%q does not say %q", err, test.says)
			}
		})
	}
}

func TestSpecHash(t *testing.T) {
	t.Parallel()
	hash := func(text string) string {
		h, err := plan.SpecHash([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	one := hash(`{"project": "shop", "queues": {"a": {"n": 9007199254740993}, "b": {}}}`)
	if got := hash(`{"queues":{"b":{},"a":{"n":9007199254740993}},"project":"shop"}`); got != one {
		t.Error("the order of keys counts")
	}
	if got := hash(`{"project": "shop", "queues": {"a": {"n": 9007199254740992}, "b": {}}}`); got == one {
		t.Error("another number is the same spec")
	}
	if hash(`["a", "b"]`) == hash(`["b", "a"]`) {
		t.Error("the order of lists does not count")
	}
}

func TestCovers(t *testing.T) {
	t.Parallel()
	p := plan.New(basis(), found(), []string{"queue.audit", "queue.jobs", "queue.other"})
	for _, test := range []struct {
		element  string
		messages int64
		want     bool
	}{
		{"queue.audit", 0, true},
		{"queue.audit", 3, true},
		{"queue.audit", 4, false},
		{"queue.audit", -1, false}, // nobody can tell now, and three were agreed to
		{"queue.jobs", -1, true},   // nobody could tell then
		{"queue.jobs", 4000, true},
		{"queue.other", 0, false}, // it was not to lose any
	} {
		if got := p.Covers(test.element, test.messages); got != test.want {
			t.Errorf("%s with %d messages: %t, want %t", test.element, test.messages, got, test.want)
		}
	}
	if plan.New(basis(), found(), nil).Covers("queue.audit", 0) {
		t.Error("nobody has agreed, and the plan covers it")
	}
}

// FuzzPlan: no file makes the reader panic, and what is read is what was written.
func FuzzPlan(f *testing.F) {
	whole, err := plan.New(basis(), found(), []string{"queue.audit"}).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/3])
	f.Add([]byte(`{"formatVersion": "1.0", "kind": "msgdeploy-plan"}`))
	f.Add([]byte(`{"formatVersion": "1.0", "kind": "msgdeploy-plan", "operations": [{}], "dataLoss": [{"messages": -1}], "target": null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := plan.Decode(data)
		if err != nil {
			return
		}
		again, err := p.Encode()
		if err != nil || !bytes.Equal(data, again) {
			t.Errorf("%q was read, and is written %q (%v)", data, again, err)
		}
		p.Compare(plan.New(basis(), found(), nil))
		if differences := p.Compare(p); len(differences) > 0 {
			t.Errorf("it differs from itself: %v", differences)
		}
	})
}
