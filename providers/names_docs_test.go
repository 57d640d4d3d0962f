package providers_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/aws"
	"github.com/msgdeploy/msgdeploy/providers/azure"
	"github.com/msgdeploy/msgdeploy/providers/gcp"
	"github.com/msgdeploy/msgdeploy/providers/nats"
	"github.com/msgdeploy/msgdeploy/spec"
)

// longNames has an element of every kind whose name each cloud must cut.
const longNames = `
version: 1
project: demo
topics: {orders: {}, ordered: {ordered: true}}
queues: {jobs: {}, inorder: {ordered: true}}
subscriptions: {push: {topic: orders, to: {service: worker}}}
services: {worker: {endpoint: "https://example.com", identity: {aws: {create: {trust: [{service: lambda}]}}}}}
permissions: {worker: {publish: [orders], dequeue: [jobs]}}
stacks:
  aws: {aws: {region: eu-west-1, account: "111122223333"}}
  gcp: {gcp: {project: acme-prod, region: europe-west1}}
  grid: {azure: {subscription: 00000000-0000-0000-0000-000000000000, location: westeurope}}
  bus: {azure: {subscription: 00000000-0000-0000-0000-000000000000, location: westeurope, topics: serviceBus, queues: serviceBus}}
  nats: {nats: {}}
`

// TestDocumentedNameLimits compares the table of docs/names.md with where each cloud's names
// are cut.
func TestDocumentedNameLimits(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/names.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| characters at most |")
	table, _, _ = strings.Cut(table, "\n\n")
	naming := "naming: \"${name}" + strings.Repeat("-and-more", 40) + "\"\n"
	s, ds := spec.Load("spec.yaml", []byte(naming+longNames))
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	limit := regexp.MustCompile(`have at most (\d+) characters`)
	number := regexp.MustCompile(`\b\d+\b`)
	for _, c := range []struct {
		row      string
		stacks   []string
		provider providers.Provider
	}{
		{"AWS", []string{"aws"}, aws.New()},
		{"Google Cloud", []string{"gcp"}, gcp.New()},
		{"Azure", []string{"grid", "bus"}, azure.New()},
		{"NATS", []string{"nats"}, nats.New()},
	} {
		said, cut := map[string]bool{}, map[string]bool{}
		for line := range strings.Lines(table) {
			if strings.HasPrefix(line, "| "+c.row) {
				for _, n := range number.FindAllString(line, -1) {
					said[n] = true
				}
			}
		}
		for _, stack := range c.stacks {
			topology, _ := s.Resolve(stack)
			for _, d := range c.provider.Check(topology) {
				if d.Code == providers.CodeNameCut {
					cut[limit.FindStringSubmatch(d.Detail)[1]] = true
				}
			}
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(cut)), slices.Sorted(maps.Keys(said))); diff != "" {
			t.Errorf("%s (-cut +said)\n%s", c.row, diff)
		}
	}
}
