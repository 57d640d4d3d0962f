package nats_test

import (
	"path/filepath"
	"testing"

	"github.com/msgdeploy/msgdeploy/providers/nats"
	"github.com/msgdeploy/msgdeploy/providers/providertest"
	"github.com/msgdeploy/msgdeploy/spec"
	"github.com/msgdeploy/msgdeploy/spec/spectest"
)

// TestCorpus takes the cases of the corpus that are deployed on the embedded broker: the
// rules of all providers hold for them, and the broker accepts them, twice.
func TestCorpus(t *testing.T) {
	t.Parallel()
	goldens, err := filepath.Glob("../../testdata/cases/*/local.golden.yaml")
	if err != nil || len(goldens) == 0 {
		t.Fatalf("no golden cases: %v", err)
	}
	for _, golden := range goldens {
		dir := filepath.Dir(golden)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			top := resolve(t, filepath.Join(dir, "spec.yaml"), "local")
			providertest.Run(t, nats.New(), top)
			for _, topic := range top.Topics {
				topic.Protect = false // else nothing could clean up
			}
			for _, q := range top.Queues {
				q.Protect = false
			}
			for _, s := range top.Subscriptions {
				s.Protect = false
			}
			d := newDeployment(t, runEmbedded(t), top)
			d.up(top)
			if again := d.up(top); len(again.Changes) > 0 {
				t.Errorf("a second up changes %v", changed(again))
			}
			if r := d.refresh(); len(r.Changes) > 0 {
				t.Errorf("a refresh finds %v", changed(r))
			}
			d.destroy()
			if left := d.streams(); len(left) > 0 {
				t.Errorf("destroy leaves streams %v", left)
			}
		})
	}
}

func resolve(t *testing.T, file, stack string) *spec.Topology {
	t.Helper()
	s, ds, err := spectest.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	top, ds := s.Resolve(stack)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	return top
}

// TestProtect refuses to delete what is protected.
func TestProtect(t *testing.T) {
	t.Parallel()
	top := nats.Shop()
	top.Queues[0].Protect = true
	d := newDeployment(t, runEmbedded(t), top)
	d.up(top)
	if _, err := d.engine.Destroy(t.Context(), nil); err == nil {
		t.Error("a protected queue was destroyed")
	}
	if got := streamInfo(t, d.admin, "shop-local-audit-queue").Config.Name; got == "" {
		t.Error("the protected queue is gone")
	}
}
