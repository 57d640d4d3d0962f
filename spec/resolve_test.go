package spec_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
)

// resolve returns the topology of a stack of a case, which must be without mistakes.
func resolve(t *testing.T, name, stack string) *spec.Topology {
	t.Helper()
	topology, ds := loadCase(t, name).Resolve(stack)
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	return topology
}

func resolveText(t *testing.T, text []byte, stack string) *spec.Topology {
	t.Helper()
	s, ds := spec.Load("dir/spec.yaml", text)
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	topology, ds := s.Resolve(stack)
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	return topology
}

// ignoreOrigins leaves out where things stand in the YAML.
var ignoreOrigins = cmpopts.IgnoreTypes(spec.Origin{}, diag.Range{})

const day = 24 * time.Hour

func TestDefaults(t *testing.T) {
	t.Parallel()
	got := resolveText(t, []byte(`
version: 1
project: demo
topics: {orders: {}}
queues: {jobs: {}}
subscriptions:
  feed: {topic: orders, to: {queue: jobs}}
  push: {topic: orders, to: {service: api}}
services: {api: {endpoint: "https://api.example.com"}}
stacks: {local: {nats: {}}}
`), "local")
	topic := &spec.Topic{Name: "orders", Format: spec.CloudEvents}
	queue := &spec.Queue{Name: "jobs", Lease: 30 * time.Second, Retention: 4 * day, DeadLetter: &spec.DeadLetter{MaxAttempts: 5}}
	service := &spec.Service{Name: "api", Endpoint: &spec.Endpoint{URL: "https://api.example.com"}}
	want := &spec.Topology{
		Project: "demo", Stack: "local", Dir: "dir", Naming: spec.DefaultNaming,
		Target:   spec.Target{NATS: &spec.NATSTarget{}},
		Topics:   []*spec.Topic{topic},
		Queues:   []*spec.Queue{queue},
		Services: []*spec.Service{service},
		Subscriptions: []*spec.Subscription{
			{Name: "feed", Topic: topic, ToQueue: queue},
			{
				Name: "push", Topic: topic, ToService: service,
				Retry:      &spec.Retry{MaxAttempts: 10, MinBackoff: 10 * time.Second, MaxBackoff: 10 * time.Minute},
				DeadLetter: &spec.DeadLetter{MaxAttempts: 10},
			},
		},
	}
	if diff := cmp.Diff(want, got, ignoreOrigins); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if jobs := got.Queues[0]; jobs.Asked("lease") || jobs.Asked("deadLetter") {
		t.Error("defaults count as asked for")
	}
}

