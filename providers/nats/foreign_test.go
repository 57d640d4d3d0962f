package nats_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/broker/brokertest"
	"github.com/msgdeploy/msgdeploy/spec"
)

const (
	accountsSpec = `
version: 1
project: accounts
topics: {user-created: {}, user-deleted: {}}
queues: {exports: {deadLetter: false}}
services: {signup: {}}
permissions: {signup: {publish: [user-created]}}
stacks: {cluster: {nats: NATS}}
`
	shopSpec = `
version: 1
project: shop
uses: {accounts: {topics: [user-created], queues: [exports]}}
queues: {audit: {deadLetter: false}}
subscriptions:
  audit-users: {topic: accounts/user-created, to: {queue: audit}}
  cards: {topic: accounts/user-created, to: {queue: audit}, filter: {kind: [card]}}
services: {worker: {}}
permissions:
  worker: {publish: [accounts/user-created], enqueue: [accounts/exports], dequeue: [accounts/exports, audit]}
stacks: {cluster: {nats: NATS}}
`
)

// TestForeignElements uses a topic and a queue of another project on a server that both
// are on: what is granted works, nothing more does, and whose they are stays untouched.
func TestForeignElements(t *testing.T) {
	t.Parallel()
	const external = `{url: "nats://localhost:4222", credentials: a, signingKey: b, system: {credentials: c, operatorKey: d}}`
	for name, settings := range map[string]string{
		"accounts of their own": external,
		"one account":           strings.Replace(external, ", system: {credentials: c, operatorKey: d}", "", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := brokertest.StartServer(t)
			shared := !strings.Contains(settings, "system")
			settings := strings.Replace(settings, "nats://localhost:4222", b.URL, 1)
			theirs := resolveText(t, strings.Replace(accountsSpec, "NATS", settings, 1), "cluster")
			ours := resolveText(t, strings.Replace(shopSpec, "NATS", settings, 1), "cluster")
			accounts := newDeployment(t, useExternal(t, b, shared), theirs)
			accounts.up(theirs)
			before := accounts.streams()
			shop := newDeployment(t, useExternal(t, b, shared), ours)
			shop.up(ours)
			if again := shop.up(ours); len(again.Changes) > 0 {
				t.Errorf("a second up changes %v", changed(again))
			}

			worker := client(t, shop, "worker")
			signup := client(t, accounts, "signup")
			event := []broker.Message{{Data: []byte("x")}}
			for who, c := range map[string]*broker.Client{"signup": signup, "worker": worker} {
				if err := c.Publish(t.Context(), "accounts.cluster.topic.user-created", event); err != nil {
					t.Errorf("%s publishes on the topic: %v", who, err)
				}
			}
			for range 2 {
				take(t, worker, shop.output("queues", "audit"))
			}
			if err := worker.Enqueue(t.Context(), "accounts.cluster.queue.exports", event); err != nil {
				t.Errorf("enqueue in the other project's queue: %v", err)
			}
			take(t, worker, shop.output("queues", "accounts/exports"))
			if err := worker.Publish(t.Context(), "accounts.cluster.topic.user-deleted", event); !errors.Is(err, broker.ErrRefused) {
				t.Errorf("publish on a topic that is not used: %v", err)
			}

			shop.destroy()
			if diff := cmp.Diff(before, accounts.streams()); diff != "" {
				t.Errorf("the other project's streams after destroy:\n%s", diff)
			}
			if r := accounts.refresh(); len(r.Changes) > 0 {
				t.Errorf("the other project's stack is changed: %v", changed(r))
			}
		})
	}
}

// take leases and completes one message of a queue, found by its outputs.
func take(t *testing.T, c *broker.Client, queue any) {
	t.Helper()
	out, _ := queue.(map[string]any)
	stream, _ := out["stream"].(string)
	consumer, _ := out["consumer"].(string)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	leased, err := c.Dequeue(ctx, stream, consumer, 1, 30*time.Second)
	if err != nil || len(leased) != 1 {
		t.Fatalf("dequeue of stream %q through %q: %v, %v", stream, consumer, leased, err)
	}
	if err := c.Complete(ctx, leased[0].Receipt); err != nil {
		t.Fatalf("complete: %v", err)
	}
}

func resolveText(t *testing.T, text, stack string) *spec.Topology {
	t.Helper()
	file := filepath.Join(t.TempDir(), "spec.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return resolve(t, file, stack)
}

// TestLabels changes labels in place, and finds them changed by others.
func TestLabels(t *testing.T) {
	t.Parallel()
	const text = `
version: 1
project: shop
labels: LABELS
topics: {orders: {owner: sales}}
queues: {jobs: {deadLetter: false}}
stacks: {local: {nats: {}}}
`
	with := func(labels string) *spec.Topology {
		return resolveText(t, strings.Replace(text, "LABELS", labels, 1), "local")
	}
	admin := runEmbedded(t)
	top := with("{team: commerce, cost-center: c17}")
	d := newDeployment(t, admin, top)
	d.up(top)
	metadata := streamInfo(t, admin, "shop-local-orders").Config.Metadata
	for key, want := range map[string]string{
		"team": "commerce", "cost-center": "c17", "owner": "sales",
		"msgdeploy.project": "shop", "msgdeploy.stack": "local", "msgdeploy.element": "topic.orders",
	} {
		if metadata[key] != want {
			t.Errorf("metadata %s = %q, want %q", key, metadata[key], want)
		}
	}
	top = with("{team: trade}")
	want := []string{"update Consumer::jobs-queue", "update Stream::jobs-queue", "update Stream::orders"}
	if diff := cmp.Diff(want, changed(d.up(top))); diff != "" {
		t.Errorf("changes of labels (-want +got):\n%s", diff)
	}
	cfg := streamInfo(t, admin, "shop-local-jobs-queue").Config
	if _, left := cfg.Metadata["cost-center"]; left || cfg.Metadata["team"] != "trade" {
		t.Errorf("metadata after the change: %v", cfg.Metadata)
	}
	if r := d.refresh(); len(r.Changes) > 0 {
		t.Errorf("a refresh finds %v", changed(r))
	}
	cfg.Metadata["team"] = "somebody"
	if _, err := admin.JetStream.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if got := changed(d.refresh()); !cmp.Equal(got, []string{"update Stream::jobs-queue"}) {
		t.Errorf("a refresh after somebody changed a label finds %v", got)
	}
	if got := changed(d.up(top)); !cmp.Equal(got, []string{"update Stream::jobs-queue"}) {
		t.Errorf("up after that changes %v", got)
	}
}
