package standin

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	pubsubTopic        = "gcp:pubsub/topic:Topic"
	pubsubSubscription = "gcp:pubsub/subscription:Subscription"
	topicMember        = "gcp:pubsub/topicIAMMember:TopicIAMMember"
	serviceAccount     = "gcp:serviceaccount/account:Account"
)

func newGoogle(t *testing.T, o Options) cloud {
	t.Helper()
	p := New(GCP(), o)
	settings := resource.NewPropertyMapFromMap(map[string]any{"project": "acme-prod", "region": "europe-west1"})
	if _, err := p.Configure(t.Context(), plugin.ConfigureRequest{Inputs: settings}); err != nil {
		t.Fatal(err)
	}
	return cloud{t, p}
}

// TestGoogleRefused: what Pub/Sub or IAM would refuse is refused before anything is made.
func TestGoogleRefused(t *testing.T) {
	t.Parallel()
	subscription := func(more map[string]any) map[string]any {
		m := map[string]any{"name": "jobs", "topic": "projects/acme-prod/topics/jobs"}
		for k, v := range more {
			m[k] = v
		}
		return m
	}
	member := func(who string) map[string]any {
		return map[string]any{"topic": "news", "role": "roles/pubsub.publisher", "member": who}
	}
	for name, c := range map[string]struct {
		token  string
		inputs map[string]any
		want   string // "" is nothing
	}{
		"a topic":                      {pubsubTopic, map[string]any{"name": "news", "labels": map[string]any{"team": "sales"}}, ""},
		"a short name":                 {pubsubTopic, map[string]any{"name": "ne"}, "name: expected 3 to 255"},
		"Google's own name":            {pubsubTopic, map[string]any{"name": "google-news"}, "name: must not begin with goog"},
		"a label in capitals":          {pubsubTopic, map[string]any{"name": "news", "labels": map[string]any{"Team": "sales"}}, "labels: have a key"},
		"a retention of 32 days":       {pubsubTopic, map[string]any{"name": "news", "messageRetentionDuration": "2764800s"}, "messageRetentionDuration: expected a duration"},
		"a retention in minutes":       {pubsubTopic, map[string]any{"name": "news", "messageRetentionDuration": "30m"}, "messageRetentionDuration: expected a duration"},
		"a subscription":               {pubsubSubscription, subscription(nil), ""},
		"no topic":                     {pubsubSubscription, map[string]any{"name": "jobs"}, "topic: is required"},
		"a lease of 9 s":               {pubsubSubscription, subscription(map[string]any{"ackDeadlineSeconds": 9.0}), "ackDeadlineSeconds: expected a whole number from 10 to 600"},
		"four attempts":                {pubsubSubscription, subscription(map[string]any{"deadLetterPolicy": map[string]any{"maxDeliveryAttempts": 4.0}}), "maxDeliveryAttempts: expected a whole number from 5 to 100"},
		"a backoff of 11 minutes":      {pubsubSubscription, subscription(map[string]any{"retryPolicy": map[string]any{"maximumBackoff": "660s"}}), "maximumBackoff: expected a duration"},
		"a long filter":                {pubsubSubscription, subscription(map[string]any{"filter": strings.Repeat("x", 257)}), "filter: is 257 bytes long"},
		"exactly once, pushed":         {pubsubSubscription, subscription(map[string]any{"enableExactlyOnceDelivery": true, "pushConfig": map[string]any{"pushEndpoint": "https://x"}}), "for pull subscriptions only"},
		"a token without an account":   {pubsubSubscription, subscription(map[string]any{"pushConfig": map[string]any{"pushEndpoint": "https://x", "oidcToken": map[string]any{}}}), "serviceAccountEmail: is required"},
		"a grant":                      {topicMember, member("user:a@example.com"), ""},
		"everybody":                    {topicMember, member("allUsers"), "nobody in particular"},
		"a member without a kind":      {topicMember, member("a@example.com"), "expected KIND:NAME"},
		"a service account":            {serviceAccount, map[string]any{"accountId": "worker"}, ""},
		"a service account's short id": {serviceAccount, map[string]any{"accountId": "abcde"}, "accountId: expected 6 to 30"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res, err := New(GCP(), Options{}).Check(t.Context(), plugin.CheckRequest{
				URN: urnOf(c.token, "res"), News: resource.NewPropertyMapFromMap(c.inputs), RandomSeed: []byte("seed"),
			})
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, f := range res.Failures {
				all = append(all, string(f.Property)+": "+f.Reason)
			}
			if got := strings.Join(all, "; "); c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("failures %q, want %q", got, c.want)
			}
		})
	}
}

