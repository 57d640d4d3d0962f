package asyncapi_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/asyncapi"
)

// A mapped is a row of the table of docs/asyncapi.md: what a document says, and what the
// spec then says, or what is said of it.
type mapped struct {
	// of is where the document says it, and doc what, of the channel `orders`, a queue
	// `jobs` beside it, and what else there is.
	of, doc string
	// spec is in the spec that is made; warning is in what is said of what was lost.
	spec, warning string
	// both is set where the table shows both.
	both bool
}

// mappings are the rows, in the order in which they are documented. Each is tried out.
func mappings() []mapped {
	channel := func(s string) string { return "channels: {orders: " + s + "}" }
	queue := func(s string) string {
		return channel("{bindings: {sqs: {queue: {name: orders, fifoQueue: false, " + s + "}}}}")
	}
	operation := func(channel, s string) string {
		return "channels: {orders: " + channel + "}\noperations: {act: {channel: {$ref: '#/channels/orders'}, " + s + "}}"
	}
	consumer := func(s string) string {
		return "channels: {orders: {}, jobs: {bindings: {sqs: {queue: {name: jobs, fifoQueue: false}}}}}\n" +
			"operations: {act: {action: send, channel: {$ref: '#/channels/orders'}, bindings: {sns: {consumers: [" + s + "]}}}}"
	}
	return []mapped{
		{"a channel", channel("{}"), "topics: orders: {}", "", false},
		{"a channel with an SNS or Pub/Sub binding", channel("{bindings: {sns: {name: acme-orders}}}"), "topics: orders: {}", "", false},
		{"a channel with an SQS binding", channel("{bindings: {sqs: {queue: {name: acme-orders, fifoQueue: false}}}}"), "queues: orders: {}", "", false},
		{"a channel with a NATS queue group among those who receive", operation("{}", "action: receive, bindings: {nats: {queue: workers}}"), "queues: orders: {}", "", false},
		{"`x-msgdeploy: {queue: orders}` or `{topic: orders}` of a channel, whatever else it says", channel("{x-msgdeploy: {queue: orders}}"), "queues: orders: {}", "", false},
		{"`x-msgdeploy: {settings: {lease: 1m}}` of a channel, in the place of its bindings", channel("{x-msgdeploy: {queue: orders, settings: {lease: 1m}}}"), "queues: orders: lease: 1m", "", false},
		{"an operation that sends to a topic", operation("{}", "action: send"), "publish: - orders", "", false},
		{"an operation that sends to a queue", operation("{bindings: {sqs: {queue: {name: q, fifoQueue: false}}}}", "action: send"), "enqueue: - orders", "", false},
		{"an operation that receives from a queue", operation("{bindings: {sqs: {queue: {name: q, fifoQueue: false}}}}", "action: receive"), "dequeue: - orders", "", false},
		{"an operation that receives from a topic: a queue of its own and a subscription", operation("{}", "action: receive"), "topic: orders to: queue: orders-docs", "", false},
		{"the same of a service that has an `endpoint` or a `function`: a subscription to it", "x-msgdeploy: {services: {mailer: {endpoint: 'https://mailer.example.com'}}}\n" + operation("{}", "action: receive, x-msgdeploy: {service: mailer}"), "topic: orders to: service: mailer", "", false},
		{"`x-msgdeploy: {service: worker}` of an operation; else the document's title names the service", operation("{}", "action: send, x-msgdeploy: {service: worker}"), "permissions: worker: publish: - orders", "", false},
		{"`info.title`", channel("{}"), "project: docs", "", false},
		{"`x-msgdeploy` of the document: keys of a spec, such as `project`, `services`, `subscriptions`, `stacks`", "x-msgdeploy: {project: shop, stacks: {prod: {nats: {}}}}\n" + channel("{}"), "project: shop topics: orders: {} stacks: prod: nats: {}", "", false},
		{"`description`, else `summary`, else `title` of a channel; the rest are comments", channel("{summary: What was ordered, title: Orders}"), "# title: Orders orders: description: What was ordered", "", false},
		{"`address` of a channel", channel("{address: acme/orders}"), "# address acme/orders orders: {}", "", false},
		{"`contentType` of a topic's messages that is not `application/cloudevents+json`", channel("{messages: {placed: {contentType: application/json}}}"), "orders: format: raw", "What is in messages", true},
		{"SNS `ordering`, SQS `fifoQueue`", channel("{bindings: {sqs: {queue: {name: orders, fifoQueue: true}}}}"), "ordered: true", "", false},
		{"SQS `visibilityTimeout`", queue("visibilityTimeout: 90"), "lease: 1m30s", "", false},
		{"SQS `messageRetentionPeriod`", queue("messageRetentionPeriod: 345600"), "retention: 4d", "", false},
		{"SQS `deliveryDelay`", queue("deliveryDelay: 15"), "delay: 15s", "", false},
		{"SQS `receiveMessageWaitTime`", queue("receiveMessageWaitTime: 10"), "aws: receiveWait: 10s", "", false},
		{"SQS `redrivePolicy.maxReceiveCount`", queue("redrivePolicy: {maxReceiveCount: 3}"), "deadLetter: maxAttempts: 3", "", false},
		{"Pub/Sub `messageStoragePolicy`", channel("{bindings: {googlepubsub: {messageStoragePolicy: {allowedPersistenceRegions: [europe-west1]}}}}"), "gcp: regions: - europe-west1", "", false},
		{"SNS consumer `sqs`, of a queue that is a channel", consumer("{protocol: sqs, endpoint: {name: jobs}, rawMessageDelivery: true}"), "topic: orders to: queue: jobs", "", false},
		{"SNS consumer `https`: a service with that endpoint", consumer("{protocol: https, endpoint: {url: 'https://a.example.com/x'}, rawMessageDelivery: true}"), "a-example-com: endpoint: https://a.example.com/x", "", false},
		{"SNS `filterPolicy` of exact strings on attributes", consumer("{protocol: sqs, endpoint: {name: jobs}, rawMessageDelivery: true, filterPolicy: {kind: [card]}}"), "filter: kind: - card", "", false},
		{"SNS `filterPolicy` that says more", consumer("{protocol: sqs, endpoint: {name: jobs}, rawMessageDelivery: true, filterPolicy: {kind: [{prefix: a}]}}"), "to: queue: jobs", "the subscription gets every message", false},
		{"SNS `rawMessageDelivery: false`", consumer("{protocol: sqs, endpoint: {name: jobs}, rawMessageDelivery: false}"), "deliver: native", "", false},
		{"SNS `deliveryPolicy`", consumer("{protocol: https, endpoint: {url: 'https://a.example.com'}, rawMessageDelivery: true, deliveryPolicy: {numRetries: 4, minDelayTarget: 5}}"), "retry: maxAttempts: 5 minBackoff: 5s", "", false},
		{"other consumers, and other bindings", channel("{bindings: {kafka: {partitions: 3}}}"), "orders: {}", "The binding of `kafka`", false},
		{"tags of SNS and SQS, labels of Pub/Sub", channel("{bindings: {sns: {name: a, tags: {team: commerce}}}}"), "labels: team: commerce", "", false},
		{"policies of bindings", channel("{bindings: {sns: {name: a, policy: {statements: [{effect: Allow}]}}}}"), "orders: {}", "is for the spec's `permissions` to say", false},
		{"messages and their schemas", channel("{messages: {placed: {payload: {type: object}}}}"), "orders: {}", "What is in messages is not for a spec to say", false},
		{"`parameters` of a channel", channel("{parameters: {id: {description: Which}}}"), "orders: {}", "becomes an attribute of the messages", false},
		{"`reply` of an operation", operation("{}", "action: send, reply: {address: {location: '$message.header#/replyTo'}}"), "orders: {}", "There are no replies", false},
		{"`traits` of an operation", operation("{}", "action: send, traits: [{bindings: {}}]"), "orders: {}", "Traits are not laid over", false},
		{"servers and their security", "servers: {prod: {host: example.com, protocol: nats}}\n" + channel("{}"), "stacks: local: nats: {}", "is for its `stacks` to say", false},
	}
}

