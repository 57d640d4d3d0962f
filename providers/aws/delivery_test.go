//go:build strangers

package aws_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/aws"
)

// patience is how long a message that must come is waited for, by long polling; SQS waits
// no longer than 20 s.
const patience = 20 * time.Second

// TestStrangerDelivery deploys the case aws-delivery to an emulator and is its
// applications, which know nothing but the stack's outputs.
func TestStrangerDelivery(t *testing.T) {
	t.Parallel()
	top, ds := load(t, "../../testdata/cases/aws-delivery/spec.yaml").Resolve("emulated")
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	r, err := providers.Render(t.Context(), aws.New(), top, permissions.Derive(top))
	if err != nil {
		t.Fatal(err)
	}
	a := &applier{emulator: startEmulator(t, top.Target.AWS.Region), made: map[string]string{}}
	a.apply(r)
	d := &delivery{applier: a, rendering: r}
	for _, step := range []struct {
		name string
		run  func(*delivery, *testing.T)
	}{
		{"fan-out", (*delivery).fanOut},
		{"raw", (*delivery).raw},
		{"filter", (*delivery).filter},
		{"lease", (*delivery).lease},
		{"dead letters", (*delivery).deadLetters},
		{"delay", (*delivery).delay},
		{"order", (*delivery).order},
	} {
		t.Run(step.name, func(t *testing.T) {
			d.t = t
			step.run(d, t)
			d.nothingElse(t)
		})
	}
}

// delivery is the applications of the case.
type delivery struct {
	*applier
	rendering *providers.Rendering
}

func (d *delivery) topicARN(name string) string {
	return d.output(d.t, d.rendering, "topics", name, "arn")
}
func (d *delivery) url(name string) string { return d.output(d.t, d.rendering, "queues", name, "url") }
func (d *delivery) deadLetterURL(name string) string {
	return d.output(d.t, d.rendering, "queues", name, "deadLetterUrl")
}

// nothingElse fails the test for every message that no step expected: what arrives, arrives
// in the right queue and only there.
func (d *delivery) nothingElse(t *testing.T) {
	t.Helper()
	sections, _ := d.rendering.Outputs["outputs"].(map[string]any)
	queues, _ := sections["queues"].(map[string]any)
	if len(queues) == 0 {
		t.Fatal("outputs have no queues")
	}
	for name := range queues {
		for _, url := range []string{d.url(name), d.deadLetterURL(name)} {
			if left := d.drain(url); len(left) > 0 {
				t.Errorf("%s has messages that nobody expected: %q", url, left)
			}
		}
	}
}

// event is a CloudEvents 1.0 JSON whose bytes a careless hand would change: white space,
// escapes, a number that is no float, characters of several bytes.
const event = "{ \"specversion\" : \"1.0\",\n\t\"id\":\"e-1\", \"source\":\"/shop\", \"type\":\"order.placed\",\n" +
	" \"data\": {\"amount\": 12345678901234567890, \"who\": \"Zo\\u00eb \u00e9\U0001F600\", \"html\": \"<a href=\\\"/\\\">&amp;</a>\"} }\n"

func (d *delivery) fanOut(t *testing.T) {
	sent := message{body: event, attributes: map[string]string{"kind": "card", "region": "eu"}}
	d.publish(d.topicARN("orders"), sent)
	for _, queue := range []string{"all-orders", "cards"} {
		got := d.must(d.url(queue), patience)
		if got.body != sent.body {
			t.Errorf("%s got a body of other bytes:\n%q\nwant\n%q", queue, got.body, sent.body)
		}
		if diff := cmp.Diff(sent.attributes, got.attributes); diff != "" {
			t.Errorf("%s got other attributes (-want +got):\n%s", queue, diff)
		}
		d.complete(got)
	}
	got := d.must(d.url("wrapped"), patience)
	var envelope struct {
		Type, TopicArn, Message string
		MessageAttributes       map[string]struct{ Type, Value string }
	}
	if err := json.Unmarshal([]byte(got.body), &envelope); err != nil {
		t.Fatalf("deliver: native did not deliver SNS's envelope: %v in\n%s", err, got.body)
	}
	if envelope.Type != "Notification" || envelope.TopicArn != d.topicARN("orders") || envelope.Message != sent.body ||
		envelope.MessageAttributes["kind"].Value != "card" {
		t.Errorf("envelope %+v does not hold what was published", envelope)
	}
	d.complete(got)
}

