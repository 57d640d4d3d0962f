package broker_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/broker/brokertest"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// settle is how long a test waits for what must not happen. The broker handles what one
// connection sends in order, so a flush is most of it.
const settle = 200 * time.Millisecond

// onEachBroker runs a test on every kind of broker on which services have accounts.
func onEachBroker(t *testing.T, test func(*testing.T, *house)) {
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		test(t, embeddedHouse(t))
	})
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		test(t, buildHouse(t, dialExternal(t, brokertest.StartServer(t)), 1))
	})
	t.Run("cluster", func(t *testing.T) {
		t.Parallel()
		test(t, buildHouse(t, dialExternal(t, brokertest.StartCluster(t, 3)), 3))
	})
}

// use is something that a stranger's client does with plain nats.go. It returns nil if the
// broker did it.
type use struct {
	name string
	do   func(ctx context.Context, nc *nats.Conn) error
}

// untilDone does what is allowed, again while a cluster's servers have not all heard so yet.
func (u use) untilDone(t *testing.T, nc *nats.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		err := u.do(ctx, nc)
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: %v", u.name, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func sendTo(subject string) use {
	return use{"send to " + subject, func(ctx context.Context, nc *nats.Conn) error {
		js, err := jetstream.NewWithAPIPrefix(nc, broker.APIPrefix)
		if err != nil {
			return err
		}
		_, err = js.Publish(ctx, subject, []byte("x"), jetstream.WithRetryAttempts(0))
		return err
	}}
}

func receiveFrom(queue string) use {
	return use{"receive from " + queue, func(ctx context.Context, nc *nats.Conn) error {
		js, err := jetstream.NewWithAPIPrefix(nc, broker.APIPrefix)
		if err != nil {
			return err
		}
		consumer, err := js.Consumer(ctx, queueStream(queue), stack)
		if err != nil {
			return err
		}
		deadline, _ := ctx.Deadline()
		m, err := consumer.Next(jetstream.FetchMaxWait(time.Until(deadline)))
		if err != nil {
			return err
		}
		if err := m.InProgress(); err != nil {
			return err
		}
		return m.DoubleAck(ctx)
	}}
}

// uses are each verb on each resource.
func uses() []use {
	return []use{sendTo(ordersSubject), sendTo(queueSubject("jobs")), sendTo(queueSubject("victim")), receiveFrom("jobs"), receiveFrom("victim")}
}

// check does everything that there is to do and compares with what is allowed.
func (h *house) check(s *service, nc *nats.Conn, allowed ...string) {
	h.t.Helper()
	for _, u := range uses() {
		h.enqueue("jobs", "job")
		h.enqueue("victim", "job")
		want := false
		for _, name := range allowed {
			want = want || name == u.name
		}
		wait := settle
		if want {
			wait = patience
		}
		ctx, cancel := context.WithTimeout(h.t.Context(), wait)
		err := u.do(ctx, nc)
		cancel()
		if got := err == nil; got != want {
			h.t.Errorf("%s: %s: allowed %v (%v), want %v", s.name, u.name, got, err, want)
		}
	}
}

func TestServicesDoWhatTheyAreGranted(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, h *house) {
		for name, c := range map[string]struct {
			grants  [][]broker.Import
			allowed []string
		}{
			"nothing":   {nil, nil},
			"publisher": {[][]broker.Import{send(ordersSubject)}, []string{"send to " + ordersSubject}},
			"enqueuer":  {[][]broker.Import{send(queueSubject("jobs"))}, []string{"send to " + queueSubject("jobs")}},
			"worker":    {[][]broker.Import{dequeue("jobs")}, []string{"receive from jobs"}},
			"both": {[][]broker.Import{send(ordersSubject), send(queueSubject("victim")), dequeue("victim")},
				[]string{"send to " + ordersSubject, "send to " + queueSubject("victim"), "receive from victim"}},
		} {
			s := h.service(name, c.grants...)
			h.check(s, h.connect(s), c.allowed...)
		}
	})
}

// A change of grants reaches connections that are open.
func TestGrantsChangeUnderAnOpenConnection(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, h *house) {
		s := h.service("service", send(ordersSubject), dequeue("jobs"))
		nc := h.connect(s)
		h.check(s, nc, "send to "+ordersSubject, "receive from jobs")
		h.grant(s, dequeue("jobs"))
		h.check(s, nc, "receive from jobs")
		h.grant(s, send(queueSubject("jobs")))
		h.check(s, nc, "send to "+queueSubject("jobs"))
		h.grant(s)
		h.check(s, nc)
		h.grant(s, dequeue("victim"), send(ordersSubject))
		h.check(s, nc, "receive from victim", "send to "+ordersSubject)
		if nc.Stats().Reconnects > 0 {
			t.Error("the connection was cut")
		}
	})
}

