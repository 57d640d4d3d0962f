package broker_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/nats-io/nats.go/jetstream"
)

func embeddedHouse(t *testing.T) *house {
	t.Helper()
	return buildHouse(t, dial(t, openEmbedded(t, broker.EmbeddedOptions{}).Access()), 1)
}

// patience is more than any test needs.
const patience = time.Minute

// one dequeues the one message that a queue is to give.
func one(t *testing.T, c *broker.Client, queue string, wait time.Duration) broker.Leased {
	t.Helper()
	messages, err := c.Dequeue(t.Context(), queueStream(queue), stack, 10, wait)
	if err != nil {
		t.Fatal(err)
	}
	if len(messages) != 1 {
		t.Fatalf("dequeued %d messages, want 1", len(messages))
	}
	return messages[0]
}

func none(t *testing.T, c *broker.Client, queue string) {
	t.Helper()
	messages, err := c.Dequeue(t.Context(), queueStream(queue), stack, 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(messages) != 0 {
		t.Errorf("dequeued %d messages, want none; the first is %q", len(messages), messages[0].Data)
	}
}

func TestClientCarriesMessages(t *testing.T) {
	t.Parallel()
	h := embeddedHouse(t)
	c := h.client(h.service("both", send(queueSubject("jobs")), dequeue("jobs")))
	sent := broker.Message{Data: []byte("body\x00"), Attributes: map[string]string{"kind": "card", "Region": "é u"}, Key: "k1", ID: "id-1"}
	if err := c.Enqueue(t.Context(), queueSubject("jobs"), []broker.Message{sent, sent}); err != nil {
		t.Fatal(err)
	}
	got := one(t, c, "jobs", patience) // the id makes the second the first
	if diff := cmp.Diff(sent, got.Message); diff != "" {
		t.Errorf("message (-sent +got):\n%s", diff)
	}
	if got.Attempt != 1 || got.Receipt == "" || strings.ContainsAny(got.Receipt, " \n$.") {
		t.Errorf("attempt %d, receipt %q", got.Attempt, got.Receipt)
	}
	if err := c.Complete(t.Context(), got.Receipt); err != nil {
		t.Fatal(err)
	}
	if n := h.stored(queueStream("jobs")); n != 0 {
		t.Errorf("the queue holds %d messages after the only one was completed", n)
	}
}

func TestClientSendsBatchesInOrder(t *testing.T) {
	t.Parallel()
	h := embeddedHouse(t)
	c := h.client(h.service("both", send(queueSubject("jobs")), dequeue("jobs")))
	var batch []broker.Message
	for i := range 1000 { // more than may be on their way at once
		batch = append(batch, broker.Message{Data: []byte{byte(i >> 8), byte(i)}})
	}
	if err := c.Enqueue(t.Context(), queueSubject("jobs"), batch); err != nil {
		t.Fatal(err)
	}
	var got []broker.Message
	for len(got) < len(batch) {
		messages, err := c.Dequeue(t.Context(), queueStream("jobs"), stack, 300, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			got = append(got, m.Message)
		}
	}
	if diff := cmp.Diff(batch, got); diff != "" {
		t.Errorf("messages (-sent +got):\n%s", diff)
	}
}

func TestClientRefusesImpossibleMessages(t *testing.T) {
	t.Parallel()
	h := embeddedHouse(t)
	c := h.client(h.service("api", send(queueSubject("jobs"))))
	for name, m := range map[string]broker.Message{
		"control header": {Attributes: map[string]string{"nats-rollup": "all"}},
		"line break":     {Attributes: map[string]string{"a": "b\r\nNats-Rollup: all"}},
		"name":           {Attributes: map[string]string{"a b": "c"}},
		"key attribute":  {Attributes: map[string]string{"key": "c"}},
		"key":            {Key: "a\nb"},
		"id":             {ID: "a\rb"},
	} {
		if err := c.Enqueue(t.Context(), queueSubject("jobs"), []broker.Message{{}, m}); err == nil || errors.Is(err, broker.ErrRefused) {
			t.Errorf("%s: error is %v, want one before anything is sent", name, err)
		}
	}
	if n := h.stored(queueStream("jobs")); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
}

func TestClientSaysWhatIsRefused(t *testing.T) {
	t.Parallel()
	h := embeddedHouse(t)
	api, worker := h.service("api", send(queueSubject("jobs"))), h.service("worker", dequeue("jobs"))
	h.enqueue("jobs", "job")
	leased := one(t, h.client(worker), "jobs", patience)
	c := h.client(api)
	for want, err := range map[string]error{
		"publish to " + ordersSubject:                  c.Publish(t.Context(), ordersSubject, []broker.Message{{}}),
		"enqueue to " + queueSubject("victim"):         c.Enqueue(t.Context(), queueSubject("victim"), []broker.Message{{}}),
		"dequeue from " + queueStream("jobs"):          second(c.Dequeue(t.Context(), queueStream("jobs"), stack, 1, 0)),
		"complete a message of " + queueStream("jobs"): c.Complete(t.Context(), leased.Receipt),
		"extend a message of " + queueStream("jobs"):   c.Extend(t.Context(), leased.Receipt),
	} {
		if !errors.Is(err, broker.ErrRefused) || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want a refusal to %s", err, want)
		}
	}
}

