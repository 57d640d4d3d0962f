package nats_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/nats"
	"github.com/msgdeploy/msgdeploy/spec"
)

// TestForeignReplies uses every grant of every service with every foreign subject as the
// reply: what the broker answers does not reach it.
func TestForeignReplies(t *testing.T) {
	t.Parallel()
	top := matrix("mine", &spec.NATSTarget{})
	d := newDeployment(t, runEmbedded(t), top)
	d.up(top)
	streams := d.streams()
	var subjects []string
	for _, stream := range streams {
		subjects = append(subjects, streamInfo(t, d.admin, stream).Config.Subjects[0])
	}
	creds := d.credentials()
	for _, g := range permissions.Derive(top) {
		if g.Implied {
			continue
		}
		_, service := g.Principal.Split()
		actions, _ := nats.New().Actions(top, g)
		var own []string
		for _, has := range permissions.Of(permissions.Derive(top), g.Principal) {
			_, subject := nats.New().Actions(top, has)
			own = append(own, subject)
		}
		conn, _ := connectAs(t, d, creds[service])
		for i, foreign := range subjects {
			if strings.Contains(foreign, "*") {
				continue // nobody can publish on a wildcard: the stream of advisories
			}
			for _, action := range actions {
				// A message that could be answered with, and an address that could be acknowledged.
				local := strings.Replace(strings.Replace(action, "$JS.API.", broker.APIPrefix+".", 1), ">", "1.1.1.1700000000000000000.0", 1)
				if local == foreign || slices.Contains(own, foreign) {
					continue // it may put there whatever it likes
				}
				for _, stream := range streams {
					if !strings.HasSuffix(stream, "_advisories") {
						seed(t, d, stream)
					}
				}
				before := total(t, d, streams[i])
				if err := conn.PublishRequest(local, foreign, []byte("+NXT")); err != nil {
					t.Fatal(err)
				}
				if err := conn.Flush(); err != nil {
					t.Fatal(err)
				}
				seed(t, d, streams[i])
				if after := total(t, d, streams[i]); after != before+1 {
					t.Errorf("%s: %s with reply %s put %d messages there", service, local, foreign, after-before-1)
				}
			}
		}
	}
}

// TestNobodyHearsOthers has every service listen to everything it can, while the others work.
func TestNobodyHearsOthers(t *testing.T) {
	t.Parallel()
	top := matrix("mine", &spec.NATSTarget{})
	d := newDeployment(t, runEmbedded(t), top)
	d.up(top)
	ears := map[string]*natsgo.Subscription{}
	creds := d.credentials()
	for service, content := range creds {
		conn, _ := connectAs(t, d, content)
		sub, err := conn.SubscribeSync(">")
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Flush(); err != nil {
			t.Fatal(err)
		}
		ears[service] = sub
	}
	granted := grantsOf(top)
	for service, content := range creds {
		_, js := connectAs(t, d, content)
		for _, a := range attempts(d, "from "+service) {
			seed(t, d, a.stream)
			if !slices.Contains(granted[service], a.grant) {
				continue // whoever listens to everything would answer for the broker
			}
			if err := a.try(t, js); err != nil {
				t.Errorf("%s: %s: %v", service, a.grant, err)
			}
		}
	}
	for service, sub := range ears {
		for {
			msg, err := sub.NextMsg(50 * time.Millisecond)
			if err != nil {
				break
			}
			text := string(msg.Data)
			if from, ok := strings.CutPrefix(text, "from "); ok && from != service && !slices.Contains(granted[service], mayDequeue(msg.Subject)) {
				t.Errorf("%s hears on %s what %s publishes", service, msg.Subject, from)
			}
			if stream, ok := strings.CutPrefix(text, "seed of "); ok && !slices.ContainsFunc(attempts(d, ""), func(a attempt) bool {
				return a.stream == stream && strings.HasPrefix(a.grant, "dequeue") && slices.Contains(granted[service], a.grant)
			}) {
				t.Errorf("%s hears on %s what is in %s", service, msg.Subject, stream)
			}
		}
	}
}

// mayDequeue is the grant with which a service gets what stands in the queue of a subject:
// an account hears what it has dequeued itself.
func mayDequeue(subject string) string {
	tokens := strings.Split(subject, ".")
	return "dequeue queue." + tokens[len(tokens)-1]
}

// TestAccessChangesAtOnce narrows and widens what a connected service may do.
func TestAccessChangesAtOnce(t *testing.T) {
	t.Parallel()
	top := matrix("mine", &spec.NATSTarget{})
	d := newDeployment(t, runEmbedded(t), top)
	d.up(top)
	creds := d.credentials()
	_, js := connectAs(t, d, creds["all-of-one"])
	can := func(grant string) bool {
		all := attempts(d, "x")
		a := all[slices.IndexFunc(all, func(a attempt) bool { return a.grant == grant })]
		seed(t, d, a.stream)
		return a.try(t, js) == nil
	}
	if !can("enqueue queue.one") || can("enqueue queue.two") {
		t.Fatal("the service does not begin with what the spec says")
	}
	for _, p := range top.Permissions {
		if p.Service.Name == "all-of-one" && p.Verb == spec.Enqueue {
			p.Queue = top.Queues[1]
		}
	}
	d.up(top)
	if can("enqueue queue.one") {
		t.Error("what was taken is still there")
	}
	if !can("enqueue queue.two") || !can("dequeue queue.one") {
		t.Error("what was given, or kept, is not there")
	}
	if creds["all-of-one"] != d.credentials()["all-of-one"] {
		t.Error("the credentials changed with the permissions")
	}
}
