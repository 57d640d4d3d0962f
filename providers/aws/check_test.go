package aws

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

const (
	head  = "version: 1\nproject: shop\n"
	stack = "\nstacks: {staging: {aws: {region: eu-west-1, account: \"111122223333\"}}}\n"
	key   = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000"
)

func resolve(t *testing.T, yaml string) *spec.Topology {
	t.Helper()
	s, ds := spec.Load("spec.yaml", []byte(yaml))
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	top, ds := s.Resolve(s.Stacks()[0])
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	return top
}

// quoted are the strings of a document.
func quoted(document string) []string { return strings.Split(document, `"`) }

func withCode(ds diag.Diagnostics, code string) diag.Diagnostics {
	return slices.DeleteFunc(slices.Clone(ds), func(d diag.Diagnostic) bool { return d.Code != code })
}

// TestKeyPolicy warns wherever SNS delivers into something that a customer's key encrypts.
func TestKeyPolicy(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, yaml string
		lines      []int
	}{
		{"a queue", "topics: {orders: {}}\nqueues:\n  jobs: {aws: {kmsKey: \"" + key + "\"}}\nsubscriptions: {feed: {topic: orders, to: {queue: jobs}}}", []int{5}},
		{"dead letters of a subscription", "topics:\n  orders: {aws: {kmsKey: \"" + key + "\"}}\nservices: {web: {endpoint: \"https://example.com/\"}}\nsubscriptions: {feed: {topic: orders, to: {service: web}}}", []int{4}},
		{"a queue that nothing feeds", "queues:\n  jobs: {aws: {kmsKey: \"" + key + "\"}}", nil},
		{"no key", "topics: {orders: {}}\nqueues: {jobs: {}}\nsubscriptions: {feed: {topic: orders, to: {queue: jobs}}}", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var lines []int
			for _, d := range withCode(New().Check(resolve(t, head+tc.yaml+stack)), providers.CodeKeyPolicy) {
				lines = append(lines, d.Range.Start.Line)
				if d.Severity != diag.Warning || !strings.Contains(d.Detail, `"aws:SourceArn":"arn:aws:sns:eu-west-1:111122223333:shop-staging-orders"`) {
					t.Errorf("says %q", d.Detail)
				}
			}
			if !slices.Equal(lines, tc.lines) {
				t.Errorf("warns on lines %v, want %v", lines, tc.lines)
			}
		})
	}
}

// TestPolicyElsewhere says what must be allowed by policies that are not changed.
func TestPolicyElsewhere(t *testing.T) {
	t.Parallel()
	ds := withCode(New().Check(resolve(t, head+`topics:
  orders: {}
  partners: {existing: {aws: "arn:aws:sns:eu-west-1:999999999999:partners"}}
queues:
  legacy: {existing: {aws: "arn:aws:sqs:eu-west-1:111122223333:legacy"}}
subscriptions: {feed: {topic: orders, to: {queue: legacy}}}`+stack)), providers.CodePolicyElsewhere)
	if len(ds) != 2 {
		t.Fatalf("%d warnings: %v", len(ds), ds)
	}
	for _, want := range []string{"of account 999999999999", `"Action":"sqs:SendMessage"`} {
		if !slices.ContainsFunc(ds, func(d diag.Diagnostic) bool { return strings.Contains(d.Detail, want) }) {
			t.Errorf("no warning says %q: %v", want, ds)
		}
	}
}

// TestRedriveSources warns where more queues than can be named put dead letters into one.
func TestRedriveSources(t *testing.T) {
	t.Parallel()
	yaml := head + "queues:\n  failed: {}\n"
	for i := range redriveSourceLimit + 1 {
		if i == redriveSourceLimit {
			if ds := New().Check(resolve(t, yaml+stack)); len(ds) != 0 {
				t.Errorf("%d sources: %v", i, ds)
			}
		}
		yaml += fmt.Sprintf("  source-%02d: {deadLetter: {queue: failed}}\n", i)
	}
	ds := New().Check(resolve(t, yaml+stack))
	if len(ds) != 1 || ds[0].Severity != diag.Warning || ds[0].Code != providers.CodeBeyondLimit {
		t.Errorf("%d sources: %v", redriveSourceLimit+1, ds)
	}
}

