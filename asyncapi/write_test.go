package asyncapi_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/asyncapi"
	"github.com/msgdeploy/msgdeploy/spec"
)

// written returns the document of a stack as plain data.
func written(t *testing.T, source, stack string, outputs map[string]any) (doc map[string]any, text string) {
	t.Helper()
	s, ds := spec.Load("msgdeploy.yaml", []byte(source))
	topology, more := s.Resolve(stack)
	if ds.HasErrors() || more.HasErrors() {
		t.Fatalf("the spec: %v", append(ds, more...))
	}
	resolved, _ := s.Resolved(stack)
	var out bytes.Buffer
	if err := asyncapi.Write(&out, asyncapi.Stack{Topology: topology, Resolved: resolved, Outputs: outputs}, asyncapi.JSON); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc, out.String()
}

// at goes down into plain data.
func at(v any, path ...string) any {
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

const cloudSpec = `version: 1
project: shop
topics: {orders: {ordered: true, format: raw}}
queues:
  jobs: {ordered: true, lease: 1m, delay: 5s, deadLetter: {maxAttempts: 3}}
  audit: {deadLetter: {queue: jobs}}
subscriptions: {feed: {topic: orders, to: {queue: jobs}}}
services: {worker: {identity: {aws: {role: worker}}}}
permissions: {worker: {publish: [orders], enqueue: [jobs], dequeue: [jobs.deadLetter, audit.deadLetter]}}
state: {backend: "s3://somewhere"}
stacks:
  aws: {aws: {region: cn-north-1, account: "111122223333"}}
  gcp: {gcp: {project: acme-prod, region: europe-west1}}
  azure: {azure: {subscription: 00000000-0000-0000-0000-000000000000, location: westeurope, queues: serviceBus}}
  cluster: {nats: {url: "tls://one.example.com:4222,wss://two.example.com/", credentials: a.creds, signingKey: a.nk}}
  fixed: {nats: {port: 4223}}
`

// TestServers: each cloud's own servers, and which of them have the topics and the queues.
func TestServers(t *testing.T) {
	t.Parallel()
	for stack, want := range map[string]struct {
		servers       map[string]string // host and protocol
		topics, queue []string
	}{
		"aws":     {map[string]string{"sns": "sns.cn-north-1.amazonaws.com.cn sns", "sqs": "sqs.cn-north-1.amazonaws.com.cn sqs"}, []string{"sns"}, []string{"sqs"}},
		"gcp":     {map[string]string{"pubsub": "pubsub.googleapis.com googlepubsub"}, []string{"pubsub"}, []string{"pubsub"}},
		"azure":   {map[string]string{"eventgrid": "{name}.westeurope-1.eventgrid.azure.net https", "servicebus": "{name}.servicebus.windows.net amqps"}, []string{"eventgrid"}, []string{"servicebus"}},
		"cluster": {map[string]string{"nats": "one.example.com:4222 nats", "nats-2": "two.example.com wss"}, []string{"nats", "nats-2"}, []string{"nats", "nats-2"}},
		"fixed":   {map[string]string{"nats": "127.0.0.1:4223 nats"}, []string{"nats"}, []string{"nats"}},
	} {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			doc, text := written(t, cloudSpec, stack, nil)
			got := map[string]string{}
			for name, server := range at(doc, "servers").(map[string]any) {
				got[name] = at(server, "host").(string) + " " + at(server, "protocol").(string)
				if braces := strings.Contains(got[name], "{"); braces != (at(server, "variables") != nil) {
					t.Errorf("server %s has no variables for %s", name, got[name])
				}
			}
			if diff := cmp.Diff(want.servers, got); diff != "" {
				t.Errorf("servers (-want +got):\n%s", diff)
			}
			for channel, servers := range map[string][]string{"topic.orders": want.topics, "queue.jobs": want.queue, "queue.jobs.deadLetter": want.queue} {
				var refs []any
				for _, s := range servers {
					refs = append(refs, map[string]any{"$ref": "#/servers/" + s})
				}
				if diff := cmp.Diff(refs, at(doc, "channels", channel, "servers")); diff != "" {
					t.Errorf("servers of %s (-want +got):\n%s", channel, diff)
				}
			}
			if strings.Contains(text, "s3://") {
				t.Error("the document says where state is kept")
			}
		})
	}
}

