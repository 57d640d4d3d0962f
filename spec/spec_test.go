package spec_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/msgdeploy/msgdeploy/spec"
)

func TestShop(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "testdata", "cases", "shop", "spec.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, ds := spec.Load(file, text)
	for _, d := range ds {
		t.Errorf("%s: %s %s", d.Range, d.Summary, d.Detail)
	}
	for _, name := range s.Stacks() {
		topology, ds := s.Resolve(name)
		for _, d := range ds {
			t.Errorf("%s: %s: %s %s", name, d.Range, d.Summary, d.Detail)
		}
		if got, want := len(topology.Permissions), 6; got != want {
			t.Errorf("%s: %d permissions, want %d", name, got, want)
		}
	}
	prod, _ := s.Resolve("prod")
	transactions := prod.Queues[1]
	if got, want := transactions.Retention, 7*24*time.Hour; got != want {
		t.Errorf("retention is %s, want %s", got, want)
	}
	if got, want := transactions.Lease, 30*time.Second; got != want {
		t.Errorf("lease is %s, want %s", got, want)
	}
	if got, want := transactions.DeadLetter.MaxAttempts, 5; got != want {
		t.Errorf("attempts are %d, want %d", got, want)
	}
	if got, want := transactions.At("retention").Start.Line, 47; got != want {
		t.Errorf("retention is set in line %d, want %d", got, want)
	}
	audit := prod.Queues[0]
	if audit.Asked("deadLetter") || audit.DeadLetter == nil || audit.DeadLetter.MaxAttempts != 5 || audit.Retention != 4*24*time.Hour {
		t.Errorf("audit has not the defaults: %+v", audit)
	}
}
