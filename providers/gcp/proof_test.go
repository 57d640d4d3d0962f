package gcp_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/gcp"
	"github.com/msgdeploy/msgdeploy/spec"
)

// oracle is what each verb must allow and must not, written down apart from this package.
type oracle struct {
	Level       string
	Allow, Deny []string
	SameAs      string
	Unavoidable []string
}

func oracles(t *testing.T) map[permissions.Verb]oracle {
	t.Helper()
	src, err := os.ReadFile("testdata/oracle.json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(src, &raw); err != nil {
		t.Fatal(err)
	}
	all := map[permissions.Verb]oracle{}
	for verb := range gcp.Verbs() {
		var o oracle
		if err := json.Unmarshal(raw[string(verb)], &o); err != nil {
			t.Fatal(err)
		}
		if o.SameAs != "" {
			if err := json.Unmarshal(raw[o.SameAs], &o); err != nil {
				t.Fatal(err)
			}
		}
		if len(o.Allow) == 0 || len(o.Deny) == 0 {
			t.Fatalf("the oracle says nothing of %s", verb)
		}
		all[verb] = o
	}
	return all
}

// universe is every permission that the oracle or a role knows.
func universe(t *testing.T) []string {
	t.Helper()
	all := map[string]bool{}
	for _, o := range oracles(t) {
		for _, p := range append(slices.Clone(o.Allow), o.Deny...) {
			all[p] = true
		}
	}
	for _, r := range gcp.Roles() {
		for _, p := range r.Permissions {
			all[p] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// TestRolesAndOracle compares the table of roles with the oracle: each verb's role holds
// what the verb needs, and nothing that it must not have, save what has no effect there.
func TestRolesAndOracle(t *testing.T) {
	t.Parallel()
	for verb, name := range gcp.Verbs() {
		o := oracles(t)[verb]
		i := slices.IndexFunc(gcp.Roles(), func(r gcp.Role) bool { return r.Name == name })
		if i < 0 {
			t.Fatalf("%s: the table has no %s", verb, name)
		}
		role := gcp.Roles()[i]
		if diff := cmp.Diff(o.Allow, role.Effective()); diff != "" {
			t.Errorf("%s: %s (-oracle +table):\n%s", verb, name, diff)
		}
		for _, p := range o.Deny {
			if slices.Contains(role.Permissions, p) && !slices.Contains(role.Idle, p) {
				t.Errorf("%s: %s holds %s", verb, name, p)
			}
		}
		for _, p := range role.Idle {
			if !strings.Contains(strings.Join(o.Unavoidable, " "), p) {
				t.Errorf("%s: the oracle does not know that %s has no effect", verb, p)
			}
			if kindOf(p) == o.Level {
				t.Errorf("%s: %s is checked on a %s, where %s is granted", verb, p, o.Level, name)
			}
		}
	}
	for _, r := range gcp.Roles() {
		if !slices.IsSorted(r.Permissions) || len(r.Permissions) == 0 || r.Why == "" {
			t.Errorf("%s: permissions %v, why %q", r.Name, r.Permissions, r.Why)
		}
	}
}

// want is all that anybody may do in a stack, as the spec says it.
func want(top *spec.Topology, r *providers.Rendering) map[binding]bool {
	all := map[binding]bool{}
	allow := func(member, permission, resource string) { all[binding{member, permission, resource}] = true }
	const agent = "${gcp:projects/serviceIdentity:ServiceIdentity::pubsub.member}"
	account := func(name, property string) string {
		return "${gcp:serviceaccount/account:Account::" + name + "." + property + "}"
	}
	p := gcp.New()
	for _, g := range permissions.Derive(top) {
		_, principal := g.Principal.Split()
		_, resource := g.Resource.Split()
		actions, scope := p.Actions(top, g)
		ids := strings.Split(scope, ", ")
		switch g.Verb {
		case permissions.Publish, permissions.Enqueue, permissions.Dequeue:
			services, _ := at(r.Outputs, "outputs.services").(map[string]any)
			member := text(services, principal+".member")
			for _, id := range ids {
				for _, action := range actions {
					allow(member, action, id)
				}
			}
		case permissions.DeadLetter:
			allow(agent, "pubsub.topics.publish", ids[0])
			for _, id := range ids[1:] {
				allow(agent, "pubsub.subscriptions.consume", id)
			}
		case permissions.Deliver:
			if kind, _ := g.Resource.Split(); kind != "service" {
				continue // a subscription takes no grant
			}
			allow(agent, "iam.serviceAccounts.getOpenIdToken", account(resource+".push", "name"))
			for _, id := range ids[1:] {
				allow(account(resource+".push", "member"), "run.routes.invoke", id)
			}
		}
	}
	for _, res := range r.Resources {
		if key := text(res.Inputs, "kmsKeyName"); key != "" {
			parts := strings.Split(key, "/")
			id := strings.Join([]string{parts[1], parts[3], parts[5], parts[7]}, "/")
			allow(agent, "cloudkms.cryptoKeyVersions.useToEncrypt", id)
			allow(agent, "cloudkms.cryptoKeyVersions.useToDecrypt", id)
		}
	}
	for _, s := range top.Services {
		if s.Identity == nil || s.Identity.GCP == nil || s.Identity.GCP.Create == nil || len(permissions.Of(permissions.Derive(top), permissions.ServiceAddress(s.Name))) == 0 {
			continue
		}
		for _, w := range s.Identity.GCP.Create.WorkloadIdentity {
			member := "serviceAccount:" + top.Target.GCP.Project + ".svc.id.goog[" + w.Namespace + "/" + w.ServiceAccount + "]"
			for _, action := range []string{"get", "getAccessToken", "getOpenIdToken", "list"} {
				allow(member, "iam.serviceAccounts."+action, account(s.Name, "name"))
			}
		}
	}
	return all
}

// excess holds a program against what its spec says: for every member, every permission and
// every resource, allowed if and only if the spec says so.
func excess(t *testing.T, top *spec.Topology, r *providers.Rendering, got access) (tooMuch, tooLittle []binding) {
	t.Helper()
	expected := want(top, r)
	members, resources := map[string]bool{}, map[string]bool{}
	for _, b := range got {
		members[b.member], resources[b.resource] = true, true
	}
	for b := range expected {
		members[b.member], resources[b.resource] = true, true
	}
	for _, res := range r.Resources {
		switch project := "projects/" + text(res.Inputs, "project"); {
		case strings.HasSuffix(res.Type, "/topic:Topic"):
			resources[project+"/topics/"+text(res.Inputs, "name")] = true
		case strings.HasSuffix(res.Type, "/subscription:Subscription"):
			resources[project+"/subscriptions/"+text(res.Inputs, "name")] = true
		}
	}
	all := universe(t)
	for _, member := range slices.Sorted(maps.Keys(members)) {
		for _, resource := range slices.Sorted(maps.Keys(resources)) {
			for _, permission := range all {
				b := binding{member, permission, resource}
				switch allowed := got.allows(member, permission, resource); {
				case allowed && !expected[b]:
					tooMuch = append(tooMuch, b)
				case !allowed && expected[b]:
					tooLittle = append(tooLittle, b)
				}
			}
		}
	}
	return tooMuch, tooLittle
}

// TestLeastPrivilege holds every stack of the corpus against its spec.
func TestLeastPrivilege(t *testing.T) {
	t.Parallel()
	for name, top := range cases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := render(t, top)
			tooMuch, tooLittle := excess(t, top, r, accessOf(t, r))
			for _, b := range tooMuch {
				t.Errorf("%s may %s on %s, which the spec does not say", b.member, b.role, b.resource)
			}
			for _, b := range tooLittle {
				t.Errorf("%s may not %s on %s, which the spec says", b.member, b.role, b.resource)
			}
		})
	}
}

