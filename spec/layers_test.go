package spec_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/spec"
)

// TestLayers lays defaults, template, element and patch over each other.
func TestLayers(t *testing.T) {
	t.Parallel()
	local, second := resolve(t, "layers", "local"), resolve(t, "layers", "second")
	if diff := cmp.Diff([]*spec.Queue{
		{Name: "audit", Lease: 5 * time.Minute, Retention: 5 * day},
		{Name: "failures", Lease: 5 * time.Minute, Retention: 5 * day, DeadLetter: &spec.DeadLetter{Queue: "audit", MaxAttempts: 5}},
		{Name: "jobs", Lease: time.Minute, Retention: 5 * day, DeadLetter: &spec.DeadLetter{MaxAttempts: 7}},
	}, local.Queues, ignoreOrigins); diff != "" {
		t.Errorf("queues of local (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]*spec.Queue{
		{Name: "audit", Lease: 5 * time.Minute, Retention: 5 * day},
		{Name: "extra", Lease: 5 * time.Minute, Retention: 5 * day, Delay: 5 * time.Second, DeadLetter: &spec.DeadLetter{MaxAttempts: 9}},
		{Name: "failures", Lease: 5 * time.Minute, Retention: 5 * day, DeadLetter: &spec.DeadLetter{Queue: "audit", MaxAttempts: 5}},
		{Name: "jobs", Lease: 2 * time.Minute, Retention: 4 * day, DeadLetter: &spec.DeadLetter{MaxAttempts: 9}},
	}, second.Queues, ignoreOrigins); diff != "" {
		t.Errorf("queues of second (-want +got)\n%s", diff)
	}
	keep, push := local.Subscriptions[0], local.Subscriptions[1]
	if keep.Retry != nil || keep.DeadLetter != nil {
		t.Error("a subscription to a queue has the retries of the defaults")
	}
	if diff := cmp.Diff(&spec.Retry{MaxAttempts: 3, MinBackoff: 2 * time.Second, MaxBackoff: 10 * time.Minute}, push.Retry, ignoreOrigins); diff != "" {
		t.Errorf("retry (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(map[string][]string{"kind": {"card"}, "partner": {"acme"}}, keep.Filter); diff != "" {
		t.Errorf("filter (-want +got)\n%s", diff)
	}
	role := func(name string) *spec.AWSIdentity {
		return &spec.AWSIdentity{Create: &spec.AWSRole{Trust: []spec.AWSTrust{{PodIdentity: &spec.AWSPodIdentity{Cluster: "main", Namespace: "shop", ServiceAccount: name}}}}}
	}
	made := func(name string) *spec.GCPIdentity {
		return &spec.GCPIdentity{Create: &spec.GCPServiceAccount{AccountID: "shop-" + name}}
	}
	if diff := cmp.Diff([]*spec.Service{
		{Name: "mailer", Endpoint: &spec.Endpoint{URL: "https://mailer.acme.example.com/local"}, Identity: &spec.Identity{AWS: &spec.AWSIdentity{Role: "mailer"}, GCP: made("mailer")}},
		{Name: "worker", Endpoint: &spec.Endpoint{URL: "https://worker.acme.example.com/local"}, Identity: &spec.Identity{AWS: role("worker"), GCP: made("worker")}},
	}, local.Services, ignoreOrigins); diff != "" {
		t.Errorf("services (-want +got)\n%s", diff)
	}
	if got, want := local.State.Backend, "file:///srv/shop-local"; got != want {
		t.Errorf("state is in %s, want %s", got, want)
	}
	if local.Target.NATS.Port != 4998 || local.Protect || !second.Protect {
		t.Error("the stack's settings are not interpolated")
	}
}

// TestPlacesAcrossFiles follows values to the file and line that says them.
func TestPlacesAcrossFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "testdata", "cases", "organisation")
	prod, ds := loadCase(t, "organisation").Resolve("prod")
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	at := func(o spec.Origin, path string) string {
		r := o.At(path)
		file, err := filepath.Rel(dir, r.File)
		if err != nil {
			t.Fatal(err)
		}
		r.File = filepath.ToSlash(file)
		return r.String()
	}
	queues := map[string]*spec.Queue{}
	for _, q := range prod.Queues {
		queues[q.Name] = q
	}
	payments := queues["payments-work"]
	for place, want := range map[string]string{
		at(payments.Origin, "description"):                           "teams/payments/messaging.yaml:13:3", // not there: the element
		at(payments.Origin, "lease"):                                 "spec.yaml:38:39",                    // the patch
		at(payments.Origin, "retention"):                             "spec.yaml:34:23",                    // the stack's var
		at(payments.Origin, "deadLetter.maxAttempts"):                "spec.yaml:13:80",                    // the defaults
		at(queues["payments-mail"].Origin, "deadLetter.maxAttempts"): "teams/payments/messaging.yaml:14:57",
		at(queues["payments-replay"].Origin, "retention"):            "spec.yaml:40:47", // what the patch adds
	} {
		if place != want {
			t.Errorf("got %s, want %s", place, want)
		}
	}
	if !payments.Asked("retention") || payments.Asked("delay") {
		t.Error("what a layer says is asked for, and nothing else")
	}
}

// TestNullRemovesDefaults takes away in elements what the spec's defaults give: what is
// built in holds again, and everything else of the defaults goes on holding.
func TestNullRemovesDefaults(t *testing.T) {
	t.Parallel()
	got := resolve(t, "null-removes-defaults", "local")
	if diff := cmp.Diff([]*spec.Queue{
		{Name: "extra", Lease: 5 * time.Minute, Retention: 4 * day},
		{Name: "jobs", Lease: 30 * time.Second, Retention: 6 * day, DeadLetter: &spec.DeadLetter{MaxAttempts: 5}},
		{Name: "mails", Lease: 5 * time.Minute, Retention: 6 * day},
	}, got.Queues, ignoreOrigins); diff != "" {
		t.Errorf("queues (-want +got)\n%s", diff)
	}
	orders, others := got.Topic("orders"), got.Topic("others")
	if orders.Description != "" || orders.NATS != nil || orders.Labels["tier"].Value != "" || orders.Labels["team"].Value != "commerce" {
		t.Errorf("orders: %+v", orders)
	}
	if others.Description == "" || others.NATS == nil || others.Labels["tier"].Value != "gold" {
		t.Errorf("others: %+v", others)
	}
	if diff := cmp.Diff(&spec.Retry{MaxAttempts: 9, MinBackoff: 10 * time.Second, MaxBackoff: 10 * time.Minute}, got.Subscription("push").Retry, ignoreOrigins); diff != "" {
		t.Errorf("retry (-want +got)\n%s", diff)
	}
	if api := got.Service("api"); api.Description != "" || api.Asked("description") {
		t.Errorf("api: %+v", api)
	}
}
