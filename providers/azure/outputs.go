package azure

import (
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/spec"
)

// What follows an account's or a namespace's name in the name of its host, in Azure's public cloud.
const (
	queueHost      = "queue.core.windows.net"
	serviceBusHost = "servicebus.windows.net"
)

func host(name, service string) string { return name + "." + service }

// subqueue ends the path of a Service Bus queue's dead letters:
// https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues
const subqueue = "/$deadletterqueue"

// queueOutputs is what a client needs to connect to a queue.
func (p *program) queueOutputs(q *spec.Queue) pulumi.Map {
	id := p.queueID(q)
	name := part(id, "queues")
	if !p.queued(q) {
		return pulumi.Map{"url": pulumi.String("https://" + host(part(id, "storageAccounts"), queueHost) + "/" + name)}
	}
	out := pulumi.Map{
		"namespace": pulumi.String(host(part(id, "namespaces"), serviceBusHost)),
		"queue":     pulumi.String(name),
	}
	switch d := q.DeadLetter; {
	case d == nil:
	case d.Queue != "":
		out["deadLetterQueue"] = pulumi.String(p.queueName(p.t.Queue(d.Queue)))
	default:
		out["deadLetterQueue"] = pulumi.String(name + subqueue)
	}
	return out
}

// foreign puts other projects' topics and queues into the outputs. The host of an Event
// Grid topic is known to its own stack alone.
func (p *program) foreign() {
	for _, t := range p.t.ForeignTopics {
		out := pulumi.Map{"id": pulumi.String(p.topicID(t))}
		if p.onBus(t) {
			out["endpoint"] = pulumi.String("https://" + host(p.of(t.Project).namespace(), serviceBusHost) + "/" + p.topicName(t))
		}
		p.out.Topics[t.Name] = out
	}
	for _, q := range p.t.ForeignQueues {
		out := p.queueOutputs(q)
		// Whether it has dead letters is known to its own stack alone.
		delete(out, "deadLetterQueue")
		p.out.Queues[q.Name] = out
	}
}

// iso writes a time as ISO 8601 does, the way in which Service Bus gives it back: days,
// then hours, minutes and seconds.
func iso(d time.Duration) string {
	const day = 24 * time.Hour
	var b strings.Builder
	b.WriteByte('P')
	if days := d / day; days > 0 {
		fmt.Fprintf(&b, "%dD", days)
	}
	if d %= day; d == 0 && b.Len() > 1 {
		return b.String()
	}
	b.WriteByte('T')
	for _, unit := range []struct {
		of     time.Duration
		letter byte
	}{{time.Hour, 'H'}, {time.Minute, 'M'}} {
		if n := d / unit.of; n > 0 {
			fmt.Fprintf(&b, "%d%c", n, unit.letter)
		}
		d %= unit.of
	}
	if d > 0 || b.Len() == len("PT") {
		fmt.Fprintf(&b, "%gS", d.Seconds())
	}
	return b.String()
}
