package broker_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/nats-io/nats.go/jetstream"
)

// The end of a process is tested with a process: the test binary runs itself with a role.
const (
	roleVar = "MSGDEPLOY_TEST_BROKER_ROLE"
	dirVar  = "MSGDEPLOY_TEST_BROKER_DIR"
)

// TestRole is the other process. In the test's own it has no role and does nothing.
func TestRole(t *testing.T) {
	roles := map[string]func(*testing.T, string){"stop": fillAndStop, "fill": fillAndWait, "publish": publishForever}
	if role, ok := roles[os.Getenv(roleVar)]; ok {
		role(t, os.Getenv(dirVar))
	}
}

// run starts this test binary in a role.
func run(t *testing.T, role, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestRole$", "-test.v")
	cmd.Env = append(os.Environ(), roleVar+"="+role, dirVar+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, unless the test failed
	return cmd, bufio.NewScanner(out)
}

// waitFor reads lines up to one that begins with prefix and returns its rest.
func waitFor(t *testing.T, lines *bufio.Scanner, prefix string) string {
	t.Helper()
	var seen []string
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), prefix); ok {
			return rest
		}
		seen = append(seen, lines.Text())
	}
	t.Fatalf("the process ended without saying %q: %s", prefix, strings.Join(seen, "\n"))
	return ""
}

// manyQueues is more than Stop can end in order in its time; to be killed, few will do.
const (
	manyQueues = 300
	fewQueues  = 30
)

func manyStream(i int) string  { return fmt.Sprintf("shop-local-q%d-queue", i) }
func manySubject(i int) string { return fmt.Sprintf("shop.local.queue.q%d", i) }

// fill makes queues and leaves each with three of four messages: the first is completed, the
// second leased for the second time, the third leased, the fourth waits.
func fill(t *testing.T, dir string, queues int) *broker.Embedded {
	e := openEmbedded(t, broker.EmbeddedOptions{Dir: dir})
	admin := dial(t, e.Access())
	for i := range queues {
		_, err := admin.JetStream.CreateStream(t.Context(), jetstream.StreamConfig{
			Name: manyStream(i), Subjects: []string{manySubject(i)}, Retention: jetstream.WorkQueuePolicy,
		})
		if err != nil {
			t.Fatal(err)
		}
		consumer, err := admin.JetStream.CreateConsumer(t.Context(), manyStream(i), jetstream.ConsumerConfig{
			Durable: stack, AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Hour, MaxAckPending: -1,
		})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 4 {
			if _, err := admin.JetStream.Publish(t.Context(), manySubject(i), []byte{byte('a' + n)}); err != nil {
				t.Fatal(err)
			}
		}
		a, b := next(t, consumer), next(t, consumer)
		if err := a.DoubleAck(t.Context()); err != nil {
			t.Fatal(err)
		}
		// As a request, to know that it is given back when the next one is asked for.
		if _, err := admin.Conn.Request(b.Reply(), []byte("-NAK"), patience); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"b", "c"} {
			if m := next(t, consumer); string(m.Data()) != want {
				t.Fatalf("queue %d gave %q, want %q", i, m.Data(), want)
			}
		}
	}
	return e
}

func next(t *testing.T, consumer jetstream.Consumer) jetstream.Msg {
	t.Helper()
	m, err := consumer.Next(jetstream.FetchMaxWait(patience))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func fillAndStop(t *testing.T, dir string) {
	e := fill(t, dir, manyQueues)
	stop(t, e)
	fmt.Println("\nstopped")
	os.Exit(0) // as a command does: the server may not have ended
}

func fillAndWait(t *testing.T, dir string) {
	fill(t, dir, fewQueues)
	// The server writes consumers' states within 100 ms; what is killed before is
	// delivered again, which at least once allows.
	time.Sleep(500 * time.Millisecond)
	fmt.Println("\nfilled")
	select {}
}

// checkFilled opens the broker that another process filled.
func checkFilled(t *testing.T, dir string, queues int) {
	t.Helper()
	admin := dial(t, openEmbedded(t, broker.EmbeddedOptions{Dir: dir}).Access())
	h := &house{t, admin}
	for i := range queues {
		if n := h.stored(manyStream(i)); n != 3 {
			t.Fatalf("queue %d holds %d messages, want the 3 that were not completed", i, n)
		}
		consumer, err := admin.JetStream.Consumer(t.Context(), manyStream(i), stack)
		if err != nil {
			t.Fatal(err)
		}
		info := consumer.CachedInfo()
		if info.NumAckPending != 2 || info.NumPending != 1 || info.NumRedelivered != 1 {
			t.Fatalf("queue %d: %d leased, %d waiting, %d redelivered; want 2, 1, 1", i, info.NumAckPending, info.NumPending, info.NumRedelivered)
		}
		// The leases hold: what comes is the message that was waiting.
		if m := next(t, consumer); string(m.Data()) != "d" {
			t.Fatalf("queue %d gave %q, want the message that waited", i, m.Data())
		}
	}
	// The deliveries are remembered.
	consumer, err := admin.JetStream.Consumer(t.Context(), manyStream(0), stack)
	if err != nil {
		t.Fatal(err)
	}
	if err := admin.Conn.Publish("$JS.ACK."+manyStream(0)+"."+stack+".2.2.2.0.0", []byte("-NAK")); err != nil {
		t.Fatal(err)
	}
	m := next(t, consumer)
	meta, err := m.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Data()) != "b" || meta.NumDelivered != 3 {
		t.Errorf("got %q, delivered %d times; want b, 3", m.Data(), meta.NumDelivered)
	}
}

func TestStopLosesNothing(t *testing.T) {
	t.Parallel()
	dir := brokerDir(t)
	cmd, lines := run(t, "stop", dir)
	waitFor(t, lines, "stopped")
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	checkFilled(t, dir, manyQueues)
}

func TestKillLosesNothing(t *testing.T) {
	t.Parallel()
	dir := brokerDir(t)
	cmd, lines := run(t, "fill", dir)
	waitFor(t, lines, "filled")
	kill(t, cmd)
	checkFilled(t, dir, fewQueues)
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed, which is an error
}

func publishForever(t *testing.T, dir string) {
	h := buildHouse(t, dial(t, openEmbedded(t, broker.EmbeddedOptions{Dir: dir}).Access()), 1)
	for i := 1; ; i++ {
		if _, err := h.admin.JetStream.Publish(context.Background(), queueSubject("jobs"), []byte("x")); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("\nacknowledged %d\n", i)
	}
}

func TestAcknowledgedMessageSurvivesKill(t *testing.T) {
	t.Parallel()
	dir := brokerDir(t)
	cmd, lines := run(t, "publish", dir)
	var acknowledged uint64
	for acknowledged < 200 {
		if _, err := fmt.Sscan(waitFor(t, lines, "acknowledged "), &acknowledged); err != nil {
			t.Fatal(err)
		}
	}
	kill(t, cmd)
	h := &house{t, dial(t, openEmbedded(t, broker.EmbeddedOptions{Dir: dir}).Access())}
	if n := h.stored(queueStream("jobs")); n < acknowledged {
		t.Errorf("%d messages are left of %d that were acknowledged", n, acknowledged)
	}
	if _, err := h.admin.JetStream.Publish(t.Context(), queueSubject("jobs"), []byte("x"), jetstream.WithRetryAttempts(0)); err != nil {
		t.Errorf("the broker takes no more after a kill: %v", err)
	}
}