func TestManagementIsOutOfReach(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, h *house) {
		nc := h.connect(h.service("both", send(ordersSubject), send(queueSubject("jobs")), dequeue("jobs")))
		h.enqueue("jobs", "job")
		h.enqueue("victim", "job")
		stream, of := queueStream("jobs"), queueStream("jobs")+"."+stack
		victim := queueStream("victim")
		for _, request := range []string{
			"INFO", "STREAM.LIST", "STREAM.NAMES", "STREAM.CREATE.mine", "STREAM.UPDATE." + stream, "STREAM.INFO." + stream,
			"STREAM.PURGE." + stream, "STREAM.DELETE." + stream, "STREAM.MSG.GET." + stream, "STREAM.MSG.DELETE." + stream,
			"STREAM.SNAPSHOT." + stream, "STREAM.RESTORE." + stream, "DIRECT.GET." + stream, "DIRECT.GET." + stream + "." + queueSubject("jobs"),
			"CONSUMER.LIST." + stream, "CONSUMER.NAMES." + stream, "CONSUMER.CREATE." + stream, "CONSUMER.CREATE." + stream + ".spy",
			"CONSUMER.DURABLE.CREATE." + of, "CONSUMER.DELETE." + of, "CONSUMER.PAUSE." + of, "CONSUMER.RESET." + of,
			"CONSUMER.INFO." + victim + "." + stack, "CONSUMER.MSG.NEXT." + victim + "." + stack,
			"CONSUMER.INFO." + ordersStream + "." + stack, "ACCOUNT.INFO", "META.LEADER.STEPDOWN", "SERVER.REMOVE",
		} {
			for _, prefix := range []string{"$JS.API.", broker.APIPrefix + "."} {
				for _, body := range []string{"", `{"batch":1,"no_wait":true}`, `{"name":"mine","stream_name":"` + stream + `"}`} {
					reply, err := nc.Request(prefix+request, []byte(body), settle/4)
					if err == nil && !refusal(reply) {
						t.Errorf("%s%s is answered: %s", prefix, request, reply.Data)
					}
				}
			}
		}
		for _, request := range []string{
			"$SYS.REQ.ACCOUNT." + h.admin.Access.Account + ".CLAIMS.LOOKUP", "$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.CLAIMS.LIST", "$SYS.REQ.SERVER.PING",
			"$JS.ACK." + victim + "." + stack + ".1.1.1.0.0",
		} {
			if reply, err := nc.Request(request, nil, settle/4); err == nil {
				t.Errorf("%s is answered: %s", request, reply.Data)
			}
		}
		for stream, want := range map[string]uint64{stream: 1, victim: 1} {
			if n := h.stored(stream); n != want {
				t.Errorf("%s holds %d messages, want %d", stream, n, want)
			}
		}
	})
}

// refusal says whether an answer of the JetStream API is an error: in an account without
// JetStream the server itself answers, that there is none or that it does not like the body.
func refusal(reply *nats.Msg) bool {
	var answer struct{ Error *jetstream.APIError }
	return json.Unmarshal(reply.Data, &answer) == nil && answer.Error != nil
}

