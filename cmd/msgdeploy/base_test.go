package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/msgdeploy/msgdeploy/spec/spectest"
)

// compared is what the tests read of a comparison's document.
type compared struct {
	Summary struct{ Create, Update, Replace, Delete, Same int }
	Changes []struct {
		Element, Type, Name, Op string
		Reasons                 []string
		DataLoss                *struct{ Messages *int }
	}
	DataLoss []struct{ Element string }
	Trust    []struct{ Kind, Subject string }
	Refused  []struct {
		Guard    string
		Elements []string
	}
}

// compare runs preview --offline --base in this process, without an environment.
func compare(t *testing.T, next, base string, args ...string) (doc compared, code int, errs string) {
	t.Helper()
	a := newApp(nil)
	var out, notes bytes.Buffer
	a.stdout, a.stderr, a.asks = &out, &notes, false
	a.lookupEnv = func(string) (string, bool) { return "", false }
	code = a.run(t.Context(), append([]string{"preview", "--offline", "-o", "json", "--file", next, "--base", base}, args...))
	if out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
			t.Fatalf("%v: no document: %s", err, &out)
		}
	}
	return doc, code, notes.String()
}

func loses(doc compared, element string) bool {
	return slices.ContainsFunc(doc.DataLoss, func(l struct{ Element string }) bool { return l.Element == element })
}

// TestBaseOfCorpus: every stack of the corpus is the same as itself; with a queue more, that one
// is made; with one less, it is lost.
func TestBaseOfCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(corpus, "*", "*.golden.yaml"))
	if err != nil || len(files) < 60 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	var seen sync.Map
	for i, golden := range files { // which are too many to edit them all
		stack := strings.TrimSuffix(filepath.Base(golden), ".golden.yaml")
		file := filepath.Join(filepath.Dir(golden), "spec.yaml")
		t.Run(filepath.Base(filepath.Dir(golden))+"/"+stack, func(t *testing.T) {
			t.Parallel()
			doc, code, errs := compare(t, file, file, "-s", stack, "--detailed-exitcode")
			if code != 0 || len(doc.Changes)+len(doc.Trust) > 0 || doc.Summary.Same == 0 {
				t.Fatalf("exit %d, %+v\n%s", code, doc, errs)
			}
			if i%4 != 0 {
				return
			}
			s, _, err := spectest.Load(file)
			if err != nil {
				t.Fatal(err)
			}
			r, _ := s.Resolved(stack)
			same := r.YAML(false)
			more := withQueue(t, same)
			dir := t.TempDir()
			write(t, filepath.Join(dir, "same.yaml"), string(same))
			write(t, filepath.Join(dir, "more.yaml"), string(more))
			grown, code, errs := compare(t, filepath.Join(dir, "more.yaml"), filepath.Join(dir, "same.yaml"), "--detailed-exitcode")
			if code == exitSpec {
				return // a stack that can take no queue more
			}
			seen.Store(golden, true)
			if code != exitPending || grown.Summary.Create == 0 || grown.Summary.Replace+grown.Summary.Delete > 0 || len(grown.DataLoss) > 0 {
				t.Errorf("a queue more: exit %d, %+v\n%s", code, grown, errs)
			}
			shrunk, code, errs := compare(t, filepath.Join(dir, "same.yaml"), filepath.Join(dir, "more.yaml"), "--fail-on", "data-loss")
			if code != exitRefused || shrunk.Summary.Delete != grown.Summary.Create || !loses(shrunk, "queue.one-more") {
				t.Errorf("a queue less: exit %d, %+v\n%s", code, shrunk, errs)
			}
		})
	}
	t.Cleanup(func() {
		n := 0
		seen.Range(func(any, any) bool { n++; return true })
		if n < 12 {
			t.Errorf("a queue could be added to %d stacks only: what did this compare?", n)
		}
	})
}

// withQueue adds a queue to a resolved spec.
func withQueue(t *testing.T, text []byte) []byte {
	t.Helper()
	const queue = "  one-more: {deadLetter: false}\n"
	if before, after, ok := bytes.Cut(text, []byte("\nqueues:\n")); ok {
		return slices.Concat(before, []byte("\nqueues:\n"+queue), after)
	}
	before, after, ok := bytes.Cut(text, []byte("\nstacks:\n"))
	if !ok {
		t.Fatalf("a spec without stacks:\n%s", text)
	}
	return slices.Concat(before, []byte("\nqueues:\n"+queue+"stacks:\n"), after)
}

// TestBaseElsewhere: what goes to another cloud, account, project, region or subscription is lost
// where it was, all of it.
func TestBaseElsewhere(t *testing.T) {
	t.Parallel()
	shop, err := os.ReadFile(filepath.Join(corpus, "shop", "spec.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, stack, old, new, reason string }{
		{"account", "staging", "111122223333", "444455556666", "account"},
		{"region", "staging", "region: eu-west-1", "region: eu-west-2", "region"},
		{"emulator", "staging", "region: eu-west-1", `endpoint: "http://localhost:4566", region: eu-west-1`, "endpoint"},
		{"project", "prod", "project: acme-prod", "project: acme-test", "project"},
		{"google's region", "prod", "region: europe-west1}", "region: europe-west4}", "region"},
		{"subscription", "eu", "subscription: 00000000-0000-0000-0000-000000000000", "subscription: 00000000-0000-0000-0000-000000000001", "subscription"},
		{"location", "eu", "location: westeurope", "location: northeurope", "location"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(string(shop), c.old) {
				t.Fatalf("the spec has no %s", c.old)
			}
			dir := t.TempDir()
			write(t, filepath.Join(dir, "base.yaml"), string(shop))
			write(t, filepath.Join(dir, "next.yaml"), strings.ReplaceAll(string(shop), c.old, c.new))
			doc, code, errs := compare(t, filepath.Join(dir, "next.yaml"), filepath.Join(dir, "base.yaml"), "-s", c.stack, "--fail-on", "data-loss,trust-changed")
			if code != exitRefused {
				t.Fatalf("exit %d\n%s", code, errs)
			}
			if doc.Summary.Same+doc.Summary.Update > 0 || doc.Summary.Replace == 0 {
				t.Errorf("something stays: %+v", doc.Summary)
			}
			for _, change := range doc.Changes {
				if change.Op == "replace" && !slices.Contains(change.Reasons, c.reason) {
					t.Errorf("%s is replaced for %q", change.Name, change.Reasons)
				}
			}
			for _, element := range []string{"queue.audit", "queue.transactions", "topic.user-created", "subscription.welcome-email"} {
				if !loses(doc, element) {
					t.Errorf("%s is not lost", element)
				}
			}
			if !slices.ContainsFunc(doc.Trust, func(c struct{ Kind, Subject string }) bool { return c.Kind == "place" }) {
				t.Errorf("trust: %+v", doc.Trust)
			}
		})
	}
}
