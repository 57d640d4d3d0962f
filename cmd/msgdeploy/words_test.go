package main

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wordEdits are edits of a spec, and what each cloud's report calls them. What a cloud has no
// word for, or does another thing for, is not listed for it.
var wordEdits = []struct {
	old, new string
	want     string
	clouds   string
}{
	{"lease: 30s", "lease: 45s", "lease: 30s → 45s", "aws azure gcp nats"},
	{"retention: 4d", "retention: 7d", "retention: 4d → 7d", "aws azure gcp nats"},
	{"maxAttempts: 6}", "maxAttempts: 9}", "deadLetter.maxAttempts: 6 → 9", "aws azure gcp nats"},
	{"ordered: false", "ordered: true", "ordered: false → true", "aws azure gcp nats"},
	{"kind: [card]", "kind: [card, wire]", "filter.kind: [card] → [card, wire]", "aws nats"},
	{"minBackoff: 10s", "minBackoff: 20s", "retry.minBackoff: 10s → 20s", "aws gcp nats"},
	{"maxBackoff: 1m", "maxBackoff: 2m", "retry.maxBackoff: 1m → 2m", "aws gcp nats"},
	{"maxAttempts: 8,", "maxAttempts: 7,", "retry.maxAttempts: 8 → 7", "aws azure nats"},
}

const wordSpec = `version: 1
project: shop
topics: {orders: {}}
queues:
  jobs: {lease: 30s, retention: 4d, ordered: false, deadLetter: {maxAttempts: 6}}
subscriptions:
  mail: {topic: orders, to: {service: mailer}, filter: {kind: [card]}, retry: {maxAttempts: 8, minBackoff: 10s, maxBackoff: 1m}}
services:
  mailer: {endpoint: "https://mailer.example.com/events"}
stacks:
  aws: {aws: {region: eu-west-1, account: "111122223333"}}
  azure: {azure: {subscription: 00000000-0000-0000-0000-000000000000, location: westeurope, queues: serviceBus}}
  gcp: {gcp: {project: acme-prod, region: europe-west1}}
  nats: {nats: {}}
`

// TestWords: on every cloud, what changes is told by the spec's own keys and values, and by
// no other key: what is read back from the cloud's properties is what was edited.
func TestWords(t *testing.T) {
	t.Parallel()
	for _, edit := range wordEdits {
		for _, cloud := range strings.Fields(edit.clouds) {
			t.Run(cloud+" "+edit.want, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				write(t, filepath.Join(dir, "before.yaml"), wordSpec)
				write(t, filepath.Join(dir, "after.yaml"), strings.Replace(wordSpec, edit.old, edit.new, 1))
				a, stdout, stderr := testApp("", nil)
				code := a.run(t.Context(), []string{
					"preview", "-s", cloud, "--offline", "--base", filepath.Join(dir, "before.yaml"), "-f", filepath.Join(dir, "after.yaml"),
				})
				if code != exitOK {
					t.Fatalf("exit code %d\n%s", code, stderr)
				}
				words := map[string]bool{}
				for line := range strings.Lines(stdout.String()) {
					if text, ok := strings.CutPrefix(line, "      "); ok && !strings.HasPrefix(text, " ") && strings.Contains(text, " → ") {
						words[strings.TrimSpace(text)] = true
					}
				}
				if diff := cmp.Diff([]string{edit.want}, slices.Sorted(maps.Keys(words))); diff != "" {
					t.Errorf("words (-want +got):\n%s\n%s", diff, stdout)
				}
			})
		}
	}
}
