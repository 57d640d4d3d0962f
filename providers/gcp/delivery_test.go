package gcp_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/msgdeploy/msgdeploy/providers"
)

// applied is a Pub/Sub in this process on which a rendered program was carried out.
type applied struct {
	t             *testing.T
	publisher     pb.PublisherClient
	subscriber    pb.SubscriberClient
	made          map[string]bool // topics of the program
	subscriptions []string
	now           atomic.Int64 // nanoseconds: what the server takes for the time
}

// apply carries the topics and subscriptions of a program out, each after what it depends on.
func apply(t *testing.T, r *providers.Rendering) *applied {
	t.Helper()
	server := pstest.NewServer()
	t.Cleanup(func() { _ = server.Close() })
	conn, err := grpc.NewClient(server.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	a := &applied{t: t, made: map[string]bool{}, publisher: pb.NewPublisherClient(conn), subscriber: pb.NewSubscriberClient(conn)}
	a.now.Store(time.Now().UnixNano())
	// No two messages are published at one time: pstest orders by it.
	server.SetTimeNowFunc(func() time.Time { return time.Unix(0, a.now.Add(1)) })
	resources := map[string]providers.Rendered{}
	for _, res := range r.Resources {
		resources[res.Ref()] = res
		if strings.HasSuffix(res.Type, "/topic:Topic") {
			a.made["projects/"+text(res.Inputs, "project")+"/topics/"+text(res.Inputs, "name")] = true
		}
	}
	done := map[string]bool{}
	var carryOut func(ref string)
	carryOut = func(ref string) {
		if done[ref] {
			return
		}
		done[ref] = true
		res := resources[ref]
		for _, dep := range res.DependsOn {
			carryOut(dep)
		}
		a.make(res)
	}
	for _, ref := range slices.Sorted(maps.Keys(resources)) {
		carryOut(ref)
	}
	slices.Sort(a.subscriptions)
	return a
}

func (a *applied) make(res providers.Rendered) {
	a.t.Helper()
	in := res.Inputs
	switch {
	case strings.HasSuffix(res.Type, ":Topic") && strings.HasPrefix(res.Type, "gcp:"):
		id := "projects/" + text(in, "project") + "/topics/" + text(in, "name")
		if _, err := a.publisher.CreateTopic(a.t.Context(), &pb.Topic{Name: id}); err != nil {
			a.t.Fatalf("%s: %v", res.Ref(), err)
		}
	case strings.HasSuffix(res.Type, ":Subscription") && strings.HasPrefix(res.Type, "gcp:"):
		s := subscription(a.t, in)
		a.adopt(s.Topic)
		a.adopt(s.GetDeadLetterPolicy().GetDeadLetterTopic())
		if _, err := a.subscriber.CreateSubscription(a.t.Context(), s); err != nil {
			a.t.Fatalf("%s: %v", res.Ref(), err)
		}
		a.subscriptions = append(a.subscriptions, s.Name)
	}
}

// adopt makes a topic that the program takes to exist.
func (a *applied) adopt(topic string) {
	if topic != "" && !a.made[topic] {
		_, _ = a.publisher.CreateTopic(a.t.Context(), &pb.Topic{Name: topic}) // it may be there already
	}
}

// subscription turns the inputs of a rendered subscription into Pub/Sub's own.
func subscription(t *testing.T, in map[string]any) *pb.Subscription {
	t.Helper()
	number := func(path string) int32 { n, _ := at(in, path).(float64); return int32(n) }
	flag := func(path string) bool { b, _ := at(in, path).(bool); return b }
	// pstest knows an older limit than Pub/Sub has.
	retention := min(span(t, text(in, "messageRetentionDuration")), 7*24*time.Hour)
	s := &pb.Subscription{
		Name:                      "projects/" + text(in, "project") + "/subscriptions/" + text(in, "name"),
		Topic:                     text(in, "topic"),
		AckDeadlineSeconds:        number("ackDeadlineSeconds"),
		MessageRetentionDuration:  durationpb.New(retention),
		EnableMessageOrdering:     flag("enableMessageOrdering"),
		EnableExactlyOnceDelivery: flag("enableExactlyOnceDelivery"),
		Filter:                    text(in, "filter"),
	}
	if to := text(in, "deadLetterPolicy.deadLetterTopic"); to != "" {
		s.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: to, MaxDeliveryAttempts: number("deadLetterPolicy.maxDeliveryAttempts")}
	}
	if url := text(in, "pushConfig.pushEndpoint"); url != "" {
		s.PushConfig = &pb.PushConfig{PushEndpoint: url}
	}
	return s
}

