package broker_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/msgdeploy/msgdeploy/broker"
)

// TestHalfDescribed: a kill between the two files that describe a stream or a consumer
// loses neither, nor the messages.
func TestHalfDescribed(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(sum string) error{
		"no checksum":                  os.Remove,
		"checksum of an older version": func(sum string) error { return os.WriteFile(sum, []byte("0123456789abcdef"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := brokerDir(t)
			fill := openEmbedded(t, broker.EmbeddedOptions{Dir: dir})
			h := buildHouse(t, dial(t, fill.Access()), 1)
			for range 3 {
				if _, err := h.admin.JetStream.Publish(t.Context(), queueSubject("jobs"), []byte("x")); err != nil {
					t.Fatal(err)
				}
			}
			h.admin.Close()
			if err := fill.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			damaged := 0
			for _, pattern := range []string{"jetstream/*/streams/*/meta.sum", "jetstream/*/streams/*/obs/*/meta.sum"} {
				sums, err := filepath.Glob(filepath.Join(dir, pattern))
				if err != nil {
					t.Fatal(err)
				}
				for _, sum := range sums {
					damaged++
					if err := damage(sum); err != nil {
						t.Fatal(err)
					}
				}
			}
			if damaged < 5 { // three streams, two consumers
				t.Fatalf("%d checksums were damaged: where does the server keep them?", damaged)
			}
			again := openEmbedded(t, broker.EmbeddedOptions{Dir: dir, Wait: 10 * time.Second})
			h = &house{t, dial(t, again.Access())}
			if n := h.stored(queueStream("jobs")); n != 3 {
				t.Errorf("%d messages are left of 3", n)
			}
			consumer, err := h.admin.JetStream.Consumer(t.Context(), queueStream("jobs"), stack)
			if err != nil {
				t.Fatalf("the queue's consumer is gone: %v", err)
			}
			msgs, err := consumer.Fetch(3, jetstream.FetchMaxWait(5*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			got := 0
			for range msgs.Messages() {
				got++
			}
			if got != 3 {
				t.Errorf("%d messages can be dequeued of 3", got)
			}
		})
	}
}
