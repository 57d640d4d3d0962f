package broker

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// relayWorld is a broker with streams for a relay to work on. The accounts and rights of
// a deployed one are no concern of the relay, which is the owner of all streams.
type relayWorld struct {
	*testing.T
	dir    string
	port   int
	server *server.Server
	js     jetstream.JetStream

	mu     sync.Mutex
	events []Event
}

func newRelayWorld(t *testing.T) *relayWorld {
	t.Helper()
	w := &relayWorld{T: t, dir: t.TempDir(), port: server.RANDOM_PORT}
	w.startServer()
	t.Cleanup(w.stopServer)
	w.js = w.connect()
	return w
}

func (w *relayWorld) startServer() {
	w.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: w.port, JetStream: true, StoreDir: w.dir, NoLog: true, NoSigs: true,
	})
	if err != nil {
		w.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		w.Fatal("server does not start")
	}
	w.server, w.port = s, s.Addr().(*net.TCPAddr).Port
}

func (w *relayWorld) stopServer() {
	w.server.Shutdown()
	w.server.WaitForShutdown()
}

// connect returns a connection of its own, as every process has.
func (w *relayWorld) connect() jetstream.JetStream {
	w.Helper()
	conn, err := nats.Connect(w.server.ClientURL(), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		w.Fatal(err)
	}
	return js
}

// topic makes a stream on the subject of its name.
func (w *relayWorld) topic(name string) {
	w.Helper()
	w.stream(jetstream.StreamConfig{Name: name, Subjects: []string{name}})
}

// queue makes a work queue on the subject of its name.
func (w *relayWorld) queue(name string) {
	w.Helper()
	w.stream(jetstream.StreamConfig{Name: name, Subjects: []string{name}, Retention: jetstream.WorkQueuePolicy})
}

func (w *relayWorld) stream(config jetstream.StreamConfig) {
	w.Helper()
	if _, err := w.js.CreateStream(w.Context(), config); err != nil {
		w.Fatal(err)
	}
}

// source makes a consumer as the relay reads them.
func (w *relayWorld) source(stream, consumer string) Source {
	w.Helper()
	w.consumer(stream, jetstream.ConsumerConfig{Durable: consumer, MaxAckPending: -1, AckWait: 2 * time.Second})
	return Source{Element: "subscription." + consumer, Stream: stream, Consumer: consumer}
}

func (w *relayWorld) consumer(stream string, config jetstream.ConsumerConfig) jetstream.Consumer {
	w.Helper()
	config.AckPolicy = jetstream.AckExplicitPolicy
	consumer, err := w.js.CreateConsumer(w.Context(), stream, config)
	if err != nil {
		w.Fatal(err)
	}
	return consumer
}

// publish publishes a message whose header is a list of names and values.
func (w *relayWorld) publish(subject, data string, header ...string) {
	w.Helper()
	m := nats.NewMsg(subject)
	m.Data = []byte(data)
	for i := 0; i < len(header); i += 2 {
		m.Header.Add(header[i], header[i+1])
	}
	if _, err := w.js.PublishMsg(w.Context(), m); err != nil {
		w.Fatal(err)
	}
}

// publishRaw publishes what the client library would not: it writes the header as it is.
func (w *relayWorld) publishRaw(subject, header, data string) {
	w.Helper()
	before := w.count(subject)
	conn, err := net.Dial("tcp", w.server.Addr().String())
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	header = "NATS/1.0\r\n" + header + "\r\n\r\n"
	if _, err := fmt.Fprintf(conn, "CONNECT {\"headers\":true,\"verbose\":false}\r\nHPUB %s %d %d\r\n%s%s\r\nPING\r\n",
		subject, len(header), len(header)+len(data), header, data); err != nil {
		w.Fatal(err)
	}
	w.untilCount(subject, before+1)
}

// start runs a relay until the returned function is called, which may be twice, or the test ends.
func (w *relayWorld) start(routes ...Route) (stop func()) {
	w.Helper()
	return w.run(w.relay(routes...))
}

// relay returns a relay on a connection of its own that sweeps often.
func (w *relayWorld) relay(routes ...Route) *Relay {
	w.Helper()
	r := NewRelay(w.connect(), routes, RelayOptions{OnEvent: w.record})
	r.pace = 50 * time.Millisecond
	return r
}

func (w *relayWorld) run(r *Relay) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			w.Errorf("relay: %v", err)
		}
	})
	w.Cleanup(stop)
	return stop
}

func (w *relayWorld) record(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
}

// told returns the events of a kind.
func (w *relayWorld) told(kind EventKind) []Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	var told []Event
	for _, e := range w.events {
		if e.Kind == kind {
			told = append(told, e)
		}
	}
	return told
}

// until waits for something that is to become true.
func (w *relayWorld) until(what string, holds func() bool) {
	w.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.Fatalf("in vain: %s; events: %+v", what, w.events)
		}
	}
}

// count returns how many messages a stream holds.
func (w *relayWorld) count(stream string) int {
	w.Helper()
	s, err := w.js.Stream(w.Context(), stream)
	if err != nil {
		w.Fatal(err)
	}
	return int(s.CachedInfo().State.Msgs)
}

func (w *relayWorld) untilCount(stream string, n int) {
	w.Helper()
	w.until(fmt.Sprintf("%s holds %d messages", stream, n), func() bool { return w.count(stream) == n })
}

// untilRead waits until a consumer has delivered all and waits for nothing. A consumer that has
// not heard of what was just published says that nothing is pending, hence the sequences.
func (w *relayWorld) untilRead(source Source) {
	w.Helper()
	w.until(source.Stream+" is read by "+source.Consumer, func() bool {
		stream, err := w.js.Stream(w.Context(), source.Stream)
		if err != nil {
			w.Fatal(err)
		}
		consumer, err := stream.Consumer(w.Context(), source.Consumer)
		if err != nil {
			w.Fatal(err)
		}
		info := consumer.CachedInfo()
		heard := info.Delivered.Stream >= stream.CachedInfo().State.LastSeq
		return heard && info.NumPending == 0 && info.NumAckPending == 0
	})
}

// messages returns what a stream holds, in order.
func (w *relayWorld) messages(stream string) []*jetstream.RawStreamMsg {
	w.Helper()
	s, err := w.js.Stream(w.Context(), stream)
	if err != nil {
		w.Fatal(err)
	}
	var messages []*jetstream.RawStreamMsg
	state := s.CachedInfo().State
	for seq := state.FirstSeq; seq <= state.LastSeq && state.Msgs > 0; seq++ {
		m, err := s.GetMsg(w.Context(), seq)
		if err == nil {
			messages = append(messages, m)
		}
	}
	return messages
}

func (w *relayWorld) bodies(stream string) []string {
	w.Helper()
	var bodies []string
	for _, m := range w.messages(stream) {
		bodies = append(bodies, string(m.Data))
	}
	return bodies
}

// numbers returns the n bodies "0", "1" …
func numbers(n int) []string {
	bodies := make([]string, n)
	for i := range bodies {
		bodies[i] = fmt.Sprint(i)
	}
	return bodies
}

// sorted returns bodies in the order of [numbers].
func sorted(bodies []string) []string {
	return slices.SortedFunc(slices.Values(bodies), func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return slices.Compare([]byte(a), []byte(b))
	})
}
