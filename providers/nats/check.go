package nats

import (
	"fmt"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Check reports what JetStream cannot do or needs the relay for, names that collide, and
// what a shared account cannot keep apart. Settings of other clouds are for other stacks.
func (*Provider) Check(t *spec.Topology) diag.Diagnostics {
	diags := providers.CheckCapabilities(t)
	diags = append(diags, checkNames(t)...)
	if modeOf(t) == shared && len(t.Permissions) > 0 {
		diags = append(diags, sharedAccount(t))
	}
	return diags
}

// checkNames finds elements whose streams would be one: a topic `jobs-queue` and a queue `jobs`.
func checkNames(t *spec.Topology) diag.Diagnostics {
	l := layout{t}
	streams := providers.Namespace{What: "streams"}
	for _, topic := range t.Topics {
		streams.Claim(l.topicStream(topic.Name), permissions.TopicAddress(topic.Name), topic.Range)
	}
	for _, q := range t.Queues {
		address := permissions.QueueAddress(q.Name)
		streams.Claim(l.queueStream(q.Name), address, q.Range)
		if q.DeadLetter != nil && q.DeadLetter.Queue == "" {
			streams.Claim(l.deadLetterStream(address), address.DeadLetters(), q.Range)
		}
	}
	for _, s := range t.Subscriptions {
		address := permissions.SubscriptionAddress(s.Name)
		if s.DeadLetter != nil && s.DeadLetter.Queue == "" {
			streams.Claim(l.deadLetterStream(address), address.DeadLetters(), s.Range)
		}
	}
	return streams.Diagnostics()
}

func sharedAccount(t *spec.Topology) diag.Diagnostic {
	return providers.Caution(providers.CodeSharedAccount, t.Target.Range, "Services share one account",
		fmt.Sprintf("Stack %s has no `nats.system`, so its services are users of the account that owns the streams. "+
			"A service that may use one subject can name any other as the reply subject of a request, and so have the broker's answers put there; "+
			"and access that was given cannot be taken back. "+
			"With `nats: {system: {credentials, operatorKey}}` each service gets an account of its own.", t.Stack))
}