const accessSpec = head + `
topics: {news: {}, offers: {}}
queues: {jobs: {deadLetter: {maxAttempts: 7}}, notes: {deadLetter: false}}
subscriptions:
  feed: {topic: news, to: {queue: jobs}}
  run: {topic: offers, to: {service: renderer}, deadLetter: {queue: notes}}
services:
  api: {identity: {gcp: {member: "serviceAccount:API@acme-prod.iam.gserviceaccount.com"}}}
  worker: {}
  idle: {}
  renderer: {function: {gcp: projects/acme-prod/locations/europe-west1/services/renderer}}
permissions:
  api: {publish: [news], enqueue: [jobs]}
  worker: {dequeue: [jobs, jobs.deadLetter]}
`

// TestGrants writes down every grant of one stack by hand.
func TestGrants(t *testing.T) {
	t.Parallel()
	got := accessOf(t, render(t, valid(t, accessSpec)))
	const (
		api      = "serviceAccount:api@acme-prod.iam.gserviceaccount.com"
		worker   = "${gcp:serviceaccount/account:Account::worker.member}"
		push     = "${gcp:serviceaccount/account:Account::renderer.push.member}"
		agent    = "${gcp:projects/serviceIdentity:ServiceIdentity::pubsub.member}"
		topics   = "projects/acme-prod/topics/shop-prod-"
		queues   = "projects/acme-prod/subscriptions/shop-prod-"
		minter   = "roles/iam.serviceAccountOpenIdTokenCreator"
		pub, sub = "roles/pubsub.publisher", "roles/pubsub.subscriber"
	)
	want := access{
		{api, pub, topics + "jobs-queue"},
		{api, pub, topics + "news"},
		{worker, sub, queues + "feed"},
		{worker, sub, queues + "jobs-queue"},
		{worker, sub, queues + "jobs-queue-dlq"},
		{push, "roles/run.servicesInvoker", "projects/acme-prod/locations/europe-west1/services/renderer"},
		{agent, minter, "${gcp:serviceaccount/account:Account::renderer.push.name}"},
		{agent, pub, topics + "jobs-queue-dlq"},
		{agent, pub, topics + "notes-queue"},
		{agent, sub, queues + "feed"},
		{agent, sub, queues + "jobs-queue"},
		{agent, sub, queues + "run"},
	}
	order := func(a, b binding) int {
		return strings.Compare(a.member+a.role+a.resource, b.member+b.role+b.resource)
	}
	slices.SortFunc(got, order)
	slices.SortFunc(want, order)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(binding{})); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
}