// TestOutputs: addresses and bindings are what the outputs know, and nothing of a service's.
func TestOutputs(t *testing.T) {
	t.Parallel()
	const unknown = "${aws:sqs/queue:Queue::audit.url}"
	doc, text := written(t, cloudSpec, "aws", map[string]any{
		"topics": map[string]any{"orders": map[string]any{"arn": "arn:aws-cn:sns:cn-north-1:111122223333:shop-aws-orders.fifo"}},
		"queues": map[string]any{
			"jobs":  map[string]any{"url": "https://sqs.example.com/111122223333/shop-aws-jobs.fifo", "arn": "arn:aws-cn:sqs:cn-north-1:111122223333:shop-aws-jobs.fifo", "deadLetterUrl": "https://sqs.example.com/111122223333/shop-aws-jobs-dlq.fifo"},
			"audit": map[string]any{"url": unknown, "arn": "arn:aws-cn:sqs:cn-north-1:111122223333:shop-aws-audit"},
		},
		"services": map[string]any{"worker": map[string]any{"credentials": "secret.creds"}},
	})
	for channel, want := range map[string]any{
		"topic.orders":          "arn:aws-cn:sns:cn-north-1:111122223333:shop-aws-orders.fifo",
		"queue.jobs":            "https://sqs.example.com/111122223333/shop-aws-jobs.fifo",
		"queue.jobs.deadLetter": "https://sqs.example.com/111122223333/shop-aws-jobs-dlq.fifo",
		"queue.audit":           "arn:aws-cn:sqs:cn-north-1:111122223333:shop-aws-audit",
	} {
		if got := at(doc, "channels", channel, "address"); got != want {
			t.Errorf("the address of %s is %v, want %v", channel, got, want)
		}
	}
	for _, never := range []string{unknown, "secret.creds"} {
		if strings.Contains(text, never) {
			t.Errorf("the document has %s in it", never)
		}
	}
	bindings := map[string]any{
		"topic.orders": map[string]any{"sns": map[string]any{
			"name": "shop-aws-orders.fifo", "bindingVersion": "0.1.0",
			"ordering": map[string]any{"type": "FIFO", "contentBasedDeduplication": false},
		}},
		"queue.jobs": map[string]any{"sqs": map[string]any{"bindingVersion": "0.2.0", "queue": map[string]any{
			"name": "shop-aws-jobs.fifo", "fifoQueue": true, "deliveryDelay": 5.0, "visibilityTimeout": 60.0, "messageRetentionPeriod": 345600.0,
			"redrivePolicy": map[string]any{"deadLetterQueue": map[string]any{"name": "shop-aws-jobs-dlq.fifo"}, "maxReceiveCount": 3.0},
		}}},
		"queue.audit": map[string]any{"sqs": map[string]any{"bindingVersion": "0.2.0", "queue": map[string]any{
			"name": "shop-aws-audit", "fifoQueue": false, "deliveryDelay": 0.0, "visibilityTimeout": 30.0, "messageRetentionPeriod": 345600.0,
			"redrivePolicy": map[string]any{"deadLetterQueue": map[string]any{"name": "shop-aws-jobs.fifo"}, "maxReceiveCount": 5.0},
		}}},
	}
	for channel, want := range bindings {
		if diff := cmp.Diff(want, at(doc, "channels", channel, "bindings")); diff != "" {
			t.Errorf("bindings of %s (-want +got):\n%s", channel, diff)
		}
	}
}

// TestOperations: each permission is an operation on the channel that has the messages.
func TestOperations(t *testing.T) {
	t.Parallel()
	doc, _ := written(t, cloudSpec, "fixed", nil)
	got := map[string]string{}
	for name, op := range at(doc, "operations").(map[string]any) {
		got[name] = at(op, "action").(string) + " " + at(op, "channel", "$ref").(string)
	}
	want := map[string]string{
		"worker.publish.topic.orders":           "send #/channels/topic.orders",
		"worker.enqueue.queue.jobs":             "send #/channels/queue.jobs",
		"worker.dequeue.queue.jobs.deadLetter":  "receive #/channels/queue.jobs.deadLetter",
		"worker.dequeue.queue.audit.deadLetter": "receive #/channels/queue.jobs", // where audit's dead letters go
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	messages := map[string][]string{"topic.orders": {"bytes"}, "queue.jobs": {"bytes"}, "queue.audit": {"bytes"}}
	for channel, want := range messages {
		for _, message := range want {
			if at(doc, "channels", channel, "messages", message) == nil {
				t.Errorf("%s does not carry %s", channel, message)
			}
		}
	}
}