func refused(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, broker.ErrRefused) {
		t.Errorf("%s: %v, want a refusal", what, err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestDeletedServiceIsRefused(t *testing.T) {
	t.Parallel()
	h := embeddedHouse(t)
	s := h.service("api", send(ordersSubject))
	public, err := broker.PublicKey(s.seed)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.admin.DeleteAccount(t.Context(), public); err != nil {
		t.Fatal(err)
	}
	if _, err := broker.DialService(t.Context(), h.admin.Access.URL, s.creds, broker.APIPrefix, ""); !errors.Is(err, broker.ErrRefused) {
		t.Errorf("error is %v, want a refusal", err)
	}
}

func TestLeases(t *testing.T) {
	t.Parallel()
	h := embeddedHouse(t)
	c := h.client(h.service("worker", dequeue("jobs")))
	h.enqueue("jobs", "job")

	first := one(t, c, "jobs", patience)
	none(t, c, "jobs")
	again := one(t, c, "jobs", patience) // the lease ends
	if again.Attempt != 2 {
		t.Errorf("attempt is %d, want 2", again.Attempt)
	}
	// The lease that ended is honoured as long as nobody has completed the message.
	if err := c.Complete(t.Context(), first.Receipt); err != nil {
		t.Errorf("complete with the ended lease: %v", err)
	}
	if n := h.stored(queueStream("jobs")); n != 0 {
		t.Errorf("the queue holds %d messages", n)
	}
	for verb, do := range map[string]error{"complete": c.Complete(t.Context(), again.Receipt), "extend": c.Extend(t.Context(), again.Receipt)} {
		if !errors.Is(do, broker.ErrLeaseOver) {
			t.Errorf("%s of a completed message: %v, want ErrLeaseOver", verb, do)
		}
	}
}

func TestExtendKeepsMessageHidden(t *testing.T) {
	t.Parallel()
	h := embeddedHouse(t)
	c := h.client(h.service("worker", dequeue("jobs")))
	h.enqueue("jobs", "job")
	leased := one(t, c, "jobs", patience)
	// Longer than the lease, of which each extension is the whole.
	for end := time.Now().Add(lease + lease/2); time.Now().Before(end); time.Sleep(lease / 4) {
		if err := c.Extend(t.Context(), leased.Receipt); err != nil {
			t.Fatal(err)
		}
		none(t, c, "jobs")
	}
	if again := one(t, c, "jobs", patience); again.Attempt != 2 {
		t.Errorf("attempt after the extended lease ended is %d, want 2", again.Attempt)
	}
}

// A lease that has ended and is extended before anybody dequeues again is a lease again.
func TestExtendEndedLease(t *testing.T) {
	t.Parallel()
	h := embeddedHouse(t)
	c := h.client(h.service("worker", dequeue("jobs")))
	h.enqueue("jobs", "job")
	leased := one(t, c, "jobs", patience)
	time.Sleep(lease + lease/4)
	if err := c.Extend(t.Context(), leased.Receipt); err != nil {
		t.Fatal(err)
	}
	none(t, c, "jobs")
	if err := c.Complete(t.Context(), leased.Receipt); err != nil {
		t.Fatal(err)
	}
}

func TestGivenUpMessageIsOver(t *testing.T) {
	t.Parallel()
	h := embeddedHouse(t)
	_, err := h.admin.JetStream.UpdateConsumer(t.Context(), queueStream("jobs"), jetstream.ConsumerConfig{
		Durable: stack, AckPolicy: jetstream.AckExplicitPolicy, AckWait: 200 * time.Millisecond, MaxAckPending: -1, MaxDeliver: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := h.client(h.service("worker", dequeue("jobs")))
	h.enqueue("jobs", "job")
	leased := one(t, c, "jobs", patience)
	if messages, err := c.Dequeue(t.Context(), queueStream("jobs"), stack, 1, time.Second); err != nil || len(messages) > 0 {
		t.Fatalf("after the last attempt: %d messages, %v", len(messages), err)
	}
	if err := c.Complete(t.Context(), leased.Receipt); !errors.Is(err, broker.ErrLeaseOver) {
		t.Errorf("complete after the last attempt: %v, want ErrLeaseOver", err)
	}
}

func TestReceiptsThatAreNone(t *testing.T) {
	t.Parallel()
	h := embeddedHouse(t)
	c := h.client(h.service("worker", dequeue("jobs")))
	for _, text := range []string{"", "x", "!!!", "JEpTLkFDSy4-", "JEpTLkFDSy5hLmIuMS4yLjMuNC41Lg", strings.Repeat("A", 500)} {
		if err := c.Complete(t.Context(), text); err == nil || !strings.Contains(err.Error(), "no receipt") {
			t.Errorf("%q: error is %v", text, err)
		}
	}
}

func TestDequeueWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	h := embeddedHouse(t)
	c := h.client(h.service("worker", dequeue("jobs")))
	time.AfterFunc(100*time.Millisecond, func() {
		if err := h.admin.Conn.Publish(queueSubject("jobs"), []byte("late")); err != nil {
			t.Error(err)
		}
	})
	if got := one(t, c, "jobs", patience); string(got.Data) != "late" {
		t.Errorf("got %q", got.Data)
	}
}