func span(t *testing.T, s string) time.Duration {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSuffix(s, "s"))
	if err != nil || !strings.HasSuffix(s, "s") {
		t.Fatalf("%q is no number of seconds", s)
	}
	return time.Duration(n) * time.Second
}

// publish puts one message on a topic of the stack.
func (a *applied) publish(topic, data, key string, attributes map[string]string) {
	a.t.Helper()
	_, err := a.publisher.Publish(a.t.Context(), &pb.PublishRequest{
		Topic:    "projects/acme-prod/topics/" + topic,
		Messages: []*pb.PubsubMessage{{Data: []byte(data), OrderingKey: key, Attributes: attributes}},
	})
	if err != nil {
		a.t.Fatalf("publish on %s: %v", topic, err)
	}
}

// pull takes what waits in a subscription. What is not acknowledged is nacked.
func (a *applied) pull(subscription string, ack bool) []string {
	a.t.Helper()
	resp, err := a.subscriber.Pull(a.t.Context(), &pb.PullRequest{
		Subscription: subscription, MaxMessages: 1000,
		ReturnImmediately: true, //nolint:staticcheck // deprecated for services; else pstest sleeps where there is nothing
	})
	if err != nil {
		a.t.Fatalf("pull from %s: %v", subscription, err)
	}
	var got, ids []string
	for _, m := range resp.GetReceivedMessages() {
		got = append(got, string(m.GetMessage().GetData()))
		ids = append(ids, m.GetAckId())
	}
	if len(ids) == 0 {
		return nil
	}
	if ack {
		_, err = a.subscriber.Acknowledge(a.t.Context(), &pb.AcknowledgeRequest{Subscription: subscription, AckIds: ids})
	} else {
		_, err = a.subscriber.ModifyAckDeadline(a.t.Context(), &pb.ModifyAckDeadlineRequest{Subscription: subscription, AckIds: ids})
	}
	if err != nil {
		a.t.Fatalf("answer to %s: %v", subscription, err)
	}
	return got
}

// received takes all that waits anywhere, by the names of the subscriptions.
func (a *applied) received() map[string][]string {
	a.t.Helper()
	all := map[string][]string{}
	for _, s := range a.subscriptions {
		if got := a.pull(s, true); len(got) > 0 {
			_, name, _ := strings.Cut(s, "/subscriptions/")
			slices.Sort(got)
			all[name] = got
		}
	}
	return all
}

const deliverySpec = head + `
topics:
  paid: {ordered: true}
  stored: {}
queues:
  audit: {deadLetter: false}
  cards: {ordered: true, lease: 20s}
  failures: {deadLetter: false}
subscriptions:
  audit-paid: {topic: paid, to: {queue: audit}}
  audit-stored: {topic: stored, to: {queue: audit}}
  cards-only: {topic: paid, to: {queue: cards}, filter: {kind: [card], country: [de, fr]}}
  mail: {topic: stored, to: {service: mailer}, deadLetter: {queue: failures}, retry: {maxAttempts: 5}}
  shop-mail: {topic: paid, to: {service: mailer}, filter: {note: ['say "hi"', 'back\slash', "düsseldorf"]}}
services:
  mailer: {endpoint: "https://mailer.example.com/events"}
`

