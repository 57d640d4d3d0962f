package providers_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// resolve returns the topology of the only stack of a spec.
func resolve(t *testing.T, src string) *spec.Topology {
	t.Helper()
	s, ds := spec.Load("msgdeploy.yaml", []byte(src))
	if ds.HasErrors() {
		t.Fatalf("load: %+v", ds)
	}
	top, ds := s.Resolve(s.Stacks()[0])
	if ds.HasErrors() {
		t.Fatalf("resolve: %+v", ds)
	}
	return top
}

const head = "version: 1\nproject: shop\nstacks: {local: {nats: {}}}\n"

func TestCheckCapabilities(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spec     string
		code     string
		severity diag.Severity
		line     int
		detail   string
	}{
		"delay":              {"queues: {jobs: {delay: 5s, deadLetter: false}}", "needs-relay", diag.Warning, 4, "queue.jobs"},
		"dead letters asked": {"queues: {jobs: {deadLetter: {maxAttempts: 3}}}", "needs-relay", diag.Warning, 4, "dead letters"},
		"dead letters by default": {
			"queues: {aaa: {}, bbb: {}}", "needs-relay", diag.Warning, 3, "queue.aaa, queue.bbb",
		},
		"filter": {
			"topics: {news: {}}\nqueues: {jobs: {deadLetter: false}}\nsubscriptions: {feed: {topic: news, to: {queue: jobs}, filter: {kind: [card]}}}",
			"needs-relay", diag.Warning, 6, "headers",
		},
		"native envelope": {
			"topics: {news: {}}\nqueues: {jobs: {deadLetter: false}}\nsubscriptions:\n  feed: {topic: news, to: {queue: jobs}, deliver: native}",
			"not-supported", diag.Error, 7, "no envelope",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ds := providers.CheckCapabilities(resolve(t, head+tc.spec))
			if len(ds) != 1 {
				t.Fatalf("%d diagnostics, want 1: %+v", len(ds), ds)
			}
			d := ds[0]
			if d.Code != tc.code || d.Severity != tc.severity || d.Range.Start.Line != tc.line || !strings.Contains(d.Detail, tc.detail) {
				t.Errorf("got %s %s on line %d: %s", d.Severity, d.Code, d.Range.Start.Line, d.Detail)
			}
		})
	}
}

// A thousand queues make one warning, not a thousand.
func TestCheckCapabilitiesCounts(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(head + "queues:\n")
	for i := range 100 {
		b.WriteString("  q" + strings.Repeat("x", i+2) + "-" + "y: {deadLetter: {maxAttempts: 3}}\n")
		if i == 40 {
			break // names have at most 50 characters
		}
	}
	ds := providers.CheckCapabilities(resolve(t, b.String()))
	if len(ds) != 1 || !strings.Contains(ds[0].Detail, "and 36 more") || len(ds[0].Related) == 0 {
		t.Errorf("diagnostics = %+v", ds)
	}
}

// Every feature has an answer for NATS, or says why it needs none.
func TestTableIsComplete(t *testing.T) {
	t.Parallel()
	seen := map[providers.Feature]bool{}
	for _, row := range providers.Capabilities() {
		if seen[row.Feature] || row.Title == "" {
			t.Errorf("row %s is there twice or has no title", row.Feature)
		}
		seen[row.Feature] = true
		cell, ok := row.Clouds[spec.NATS]
		if !ok && row.Feature != providers.Existing {
			t.Errorf("%s has no answer for NATS", row.Feature)
		}
		if ok && cell.Support != providers.Native && !strings.HasSuffix(cell.Note, ".") {
			t.Errorf("%s on NATS is not explained in a sentence: %q", row.Feature, cell.Note)
		}
	}
}

func TestNeedsRelay(t *testing.T) {
	t.Parallel()
	if uses := providers.NeedsRelay(resolve(t, head+"queues: {jobs: {deadLetter: false}}\ntopics: {news: {}}")); len(uses) != 0 {
		t.Errorf("plain elements need the relay: %+v", uses)
	}
	uses := providers.NeedsRelay(resolve(t, head+"queues: {jobs: {delay: 5s}}"))
	features := []providers.Feature{}
	for _, u := range uses {
		features = append(features, u.Feature)
	}
	if want := []providers.Feature{providers.Delay, providers.DeadLetterOfQueue}; !slices.Equal(features, want) {
		t.Errorf("features = %v, want %v", features, want)
	}
}

// Azure's services answer for every feature that can be asked of them, in sentences.
func TestServicesOfAzure(t *testing.T) {
	t.Parallel()
	services := providers.ServicesOfAzure()
	titles := map[providers.Feature]bool{}
	for _, row := range providers.Capabilities() {
		titles[row.Feature] = true
	}
	for feature, cells := range services {
		if !titles[feature] {
			t.Errorf("%s is no row of the table", feature)
		}
		for service, cell := range cells {
			if cell.Support == providers.Emulated {
				t.Errorf("%s on %s is emulated: no relay serves Azure", feature, service)
			}
			if cell.Support != providers.Native && !strings.HasSuffix(cell.Note, ".") {
				t.Errorf("%s on %s is not explained in a sentence: %q", feature, service, cell.Note)
			}
		}
	}
	const grid, storage, bus = "eventGrid", "storage", "serviceBus"
	for _, c := range []struct {
		feature  providers.Feature
		services []string
	}{
		{providers.OrderedTopic, []string{grid, bus}}, {providers.RawFormat, []string{grid, bus}},
		{providers.OrderedQueue, []string{storage, bus}}, {providers.Retention, []string{storage, bus}}, {providers.Lease, []string{storage, bus}},
		{providers.Delay, []string{storage, bus}}, {providers.DeadLetterOfQueue, []string{storage, bus}}, {providers.DefaultDeadLetter, []string{storage, bus}},
		{providers.PushToEndpoint, []string{grid, bus}}, {providers.PushToFunction, []string{grid, bus}}, {providers.NativeEnvelope, []string{grid, bus}},
		{providers.UnorderedToOrdered, []string{grid, bus}}, {providers.TopicToQueue, []string{grid, bus}}, {providers.FilterToQueue, []string{grid, bus}},
		{providers.Existing, []string{grid, storage, bus}},
	} {
		for _, service := range c.services {
			if _, ok := services[c.feature][service]; !ok {
				t.Errorf("%s has no answer of %s", c.feature, service)
			}
		}
	}
}