func TestKitchenSink(t *testing.T) {
	t.Parallel()
	got := resolve(t, "kitchen-sink", "cluster")
	if diff := cmp.Diff(spec.Target{NATS: &spec.NATSTarget{
		URL:         "nats://one.example.com:4222,nats://two.example.com:4222",
		Credentials: "secrets/owner.creds",
		SigningKey:  "secrets/owner.nk",
		Replicas:    3,
		System:      &spec.NATSSystem{Credentials: "secrets/system.creds", OperatorKey: "secrets/operator.nk"},
	}}, got.Target, ignoreOrigins); diff != "" {
		t.Errorf("target (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(spec.State{Backend: "s3://states", Secrets: "awskms://alias/state"}, got.State, ignoreOrigins); diff != "" {
		t.Errorf("state (-want +got)\n%s", diff)
	}
	orders := got.Topics[0]
	if diff := cmp.Diff(&spec.Topic{
		Name: "orders", Description: "What was ordered", Ordered: true, Format: spec.Raw, Protect: true,
		NATS: &spec.NATSTopic{Retention: 7 * day, MaxBytes: 1 << 30},
	}, orders, ignoreOrigins); diff != "" {
		t.Errorf("topic (-want +got)\n%s", diff)
	}
	names := make([]string, 0, len(got.Permissions))
	for _, p := range got.Permissions {
		name := ""
		switch {
		case p.Topic != nil:
			name = p.Topic.Name
		case p.DeadLetter:
			name = p.Queue.Name + ".deadLetter"
		default:
			name = p.Queue.Name
		}
		names = append(names, p.Service.Name+" "+string(p.Verb)+" "+name)
	}
	if diff := cmp.Diff([]string{
		"auditor dequeue audit", "auditor dequeue audit.deadLetter", "auditor dequeue failures",
		"shop publish orders", "shop publish users", "shop enqueue jobs",
		"worker enqueue mails", "worker dequeue jobs", "worker dequeue jobs.deadLetter", "worker dequeue mails", "worker dequeue mails.deadLetter",
	}, names); diff != "" {
		t.Errorf("permissions (-want +got)\n%s", diff)
	}
	i := slices.IndexFunc(got.Subscriptions, func(s *spec.Subscription) bool { return s.Name == "push-orders" })
	push := got.Subscriptions[i]
	if diff := cmp.Diff(&spec.DeadLetter{Queue: "failures", MaxAttempts: 4}, push.DeadLetter, ignoreOrigins); diff != "" {
		t.Errorf("dead letters of a subscription (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(map[string][]string{"kind": {"card", "wire"}, "country": {"de", "fr"}}, push.Filter); diff != "" {
		t.Errorf("filter (-want +got)\n%s", diff)
	}
}

func TestPatches(t *testing.T) {
	t.Parallel()
	plain, patched := resolve(t, "patches", "plain"), resolve(t, "patches", "patched")
	if plain.Protect || plain.Queues[1].Lease != time.Minute || len(plain.Subscriptions) != 2 || plain.State.Backend != "s3://states" {
		t.Error("the patch of one stack changes another")
	}
	if !patched.Protect || patched.Target.NATS.Port != 4999 {
		t.Error("the stack's own settings are lost")
	}
	if diff := cmp.Diff(spec.State{Backend: "gs://states", Secrets: "awskms://alias/state"}, patched.State, ignoreOrigins); diff != "" {
		t.Errorf("state merges (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(&spec.Topic{Name: "orders", Description: "Patched", Format: spec.CloudEvents}, patched.Topics[0], ignoreOrigins); diff != "" {
		t.Errorf("null restores a default (-want +got)\n%s", diff)
	}
	audit, jobs := patched.Queues[0], patched.Queues[1]
	if audit.DeadLetter != nil || audit.Retention != 14*day {
		t.Errorf("audit: dead letters %v, retention %s", audit.DeadLetter, audit.Retention)
	}
	// deadLetter is replaced whole: the attempts of the element are gone.
	if diff := cmp.Diff(&spec.DeadLetter{Queue: "audit", MaxAttempts: 5}, jobs.DeadLetter, ignoreOrigins); diff != "" {
		t.Errorf("deadLetter (-want +got)\n%s", diff)
	}
	if len(patched.Subscriptions) != 1 {
		t.Fatalf("%d subscriptions, want 1", len(patched.Subscriptions))
	}
	mails := patched.Subscriptions[0]
	if mails.ToQueue != jobs || mails.ToService != nil || mails.Retry != nil {
		t.Error("`to` is not replaced whole")
	}
	if diff := cmp.Diff(map[string][]string{"kind": {"wire"}}, mails.Filter); diff != "" {
		t.Errorf("filter: mappings merge, lists are replaced, null removes (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(&spec.Endpoint{URL: "https://patched.example.com", Audience: "mails"}, patched.Services[0].Endpoint, ignoreOrigins); diff != "" {
		t.Errorf("endpoint (-want +got)\n%s", diff)
	}
	if n := len(patched.Permissions); n != 2 {
		t.Errorf("%d permissions, want 2", n)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	got := resolve(t, "patches", "patched")
	jobs, orders := got.Queues[1], got.Topics[0]
	mails := got.Subscriptions[0]
	places := map[string]string{
		jobs.Range.String():                        "../testdata/cases/patches/spec.yaml:8:3",
		jobs.At("lease").String():                  "../testdata/cases/patches/spec.yaml:31:51", // the patch's
		jobs.At("deadLetter.queue").String():       "../testdata/cases/patches/spec.yaml:31:36",
		jobs.At("deadLetter").String():             "../testdata/cases/patches/spec.yaml:31:16", // a mapping: its key
		jobs.At("deadLetter.maxAttempts").String(): "../testdata/cases/patches/spec.yaml:31:16", // not there: what encloses it
		jobs.At("retention").String():              "../testdata/cases/patches/spec.yaml:8:3",
		orders.At("description").String():          "../testdata/cases/patches/spec.yaml:29:52",
		mails.At("topic").String():                 "../testdata/cases/patches/spec.yaml:12:12", // the element's
		mails.At("to.queue").String():              "../testdata/cases/patches/spec.yaml:34:29",
		mails.At("filter.kind").String():           "../testdata/cases/patches/spec.yaml:34:59",
		got.Permissions[0].Range.String():          "../testdata/cases/patches/spec.yaml:37:93",
	}
	for got, want := range places {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for path, want := range map[string]bool{"lease": true, "deadLetter": true, "deadLetter.queue": true, "deadLetter.maxAttempts": false, "retention": false} {
		if got := jobs.Asked(path); got != want {
			t.Errorf("Asked(%q) is %t", path, got)
		}
	}
	if orders.Asked("format") {
		t.Error("what a patch removes is not asked for")
	}
	var none spec.Origin
	if none.Asked("lease") || !none.At("lease").IsZero() {
		t.Error("a zero Origin has places")
	}
}

func TestAnchors(t *testing.T) {
	t.Parallel()
	got := resolve(t, "anchors", "local")
	audit, jobs := got.Queues[0], got.Queues[1]
	if len(got.Queues) != 2 {
		t.Fatalf("%d queues, want 2: keys beginning with x- are ignored", len(got.Queues))
	}
	if jobs.Lease != time.Minute || jobs.Retention != 14*day || jobs.Delay != 10*time.Second || jobs.DeadLetter.MaxAttempts != 10 {
		t.Errorf("merge keys: %+v", jobs)
	}
	if audit.Lease != 30*time.Second || audit.Retention != 14*day {
		t.Errorf("alias: %+v", audit)
	}
	other := resolve(t, "anchors", "other")
	if a := other.Queues[0]; a.Lease != 5*time.Minute || a.Retention != 14*day {
		t.Errorf("patch from an alias: %+v", a)
	}
	if a := got.Queues[1]; a.Lease != time.Minute {
		t.Error("the patch reached through an alias into another element")
	}
}

func TestEveryCloud(t *testing.T) {
	t.Parallel()
	for stack, want := range map[string]spec.Cloud{"aws": spec.AWS, "gcp": spec.GCP, "azure": spec.Azure} {
		got := resolve(t, "every-cloud", stack)
		if got.Target.Cloud() != want {
			t.Errorf("%s is on %s", stack, got.Target.Cloud())
		}
	}
	got := resolve(t, "every-cloud", "azure")
	if diff := cmp.Diff(&spec.AzureTarget{
		Subscription: "00000000-0000-0000-0000-000000000000", Location: "westeurope",
		Topics: spec.ServiceBusTopics, Queues: spec.ServiceBusQueues,
		ResourceGroup:       &spec.AzureResourceGroup{Name: "clouds"},
		PublicNetworkAccess: spec.AzurePublic, Redundancy: spec.AzureZoneRedundancy,
	}, got.Target.Azure, ignoreOrigins); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	i := slices.IndexFunc(got.Services, func(s *spec.Service) bool { return s.Name == "made" })
	if diff := cmp.Diff(&spec.Identity{
		AWS: &spec.AWSIdentity{Create: &spec.AWSRole{
			Trust: []spec.AWSTrust{
				{Service: "ecs-tasks"},
				{PodIdentity: &spec.AWSPodIdentity{Cluster: "main", Namespace: "shop", ServiceAccount: "worker"}},
				{OIDC: &spec.AWSOIDC{Provider: "token.actions.githubusercontent.com", Audience: "sts.amazonaws.com", Subject: "repo:acme/shop:ref:refs/heads/main"}},
			},
			Path: "/service/", PermissionsBoundary: "arn:aws:iam::111122223333:policy/boundary",
		}},
		GCP: &spec.GCPIdentity{Create: &spec.GCPServiceAccount{AccountID: "shop-worker", WorkloadIdentity: []spec.GCPWorkloadIdentity{{Namespace: "shop", ServiceAccount: "worker"}}}},
		Azure: &spec.AzureIdentity{Create: &spec.AzureManagedIdentity{Federated: []spec.AzureFederation{{
			Issuer: "https://token.actions.githubusercontent.com", Subject: "repo:acme/shop:environment:prod", Audience: "api://AzureADTokenExchange",
		}}}},
	}, got.Services[i].Identity, ignoreOrigins); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
