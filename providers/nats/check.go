package nats

import (
	"fmt"
	"slices"

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
	diags = append(diags, checkForeign(t)...)
	if modeOf(t) == shared && len(t.Permissions) > 0 {
		diags = append(diags, sharedAccount(t))
	}
	return diags
}

// nameRule is what JetStream takes as the name of a stream or a consumer.
func nameRule() providers.NameRule {
	return providers.NameRule{Limit: nameLimit, Expr: `^[^\s.*>/\\]+$`, Words: "without spaces and any of . * > / \\"}
}

// checkNames finds elements whose streams would be one: a topic `jobs-queue` and a queue `jobs`.
func checkNames(t *spec.Topology) diag.Diagnostics {
	streams := providers.Namespace{What: "streams", Rule: nameRule()}
	accounts := providers.Namespace{What: "accounts", Rule: nameRule()}
	consumers := map[*spec.Topic]*providers.Namespace{} // a stream's consumers are its own
	streams.Claim(layout{t}.advisories(), permissions.Stack, t.Target.Range)
	for _, topic := range t.Topics {
		streams.Name(t, permissions.TopicAddress(topic.Name), "")
	}
	for _, q := range t.Queues {
		address := permissions.QueueAddress(q.Name)
		streams.Name(t, address, queueSuffix)
		if q.Delay > 0 {
			streams.Name(t, address, queueSuffix+delaySuffix)
		}
		if q.DeadLetter != nil && q.DeadLetter.Queue == "" {
			streams.Name(t, address.DeadLetters(), queueSuffix+deadLetterSuffix)
		}
	}
	for _, s := range t.Subscriptions {
		address := permissions.SubscriptionAddress(s.Name)
		if consumers[s.Topic] == nil {
			consumers[s.Topic] = &providers.Namespace{What: "consumers", Rule: nameRule()}
		}
		if !isSource(s) {
			consumers[s.Topic].Name(t, address, "")
		}
		if s.DeadLetter != nil && s.DeadLetter.Queue == "" {
			streams.Name(t, address.DeadLetters(), deadLetterSuffix)
		}
	}
	for _, s := range t.Services {
		accounts.Name(t, permissions.ServiceAddress(s.Name), "")
	}
	diags := slices.Concat(streams.Diagnostics(), accounts.Diagnostics())
	for _, topic := range slices.Concat(t.Topics, t.ForeignTopics) {
		if of := consumers[topic]; of != nil {
			diags = append(diags, of.Diagnostics()...)
		}
	}
	return diags
}

// checkForeign reports what is used of other projects where none can be: an embedded broker
// has one stack. Elsewhere other projects' streams are in the same account.
func checkForeign(t *spec.Topology) diag.Diagnostics {
	if modeOf(t) != embedded {
		return nil
	}
	var diags diag.Diagnostics
	report := func(at diag.Range, name string) {
		diags = append(diags, providers.Problem(providers.CodeNotSupported, at, "This cloud cannot do that",
			fmt.Sprintf("Stack %s has a broker of its own, on which no other project is, so there is no `%s`. Remove what needs it in this stack's `patch`, or deploy both projects to one server with `nats: {url}`.", t.Stack, name)))
	}
	for _, s := range t.Subscriptions {
		if s.Topic.Project != "" {
			report(s.At("topic"), s.Topic.Name)
		}
	}
	for _, p := range t.Permissions {
		switch {
		case p.Topic != nil && p.Topic.Project != "":
			report(p.Range, p.Topic.Name)
		case p.Queue != nil && p.Queue.Project != "":
			report(p.Range, p.Queue.Name)
		}
	}
	return diags
}

func sharedAccount(t *spec.Topology) diag.Diagnostic {
	return providers.Caution(providers.CodeSharedAccount, t.Target.Range, "Services share one account",
		fmt.Sprintf("Stack %s has no `nats.system`, so its services are users of the account that owns the streams. "+
			"A service that may use one subject can name any other as the reply subject of a request, and so have the broker's answers put there; "+
			"and access that was given cannot be taken back. "+
			"With `nats: {system: {credentials, operatorKey}}` each service gets an account of its own.", t.Stack))
}
