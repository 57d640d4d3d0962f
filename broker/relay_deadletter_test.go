package broker

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const stackConsumer = "shop-local"

// deadLetters makes queues with a lease of 200 ms that deliver a message up to maxDeliver
// times, a stream `<queue>-dlq` for each, and returns the route to them.
func (w *relayWorld) deadLetters(maxDeliver int, queues ...string) DeadLetters {
	w.Helper()
	w.stream(jetstream.StreamConfig{
		Name: "advisories", Retention: jetstream.WorkQueuePolicy,
		Subjects: []string{"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.*." + stackConsumer},
	})
	route := DeadLetters{Source: w.source("advisories", stackConsumer), Queues: make(map[string]DeadLetterQueue)}
	route.Element = "stack"
	for _, name := range queues {
		w.queue(name)
		w.queue(name + "-dlq")
		w.consumer(name, jetstream.ConsumerConfig{
			Durable: stackConsumer, MaxDeliver: maxDeliver, AckWait: 200 * time.Millisecond, MaxAckPending: -1,
		})
		route.Queues[name] = DeadLetterQueue{Element: "queue." + name, Consumer: stackConsumer, Subject: name + "-dlq"}
	}
	return route
}

// lease dequeues n messages of a queue and does not complete them.
func (w *relayWorld) lease(queue string, n int) []jetstream.Msg {
	w.Helper()
	consumer, err := w.js.Consumer(w.Context(), queue, stackConsumer)
	if err != nil {
		w.Fatal(err)
	}
	var messages []jetstream.Msg
	w.until("messages are leased", func() bool {
		batch, err := consumer.Fetch(n-len(messages), jetstream.FetchMaxWait(time.Second))
		if err != nil {
			w.Fatal(err)
		}
		for m := range batch.Messages() {
			messages = append(messages, m)
		}
		return len(messages) == n
	})
	return messages
}

// exhaust dequeues all n messages of a queue in vain, and waits for the last lease to end.
func (w *relayWorld) exhaust(queue string, n, maxDeliver int) {
	w.Helper()
	for range maxDeliver {
		w.lease(queue, n)
	}
	time.Sleep(300 * time.Millisecond)
}

func (w *relayWorld) untilMoved(queue string, want ...string) {
	w.Helper()
	w.untilCount(queue+"-dlq", len(want))
	w.untilCount(queue, 0)
	if diff := cmp.Diff(want, sorted(w.bodies(queue+"-dlq"))); diff != "" {
		w.Errorf("dead letters of %s (-want +got):\n%s", queue, diff)
	}
}