// TestPolicyRoom finds the number of topics that fit into a queue's policy: as many as there is room for.
func TestPolicyRoom(t *testing.T) {
	t.Parallel()
	fits := func(n int) bool {
		var topics, subscriptions strings.Builder
		for i := range n {
			fmt.Fprintf(&topics, "  t%03d: {}\n", i)
			fmt.Fprintf(&subscriptions, "  s%03d: {topic: t%03d, to: {queue: audit}}\n", i, i)
		}
		top := resolve(t, head+"topics:\n"+topics.String()+"queues: {audit: {}}\nsubscriptions:\n"+subscriptions.String()+stack)
		p := placeOf(top)
		size := len(p.queuePolicy(p.queueARN(top.Queue("audit")), p.topicsInto("audit")).String())
		if ok := !New().Check(top).HasErrors(); ok != (size <= queuePolicyLimit) {
			t.Errorf("%d topics need %d characters, and are accepted: %t", n, size, ok)
		}
		return size <= queuePolicyLimit
	}
	if !fits(100) || fits(200) {
		t.Error("100 short names fit into a policy, and 200 do not")
	}
}

// TestAttachments refuses permissions that ten managed policies have no room for.
func TestAttachments(t *testing.T) {
	t.Parallel()
	var topics, names []string
	for i := range 1500 {
		name := fmt.Sprintf("topic-with-a-long-name-%04d", i)
		topics, names = append(topics, name+": {}"), append(names, name)
	}
	service := func(identity string) string {
		return head + "topics: {" + strings.Join(topics, ", ") + "}\nservices: {worker: {identity: {aws: {" + identity + "}}}}\npermissions: {worker: {publish: [" + strings.Join(names, ", ") + "]}}" + stack
	}
	if ds := withCode(New().Check(resolve(t, service("role: worker"))), providers.CodeBeyondLimit); len(ds) != 1 {
		t.Errorf("a role: %v", ds)
	}
	if ds := New().Check(resolve(t, service("policyOnly: true"))); len(ds) != 0 {
		t.Errorf("policies that somebody else attaches: %v", ds)
	}
}

// TestActions says what each grant comes down to.
func TestActions(t *testing.T) {
	t.Parallel()
	top := resolve(t, head+`topics: {orders: {ordered: true}, news: {aws: {kmsKey: "`+key+`"}}}
queues: {jobs: {}, slow: {deadLetter: {queue: jobs}, aws: {kmsKey: "`+key+`"}}}
subscriptions:
  feed: {topic: news, to: {queue: jobs}}
  push: {topic: news, to: {service: web}}
  call: {topic: news, to: {service: thumb}, deliver: native}
services:
  web: {endpoint: "https://example.com/"}
  thumb: {function: {aws: "arn:aws:lambda:eu-west-1:111122223333:function:thumb"}}
  worker: {identity: {aws: {role: worker}}}
permissions: {worker: {publish: [orders, news], enqueue: [jobs], dequeue: [jobs, jobs.deadLetter]}}`+stack)
	const sns, sqs = "arn:aws:sns:eu-west-1:111122223333:shop-staging-", "arn:aws:sqs:eu-west-1:111122223333:shop-staging-"
	want := map[string]string{
		"service.worker publish topic.orders":                        "sns:Publish on " + sns + "orders.fifo",
		"service.worker publish topic.news":                          "kms:Decrypt kms:GenerateDataKey sns:Publish on " + sns + "news",
		"service.worker enqueue queue.jobs":                          "sqs:SendMessage on " + sqs + "jobs",
		"service.worker dequeue queue.jobs":                          "kms:Decrypt sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:ReceiveMessage on " + sqs + "jobs",
		"service.worker dequeue queue.jobs.deadLetter":               "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:ReceiveMessage on " + sqs + "jobs-dlq",
		"topic.news deliver queue.jobs":                              "sqs:SendMessage on " + sqs + "jobs",
		"topic.news deliver service.web":                             "POST on https://example.com/",
		"topic.news deliver service.thumb":                           "lambda:InvokeFunction on arn:aws:lambda:eu-west-1:111122223333:function:thumb",
		"queue.jobs dead-letter queue.jobs.deadLetter":               "redrive on " + sqs + "jobs-dlq",
		"queue.slow dead-letter queue.jobs":                          "redrive on " + sqs + "jobs",
		"subscription.push dead-letter subscription.push.deadLetter": "sqs:SendMessage on " + sqs + "push-sub-dlq",
		"subscription.call dead-letter subscription.call.deadLetter": "sqs:SendMessage on " + sqs + "call-sub-dlq",
	}
	for _, g := range permissions.Derive(top) {
		name := string(g.Principal) + " " + g.String()
		actions, scope := New().Actions(top, g)
		if got := strings.Join(actions, " ") + " on " + scope; got != want[name] {
			t.Errorf("%s comes down to %s, want %s", name, got, want[name])
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("there is no grant %s", name)
	}
}
