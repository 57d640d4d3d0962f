package graph_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/report/graph"
	"github.com/msgdeploy/msgdeploy/spec"
	"github.com/msgdeploy/msgdeploy/spec/spectest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const corpus = "../../testdata/cases"

// of returns the graph of a stack; "" is the first.
func of(t testing.TB, s *spec.Spec, stack string) *graph.Graph {
	t.Helper()
	if stack == "" {
		stack = s.Stacks()[0]
	}
	topology, ds := s.Resolve(stack)
	if ds.HasErrors() {
		t.Fatalf("resolve %s: %v", stack, ds)
	}
	return graph.Of(topology, permissions.Derive(topology))
}

func parse(t testing.TB, text string) *graph.Graph {
	t.Helper()
	s, ds := spec.Load("msgdeploy.yaml", []byte(text))
	if ds.HasErrors() {
		t.Fatalf("load: %v", ds)
	}
	return of(t, s, "")
}

// busy is a spec of about n elements that hang together in every way: teams that publish, fan out to
// each other, share queues and dead letters.
func busy(n int) string {
	teams := max(1, n/10)
	var topics, queues, subscriptions, services, grants strings.Builder
	for i := range teams {
		next, far := (i+1)%teams, (i+5)%teams
		fmt.Fprintf(&topics, "  orders-%d: {}\n  payments-%d: {}\n", i, i)
		fmt.Fprintf(&queues, "  work-%d: {}\n  audit-%d: {deadLetter: false}\n  bulk-%d: {deadLetter: {queue: audit-%d}}\n", i, i, i, i)
		fmt.Fprintf(&subscriptions, "  orders-work-%d: {topic: orders-%d, to: {queue: work-%d}}\n", i, i, i)
		fmt.Fprintf(&subscriptions, "  payments-next-%d: {topic: payments-%d, to: {queue: work-%d}, filter: {kind: [card, wire]}}\n", i, i, next)
		fmt.Fprintf(&subscriptions, "  mail-%d: {topic: orders-%d, to: {service: mailer-%d}}\n", i, i, far)
		fmt.Fprintf(&services, "  shop-%d: {}\n  mailer-%d: {endpoint: \"https://mailer.example.com/%d\"}\n", i, i, i)
		fmt.Fprintf(&grants, "  shop-%d: {publish: [orders-%d, payments-%d], enqueue: [bulk-%d], dequeue: [work-%d]}\n", i, i, i, next, i)
		fmt.Fprintf(&grants, "  mailer-%d: {dequeue: [audit-%d, work-%d.deadLetter]}\n", i, i, i)
	}
	return "version: 1\nproject: busy\nstacks: {local: {nats: {}}}\ntopics:\n" + topics.String() + "queues:\n" + queues.String() +
		"subscriptions:\n" + subscriptions.String() + "services:\n" + services.String() + "permissions:\n" + grants.String()
}

// TestGolden writes the first stack of every case of the corpus as Mermaid and as DOT.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(corpus + "/*/spec.yaml")
	if err != nil || len(files) < 50 {
		t.Fatalf("the corpus has %d cases: %v", len(files), err)
	}
	drawn := map[string]bool{}
	for _, file := range files {
		s, ds, err := spectest.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		if ds.HasErrors() || len(s.Stacks()) == 0 {
			continue
		}
		if _, ds := s.Resolve(s.Stacks()[0]); ds.HasErrors() {
			continue
		}
		g := of(t, s, "")
		if len(g.Nodes) == 0 {
			continue
		}
		name := filepath.Base(filepath.Dir(file))
		mermaid, err := g.Mermaid()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		golden(t, name+".mmd", mermaid)
		golden(t, name+".dot", g.DOT())
		drawn[name+".mmd"], drawn[name+".dot"] = true, true
	}
	found, err := filepath.Glob("testdata/cases/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range found {
		if name := filepath.Base(file); !drawn[name] && filepath.Ext(name) != ".svg" {
			t.Errorf("%s is of no case that can be drawn", file)
		}
	}
}

// TestGoldenSVG writes three cases of the corpus as SVG.
func TestGoldenSVG(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"shop", "aws-fan-out", "uses"} {
		s, _, err := spectest.Load(filepath.Join(corpus, name, "spec.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		svg, err := of(t, s, "").SVG()
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".svg", svg)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata/cases", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-golden +got):\n%s", name, diff)
	}
}
