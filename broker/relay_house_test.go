package broker_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/broker/brokertest"
	"github.com/nats-io/nats.go/jetstream"
)

func TestRelayOnEmbedded(t *testing.T) {
	t.Parallel()
	h := embeddedHouse(t)
	testRelay(t, h, 1, func() {})
}

// The cluster loses a server while the relays work.
func TestRelaysOnCluster(t *testing.T) {
	t.Parallel()
	b := brokertest.StartCluster(t, 3)
	h := buildHouse(t, dialExternal(t, b), 3)
	testRelay(t, h, 3, func() { b.Servers[2].Shutdown() })
}

// testRelay has two relays forward what matches a filter and bury what a service dequeues
// in vain. Halfway through, something happens.
func testRelay(t *testing.T, h *house, replicas int, halfway func()) {
	const (
		advisories        = stack + "_advisories"
		deadLetterSubject = "shop.local.dlq.queue.jobs"
		maxDeliver        = 2
		n                 = 40
	)
	workQueue := func(name, subject string) {
		h.stream(jetstream.StreamConfig{Name: name, Subjects: []string{subject}, Retention: jetstream.WorkQueuePolicy, Replicas: replicas})
	}
	workQueue(advisories, "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.*."+stack)
	workQueue(deadLetters, deadLetterSubject)
	consumer := func(stream, name string, wait time.Duration, maxDeliver int) {
		_, err := h.admin.JetStream.CreateOrUpdateConsumer(t.Context(), stream, jetstream.ConsumerConfig{
			Durable: name, AckPolicy: jetstream.AckExplicitPolicy, AckWait: wait, MaxDeliver: maxDeliver, MaxAckPending: -1,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	consumer(advisories, stack, lease, -1)
	consumer(ordersStream, stack+"-audit", lease, -1)
	consumer(queueStream("jobs"), stack, lease, maxDeliver)
	routes := []broker.Route{
		broker.Forward{
			Source:  broker.Source{Element: "subscription.audit", Stream: ordersStream, Consumer: stack + "-audit"},
			Filter:  broker.Filter{"kind": {"card"}},
			Subject: queueSubject("jobs"),
		},
		broker.DeadLetters{
			Source: broker.Source{Element: "stack", Stream: advisories, Consumer: stack},
			Queues: map[string]broker.DeadLetterQueue{
				queueStream("jobs"): {Element: "queue.jobs", Consumer: stack, Subject: deadLetterSubject},
			},
		},
	}
	for range 2 {
		startRelay(t, dial(t, h.admin.Access), routes)
	}

	api := h.client(h.service("api", send(ordersSubject)))
	worker := h.client(h.service("worker", dequeue("jobs")))
	attempts := make(map[string]int)
	var want []string
	for half := range 2 {
		for i := range n / 2 {
			body := fmt.Sprintf("%02d", half*n/2+i)
			want = append(want, body)
			for _, kind := range []string{"card", "cash"} {
				publishUntilTaken(t, api, broker.Message{
					Data: []byte(body), Attributes: map[string]string{"kind": kind}, ID: body + kind,
				})
			}
		}
		dequeueInVain(t, h, worker, uint64(len(want)), attempts)
		if half == 0 {
			halfway()
		}
	}
	for _, body := range want {
		// Fewer if an answer was lost with a server.
		if attempts[body] > maxDeliver || attempts[body] < maxDeliver && replicas == 1 {
			t.Errorf("message %s was delivered %d times, want %d", body, attempts[body], maxDeliver)
		}
	}
	if diff := cmp.Diff(want, bodies(t, h, deadLetters)); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}
	untilEmpty(t, h, queueStream("jobs"))
}

// untilEmpty waits for the relay, which deletes a message after it has stored the dead letter.
func untilEmpty(t *testing.T, h *house, stream string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		s, err := h.admin.JetStream.Stream(t.Context(), stream)
		if err == nil && s.CachedInfo().State.Msgs == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is not empty: %v", stream, err)
		}
	}
}

// publishUntilTaken publishes as a service of a cluster does: again, if a server went away.
// The message's id makes one of what arrives twice.
func publishUntilTaken(t *testing.T, api *broker.Client, m broker.Message) {
	t.Helper()
	for tries := 1; ; tries++ {
		err := api.Publish(t.Context(), ordersSubject, []broker.Message{m})
		if err == nil {
			return
		}
		if tries == 50 {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// startRelay runs a relay until the test ends.
func startRelay(t *testing.T, admin *broker.Admin, routes []broker.Route) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := broker.NewRelay(admin.JetStream, routes, broker.RelayOptions{}).Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); running.Wait() })
}

// deadLetters is the stream of those of the queue jobs.
const deadLetters = stack + "-jobs-queue-dlq"

// dequeueInVain dequeues until there are so many dead letters, and completes none.
func dequeueInVain(t *testing.T, h *house, c *broker.Client, letters uint64, attempts map[string]int) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		// A cluster that elects leaders may refuse either.
		s, err := h.admin.JetStream.Stream(t.Context(), deadLetters)
		if err == nil && s.CachedInfo().State.Msgs >= letters {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not %d dead letters in time", letters)
		}
		messages, _ := c.Dequeue(t.Context(), queueStream("jobs"), stack, 100, 200*time.Millisecond)
		for _, m := range messages {
			attempts[string(m.Data)]++
		}
	}
}

// bodies returns what a stream holds, sorted.
func bodies(t *testing.T, h *house, stream string) []string {
	t.Helper()
	s, err := h.admin.JetStream.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for sequence := uint64(1); sequence <= s.CachedInfo().State.LastSeq; sequence++ {
		m, err := s.GetMsg(t.Context(), sequence)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(m.Data))
	}
	slices.Sort(bodies)
	return bodies
}
