package nats_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/broker/brokertest"
	"github.com/msgdeploy/msgdeploy/spec"
)

// shared deploys the matrix where services share an account.
func shared(t *testing.T) (*deployment, *spec.Topology) {
	t.Helper()
	b := brokertest.StartServer(t)
	top := matrix("mine", &spec.NATSTarget{URL: b.URL})
	d := newDeployment(t, useExternal(t, b, true), top)
	d.up(top)
	return d, top
}

// client is a service's, connected by what the outputs say.
func client(t *testing.T, d *deployment, service string) *broker.Client {
	t.Helper()
	c, err := broker.DialService(t.Context(), d.output("url").(string), []byte(d.credentials()[service]),
		d.output("apiPrefix").(string), d.output("services", service, "inboxPrefix").(string))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestSharedAccount(t *testing.T) {
	t.Parallel()
	d, _ := shared(t)
	ctx := t.Context()
	message := []broker.Message{{Data: []byte("x")}}
	enqueuer := client(t, d, "enqueue-one")
	if err := enqueuer.Enqueue(ctx, "matrix.mine.queue.one", message); err != nil {
		t.Errorf("enqueue where it is granted: %v", err)
	}
	if err := enqueuer.Enqueue(ctx, "matrix.mine.queue.two", message); !errors.Is(err, broker.ErrRefused) {
		t.Errorf("enqueue where it is not granted: %v", err)
	}
	if err := enqueuer.Publish(ctx, "matrix.mine.topic.one", message); !errors.Is(err, broker.ErrRefused) {
		t.Errorf("publish where it is not granted: %v", err)
	}
	worker := client(t, d, "dequeue-one")
	leased, err := worker.Dequeue(ctx, "matrix-mine-one-queue", "matrix-mine", 1, 5*time.Second)
	if err != nil || len(leased) != 1 {
		t.Fatalf("dequeue where it is granted: %v, %v", leased, err)
	}
	if err := worker.Complete(ctx, leased[0].Receipt); err != nil {
		t.Errorf("complete: %v", err)
	}
	if _, err := worker.Dequeue(ctx, "matrix-mine-two-queue", "matrix-mine", 1, time.Second); !errors.Is(err, broker.ErrRefused) {
		t.Errorf("dequeue where it is not granted: %v", err)
	}
}

// TestSharedAccountGrowsOnly widens what a service may do, and is refused to narrow it:
// within a service, and with the whole service.
func TestSharedAccountGrowsOnly(t *testing.T) {
	t.Parallel()
	d, top := shared(t)
	before := d.credentials()
	all := top.Permissions
	enqueuer := top.Services[slices.IndexFunc(top.Services, func(s *spec.Service) bool { return s.Name == "enqueue-one" })]
	top.Permissions = append(all[:len(all):len(all)], &spec.Permission{Service: enqueuer, Verb: spec.Enqueue, Queue: top.Queues[1]})
	d.up(top)
	if err := client(t, d, "enqueue-one").Enqueue(t.Context(), "matrix.mine.queue.two", []broker.Message{{Data: []byte("x")}}); err != nil {
		t.Errorf("what was given is not there: %v", err)
	}
	if after := d.credentials(); after["enqueue-two"] != before["enqueue-two"] {
		t.Error("other services' credentials changed")
	}
	for name, fewer := range map[string]func(*spec.Permission) bool{
		"one grant":   func(p *spec.Permission) bool { return p.Service == enqueuer && p.Queue == top.Queues[0] },
		"one service": func(p *spec.Permission) bool { return p.Service == enqueuer },
	} {
		narrow := *top
		narrow.Permissions = nil
		for _, p := range top.Permissions {
			if !fewer(p) {
				narrow.Permissions = append(narrow.Permissions, p)
			}
		}
		_, err := d.engine.Up(t.Context(), program(&narrow), nil)
		if err == nil || !strings.Contains(err.Error(), "nats.system") || !strings.Contains(err.Error(), "enqueue-one") {
			t.Errorf("%s less: %v, want a refusal that names the key that is missing", name, err)
		}
	}
	if err := client(t, d, "enqueue-one").Enqueue(t.Context(), "matrix.mine.queue.one", []broker.Message{{Data: []byte("x")}}); err != nil {
		t.Errorf("a refused change changed something: %v", err)
	}
	d.destroy()
}

// TestSharedAccountIsDivided gives a stack its `nats.system`: each service gets an account
// of its own, and narrowing is possible from then on.
func TestSharedAccountIsDivided(t *testing.T) {
	t.Parallel()
	b := brokertest.StartServer(t)
	dir := t.TempDir()
	together := matrix("mine", &spec.NATSTarget{URL: b.URL})
	openDeployment(t, dir, useExternal(t, b, true), together).up(together)

	top := matrix("mine", &spec.NATSTarget{URL: b.URL, System: &spec.NATSSystem{}})
	top.Permissions = slices.DeleteFunc(top.Permissions, func(p *spec.Permission) bool {
		return p.Service.Name == "all-of-one" && p.Verb == spec.Enqueue
	})
	d := openDeployment(t, dir, useExternal(t, b, false), top)
	d.up(top)
	message := []broker.Message{{Data: []byte("x")}}
	if err := client(t, d, "enqueue-one").Enqueue(t.Context(), "matrix.mine.queue.one", message); err != nil {
		t.Errorf("enqueue where it is granted: %v", err)
	}
	if err := client(t, d, "all-of-one").Enqueue(t.Context(), "matrix.mine.queue.one", message); !errors.Is(err, broker.ErrRefused) {
		t.Errorf("enqueue where it is not granted any more: %v", err)
	}
	if again := d.up(top); len(again.Changes) > 0 {
		t.Errorf("a second up changes %v", changed(again))
	}
	d.destroy()
}
