package nats

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/spec"
)

// shop is a topology in which everything occurs that a NATS stack can have.
func shop() *spec.Topology {
	t := &spec.Topology{Project: "shop", Stack: "local", Target: spec.Target{NATS: &spec.NATSTarget{}}}
	created := &spec.Topic{Name: "created", Description: "A sign-up was stored", Format: spec.CloudEvents}
	placed := &spec.Topic{Name: "placed", Ordered: true, Format: spec.Raw, NATS: &spec.NATSTopic{Retention: time.Hour, MaxBytes: 1 << 20}}
	t.Topics = []*spec.Topic{created, placed}

	audit := &spec.Queue{Name: "audit", Lease: 30 * time.Second, Retention: 4 * 24 * time.Hour}
	jobs := &spec.Queue{
		Name: "jobs", Lease: 2 * time.Second, Retention: time.Hour, DeadLetter: &spec.DeadLetter{MaxAttempts: 3},
		NATS: &spec.NATSQueue{MaxBytes: 1 << 20},
	}
	later := &spec.Queue{
		Name: "later", Lease: time.Minute, Retention: time.Hour, Delay: 10 * time.Second, Ordered: true,
		DeadLetter: &spec.DeadLetter{MaxAttempts: 2, Queue: "audit"},
	}
	t.Queues = []*spec.Queue{audit, jobs, later}

	mailer := &spec.Service{Name: "mailer", Endpoint: &spec.Endpoint{URL: "https://mailer.example.com/events"}}
	signup := &spec.Service{Name: "signup"}
	worker := &spec.Service{Name: "worker"}
	t.Services = []*spec.Service{mailer, signup, worker}

	t.Subscriptions = []*spec.Subscription{
		{Name: "cards", Topic: placed, ToQueue: jobs, Filter: map[string][]string{"kind": {"card"}}},
		{Name: "delayed", Topic: created, ToQueue: later},
		{Name: "everything", Topic: created, ToQueue: audit},
		{
			Name: "welcome", Topic: created, ToService: mailer, DeadLetter: &spec.DeadLetter{},
			Retry: &spec.Retry{MaxAttempts: 4, MinBackoff: time.Second, MaxBackoff: time.Minute},
		},
	}
	t.Permissions = []*spec.Permission{
		{Service: signup, Verb: spec.Publish, Topic: created},
		{Service: signup, Verb: spec.Enqueue, Queue: later},
		{Service: worker, Verb: spec.Dequeue, Queue: jobs},
		{Service: worker, Verb: spec.Dequeue, Queue: jobs, DeadLetter: true},
		{Service: worker, Verb: spec.Enqueue, Queue: jobs},
	}
	return t
}

func TestNamesAndSubjects(t *testing.T) {
	t.Parallel()
	l := layout{shop()}
	for name, c := range map[string]struct{ got, want string }{
		"topic":                        {l.topicStream("created"), "shop-local-created"},
		"queue":                        {l.queueStream("jobs"), "shop-local-jobs-queue"},
		"delay":                        {l.delayStream("later"), "shop-local-later-queue_delay"},
		"dead letters":                 {l.deadLetterStream("queue.jobs"), "shop-local-jobs-queue-dlq"},
		"dead letters of subscription": {l.deadLetterStream("subscription.welcome"), "shop-local-welcome-dlq"},
		"advisories":                   {l.advisories(), "shop-local_advisories"},
		"subscription":                 {l.subscriptionConsumer("cards"), "shop-local-cards"},
		"subject of topic":             {l.topicSubject("created"), "shop.local.topic.created"},
		"subject of queue":             {l.queueSubject("jobs"), "shop.local.queue.jobs"},
		"subject of due messages":      {l.dueSubject("later"), "shop.local.due.later"},
		"subject of dead letters":      {l.deadLetterSubject("queue.jobs"), "shop.local.dlq.queue.jobs"},
		"subject of a subscription's":  {l.deadLetterSubject("subscription.welcome"), "shop.local.dlq.subscription.welcome"},
		"resource of queue":            {resourceName("queue.jobs", queueSuffix), "jobs-queue"},
		"account":                      {l.account("api"), "shop-local-api"},
	} {
		if c.got != c.want {
			t.Errorf("%s is called %q, want %q", name, c.got, c.want)
		}
	}
}

