package gcp_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/gcp"
)

// TestAddingRenamesNothing adds a queue, a subscription, a service and permissions, and
// expects every resource that was there to be the same: no grant is given anew, no name
// depends on what else there is (Nitric D4).
func TestAddingRenamesNothing(t *testing.T) {
	t.Parallel()
	const before = head + `
topics: {news: {}}
queues: {jobs: {}}
services: {worker: {}, mailer: {endpoint: "https://mailer.example.com/"}}
subscriptions: {mail: {topic: news, to: {service: mailer}}}
permissions: {worker: {dequeue: [jobs]}}
`
	const after = head + `
topics: {news: {}, alerts: {}}
queues: {jobs: {}, audit: {}}
services: {worker: {}, mailer: {endpoint: "https://mailer.example.com/"}, another: {}}
subscriptions:
  mail: {topic: news, to: {service: mailer}}
  feed: {topic: alerts, to: {queue: jobs}}
  more-mail: {topic: alerts, to: {service: mailer}}
permissions: {worker: {dequeue: [jobs, audit], publish: [news]}, another: {enqueue: [audit, jobs]}}
`
	resources := func(src string) map[string]providers.Rendered {
		all := map[string]providers.Rendered{}
		for _, res := range render(t, valid(t, src)).Resources {
			if strings.HasPrefix(res.Type, "gcp:") {
				all[res.Ref()] = res
			}
		}
		return all
	}
	old, now := resources(before), resources(after)
	for _, ref := range slices.Sorted(maps.Keys(old)) {
		if diff := cmp.Diff(old[ref], now[ref]); diff != "" {
			t.Errorf("%s (-before +after):\n%s", ref, diff)
		}
	}
	if len(now) <= len(old) {
		t.Errorf("%d resources after %d: what was added?", len(now), len(old))
	}
}

// TestNothingExpires: no subscription of the corpus is deleted because nobody reads it.
func TestNothingExpires(t *testing.T) {
	t.Parallel()
	for name, top := range cases(t) {
		for _, res := range render(t, top).Resources {
			if strings.HasSuffix(res.Type, "/subscription:Subscription") && at(res.Inputs, "expirationPolicy.ttl") != "" {
				t.Errorf("%s: %s expires", name, res.Ref())
			}
		}
	}
}

// TestDurationsAreSeconds: in another form a duration would come back changed.
func TestDurationsAreSeconds(t *testing.T) {
	t.Parallel()
	seconds := regexp.MustCompile(`^[0-9]+s$`)
	for name, top := range cases(t) {
		for _, res := range render(t, top).Resources {
			for _, path := range []string{"messageRetentionDuration", "retryPolicy.minimumBackoff", "retryPolicy.maximumBackoff"} {
				if v := text(res.Inputs, path); v != "" && !seconds.MatchString(v) {
					t.Errorf("%s: %s of %s is %q", name, path, res.Ref(), v)
				}
			}
		}
	}
}

// TestDeadLettersAreReady: a subscription is made after the topic of its dead letters, the
// subscription that keeps them, and the agent's right to put them there; and the agent may
// take them from every subscription that sends any.
func TestDeadLettersAreReady(t *testing.T) {
	t.Parallel()
	for name, top := range cases(t) {
		r := render(t, top)
		got := accessOf(t, r)
		for _, res := range r.Resources {
			to := text(res.Inputs, "deadLetterPolicy.deadLetterTopic")
			if to == "" {
				continue
			}
			const agent = "${gcp:projects/serviceIdentity:ServiceIdentity::pubsub.member}"
			id := "projects/" + text(res.Inputs, "project") + "/subscriptions/" + text(res.Inputs, "name")
			if !got.allows(agent, "pubsub.topics.publish", to) || !got.allows(agent, "pubsub.subscriptions.consume", id) {
				t.Errorf("%s: the dead letters of %s would stay where they are", name, res.Ref())
			}
			granted, kept := false, false
			for _, dep := range res.DependsOn {
				granted = granted || strings.Contains(dep, ":TopicIAMMember::")
				kept = kept || strings.Contains(dep, ":Subscription::")
			}
			// What takes the dead letters may exist already, with a subscription that exists.
			if _, made := madeTopic(r, to); !granted || made && !kept {
				t.Errorf("%s: %s does not wait for what its dead letters need: %v", name, res.Ref(), res.DependsOn)
			}
		}
	}
}

func madeTopic(r *providers.Rendering, id string) (providers.Rendered, bool) {
	for _, res := range r.Resources {
		if strings.HasSuffix(res.Type, "/topic:Topic") && "projects/"+text(res.Inputs, "project")+"/topics/"+text(res.Inputs, "name") == id {
			return res, true
		}
	}
	return providers.Rendered{}, false
}

// TestPluginVersion: the provider asks for the plugin that the linked SDK is for.
func TestPluginVersion(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(mod), "github.com/pulumi/pulumi-gcp/sdk/v7 v"+gcp.PluginVersion+"\n") {
		t.Errorf("go.mod requires another SDK than %s", gcp.PluginVersion)
	}
}

// TestProgramIgnoresTheEnvironment: the SDK's own constructor would read the zone from it.
func TestProgramIgnoresTheEnvironment(t *testing.T) {
	t.Setenv("GOOGLE_ZONE", "europe-west1-b")
	t.Setenv("GOOGLE_PROJECT", "another")
	r := render(t, valid(t, head+"topics: {news: {}}"))
	want := map[string]any{"project": "acme-prod", "region": "europe-west1", "addTerraformAttributionLabel": false}
	if diff := cmp.Diff(want, find(t, r, "gcp", "gcp").Inputs); diff != "" {
		t.Errorf("settings of the plugin (-want +got):\n%s", diff)
	}
}