// TestDelivery publishes and enqueues, and expects every message in exactly the right
// subscriptions.
func TestDelivery(t *testing.T) {
	t.Parallel()
	a := apply(t, render(t, valid(t, deliverySpec)))
	for i, attributes := range []map[string]string{
		nil,
		{"kind": "card", "country": "de"},
		{"kind": "card", "country": "us"},
		{"kind": "wire", "country": "fr"},
		{"kind": "card"},
		{"note": `say "hi"`},
		{"note": `back\slash`},
		{"note": "düsseldorf"},
		{"note": "say hi"},
	} {
		a.publish("shop-prod-paid", fmt.Sprint("paid", i), "", attributes)
	}
	a.publish("shop-prod-stored", "stored", "", map[string]string{"kind": "card"})
	a.publish("shop-prod-audit-queue", "enqueued", "", nil)
	a.publish("shop-prod-cards-queue", "a card", "", nil)
	want := map[string][]string{
		"shop-prod-audit-paid":   {"paid0", "paid1", "paid2", "paid3", "paid4", "paid5", "paid6", "paid7", "paid8"},
		"shop-prod-audit-stored": {"stored"},
		"shop-prod-audit-queue":  {"enqueued"},
		"shop-prod-cards-only":   {"paid1"},
		"shop-prod-cards-queue":  {"a card"},
		"shop-prod-mail":         {"stored"},
		"shop-prod-shop-mail":    {"paid5", "paid6", "paid7"},
	}
	if diff := cmp.Diff(want, a.received()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	if again := a.received(); len(again) > 0 {
		t.Errorf("what was acknowledged is received again: %v", again)
	}
}

// TestOrder expects the messages of a key in order, in the queue and where the topic feeds it.
func TestOrder(t *testing.T) {
	t.Parallel()
	a := apply(t, render(t, valid(t, deliverySpec)))
	var want []string
	for i := range 20 {
		data := fmt.Sprintf("%02d", i)
		want = append(want, data)
		a.publish("shop-prod-cards-queue", data, "one", nil)
		a.publish("shop-prod-paid", data, "one", map[string]string{"kind": "card", "country": "fr"})
	}
	for _, s := range []string{"shop-prod-cards-queue", "shop-prod-cards-only"} {
		var got []string
		for more := []string{""}; len(more) > 0; got = append(got, more...) {
			more = a.pull("projects/acme-prod/subscriptions/"+s, true)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want them in order", s, got)
		}
	}
}

// TestLease expects a message again when its lease is over, and not before.
func TestLease(t *testing.T) {
	t.Parallel()
	a := apply(t, render(t, valid(t, deliverySpec)))
	const cards = "projects/acme-prod/subscriptions/shop-prod-cards-queue"
	a.publish("shop-prod-cards-queue", "card", "", nil)
	lease := func() int {
		resp, err := a.subscriber.Pull(context.WithoutCancel(a.t.Context()), &pb.PullRequest{
			Subscription: cards, ReturnImmediately: true, //nolint:staticcheck // deprecated for services; else pstest sleeps where there is nothing
		})
		if err != nil {
			t.Fatal(err)
		}
		return len(resp.GetReceivedMessages())
	}
	if n := lease(); n != 1 {
		t.Fatalf("%d messages, want one", n)
	}
	a.now.Add(int64(19 * time.Second))
	if n := lease(); n != 0 {
		t.Errorf("the message was delivered while it was leased")
	}
	a.now.Add(int64(2 * time.Second))
	if n := lease(); n != 1 {
		t.Errorf("the message was not delivered again after its lease")
	}
}

// TestDeadLetters nacks a message until it is a dead letter, and expects it where the spec
// says: in a queue's own dead letters, from the queue and from the topic that feeds it, and
// in the queue that a subscription names.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ publishOn, from, to string }{
		"enqueued":       {"shop-prod-cards-queue", "shop-prod-cards-queue", "shop-prod-cards-queue-dlq"},
		"from the topic": {"shop-prod-paid", "shop-prod-cards-only", "shop-prod-cards-queue-dlq"},
		"pushed":         {"shop-prod-stored", "shop-prod-mail", "shop-prod-failures-queue"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := apply(t, render(t, valid(t, deliverySpec)))
			a.publish(tc.publishOn, "poison", "", map[string]string{"kind": "card", "country": "de"})
			const inAll = "projects/acme-prod/subscriptions/"
			for attempt := range 5 {
				if got := a.pull(inAll+tc.from, false); len(got) != 1 {
					t.Fatalf("attempt %d: %v", attempt+1, got)
				}
			}
			if got := a.pull(inAll+tc.from, false); len(got) != 0 {
				t.Errorf("delivered a sixth time: %v", got)
			}
			if got := a.pull(inAll+tc.to, true); !slices.Equal(got, []string{"poison"}) {
				t.Errorf("dead letters = %v", got)
			}
		})
	}
}

// TestCorpusApplies expects that Pub/Sub takes every program of the corpus: each filter is
// one, each range is kept, each dead-letter topic stands before it is named.
func TestCorpusApplies(t *testing.T) {
	t.Parallel()
	for name, top := range cases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := render(t, top)
			want := 0
			for _, res := range r.Resources {
				if strings.HasSuffix(res.Type, "/subscription:Subscription") {
					want++
				}
			}
			if got := len(apply(t, r).subscriptions); got != want {
				t.Errorf("%d subscriptions, want %d", got, want)
			}
		})
	}
}
