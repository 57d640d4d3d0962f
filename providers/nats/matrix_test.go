package nats_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/broker/brokertest"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// matrix is a topology with a service for each verb and resource, and one for all of queue one.
func matrix(stack string, target *spec.NATSTarget) *spec.Topology {
	t := &spec.Topology{Project: "matrix", Stack: stack, Target: spec.Target{NATS: target}}
	add := func(name string, verb spec.Verb, topic *spec.Topic, queue *spec.Queue, dead bool) {
		i := slices.IndexFunc(t.Services, func(s *spec.Service) bool { return s.Name == name })
		if i < 0 {
			i = len(t.Services)
			t.Services = append(t.Services, &spec.Service{Name: name})
		}
		t.Permissions = append(t.Permissions, &spec.Permission{Service: t.Services[i], Verb: verb, Topic: topic, Queue: queue, DeadLetter: dead})
	}
	for _, name := range []string{"one", "two"} {
		topic := &spec.Topic{Name: name, Format: spec.Raw}
		queue := &spec.Queue{Name: name, Lease: time.Minute, Retention: time.Hour, DeadLetter: &spec.DeadLetter{MaxAttempts: 5}}
		t.Topics, t.Queues = append(t.Topics, topic), append(t.Queues, queue)
		add("publish-"+name, spec.Publish, topic, nil, false)
		add("enqueue-"+name, spec.Enqueue, nil, queue, false)
		add("dequeue-"+name, spec.Dequeue, nil, queue, false)
		add("dead-"+name, spec.Dequeue, nil, queue, true)
	}
	add("all-of-one", spec.Enqueue, nil, t.Queues[0], false)
	add("all-of-one", spec.Dequeue, nil, t.Queues[0], false)
	slices.SortFunc(t.Services, func(a, b *spec.Service) int { return strings.Compare(a.Name, b.Name) })
	return t
}

// attempt is one thing that a service may try.
type attempt struct {
	grant  string // as permissions.Grant reads
	stream string // what it would change
	try    func(*testing.T, jetstream.JetStream) error
}

// attempts are all verbs on all resources of a stack, in the words of its outputs. What is
// published or enqueued is payload.
func attempts(d *deployment, payload string) []attempt {
	var all []attempt
	publish := func(subject string) func(*testing.T, jetstream.JetStream) error {
		return func(t *testing.T, js jetstream.JetStream) error {
			_, err := js.Publish(t.Context(), subject, []byte(payload), jetstream.WithRetryAttempts(0))
			return err
		}
	}
	for name, out := range d.output("topics").(map[string]any) {
		subject := out.(map[string]any)["subject"].(string)
		stream, err := d.admin.JetStream.StreamNameBySubject(d.t.Context(), subject)
		if err != nil {
			d.t.Fatal(err)
		}
		all = append(all, attempt{"publish topic." + name, stream, publish(subject)})
	}
	for name, out := range d.output("queues").(map[string]any) {
		q := out.(map[string]any)
		text := func(key string) string { return q[key].(string) }
		all = append(all,
			attempt{"enqueue queue." + name, text("stream"), publish(text("subject"))},
			attempt{"dequeue queue." + name, text("stream"), dequeue(text("stream"), text("consumer"))},
			attempt{"dequeue queue." + name + ".deadLetter", text("deadLetterStream"), dequeue(text("deadLetterStream"), text("consumer"))},
		)
	}
	return all
}

// dequeue leases one message, extends it and completes it, as any client would.
func dequeue(stream, consumer string) func(*testing.T, jetstream.JetStream) error {
	return func(t *testing.T, js jetstream.JetStream) error {
		c, err := js.Consumer(t.Context(), stream, consumer)
		if err != nil {
			return err
		}
		batch, err := c.Fetch(1, jetstream.FetchMaxWait(5*time.Second))
		if err != nil {
			return err
		}
		msg, ok := <-batch.Messages()
		if !ok {
			return fmt.Errorf("no message: %w", batch.Error())
		}
		if err := msg.InProgress(); err != nil {
			return err
		}
		return msg.DoubleAck(t.Context())
	}
}

