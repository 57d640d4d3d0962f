package providers_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// The names of an API: whoever changes one of these strings breaks users.
func TestNamesNeverChange(t *testing.T) {
	t.Parallel()
	top := named(t)
	for _, c := range []struct {
		of     permissions.Address
		suffix string
		limit  int
		want   string
	}{
		{"topic.orders", "", 256, "shop-prod-orders"},
		{"queue.jobs", "", 80, "shop-prod-jobs"},
		{"queue.jobs", "-queue", 255, "shop-prod-jobs-queue"},
		{"queue.jobs.deadLetter", "-dlq", 80, "shop-prod-jobs-dlq"},
		{"queue.jobs.deadLetter", "-queue-dlq", 255, "shop-prod-jobs-queue-dlq"},
		{"subscription.feed", "", 64, "shop-prod-feed"},
		{"service.api", "", 64, "shop-prod-api"},
		// cut
		{"topic.customer-orders-placed-by-partners", "", 44, "shop-prod-customer-orders-placed-by-partners"},
		{"topic.customer-orders-placed-by-partners", "", 43, "shop-prod-customer-orders-placed-b-9a8eb2cd"},
		{"topic.customer-orders-placed-by-partners", "", 24, "shop-prod-custo-9a8eb2cd"},
		{"topic.customer-orders-placed-by-partners", "", 19, "shop-prod-9a8eb2cd"},
		{"queue.customer-orders-placed-by-partners", "", 24, "shop-prod-custo-0aa4a8a5"},
		{"queue.customer-orders-placed-by-partners", "-queue", 24, "shop-prod-custo-e68aa35b"},
		{"queue.customer-orders-placed-by-partners.deadLetter", "-dlq", 24, "shop-prod-custo-7952cf99"},
		{"service.customer-orders-placed-by-partners", "", 24, "shop-prod-custo-354ca687"},
		// moved: as it was called before, cut or not
		{"topic.moved", "", 256, "shop-prod-orders-before"},
		{"queue.moved", "-queue", 255, "shop-prod-jobs-before-queue"},
		{"queue.moved.deadLetter", "-queue-dlq", 255, "shop-prod-jobs-before-queue-dlq"},
		{"service.moved", "", 19, "shop-prod-354ca687"},
		// exact
		{"topic.exact", "", 256, "Orders.v1"},
		{"queue.exact", "-queue", 255, "legacy_jobs"},
		{"queue.exact.deadLetter", "-queue-dlq", 255, "legacy_jobs-dlq"},
		{"queue.exact.deadLetter", "-dlq", 80, "legacy_jobs-dlq"},
		{"service.exact", "", 64, "worker"},
		// of other projects
		{"topic.accounts/user-created", "", 256, "accounts-prod-user-created"},
		{"topic.accounts/user-created", "", 19, "accounts-p-40c5fe0f"},
		{"queue.accounts/exports", "-queue", 255, "accounts-prod-exports-queue"},
		{"topic.crm/customer-merged", "", 256, "prod.crm.customer-merged"},
	} {
		if got := providers.Physical(top, c.of, c.suffix, c.limit); got != c.want {
			t.Errorf("%s with %q in %d characters is called %q, want %q", c.of, c.suffix, c.limit, got, c.want)
		}
	}
}

func named(t *testing.T) *spec.Topology {
	t.Helper()
	s, ds := spec.Load("spec.yaml", []byte(`
version: 1
project: shop
uses:
  accounts: {topics: [user-created], queues: [exports]}
  crm: {topics: [customer-merged], naming: "${stack}.${project}.${name}"}
topics:
  exact: {name: Orders.v1, movedFrom: older}
  moved: {movedFrom: orders-before}
  orders: {}
queues:
  exact: {name: legacy_jobs}
  jobs: {}
  moved: {movedFrom: jobs-before}
services:
  exact: {name: worker}
  moved: {movedFrom: customer-orders-placed-by-partners}
stacks:
  prod: {nats: {}}
  short: {nats: {}, naming: "${name}_${stack}"}
`))
	top, more := s.Resolve("prod")
	if ds = append(ds, more...); ds.HasErrors() {
		t.Fatal(ds)
	}
	return top
}

