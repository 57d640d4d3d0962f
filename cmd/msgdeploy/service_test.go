package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/report"
)

func TestOnlyHolder(t *testing.T) {
	t.Parallel()
	grant := func(service string, verb permissions.Verb, resource permissions.Address) permissions.Grant {
		return permissions.Grant{Principal: permissions.ServiceAddress(service), Verb: verb, Resource: resource}
	}
	jobs := permissions.QueueAddress("jobs")
	grants := []permissions.Grant{
		grant("web", permissions.Enqueue, jobs),
		grant("app", permissions.Enqueue, jobs),
		grant("worker", permissions.Dequeue, jobs),
		grant("worker", permissions.Dequeue, jobs),
		grant("janitor", permissions.Dequeue, jobs.DeadLetters()),
		{Principal: permissions.TopicAddress("orders"), Verb: permissions.Enqueue, Resource: jobs, Implied: true},
	}
	tests := map[string]struct {
		verb     permissions.Verb
		resource permissions.Address
		want     string
		says     string
	}{
		"one":              {permissions.Dequeue, jobs, "worker", ""},
		"of dead letters":  {permissions.Dequeue, jobs.DeadLetters(), "janitor", ""},
		"several, sorted":  {permissions.Enqueue, jobs, "", "choose one with --as: app or web"},
		"none":             {permissions.Publish, permissions.TopicAddress("orders"), "", "no service may publish topic.orders"},
		"another resource": {permissions.Dequeue, permissions.QueueAddress("other"), "", "no service may dequeue queue.other"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := onlyHolder(grants, test.verb, test.resource)
			if got != test.want {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
			if test.says != "" && (exitCode(err) != exitUsage || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("the error is %v, it should say %q", err, test.says)
			}
		})
	}
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	queue, receipt, err := parseReceipt(receiptOf("jobs.deadLetter", "abc_-"))
	if queue != "jobs.deadLetter" || receipt != "abc_-" || err != nil {
		t.Errorf("got %q, %q and %v", queue, receipt, err)
	}
	for _, word := range []string{"", "abc", ":abc", "jobs:"} {
		if _, _, err := parseReceipt(word); exitCode(err) != exitUsage {
			t.Errorf("%q is read as a receipt (%v)", word, err)
		}
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		stdin string
		args  []string
		want  []string
	}{
		"arguments win":      {"line\n", []string{"a", ""}, []string{"a", ""}},
		"lines":              {"a\nb\r\n\nc", nil, []string{"a", "b", "", "c"}},
		"nothing is a usage": {"", nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, _, _ := testApp(test.stdin, nil)
			bodies, err := a.bodies(t.Context(), test.args)
			var got []string
			for _, b := range bodies {
				got = append(got, string(b))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
			if (exitCode(err) == exitUsage) != (test.want == nil) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestProjectName(t *testing.T) {
	t.Parallel()
	for dir, want := range map[string]string{
		"shop": "shop", "My Shop 2": "my-shop-2", "2nd_shop": "nd-shop", "Ünï": "shop", "x": "shop", "/": "shop",
		strings.Repeat("long-", 20): "long-long-long-long-long-long-long-long",
	} {
		if got := projectName(dir); got != want {
			t.Errorf("project of directory %q is %q, want %q", dir, got, want)
		}
	}
}

func TestEventLine(t *testing.T) {
	t.Parallel()
	a, _, _ := testApp("", nil)
	tests := map[string]struct {
		event broker.Event
		want  string
	}{
		"all of it": {
			broker.Event{Kind: broker.Retried, Element: "subscription.mail", ID: "m1", Attempt: 2, Target: "https://x", Detail: "503, again in 2s"},
			"retried       subscription.mail  m1 → https://x  attempt 2  (503, again in 2s)",
		},
		"the first attempt": {
			broker.Event{Kind: broker.Delivered, Element: "subscription.mail", ID: "m1", Attempt: 1},
			"delivered     subscription.mail  m1",
		},
		"a route": {
			broker.Event{Kind: broker.Waiting, Element: "queue.jobs", Detail: "no consumer"},
			"waiting       queue.jobs  (no consumer)",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := a.eventLine(test.event); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	if got := dressed(report.Style{Color: true}, broker.DeadLettered); got != "\x1b[31mdead-lettered\x1b[0m" {
		t.Errorf("dead letters are %q", got)
	}
}
