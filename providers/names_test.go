package providers_test

import (
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

func TestPhysical(t *testing.T) {
	t.Parallel()
	top := &spec.Topology{Project: "shop", Stack: "prod"}
	jobs := permissions.QueueAddress("jobs")
	if got := providers.Physical(top, jobs, "-queue", 255); got != "shop-prod-jobs-queue" {
		t.Errorf("Physical = %q", got)
	}
	if got := providers.Physical(top, jobs.DeadLetters(), "-queue-dlq", 255); got != "shop-prod-jobs-queue-dlq" {
		t.Errorf("Physical of dead letters = %q", got)
	}
}

// The names of an API: whoever changes one of these strings breaks users.
func TestPhysicalCut(t *testing.T) {
	t.Parallel()
	top := &spec.Topology{Project: "shop", Stack: "prod"}
	long := permissions.TopicAddress("customer-orders-placed-by-partners")
	got := providers.Physical(top, long, "", 24)
	if want := "shop-prod-custo-9a8eb2cd"; got != want {
		t.Errorf("Physical = %q, want %q", got, want)
	}
	queue := permissions.QueueAddress("customer-orders-placed-by-partners")
	if other := providers.Physical(top, queue, "", 24); other == got || len(other) > 24 {
		t.Errorf("a queue of the same name is called %q, the topic %q", other, got)
	}
	if a, b := providers.Physical(top, queue, "-queue", 24), providers.Physical(top, queue, "-queue-dlq", 24); a == b {
		t.Errorf("a queue and its dead letters are both called %q", a)
	}
}

func TestNamespace(t *testing.T) {
	t.Parallel()
	at := func(line int) diag.Range {
		return diag.Range{File: "msgdeploy.yaml", Start: diag.Position{Line: line, Column: 3}}
	}
	ns := providers.Namespace{What: "streams"}
	ns.Claim("a", "topic.a", at(1))
	ns.Claim("b", "topic.b", at(2))
	ns.Claim("a", "queue.a", at(3))
	ds := ns.Diagnostics()
	if len(ds) != 1 || ds[0].Range != at(3) || len(ds[0].Related) != 1 || ds[0].Related[0].Range != at(1) {
		t.Fatalf("diagnostics = %+v, want one at line 3 that points to line 1", ds)
	}
	for _, want := range []string{"topic.a", "queue.a", `"a"`} {
		if !strings.Contains(ds[0].Detail, want) {
			t.Errorf("detail %q lacks %s", ds[0].Detail, want)
		}
	}
}
