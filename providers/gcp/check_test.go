package gcp_test

import (
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/gcp"
)

const emulator = "version: 1\nproject: shop\nstacks: {dev: {gcp: {project: local-shop, region: europe-west1, endpoint: 'http://localhost:8085'}}}\n"

// TestCheckWarnings are what the corpus does not show: what is possible, and not quite as
// it seems. Errors are in testdata/cases/gcp-*/clouds.txt.
func TestCheckWarnings(t *testing.T) {
	t.Parallel()
	const mailer = "\ntopics: {news: {}}\nservices: {mailer: {endpoint: 'https://mailer.example.com/'}}\nsubscriptions:\n  mail: {topic: news, to: {service: mailer}, "
	for name, tc := range map[string]struct {
		spec     string
		severity diag.Severity
		line     int
		detail   string
	}{
		"long retention":                 {head + "queues:\n  jobs: {retention: 8d}", diag.Warning, 5, "emulators"},
		"long retention on an emulator":  {emulator + "queues:\n  jobs: {retention: 8d}", diag.Error, 5, "up to 7d"},
		"attempts that are not counted":  {head + mailer + "retry: {maxAttempts: 7}, deadLetter: false}", diag.Warning, 8, "tries for 7d"},
		"a push to an emulator's host":   {emulator + "queues: {jobs: {}}", diag.Note, 3, "no IAM"},
		"a name that is short of a rule": {head + "topics: {news: {name: ne}}", diag.Error, 4, "3 or more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var found diag.Diagnostics
			for _, d := range gcp.New().Check(resolve(t, tc.spec)) {
				if d.Severity == tc.severity && d.Range.Start.Line == tc.line && strings.Contains(d.Summary+" "+d.Detail, tc.detail) {
					found = append(found, d)
				}
			}
			if len(found) != 1 {
				t.Errorf("want one %s on line %d about %q, got %+v", tc.severity, tc.line, tc.detail, gcp.New().Check(resolve(t, tc.spec)))
			}
		})
	}
}

// TestCheckIsSilent: what is in range is not remarked on.
func TestCheckIsSilent(t *testing.T) {
	t.Parallel()
	src := head + `
queues:
  least: {lease: 10s, retention: 10m, deadLetter: {maxAttempts: 5}}
  most: {lease: 10m, retention: 7d, deadLetter: {maxAttempts: 100}}
topics: {news: {}, goo: {}, golf: {name: goo.g}}
services: {mailer: {endpoint: "https://mailer.example.com/"}}
subscriptions: {mail: {topic: news, to: {service: mailer}, retry: {maxAttempts: 100, maxBackoff: 10m}}}
`
	if ds := gcp.New().Check(resolve(t, src)); len(ds) > 0 {
		t.Errorf("diagnostics: %+v", ds)
	}
}

// TestPublicIsRefused: nothing is ever granted to everybody.
func TestPublicIsRefused(t *testing.T) {
	t.Parallel()
	for _, member := range []string{"allUsers", "allAuthenticatedUsers", "deleted:user:a@example.com", "projectOwner:acme-prod"} {
		src := head + "topics: {news: {}}\nservices: {web: {identity: {gcp: {member: '" + member + "'}}}}\npermissions: {web: {publish: [news]}}\n"
		if ds := diagnose(t, src); !ds.HasErrors() {
			t.Errorf("%s is accepted", member)
		}
	}
}

// TestEmulatorHasNoIAM: a program for an emulator grants nothing and makes nobody.
func TestEmulatorHasNoIAM(t *testing.T) {
	t.Parallel()
	src := emulator + `
topics: {news: {}}
queues: {jobs: {gcp: {kmsKey: projects/a/locations/b/keyRings/c/cryptoKeys/d}}}
services: {here: {endpoint: "http://localhost:8080/"}, worker: {}}
subscriptions: {push: {topic: news, to: {service: here}}, feed: {topic: news, to: {queue: jobs}}}
permissions: {worker: {publish: [news], dequeue: [jobs]}}
`
	r := render(t, valid(t, src))
	for _, res := range r.Resources {
		switch {
		case strings.HasPrefix(res.Type, "gcp:pubsub/topic:") || strings.HasPrefix(res.Type, "gcp:pubsub/subscription:"):
			if at(res.Inputs, "kmsKeyName") != nil || at(res.Inputs, "pushConfig.oidcToken") != nil {
				t.Errorf("%s needs what an emulator has not: %v", res.Ref(), res.Inputs)
			}
			if kept := text(res.Inputs, "messageRetentionDuration"); kept != "" && span(t, kept) > span(t, "604800s") {
				t.Errorf("%s keeps messages for %s", res.Ref(), kept)
			}
		case strings.HasPrefix(res.Type, "gcp:"):
			t.Errorf("%s is made", res.Ref())
		}
	}
	if got := text(find(t, r, "gcp", "gcp").Inputs, "pubsubCustomEndpoint"); got != "http://localhost:8085/v1/" {
		t.Errorf("the plugin asks %q", got)
	}
}

// TestAdvise: consumers must change where a queue that stands gets a subscription, and not
// where the queue is made with it.
func TestAdvise(t *testing.T) {
	t.Parallel()
	top := valid(t, head+`
topics: {news: {}}
queues: {jobs: {}, audit: {}}
subscriptions: {feed: {topic: news, to: {queue: jobs}}, log: {topic: news, to: {queue: audit}}}
services: {worker: {}}
permissions: {worker: {dequeue: [jobs]}}
`)
	created := map[permissions.Address]bool{"subscription.feed": true, "subscription.log": true, "queue.audit": true}
	advice := gcp.New().Advise(top, func(a permissions.Address) bool { return created[a] })
	if len(advice) != 1 || advice[0].Element != "subscription.feed" || !strings.Contains(advice[0].Text, "worker") {
		t.Errorf("advice = %+v", advice)
	}
}