func (d *delivery) raw(t *testing.T) {
	const body = "reading 7;\t\u00b0C \u00bd\r\n not JSON: {\"a\":"
	d.publish(d.topicARN("readings"), message{body: body})
	got := d.must(d.url("bytes"), patience)
	if got.body != body {
		t.Errorf("a raw topic delivered %q, want %q", got.body, body)
	}
	d.complete(got)
}

func (d *delivery) filter(t *testing.T) {
	for body, tt := range map[string]struct {
		attributes map[string]string
		matches    bool
	}{
		"either value":           {map[string]string{"kind": "wire", "region": "eu"}, true},
		"and more attributes":    {map[string]string{"kind": "card", "region": "eu", "more": "x"}, true},
		"one key of two":         {map[string]string{"kind": "card", "region": "us"}, false},
		"a key is missing":       {map[string]string{"kind": "card"}, false},
		"no attributes":          {nil, false},
		"another case":           {map[string]string{"kind": "Card", "region": "eu"}, false},
		"a prefix is not enough": {map[string]string{"kind": "card-2", "region": "eu"}, false},
	} {
		d.publish(d.topicARN("orders"), message{body: body, attributes: tt.attributes})
		var want []string
		if tt.matches {
			want = []string{body}
		}
		if diff := cmp.Diff(want, d.drain(d.url("cards"))); diff != "" {
			t.Errorf("%s: %v: filtered (-want +got):\n%s", body, tt.attributes, diff)
		}
		if diff := cmp.Diff([]string{body}, d.drain(d.url("all-orders"))); diff != "" {
			t.Errorf("%s: unfiltered (-want +got):\n%s", body, diff)
		}
	}
	d.drain(d.url("wrapped"))
}

func (d *delivery) lease(t *testing.T) {
	jobs := d.url("jobs")
	d.enqueue(jobs, message{body: "job"})
	first := d.must(jobs, patience)
	if second := d.dequeue(jobs, 0); second != nil {
		t.Fatalf("a leased message was dequeued a second time: %v", second)
	}
	again := d.must(jobs, patience) // the lease of 1 s is over
	if again.body != first.body || again.attempt != "2" {
		t.Errorf("after its lease %s came back as %s, attempt %s", first, again, again.attempt)
	}
	d.extend(again, time.Hour)
	if third := d.dequeue(jobs, 2*time.Second); third != nil {
		t.Fatalf("a message whose lease was extended came back: %v", third)
	}
	d.complete(again)
}

func (d *delivery) deadLetters(t *testing.T) {
	jobs, dead := d.url("jobs"), d.deadLetterURL("jobs")
	d.enqueue(jobs, message{body: "poison"})
	for attempt := range 3 {
		if letter := d.dequeue(dead, 0); letter != nil {
			t.Fatalf("%v is a dead letter after %d attempts, want 3", letter, attempt)
		}
		d.extend(d.must(jobs, patience), 0)
	}
	if l := d.dequeue(jobs, 0); l != nil {
		t.Fatalf("%v was delivered a fourth time", l)
	}
	letter := d.must(dead, patience)
	if letter.body != "poison" {
		t.Errorf("dead letter %v, want the message", letter)
	}
	d.complete(letter)
}

func (d *delivery) delay(t *testing.T) {
	later := d.url("later")
	d.enqueue(later, message{body: "job"})
	if l := d.dequeue(later, 0); l != nil {
		t.Errorf("%v was delivered before its delay", l)
	}
	d.complete(d.must(later, patience))
}

func (d *delivery) order(t *testing.T) {
	ledger := d.url("ledger")
	want := map[string][]string{}
	for i := range 6 {
		key := fmt.Sprintf("account-%d", i%2)
		m := message{body: fmt.Sprintf("%s entry %d", key, i), key: key, id: fmt.Sprintf("id-%d", i)}
		d.publish(d.topicARN("trades"), m)
		d.publish(d.topicARN("trades"), m) // the id deduplicates
		want[key] = append(want[key], m.body)
	}
	first := d.must(ledger, patience)
	if other := d.must(ledger, patience); other.key == first.key {
		t.Errorf("%v was delivered while %v, of the same key before it, is leased", other, first)
	} else {
		d.extend(other, 0)
	}
	d.extend(first, 0)
	got := map[string][]string{}
	for {
		l := d.dequeue(ledger, 0)
		if l == nil {
			break
		}
		got[l.key] = append(got[l.key], l.body)
		d.complete(l)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order by key (-want +got):\n%s", diff)
	}
	if !slices.IsSorted(got["account-0"]) {
		t.Error("account-0 is out of order")
	}
}