// TestMappingTable tries out each row of the table in docs/asyncapi.md, and keeps it there.
//
// Like TestDocumentedCodes it is not parallel: both rewrite the page with -update.
func TestMappingTable(t *testing.T) {
	var table strings.Builder
	table.WriteString("\n| in the document | in the spec |\n|---|---|\n")
	for _, m := range mappings() {
		text, ds := asyncapi.Read("a.yaml", []byte("asyncapi: 3.0.0\ninfo: {title: Docs}\n"+m.doc+"\n"), asyncapi.Options{})
		if ds.HasErrors() {
			t.Errorf("%s: %v", m.of, ds)
			continue
		}
		if flat := strings.Join(strings.Fields(string(text)), " "); !strings.Contains(flat, m.spec) {
			t.Errorf("%s: %q is not in the spec:\n%s", m.of, m.spec, text)
		}
		warned := ""
		for _, d := range ds {
			if m.warning != "" && strings.Contains(d.Detail, m.warning) {
				warned = d.Detail
			}
		}
		if m.warning != "" && warned == "" || m.warning == "" && len(ds) > 0 {
			t.Errorf("%s: said %v, not %q", m.of, ds, m.warning)
		}
		becomes := "`" + m.spec + "`"
		if m.warning != "" {
			becomes = "a warning: " + warned
			if m.both {
				becomes = "`" + m.spec + "`; " + becomes
			}
		}
		fmt.Fprintf(&table, "| %s | %s |\n", m.of, becomes)
	}
	generated(t, "mapping", table.String())
}

// TestDocumentedCodes keeps the table of diagnostics in docs/asyncapi.md.
func TestDocumentedCodes(t *testing.T) {
	var table strings.Builder
	table.WriteString("\n| code | |\n|---|---|\n")
	for _, c := range asyncapi.Codes() {
		fmt.Fprintf(&table, "| `%s` | %s |\n", c.Code, c.Meaning)
	}
	generated(t, "codes", table.String())
}

// generated compares the part of the page between two marks with what it should say;
// `go test -update` rewrites it.
func generated(t *testing.T, mark, want string) {
	t.Helper()
	const file = "../docs/asyncapi.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	open, end := "<!-- "+mark+" -->\n", "\n<!-- end of "+mark+" -->"
	before, rest, ok := strings.Cut(string(page), open)
	got, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no part between %q and %q", file, open, end)
	}
	if *update {
		if err := os.WriteFile(file, []byte(before+open+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +page):\n%s", file, diff)
	}
}