// connectAs connects as a stranger would, with nothing but the outputs.
func connectAs(t *testing.T, d *deployment, creds string) (*natsgo.Conn, jetstream.JetStream) {
	t.Helper()
	conn, err := natsgo.Connect(d.output("url").(string), natsgo.UserCredentialBytes([]byte(creds)), natsgo.ErrorHandler(func(*natsgo.Conn, *natsgo.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.NewWithAPIPrefix(conn, d.output("apiPrefix").(string), jetstream.WithDefaultTimeout(10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return conn, js
}

// seed puts a message into a stream, past everything that was sent to it before.
func seed(t *testing.T, d *deployment, stream string) {
	t.Helper()
	if _, err := d.admin.JetStream.Publish(t.Context(), streamInfo(t, d.admin, stream).Config.Subjects[0], []byte("seed of "+stream)); err != nil {
		t.Fatal(err)
	}
}

func total(t *testing.T, d *deployment, stream string) uint64 {
	t.Helper()
	return streamInfo(t, d.admin, stream).State.LastSeq
}

func TestPermissionMatrix(t *testing.T) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		testMatrix(t, runEmbedded(t), &spec.NATSTarget{})
	})
	t.Run("external", func(t *testing.T) {
		t.Parallel()
		b := brokertest.StartServer(t)
		testMatrix(t, useExternal(t, b, false), &spec.NATSTarget{URL: b.URL, System: &spec.NATSSystem{}})
	})
}

func testMatrix(t *testing.T, admin *broker.Admin, target *spec.NATSTarget) {
	top, neighbours := matrix("mine", target), matrix("theirs", target)
	d, other := newDeployment(t, admin, top), newDeployment(t, admin, neighbours)
	d.up(top)
	other.up(neighbours)
	granted := grantsOf(top)
	mine, theirs := attempts(d, "x"), attempts(other, "x")
	tried := 0
	for service, creds := range d.credentials() {
		conn, js := connectAs(t, d, creds)
		for _, a := range mine {
			seed(t, d, a.stream)
			err := a.try(t, js)
			if allowed := slices.Contains(granted[service], a.grant); allowed != (err == nil) {
				t.Errorf("%s may %s: %v, but the broker says %v", service, a.grant, allowed, err)
			}
			tried++
		}
		for _, a := range theirs {
			seed(t, other, a.stream)
			if err := a.try(t, js); err == nil {
				t.Errorf("%s may %s of another stack", service, a.grant)
			}
		}
		management(t, d, conn, service)
	}
	if want := len(top.Services) * 8; tried != want {
		t.Errorf("%d attempts, want %d", tried, want)
	}
	d.destroy()
	const neighbour = "enqueue-one"
	_, js := connectAs(t, other, other.credentials()[neighbour])
	for _, a := range theirs {
		if slices.Contains(granted[neighbour], a.grant) {
			if err := a.try(t, js); err != nil {
				t.Errorf("with one stack gone, %s of the other may not %s: %v", neighbour, a.grant, err)
			}
		}
	}
}

// management tries the JetStream API under both names that it has, and the server's own,
// for a stream of the service's stack: nothing of it is answered with anything but an
// error, and nothing is changed.
func management(t *testing.T, d *deployment, conn *natsgo.Conn, service string) {
	t.Helper()
	const stream = "matrix-mine-one-queue"
	before := streamInfo(t, d.admin, stream)
	requests := map[string]string{
		"$SYS.REQ.SERVER.PING":        "",
		"$SYS.REQ.ACCOUNT.PING.CONNZ": "",
		"$SYS.REQ.CLAIMS.LIST":        "",
		"$SYS.REQ.ACCOUNT." + d.admin.Access.Account + ".CLAIMS.LOOKUP": "",
	}
	for _, prefix := range []string{"$JS.API.", broker.APIPrefix + "."} {
		for request, body := range map[string]string{
			"INFO": "", "STREAM.NAMES": "", "STREAM.LIST": "",
			"STREAM.INFO." + stream: "", "STREAM.PURGE." + stream: "", "STREAM.DELETE." + stream: "",
			"STREAM.CREATE.mine":                         `{"name":"mine","subjects":["mine"]}`,
			"STREAM.UPDATE." + stream:                    `{"name":"` + stream + `","subjects":["mine"]}`,
			"STREAM.MSG.GET." + stream:                   `{"seq":1}`,
			"STREAM.MSG.DELETE." + stream:                `{"seq":1}`,
			"DIRECT.GET." + stream:                       `{"seq":1}`,
			"CONSUMER.NAMES." + stream:                   "",
			"CONSUMER.CREATE." + stream:                  `{"stream_name":"` + stream + `","config":{"ack_policy":"explicit"}}`,
			"CONSUMER.CREATE." + stream + ".x":           `{"stream_name":"` + stream + `","config":{"name":"x","ack_policy":"explicit"}}`,
			"CONSUMER.DELETE." + stream + ".matrix-mine": "",
			"CONSUMER.PAUSE." + stream + ".matrix-mine":  `{"pause_until":"2100-01-01T00:00:00Z"}`,
			"CONSUMER.UNPIN." + stream + ".matrix-mine":  `{"group":"x"}`,
		} {
			requests[prefix+request] = body
		}
	}
	inbox := conn.NewInbox()
	sub, err := conn.SubscribeSync(inbox)
	if err != nil {
		t.Fatal(err)
	}
	for request, body := range requests {
		if err := conn.PublishRequest(request, inbox, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	for {
		// Most is not answered at all. What is answered later than this is not looked at.
		msg, err := sub.NextMsg(100 * time.Millisecond)
		if err != nil {
			break
		}
		if msg.Header.Get("Status") != "503" && !strings.Contains(string(msg.Data), `"error"`) {
			t.Errorf("%s is told %s", service, msg.Data)
		}
	}
	after := streamInfo(t, d.admin, stream)
	if before.State.Msgs != after.State.Msgs || after.State.Consumers != 1 || after.Created != before.Created {
		t.Errorf("%s changed the stream: %+v, was %+v", service, after.State, before.State)
	}
}

// grantsOf are the grants of each service, as they read.
func grantsOf(top *spec.Topology) map[string][]string {
	granted := map[string][]string{}
	for _, g := range permissions.Derive(top) {
		_, service := g.Principal.Split()
		granted[service] = append(granted[service], g.String())
	}
	return granted
}
