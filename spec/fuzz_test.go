package spec_test

import (
	"bytes"
	"testing"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
)

// FuzzLoad makes sure that no input makes Load or Resolve panic or point outside of the
// file, and that what they accept can be relied on.
func FuzzLoad(f *testing.F) {
	for _, text := range corpus(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, ds := spec.Load("spec.yaml", text)
		for _, stack := range s.Stacks() {
			topology, more := s.Resolve(stack)
			ds = append(ds, more...)
			if topology != nil {
				sound(t, topology)
			} else if !ds.HasErrors() {
				t.Fatalf("stack %q has neither a topology nor an error", stack)
			}
		}
		if err := rangesInside(s.Sources(), ds); err != nil {
			t.Fatal(err)
		}
		for _, d := range ds {
			if d.Code == "" || d.Summary == "" || d.Detail == "" {
				t.Fatalf("an incomplete diagnostic: %+v", d)
			}
		}
		var out bytes.Buffer
		if err := (diag.Text{Sources: s.Sources()}).Write(&out, ds); err != nil {
			t.Fatal(err)
		}
		for _, b := range out.Bytes() {
			if b < ' ' && b != '\n' || b == 0x7f {
				t.Fatalf("control character %#x in output", b)
			}
		}
	})
}

// sound fails if a topology has what no consumer expects, even beside errors.
func sound(t *testing.T, topology *spec.Topology) {
	t.Helper()
	for _, s := range topology.Subscriptions {
		if s.Topic == nil || (s.ToQueue == nil) == (s.ToService == nil) {
			t.Fatalf("subscription %q is not resolved", s.Name)
		}
		if s.ToQueue != nil && (s.Retry != nil || s.DeadLetter != nil) || s.ToService != nil && s.Retry == nil {
			t.Fatalf("subscription %q has the wrong settings", s.Name)
		}
	}
	for _, p := range topology.Permissions {
		if p.Service == nil || (p.Topic == nil) == (p.Queue == nil) || (p.Verb == spec.Publish) != (p.Topic != nil) {
			t.Fatalf("permission at %s is not resolved", p.Range)
		}
		if p.DeadLetter && p.Queue.DeadLetter == nil {
			t.Fatalf("permission at %s is on dead letters that there are not", p.Range)
		}
	}
	for _, q := range topology.Queues {
		seen := map[string]bool{}
		for at := q; at != nil && at.DeadLetter != nil && at.DeadLetter.Queue != ""; {
			if seen[at.Name] {
				t.Fatalf("the dead letters of %q go round", q.Name)
			}
			seen[at.Name] = true
			next := at.DeadLetter.Queue
			at = nil
			for _, other := range topology.Queues {
				if other.Name == next {
					at = other
				}
			}
			if at == nil {
				t.Fatalf("the dead letters of %q go to %q, which there is not", q.Name, next)
			}
		}
	}
}

// FuzzPatch lays arbitrary patches over a spec: what is not named must stay as it was.
func FuzzPatch(f *testing.F) {
	f.Add("queues: {jobs: {lease: 1m, deadLetter: {queue: audit}}}")
	f.Add("queues: {jobs: {deadLetter: null}, audit: null}")
	f.Add("topics: {orders: null}\nsubscriptions: {feed: {to: {service: mailer}, filter: {kind: [a]}}}")
	f.Add("services: {mailer: {endpoint: {url: 'https://example.com'}}}\npermissions: {mailer: {publish: null}}")
	f.Add("queues: null")
	f.Fuzz(func(t *testing.T, patch string) {
		const base = `version: 1
project: demo
topics: {orders: {format: raw}}
queues: {jobs: {lease: 2m}, audit: {}, other: {retention: 2d}}
subscriptions: {feed: {topic: orders, to: {queue: jobs}}}
services: {mailer: {endpoint: "https://mailer.example.com"}}
permissions: {mailer: {dequeue: [jobs]}}
stacks:
  plain: {nats: {}}
  patched:
    nats: {}
    patch:
`
		text := []byte(base)
		for _, line := range bytes.Split([]byte(patch), []byte("\n")) {
			text = append(append(append(text, "      "...), line...), '\n')
		}
		s, ds := spec.Load("spec.yaml", text)
		if ds.HasErrors() {
			return
		}
		plain, ds := s.Resolve("plain")
		if ds.HasErrors() {
			return // the patch reached beyond its stack, with anchors or the like.
		}
		patched, _ := s.Resolve("patched")
		if patched == nil {
			t.Fatal("no topology")
		}
		sound(t, patched)
		if len(plain.Queues) != 3 || plain.Queues[1].Lease.Minutes() != 2 || plain.Topics[0].Format != spec.Raw {
			t.Fatalf("the patch of one stack changed another")
		}
		if bytes.Contains(text[len(base):], []byte("other")) || bytes.ContainsAny(text[len(base):], `\*&`) {
			return
		}
		for _, q := range patched.Queues {
			if q.Name == "other" && q.Retention.Hours() != 48 {
				t.Fatal("the patch changed a queue that it does not name")
			}
		}
	})
}
