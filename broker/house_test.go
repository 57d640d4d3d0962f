package broker_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/broker/brokertest"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The tests deploy this by hand, in the layout of providers/nats: project shop, stack local.
const (
	ordersSubject = "shop.local.topic.orders"
	ordersStream  = "shop-local-orders"
	stack         = "shop-local" // also the consumers' name
	lease         = 2 * time.Second
)

func queueSubject(queue string) string { return "shop.local.queue." + queue }
func queueStream(queue string) string  { return "shop-local-" + queue + "-queue" }

// house is a broker with a topic, two queues, and whatever services a test gives accounts.
type house struct {
	t     *testing.T
	admin *broker.Admin
}

// brokerDir is a directory for a broker. A server may still be ending in it when Stop has
// returned; removing the broker waits for that.
func brokerDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "broker")
	t.Cleanup(func() {
		if err := broker.Remove(context.Background(), dir); err != nil {
			t.Errorf("remove broker: %v", err)
		}
	})
	return dir
}

func openEmbedded(t *testing.T, opts broker.EmbeddedOptions) *broker.Embedded {
	t.Helper()
	if opts.Dir == "" {
		opts.Dir = brokerDir(t)
	}
	e, err := broker.Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, e) })
	return e
}

// stop stops a broker; the context of a test is done in its cleanups.
func stop(t *testing.T, e *broker.Embedded) {
	t.Helper()
	if err := e.Stop(context.Background()); err != nil {
		t.Errorf("stop broker: %v", err)
	}
}

func dial(t *testing.T, access broker.Access) *broker.Admin {
	t.Helper()
	admin, err := broker.Dial(t.Context(), access)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	return admin
}

// dialExternal uses all the files that an operator hands out.
func dialExternal(t *testing.T, b *brokertest.Broker) *broker.Admin {
	t.Helper()
	return dial(t, loadAccess(t, b.URL, filesOf(b)))
}

func filesOf(b *brokertest.Broker) broker.Files {
	return broker.Files{Credentials: b.Credentials, SigningKey: b.SigningKey, SystemCredentials: b.SystemCredentials, OperatorKey: b.OperatorKey}
}

func loadAccess(t *testing.T, url string, files broker.Files) broker.Access {
	t.Helper()
	access, warnings, err := broker.LoadAccess(url, files)
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) > 0 {
		t.Errorf("warnings: %q", warnings)
	}
	return access
}

// buildHouse makes the streams, and the exports where services have accounts.
func buildHouse(t *testing.T, admin *broker.Admin, replicas int) *house {
	t.Helper()
	h := &house{t, admin}
	h.stream(jetstream.StreamConfig{Name: ordersStream, Subjects: []string{ordersSubject}, Replicas: replicas})
	for _, queue := range []string{"jobs", "victim"} {
		h.stream(jetstream.StreamConfig{
			Name: queueStream(queue), Subjects: []string{queueSubject(queue)},
			Retention: jetstream.WorkQueuePolicy, Replicas: replicas,
		})
		patiently(t, func(ctx context.Context) error {
			_, err := admin.JetStream.CreateConsumer(ctx, queueStream(queue), jetstream.ConsumerConfig{
				Durable: stack, AckPolicy: jetstream.AckExplicitPolicy, AckWait: lease, MaxAckPending: -1,
			})
			return err
		})
	}
	if admin.Access.System != nil {
		if err := admin.PutExports(t.Context(), stack, houseExports()); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func houseExports() []broker.Export {
	return []broker.Export{
		{Subject: "shop.local.topic.*"},
		{Subject: "shop.local.queue.*"},
		{Subject: "$JS.API.CONSUMER.INFO.*." + stack},
		{Subject: "$JS.API.CONSUMER.MSG.NEXT.*." + stack, Stream: true},
		{Subject: "$JS.ACK.*." + stack + ".>"},
	}
}

func (h *house) stream(config jetstream.StreamConfig) {
	h.t.Helper()
	patiently(h.t, func(ctx context.Context) error {
		_, err := h.admin.JetStream.CreateStream(ctx, config)
		return err
	})
}

// patiently asks again for what a cluster that was just electing its leaders did not hear:
// to make the same thing twice is no error.
func patiently(t *testing.T, do func(context.Context) error) {
	t.Helper()
	for tries := 1; ; tries++ {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		err := do(ctx)
		cancel()
		if err == nil {
			return
		}
		if tries == 6 || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
	}
}

func send(subject string) []broker.Import { return []broker.Import{{Subject: subject}} }

func dequeue(queue string) []broker.Import {
	of := queueStream(queue) + "." + stack
	return []broker.Import{
		{Subject: "$JS.API.CONSUMER.INFO." + of, Local: broker.APIPrefix + ".CONSUMER.INFO." + of},
		{Subject: "$JS.API.CONSUMER.MSG.NEXT." + of, Local: broker.APIPrefix + ".CONSUMER.MSG.NEXT." + of},
		{Subject: "$JS.ACK." + of + ".>"},
	}
}

// service is an account with one user.
type service struct {
	name, seed string
	creds      []byte
}

func (h *house) service(name string, grants ...[]broker.Import) *service {
	h.t.Helper()
	seed, err := broker.NewAccountSeed()
	if err != nil {
		h.t.Fatal(err)
	}
	creds, err := broker.NewUser(seed, name, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	s := &service{name, seed, creds}
	h.grant(s, grants...)
	return s
}

// grant makes grants all that s may do.
func (h *house) grant(s *service, grants ...[]broker.Import) {
	h.t.Helper()
	account := broker.AccountSpec{Name: stack + "-" + s.name, Seed: s.seed}
	for _, g := range grants {
		account.Imports = append(account.Imports, g...)
	}
	if err := h.admin.PutAccount(h.t.Context(), account); err != nil {
		h.t.Fatal(err)
	}
}

// connect is a stranger's client with the credentials of s. The errors that the broker
// sends apart from replies are expected: much here is forbidden.
func (h *house) connect(s *service) *nats.Conn {
	h.t.Helper()
	return connect(h.t, h.admin.Access.URL, s.creds)
}

func connect(t *testing.T, url string, creds []byte) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, nats.UserCredentialBytes(creds), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func (h *house) client(s *service) *broker.Client {
	h.t.Helper()
	c, err := broker.DialService(h.t.Context(), h.admin.Access.URL, s.creds, broker.APIPrefix, "")
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(c.Close)
	return c
}

// stored returns how many messages a stream holds.
func (h *house) stored(stream string) uint64 {
	h.t.Helper()
	s, err := h.admin.JetStream.Stream(h.t.Context(), stream)
	if err != nil {
		h.t.Fatal(err)
	}
	return s.CachedInfo().State.Msgs
}

// enqueue puts messages into a queue with the owner's rights.
func (h *house) enqueue(queue string, messages ...string) {
	h.t.Helper()
	for _, m := range messages {
		if _, err := h.admin.JetStream.Publish(h.t.Context(), queueSubject(queue), []byte(m)); err != nil {
			h.t.Fatal(err)
		}
	}
}