// What is cut differs by all that a name is made of.
func TestCutNamesDiffer(t *testing.T) {
	t.Parallel()
	names := map[string]permissions.Address{}
	for _, project := range []string{"shop", "shop-a"} {
		for _, stack := range []string{"prod", "a-prod"} {
			for _, of := range []permissions.Address{"topic.customer-orders", "queue.customer-orders", "topic.customer-orders-b"} {
				for _, suffix := range []string{"", "-queue", "-dlq"} {
					name := providers.Physical(&spec.Topology{Project: project, Stack: stack}, of, suffix, 14)
					if other, taken := names[name]; taken {
						t.Errorf("%s of %s/%s with %q and %s are both called %q", of, project, stack, suffix, other, name)
					}
					names[name] = of
				}
			}
		}
	}
}

func TestStorageAccount(t *testing.T) {
	t.Parallel()
	account := func(project, stack, subscription string) string {
		return providers.StorageAccount(&spec.Topology{Project: project, Stack: stack, Target: spec.Target{
			Azure: &spec.AzureTarget{Subscription: subscription},
		}})
	}
	const one, other = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"
	for _, c := range [][2]string{
		{account("shop", "eu", one), "shopeu8250e16e"},
		{account("shop", "eu", strings.ToUpper(one)), "shopeu8250e16e"},
		{account("web-shop-of-the-north", "prod", one), "webshopofthenort5d8d5dd4"},
		{account("web-shop-of-the-north", "prod", other), "webshopofthenort6e1e6954"},
	} {
		got, want := c[0], c[1]
		if got != want {
			t.Errorf("storage account %q, want %q", got, want)
		}
		if !regexp.MustCompile(`^[a-z0-9]{3,24}$`).MatchString(got) {
			t.Errorf("%q is no name for a storage account", got)
		}
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

// TestNamespaceName goes by a rule: exact names that break it are errors on their line,
// what a template makes is one on the template's, and what was cut is one note.
func TestNamespaceName(t *testing.T) {
	t.Parallel()
	const text = `version: 1
project: shop
topics:
  customer-orders-placed: {}
  customer-orders-shipped: {}
  dotted: {name: orders.v1}
  long: {name: an-exact-name-that-is-never-cut}
  orders: {}
  shouted: {name: SHOP-LOCAL-ORDERS}
stacks:
  local: {nats: {}}
  dots: {nats: {}, naming: "${stack}.${name}"}
`
	check := func(stack string) map[string][]string {
		s, _ := spec.Load("spec.yaml", []byte(text))
		top, ds := s.Resolve(stack)
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		ns := providers.Namespace{What: "topics", Rule: providers.NameRule{
			Limit: 24, Expr: `^[A-Za-z0-9-]+$`, Words: "letters, digits and hyphens", FoldCase: true,
		}}
		for _, topic := range top.Topics {
			ns.Name(top, permissions.TopicAddress(topic.Name), "")
		}
		found := map[string][]string{}
		for _, d := range ns.Diagnostics() {
			line := fmt.Sprintf("%s at %d", d.Severity, d.Range.Start.Line)
			for _, r := range d.Related {
				line += fmt.Sprintf(", %d", r.Range.Start.Line)
			}
			found[d.Code] = append(found[d.Code], line)
		}
		return found
	}
	want := map[string][]string{
		providers.CodeNameCut:       {"note at 4, 5"},
		providers.CodeInvalidName:   {"error at 6", "error at 7"},
		providers.CodeNameCollision: {"error at 9, 8"},
	}
	if diff := cmp.Diff(want, check("local")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := check("dots")[providers.CodeInvalidName]; !slices.Equal(got, []string{"error at 12", "error at 6", "error at 7"}) {
		t.Errorf("a template that breaks the rule: %v", got)
	}
}