// TestProofSees gives away too much, and too little, and expects the proof to say so.
func TestProofSees(t *testing.T) {
	t.Parallel()
	top := valid(t, accessSpec)
	r := render(t, top)
	good := accessOf(t, r)
	if tooMuch, tooLittle := excess(t, top, r, good); len(tooMuch)+len(tooLittle) > 0 {
		t.Fatalf("too much %v, too little %v", tooMuch, tooLittle)
	}
	const worker = "${gcp:serviceaccount/account:Account::worker.member}"
	for name, extra := range map[string]binding{
		"another topic":        {worker, "roles/pubsub.publisher", "projects/acme-prod/topics/shop-prod-news"},
		"another subscription": {worker, "roles/pubsub.subscriber", "projects/acme-prod/subscriptions/shop-prod-run"},
		"a stranger":           {"allUsers", "roles/pubsub.publisher", "projects/acme-prod/topics/shop-prod-offers"},
	} {
		if tooMuch, _ := excess(t, top, r, append(slices.Clone(good), extra)); len(tooMuch) == 0 {
			t.Errorf("%s: the proof does not see it", name)
		}
	}
	for i, b := range good {
		if _, tooLittle := excess(t, top, r, slices.Delete(slices.Clone(good), i, i+1)); len(tooLittle) == 0 {
			t.Errorf("the proof does not miss %+v", b)
		}
	}
}
