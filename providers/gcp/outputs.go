package gcp

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/msgdeploy/msgdeploy/permissions"
)

// export exports the stack's outputs. Ids follow from the spec; they are taken from the
// resources, so that nobody reads of one that is not there yet.
func (p *program) export() {
	out := p.NewOutputs()
	for _, t := range p.Topology.Topics {
		out.Topics[t.Name] = pulumi.StringMap{"topic": p.topics[t.Name].path()}
	}
	for _, q := range p.Topology.Queues {
		queue := pulumi.Map{}
		if inbox, ok := p.inboxes[q.Name]; ok {
			queue["topic"] = inbox.path()
		}
		subscriptions := pulumi.StringArray{}
		for _, s := range p.subscriptions[q.Name] {
			subscriptions = append(subscriptions, s.path())
		}
		queue["subscriptions"] = subscriptions
		if s, ok := p.deadLetters[permissions.QueueAddress(q.Name).DeadLetters()]; ok {
			queue["deadLetterSubscription"] = s.path()
		} else if d := q.DeadLetter; d != nil {
			// Whoever may dequeue the dead letters dequeues the other queue.
			queue["deadLetterSubscription"] = p.subscriptions[d.Queue][0].path()
		}
		out.Queues[q.Name] = queue
	}
	for _, t := range p.Topology.ForeignTopics {
		out.Topics[t.Name] = pulumi.StringMap{"topic": pulumi.String(p.layout.topic(t).String())}
	}
	for _, q := range p.Topology.ForeignQueues {
		inbox, _ := p.layout.queueTopic(q)
		out.Queues[q.Name] = pulumi.Map{
			"topic":         pulumi.String(inbox.String()),
			"subscriptions": pulumi.StringArray{pulumi.String(p.layout.queueSubscription(q).String())},
		}
	}
	for _, s := range p.Topology.Subscriptions {
		if s.ToService == nil {
			continue
		}
		if account := p.pushAccounts[s.ToService.Name]; account != nil {
			// What a receiver checks of the token that comes with each message.
			out.Subscriptions[s.Name] = pulumi.StringMap{
				"tokenEmail": account.account.Email, "tokenAudience": pulumi.String(p.layout.audience(s.ToService)),
			}
		}
	}
	for _, s := range p.Topology.Services {
		if member, ok := p.members[s.Name]; ok {
			out.Services[s.Name] = pulumi.StringMap{"member": member}
		}
	}
	p.Export(out)
}

// path is the subscription's id, which follows from its name.
func (s subscription) path() pulumi.StringInput {
	if s.made == nil {
		return pulumi.String(s.String())
	}
	return pulumi.Sprintf("projects/%s/subscriptions/%s", s.project, s.made.Name)
}