func TestDeadLetterKeepsTheMessage(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.start(w.deadLetters(2, "jobs"))
	w.publish("jobs", "poison", "kind", "card", keyHeader, "7", "Content-Type", "text/plain", nats.MsgIdHdr, "event-1", "Nats-Marker", "1")
	w.publish("jobs", "good")
	for _, m := range w.lease("jobs", 2) {
		if string(m.Data()) == "good" {
			if err := m.DoubleAck(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.lease("jobs", 1)
	w.untilMoved("jobs", "poison")

	header := w.messages("jobs-dlq")[0].Header
	header.Del(nats.MsgIdHdr)
	want := nats.Header{
		"kind": {"card"}, keyHeader: {"7"}, "Content-Type": {"text/plain"},
		ReasonHeader: {"not completed in any attempt"}, AttemptsHeader: {"2"},
	}
	if diff := cmp.Diff(want, header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	wantTold := []Event{{
		Kind: DeadLettered, Element: "queue.jobs", ID: "event-1", Attempt: 2, Target: "jobs-dlq", Detail: "not completed in any attempt",
	}}
	if diff := cmp.Diff(wantTold, w.told(DeadLettered)); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	w.untilCount("advisories", 0)
}

// While a message is leased for the last time it stays, however long that takes.
func TestDeadLetterWaitsForTheLastLease(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	route := w.deadLetters(1, "jobs")
	const lease = 2 * time.Second
	if _, err := w.js.UpdateConsumer(t.Context(), "jobs", jetstream.ConsumerConfig{
		Durable: stackConsumer, AckPolicy: jetstream.AckExplicitPolicy, MaxDeliver: 1, AckWait: lease, MaxAckPending: -1,
	}); err != nil {
		t.Fatal(err)
	}
	w.start(route)
	w.publish("jobs", "slow")
	m := w.lease("jobs", 1)[0]
	for range 5 {
		if err := m.InProgress(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(lease / 4)
	}
	if err := m.DoubleAck(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.untilCount("jobs", 0)
	if n := w.count("jobs-dlq"); n != 0 {
		t.Errorf("%d dead letters", n)
	}
}

// Nobody has to dequeue once more for a message to become a dead letter.
func TestDeadLetterWhileNobodyDequeues(t *testing.T) {
	t.Parallel()
	for name, maxDeliver := range map[string]int{"one attempt": 1, "two": 2, "five": 5} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newRelayWorld(t)
			w.start(w.deadLetters(maxDeliver, "jobs"))
			w.publish("jobs", "poison")
			for range maxDeliver {
				w.lease("jobs", 1)
			}
			w.untilMoved("jobs", "poison")
		})
	}
}

// What the sweep does to find dead letters does not touch messages that are none.
func TestSweepChargesNoAttempts(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	route := w.deadLetters(3, "jobs")
	for _, body := range numbers(4) {
		w.publish("jobs", body)
	}
	w.lease("jobs", 4)
	w.lease("jobs", 4)
	for range 3 {
		w.publish("jobs", "new")
	}
	time.Sleep(300 * time.Millisecond) // now four have one attempt left, and nobody asks
	w.start(route)
	time.Sleep(10 * 50 * time.Millisecond) // several sweeps
	attempts := make(map[uint64]int)
	for _, m := range w.lease("jobs", 7) {
		meta, err := m.Metadata()
		if err != nil {
			t.Fatal(err)
		}
		attempts[meta.NumDelivered]++
		if err := m.DoubleAck(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[uint64]int{3: 4, 1: 3}, attempts); diff != "" {
		t.Errorf("messages by attempt (-want +got):\n%s", diff)
	}
	w.untilCount("jobs", 0)
	if letters := w.bodies("jobs-dlq"); len(letters) != 0 {
		t.Errorf("dead letters: %v", letters)
	}
}

// Nor does it stand in the way of services, where it can do nothing: here a message is
// leased again, and no other may be until it is completed.
func TestSweepLeavesNothingWaiting(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	route := w.deadLetters(5, "jobs")
	ordered := func(lease time.Duration) jetstream.Consumer {
		consumer, err := w.js.UpdateConsumer(t.Context(), "jobs", jetstream.ConsumerConfig{
			Durable: stackConsumer, AckPolicy: jetstream.AckExplicitPolicy, MaxDeliver: 5, AckWait: lease, MaxAckPending: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		return consumer
	}
	ordered(200 * time.Millisecond)
	w.publish("jobs", "first")
	w.publish("jobs", "second")
	w.lease("jobs", 1)
	time.Sleep(300 * time.Millisecond)
	consumer := ordered(time.Minute)
	m := w.lease("jobs", 1)[0]
	s := &sweep{relay: w.relay(route), queues: route.Queues, suspects: make(map[string]map[uint64]bool)}
	for range 20 {
		if err := s.queue(t.Context(), "jobs", route.Queues["jobs"]); err != nil {
			t.Fatal(err)
		}
	}
	info, err := consumer.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.NumRedelivered != 1 || info.NumWaiting > 1 {
		t.Errorf("%d messages leased again, %d requests in line; want 1 and no more than the last one", info.NumRedelivered, info.NumWaiting)
	}
	if err := m.DoubleAck(t.Context()); err != nil {
		t.Fatal(err)
	}
	if second, err := consumer.Next(jetstream.FetchMaxWait(10 * time.Second)); err != nil || string(second.Data()) != "second" {
		t.Errorf("next is %v, %v", second, err)
	}
}

func TestDeadLettersWithTheRelayAway(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	route := w.deadLetters(2, "jobs", "mails")
	for _, body := range numbers(5) {
		w.publish("jobs", body)
		w.publish("mails", body)
	}
	w.exhaust("jobs", 5, 2)
	w.exhaust("mails", 5, 2)
	w.stopServer()
	w.startServer()
	w.until("reconnected", w.js.Conn().IsConnected)
	w.start(route)
	w.untilMoved("jobs", numbers(5)...)
	w.untilMoved("mails", numbers(5)...)
}

// An advisory is lost when the server dies at the wrong moment.
func TestDeadLettersWithoutAdvisories(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	route := w.deadLetters(1, "jobs")
	advisories, err := w.js.Stream(t.Context(), "advisories")
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range numbers(6) {
		w.publish("jobs", body)
	}
	leased := w.lease("jobs", 6)
	for i := range 3 { // some, so that the floor is in between
		if err := leased[2*i].DoubleAck(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.untilCount("advisories", 3)
	if err := advisories.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.start(route)
	w.untilMoved("jobs", "1", "3", "5")
}

func TestDeadLettersOnceWithTwoRelays(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	route := w.deadLetters(1, "jobs")
	w.start(route)
	w.start(route)
	for _, body := range numbers(500) {
		w.publish("jobs", body)
	}
	w.lease("jobs", 500)
	w.untilMoved("jobs", numbers(500)...)
	if told := len(w.told(DeadLettered)); told != 500 {
		t.Errorf("told of %d dead letters", told)
	}
}

// A relay that is killed after it published a dead letter leaves it in the queue as well.
func TestDeadLetterAgainAfterKill(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	route := w.deadLetters(1, "jobs")
	w.publish("jobs", "poison")
	stored := w.messages("jobs")[0]
	w.lease("jobs", 1)
	w.untilCount("advisories", 1)
	w.publish("jobs-dlq", "poison", nats.MsgIdHdr, messageID("jobs", stored.Sequence, stored.Time))
	w.start(route)
	w.untilMoved("jobs", "poison")
}

// Sequence numbers begin again in a stream that was made again.
func TestDeadLetterOfAStreamThatIsGone(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	route := w.deadLetters(1, "jobs")
	w.publish("jobs", "poison")
	w.lease("jobs", 1)
	w.untilCount("advisories", 1)
	if err := w.js.DeleteStream(t.Context(), "jobs"); err != nil {
		t.Fatal(err)
	}
	w.queue("jobs")
	w.publish("jobs", "innocent")
	stop := w.start(route)
	w.untilCount("advisories", 0)
	stop()
	if diff := cmp.Diff([]string{"innocent"}, w.bodies("jobs")); diff != "" {
		t.Errorf("queue (-want +got):\n%s", diff)
	}
}

func TestDeadLettersPassOverWhatIsNoAdvisory(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	route := w.deadLetters(1, "jobs")
	const subject = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES."
	w.publish(subject+"other."+stackConsumer, `{"stream":"other","consumer":"shop-local","stream_seq":1,"deliveries":5}`)
	w.publish(subject+"jobs."+stackConsumer, "garbage")
	w.publish(subject+"jobs."+stackConsumer, `{"stream":"jobs","consumer":"shop-local","stream_seq":99}`)
	w.start(route)
	w.publish("jobs", "poison")
	w.lease("jobs", 1)
	w.untilMoved("jobs", "poison")
	w.untilCount("advisories", 0)
	if dropped := w.told(Dropped); len(dropped) != 2 {
		t.Errorf("told of %+v", dropped)
	}
}

func TestDeadLetterWithUnreadableHeader(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	w.start(w.deadLetters(1, "jobs"))
	w.publishRaw("jobs", "no colon", "poison")
	w.lease("jobs", 1)
	w.untilMoved("jobs", "poison")
}

// A queue whose dead letters go to a stream that is missing disturbs no other.
func TestDeadLettersToAMissingStream(t *testing.T) {
	t.Parallel()
	w := newRelayWorld(t)
	route := w.deadLetters(1, "jobs", "mails")
	if err := w.js.DeleteStream(t.Context(), "jobs-dlq"); err != nil {
		t.Fatal(err)
	}
	w.start(route)
	w.publish("jobs", "poison")
	w.lease("jobs", 1)
	w.until("told of it", func() bool { return len(w.told(Retried)) > 0 })
	w.publish("mails", "poison")
	w.lease("mails", 1)
	w.untilMoved("mails", "poison")
	w.queue("jobs-dlq")
	w.untilMoved("jobs", "poison")
}