// TestGoogleWorld: what is named must be there, no name is taken twice, and no grant is
// given twice.
func TestGoogleWorld(t *testing.T) {
	t.Parallel()
	c := newGoogle(t, Options{})
	topic := c.mustCreate(pubsubTopic, "news", map[string]any{"name": "news"})
	if topic.ID != "projects/acme-prod/topics/news" {
		t.Errorf("topic %s", topic.ID)
	}
	c.refuses("409", pubsubTopic, "again", map[string]any{"name": "news"})
	c.mustCreate(pubsubSubscription, "feed", map[string]any{"name": "feed", "topic": string(topic.ID)})
	c.refuses("404", pubsubSubscription, "lost", map[string]any{"name": "lost", "topic": "projects/acme-prod/topics/lost"})
	c.refuses("404", pubsubSubscription, "dead", map[string]any{
		"name": "dead", "topic": string(topic.ID), "deadLetterPolicy": map[string]any{"deadLetterTopic": "projects/acme-prod/topics/dead", "maxDeliveryAttempts": 5.0},
	})
	account := c.mustCreate(serviceAccount, "worker", map[string]any{"accountId": "shop-worker"})
	who := account.Properties["member"].StringValue()
	if diff := cmp.Diff("serviceAccount:shop-worker@acme-prod.iam.gserviceaccount.com", who); diff != "" {
		t.Errorf("member:\n%s", diff)
	}
	grant := map[string]any{"topic": "news", "role": "roles/pubsub.publisher", "member": who}
	c.mustCreate(topicMember, "worker", grant)
	c.refuses("by another resource", topicMember, "again", grant)
}

// TestGoogleDiff: a filter and the order replace a subscription, in the place of its name;
// what was never set is compared with nothing.
func TestGoogleDiff(t *testing.T) {
	t.Parallel()
	c := newGoogle(t, Options{Exists: func(string) bool { return true }})
	inputs := map[string]any{"name": "feed", "topic": "projects/acme-prod/topics/news", "filter": "attributes:a", "messageRetentionDuration": "600s"}
	made := c.mustCreate(pubsubSubscription, "feed", inputs)
	diff := func(change map[string]any) plugin.DiffResult {
		news := map[string]any{}
		for k, v := range inputs {
			news[k] = v
		}
		for k, v := range change {
			news[k] = v
		}
		d, err := c.Diff(t.Context(), plugin.DiffRequest{
			URN: urnOf(pubsubSubscription, "feed"), ID: made.ID,
			OldInputs: resource.NewPropertyMapFromMap(inputs), OldOutputs: made.Properties, NewInputs: resource.NewPropertyMapFromMap(news),
		})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if d := diff(nil); d.Changes == plugin.DiffSome {
		t.Errorf("nothing was changed, and %v is", d.DetailedDiff)
	}
	if d := diff(map[string]any{"messageRetentionDuration": "900s"}); d.Changes != plugin.DiffSome || len(d.ReplaceKeys) > 0 {
		t.Errorf("another retention: %+v", d)
	}
	for _, change := range []map[string]any{{"filter": "attributes:b"}, {"enableMessageOrdering": true}, {"topic": "projects/acme-prod/topics/other"}} {
		if d := diff(change); len(d.ReplaceKeys) != 1 || !d.DeleteBeforeReplace {
			t.Errorf("%v: %+v", change, d)
		}
	}
}