// Whatever a service may send, and wherever it asks for the reply to go, the reply does not
// leave its account.
func TestRepliesDoNotLeaveTheAccount(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, h *house) {
		attacker := h.connect(h.service("attacker", send(ordersSubject), send(queueSubject("jobs")), dequeue("jobs")))
		bystander := h.connect(h.service("bystander", send(queueSubject("victim")), dequeue("victim")))
		inbox := bystander.NewInbox()
		heard, err := bystander.SubscribeSync(">")
		if err != nil {
			t.Fatal(err)
		}
		if err := bystander.Flush(); err != nil {
			t.Fatal(err)
		}
		h.enqueue("jobs", "1", "2", "3", "4", "5", "6")
		of := queueStream("jobs") + "." + stack
		targets := []string{
			queueSubject("victim"), inbox, "shop.local.due.victim", "$JS.API.STREAM.PURGE." + queueStream("victim"),
			"$JS.API.STREAM.DELETE." + queueStream("victim"), broker.APIPrefix + ".CONSUMER.MSG.NEXT." + queueStream("victim") + "." + stack,
		}
		for _, reply := range targets {
			for subject, body := range map[string]string{
				ordersSubject:        "attack",
				queueSubject("jobs"): "attack",
				broker.APIPrefix + ".CONSUMER.INFO." + of:     "",
				broker.APIPrefix + ".CONSUMER.MSG.NEXT." + of: "1",
				"$JS.ACK." + of + ".1.1.1.0.0":                "+NXT",
			} {
				if err := attacker.PublishRequest(subject, reply, []byte(body)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := attacker.Flush(); err != nil {
			t.Fatal(err)
		}
		if m, err := heard.NextMsg(settle); err == nil {
			t.Errorf("another service heard %s: %s", m.Subject, m.Data)
		}
		if n := h.stored(queueStream("victim")); n != 0 {
			t.Errorf("%d replies got into a queue that the service may not use", n)
		}
	})
}

func TestNobodyEavesdrops(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, h *house) {
		spy := h.connect(h.service("spy", send(ordersSubject), dequeue("victim")))
		var heard []*nats.Subscription
		for _, subject := range []string{">", "shop.>", "_INBOX.>", "$JS.>", "_R_.>", broker.APIPrefix + ".>", "$SYS.>"} {
			sub, err := spy.SubscribeSync(subject)
			if err != nil {
				t.Fatal(err)
			}
			heard = append(heard, sub)
		}
		if err := spy.Flush(); err != nil {
			t.Fatal(err)
		}
		other := h.connect(h.service("other", send(ordersSubject), send(queueSubject("jobs")), dequeue("jobs")))
		for _, u := range []use{sendTo(ordersSubject), sendTo(queueSubject("jobs")), receiveFrom("jobs")} {
			u.untilDone(t, other)
		}
		for _, sub := range heard {
			if m, err := sub.NextMsg(settle / 4); err == nil {
				t.Errorf("a subscription to %s heard %s: %s", sub.Subject, m.Subject, m.Data)
			}
		}
	})
}

// The headers that mean something to JetStream do not let a publisher remove, reorder, time
// or redirect what others sent.
func TestControlHeadersDoNoHarm(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, h *house) {
		h.enqueue("jobs", "innocent")
		nc := h.connect(h.service("api", send(queueSubject("jobs"))))
		for _, header := range []nats.Header{
			{"Nats-Rollup": {"all"}}, {"Nats-Rollup": {"sub"}}, {"Nats-TTL": {"1s"}},
			{"Nats-Schedule": {"@every 1s"}, "Nats-Schedule-Target": {queueSubject("victim")}},
			{"Nats-Schedule": {"@at 2020-01-01T00:00:00Z"}, "Nats-Schedule-Target": {queueSubject("victim")}},
			{"Nats-Batch-Id": {"b"}, "Nats-Batch-Sequence": {"1"}, "Nats-Batch-Commit": {"1"}},
			{"Nats-Expected-Stream": {queueStream("victim")}}, {"Nats-Expected-Last-Sequence": {"77"}},
			{"Nats-Incr": {"+1"}}, {"Nats-Marker-Reason": {"Purge"}},
			{"Nats-Stream": {queueStream("victim")}, "Nats-Sequence": {"1"}}, {"Nats-Subject": {queueSubject("victim")}},
		} {
			for range 2 {
				m := &nats.Msg{Subject: queueSubject("jobs"), Header: header, Data: []byte("1")}
				if reply, err := nc.RequestMsg(m, settle); err == nil && strings.Contains(string(reply.Data), queueStream("victim")) {
					t.Errorf("%v: the answer is from another queue: %s", header, reply.Data)
				}
			}
		}
		s, err := h.admin.JetStream.Stream(t.Context(), queueStream("jobs"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second + settle) // the TTL
		if m, err := s.GetMsg(t.Context(), 1); err != nil || string(m.Data) != "innocent" {
			t.Errorf("the first message is %v, %v", m, err)
		}
		if n := h.stored(queueStream("victim")); n != 0 {
			t.Errorf("%d messages got into another queue", n)
		}
		for seq := uint64(1); seq <= s.CachedInfo().State.LastSeq; seq++ {
			if _, err := s.GetMsg(t.Context(), seq); err != nil {
				t.Errorf("message %d of %d: %v", seq, s.CachedInfo().State.LastSeq, err)
			}
		}
	})
}