func TestCheckNamesCollide(t *testing.T) {
	t.Parallel()
	top := shop()
	top.Topics = append(top.Topics, &spec.Topic{Name: "jobs-queue-dlq"}, &spec.Topic{Name: "welcome-dlq"}, &spec.Topic{Name: "later-queue-delay"})
	var collisions []string
	for _, d := range New().Check(top) {
		if d.Code == "name-collision" {
			collisions = append(collisions, d.Detail)
		}
	}
	if len(collisions) != 2 || !strings.Contains(collisions[0], `"shop-local-jobs-queue-dlq"`) || !strings.Contains(collisions[1], `"shop-local-welcome-dlq"`) {
		t.Errorf("collisions = %q, want one of jobs-queue-dlq and one of welcome-dlq", collisions)
	}
}

func TestCheckSharedAccount(t *testing.T) {
	t.Parallel()
	warned := func(target spec.NATSTarget) bool {
		top := shop()
		top.Target.NATS = &target
		codes := []string{}
		for _, d := range New().Check(top) {
			codes = append(codes, d.Code)
		}
		return slices.Contains(codes, "shared-account")
	}
	if warned(spec.NATSTarget{}) || warned(spec.NATSTarget{URL: "nats://n", System: &spec.NATSSystem{}}) {
		t.Error("warned of a shared account where each service has its own")
	}
	if !warned(spec.NATSTarget{URL: "nats://n"}) {
		t.Error("a shared account is not said")
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	routes := Routes(shop())
	if len(routes) != 4 {
		t.Fatalf("%d routes, want those of cards, welcome, later and the dead letters", len(routes))
	}
	forward, ok := routes[0].(broker.Forward)
	if !ok || forward.Subject != "shop.local.queue.jobs" || forward.Stream != "shop-local-placed" || forward.Consumer != "shop-local-cards" {
		t.Errorf("first route = %+v, want cards into jobs", routes[0])
	}
	push, ok := routes[1].(broker.Push)
	if !ok || push.Endpoint != "https://mailer.example.com/events" || push.DeadLetterSubject != "shop.local.dlq.subscription.welcome" ||
		push.ContentType != "application/cloudevents+json" || push.Retry.MaxAttempts != 4 {
		t.Errorf("second route = %+v, want welcome to the mailer", routes[1])
	}
	delay, ok := routes[2].(broker.Delay)
	if !ok || delay.Stream != "shop-local-later-queue_delay" || delay.Subject != "shop.local.due.later" || delay.Delay != 10*time.Second {
		t.Errorf("third route = %+v, want the delay of later", routes[2])
	}
	dead, ok := routes[3].(broker.DeadLetters)
	if !ok || len(dead.Queues) != 2 || dead.Queues["shop-local-later-queue"].Subject != "shop.local.queue.audit" ||
		dead.Queues["shop-local-jobs-queue"].Subject != "shop.local.dlq.queue.jobs" {
		t.Errorf("fourth route = %+v, want the dead letters of jobs and later", routes[3])
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for span, want := range map[time.Duration]string{
		0: "0s", 30 * time.Second: "30s", 90 * time.Second: "90s", 4 * 24 * time.Hour: "4d", 36 * time.Hour: "36h", 1500 * time.Millisecond: "1500ms", 7: "7ns",
	} {
		text, err := duration(span).MarshalText()
		if err != nil || string(text) != want {
			t.Errorf("%v is written %q (%v), want %q", span, text, err, want)
		}
		var back duration
		if err := back.UnmarshalText(text); err != nil || time.Duration(back) != span {
			t.Errorf("%q is read as %v (%v), want %v", text, time.Duration(back), err, span)
		}
	}
	var d duration
	for _, bad := range []string{"", "d", "4", "x", "1.5d"} {
		if err := d.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is read as %v", bad, time.Duration(d))
		}
	}
}
