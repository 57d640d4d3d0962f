// Package spectest loads specs of the corpus and generates specs of any size, for
// benchmarks and tests.
package spectest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Load reads the spec in a file, and what it includes.
func Load(file string) (*spec.Spec, diag.Diagnostics, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, nil, err
	}
	s, ds := spec.LoadDir(file, text, dir.FS())
	return s, ds, dir.Close()
}

// Generate returns a valid spec of n elements for one stack, `local`, on the embedded
// broker. Of ten elements one is a topic, five are queues with dead letters, two are
// subscriptions (one to a queue, one filtered to a service) and two are services with
// permissions. The same n always gives the same bytes.
func Generate(n int) []byte {
	var topics, queues, subscriptions, services, permissions bytes.Buffer
	for i := range n {
		group := i / 10
		topic, queue, service := fmt.Sprintf("topic-%05d", group), fmt.Sprintf("queue-%05d", group), fmt.Sprintf("service-%05d", group)
		switch i % 10 {
		case 0:
			fmt.Fprintf(&topics, "  %s: {description: The topic of group %d}\n", topic, group)
		case 1:
			fmt.Fprintf(&services, "  %s-a: {}\n", service)
			fmt.Fprintf(&permissions, "  %s-a:\n    publish: [%s]\n", service, topic)
		case 2, 3, 4, 5, 6:
			name := fmt.Sprintf("%s-%c", queue, 'a'+i%10-2)
			fmt.Fprintf(&queues, "  %s:\n    lease: 1m\n    retention: 7d\n    deadLetter: {maxAttempts: %d}\n", name, 3+i%10)
		case 7:
			fmt.Fprintf(&services, "  %s-b: {endpoint: \"https://example.com/%s\"}\n", service, service)
			fmt.Fprintf(&permissions, "  %s-b:\n    enqueue: [%s-a, %s-b]\n    dequeue: [%s-c, %s-c.deadLetter]\n", service, queue, queue, queue, queue)
		case 8:
			fmt.Fprintf(&subscriptions, "  feed-%05d: {topic: %s, to: {queue: %s-a}}\n", group, topic, queue)
		case 9:
			fmt.Fprintf(&subscriptions, "  push-%05d:\n    topic: %s\n    to: {service: %s-b}\n    filter: {kind: [card, wire]}\n    retry: {maxAttempts: 7}\n", group, topic, service)
		}
	}
	var out bytes.Buffer
	out.WriteString("version: 1\nproject: generated\nstacks:\n  local: {nats: {}}\n")
	for _, section := range []struct {
		name    string
		entries *bytes.Buffer
	}{
		{"topics", &topics}, {"queues", &queues}, {"subscriptions", &subscriptions},
		{"services", &services}, {"permissions", &permissions},
	} {
		if section.entries.Len() > 0 {
			fmt.Fprintf(&out, "%s:\n%s", section.name, section.entries)
		}
	}
	return out.Bytes()
}
