//go:build strangers

package aws_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// emulator is fauxqs, an emulator of SNS and SQS that `make strangers` installs, and
// clients of it.
type emulator struct {
	t   *testing.T
	sns *sns.Client
	sqs *sqs.Client
}

// startEmulator runs an emulator until the test ends.
func startEmulator(t *testing.T, region string) *emulator {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "emulate.mjs")
	cmd.Dir = "../../internal/strangers"
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close() // it ends with its stdin; it may have been killed with the test's context before
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait()
	})
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the emulator did not say where it listens: %v", err)
	}
	address = strings.TrimSpace(address)
	keys := credentials.NewStaticCredentialsProvider("test", "test", "")
	return &emulator{
		t:   t,
		sns: sns.New(sns.Options{Region: region, BaseEndpoint: aws.String(address), Credentials: keys}),
		sqs: sqs.New(sqs.Options{Region: region, BaseEndpoint: aws.String(address), Credentials: keys}),
	}
}

// message is one that is published, enqueued or received.
type message struct {
	body       string
	attributes map[string]string
	// key and id are the group and the deduplication id, of what is ordered.
	key, id string
}

func (e *emulator) publish(topic string, m message) {
	e.t.Helper()
	in := &sns.PublishInput{TopicArn: aws.String(topic), Message: aws.String(m.body), MessageAttributes: map[string]snstypes.MessageAttributeValue{}}
	for name, value := range m.attributes {
		in.MessageAttributes[name] = snstypes.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
	}
	if m.key != "" {
		in.MessageGroupId, in.MessageDeduplicationId = aws.String(m.key), aws.String(m.id)
	}
	if _, err := e.sns.Publish(e.t.Context(), in); err != nil {
		e.t.Fatalf("publish on %s: %v", topic, err)
	}
}

func (e *emulator) enqueue(queue string, m message) {
	e.t.Helper()
	in := &sqs.SendMessageInput{QueueUrl: aws.String(queue), MessageBody: aws.String(m.body)}
	if m.key != "" {
		in.MessageGroupId, in.MessageDeduplicationId = aws.String(m.key), aws.String(m.id)
	}
	if _, err := e.sqs.SendMessage(e.t.Context(), in); err != nil {
		e.t.Fatalf("enqueue on %s: %v", queue, err)
	}
}

// leased is a message that was dequeued, with what completes it and extends its lease.
type leased struct {
	message
	queue, receipt string
	attempt        string
}

// dequeue takes a message, and waits for it as long as wait, in seconds; nil is none.
func (e *emulator) dequeue(queue string, wait time.Duration) *leased {
	e.t.Helper()
	out, err := e.sqs.ReceiveMessage(e.t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(queue), MaxNumberOfMessages: 1, WaitTimeSeconds: int32(wait / time.Second),
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		e.t.Fatalf("dequeue from %s: %v", queue, err)
	}
	if len(out.Messages) == 0 {
		return nil
	}
	m := out.Messages[0]
	l := &leased{queue: queue, receipt: aws.ToString(m.ReceiptHandle), attempt: m.Attributes["ApproximateReceiveCount"]}
	l.body, l.key = aws.ToString(m.Body), m.Attributes["MessageGroupId"]
	for name, value := range m.MessageAttributes {
		if l.attributes == nil {
			l.attributes = map[string]string{}
		}
		l.attributes[name] = aws.ToString(value.StringValue)
	}
	return l
}

// must fails the test where there is no message.
func (e *emulator) must(queue string, wait time.Duration) *leased {
	e.t.Helper()
	l := e.dequeue(queue, wait)
	if l == nil {
		e.t.Fatalf("no message in %s within %s", queue, wait)
	}
	return l
}

func (e *emulator) complete(l *leased) {
	e.t.Helper()
	if _, err := e.sqs.DeleteMessage(e.t.Context(), &sqs.DeleteMessageInput{QueueUrl: aws.String(l.queue), ReceiptHandle: aws.String(l.receipt)}); err != nil {
		e.t.Fatalf("complete: %v", err)
	}
}

// extend sets the rest of a lease; 0 gives the message back.
func (e *emulator) extend(l *leased, to time.Duration) {
	e.t.Helper()
	if _, err := e.sqs.ChangeMessageVisibility(e.t.Context(), &sqs.ChangeMessageVisibilityInput{
		QueueUrl: aws.String(l.queue), ReceiptHandle: aws.String(l.receipt), VisibilityTimeout: int32(to / time.Second),
	}); err != nil {
		e.t.Fatalf("extend: %v", err)
	}
}

// drain completes what waits in a queue, and returns it.
func (e *emulator) drain(queue string) (bodies []string) {
	e.t.Helper()
	for {
		l := e.dequeue(queue, 0)
		if l == nil {
			return bodies
		}
		bodies = append(bodies, l.body)
		e.complete(l)
	}
}

func (m message) String() string { return fmt.Sprintf("%q %v", m.body, m.attributes) }
