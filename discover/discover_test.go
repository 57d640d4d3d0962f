package discover_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/discover"
	"github.com/msgdeploy/msgdeploy/spec"
)

const awsListing = `{"Topics": [{"TopicArn": "arn:aws:sns:eu-west-1:111122223333:acme-order_placed"},
  {"TopicArn": "arn:aws:sns:eu-west-1:111122223333:other-topic"}]}
{"QueueUrls": ["https://sqs.eu-west-1.amazonaws.com/111122223333/acme-jobs",
  "https://sqs.eu-west-1.amazonaws.com/111122223333/acme-jobs-dlq", "https://sqs.eu-west-1.amazonaws.com/111122223333/acme-mail.fifo"]}
{"Attributes": {"QueueArn": "arn:aws:sqs:eu-west-1:111122223333:acme-jobs", "VisibilityTimeout": "45", "MessageRetentionPeriod": "345600",
  "DelaySeconds": "0", "Policy": "{\"Statement\": \"s3cr3t\"}",
  "RedrivePolicy": "{\"deadLetterTargetArn\":\"arn:aws:sqs:eu-west-1:111122223333:acme-jobs-dlq\",\"maxReceiveCount\":7}"}}
`

const awsProposal = `# Proposed by msgdeploy import --discover. Read it before you import.
version: 1
project: acme
topics:
  order-placed: {name: "acme-order_placed"}
queues:
  jobs: {deadLetter: {maxAttempts: 7}, lease: 45s, name: "acme-jobs", retention: 345600s}
  mail: {name: "acme-mail", ordered: true}
stacks:
  prod:
    aws: {account: "111122223333", region: eu-west-1}

# To take them under management, put these lines into a file, without the #, for
# msgdeploy import --from FILE -s prod
#   topic.order-placed arn:aws:sns:eu-west-1:111122223333:acme-order_placed
#   queue.jobs https://sqs.eu-west-1.amazonaws.com/111122223333/acme-jobs
#   queue.mail https://sqs.eu-west-1.amazonaws.com/111122223333/acme-mail.fifo
`

// A proposal has names and settings, nothing else of a listing, and is a spec.
func TestPropose(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(awsProposal, propose(t, awsListing, "acme-")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, listing := range []string{
		awsListing,
		`[{"name": "projects/acme-prod/topics/acme-A"}, {"name": "projects/acme-prod/topics/acme-a"}, {"name": "projects/acme-prod/topics/acme-1"}]
		 [{"name": "projects/acme-prod/subscriptions/acme-sub", "topic": "projects/acme-prod/topics/acme-a\nversion: 2"}]`,
		`[{"name": "acme-jobs", "metadata": {"key": "s3cr3t"}, "approximateMessageCount": null}]`,
		`{"Attributes": {"QueueArn": "arn:aws:sqs:eu-west-1:111122223333:acme-odd", "VisibilityTimeout": "0", "MessageRetentionPeriod": "60", "DelaySeconds": "900"}}`,
	} {
		got := propose(t, listing, "acme-")
		s, ds := spec.Load("msgdeploy.yaml", []byte(got))
		if ds.HasErrors() {
			t.Fatalf("%v\n%s", ds, got)
		}
		if _, ds := s.Resolve("prod"); ds.HasErrors() {
			t.Errorf("%v\n%s", ds, got)
		}
		if strings.Contains(got, "s3cr3t") {
			t.Errorf("what is nobody's business is in the proposal:\n%s", got)
		}
	}
}

func propose(t *testing.T, listing, prefix string) string {
	t.Helper()
	l, err := discover.Read(strings.NewReader(listing))
	if err != nil {
		t.Fatal(err)
	}
	return string(l.Propose("acme", "prod", prefix))
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for listing, want := range map[string]string{
		"{":                          "document 1 of the listing is no JSON",
		`{"Buckets": []}`:            "aws sns list-topics",
		`[] {"Attributes": {}}`:      "document 2 of the listing: the attributes say no QueueArn",
		`[{"id": "/subscriptions"}]`: "an entry has no name",
		`{"Attributes": {"QueueArn": "arn:aws:sqs:r:a:n", "DelaySeconds": "soon"}}`: `DelaySeconds of queue n is "soon"`,
	} {
		_, err := discover.Read(strings.NewReader(listing))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Read(%s) = %v, want %q", listing, err, want)
		}
	}
}
