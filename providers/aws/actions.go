package aws

import (
	"slices"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// verbActions is what a verb takes: actions on the topic or queue, and those on the
// customer's key that encrypts it, if one does.
type verbActions struct {
	verb permissions.Verb
	// sid names the statement in a policy.
	sid     string
	actions []string
	key     []string
}

// verbTable is the only place where actions are given to services. Its sources are the
// AWS service authorization reference for SNS and SQS, and the key management pages of
// the SNS and SQS developer guides. No batch actions exist; no verb needs to read
// attributes or to list.
func verbTable() []verbActions {
	return []verbActions{
		{permissions.Publish, "Publish", []string{"sns:Publish"}, []string{"kms:Decrypt", "kms:GenerateDataKey"}},
		{permissions.Enqueue, "Enqueue", []string{"sqs:SendMessage"}, []string{"kms:Decrypt", "kms:GenerateDataKey"}},
		// Extending a lease and giving it back is ChangeMessageVisibility.
		{permissions.Dequeue, "Dequeue", []string{"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"}, []string{"kms:Decrypt"}},
	}
}

func actionsOf(verb permissions.Verb) (verbActions, bool) {
	table := verbTable()
	i := slices.IndexFunc(table, func(v verbActions) bool { return v.verb == verb })
	if i < 0 {
		return verbActions{}, false
	}
	return table[i], true
}

// Actions returns the IAM actions that a grant comes down to, those on a customer's key
// among them, and as its scope the ARN of the topic or queue. What the stack does by
// itself is done by SNS and SQS: towards an endpoint it is a request, and a queue's own
// dead letters need no permission.
func (*Provider) Actions(t *spec.Topology, g permissions.Grant) (actions []string, scope string) {
	p := placeOf(t)
	if v, ok := actionsOf(g.Verb); ok {
		actions = slices.Clone(v.actions)
		if len(p.keys(g.Verb, g.Resource)) > 0 {
			actions = append(actions, v.key...)
		}
		slices.Sort(actions)
		return actions, p.resourceARN(g.Resource)
	}
	kind, name := g.Resource.Split()
	owner, _ := g.Principal.Split()
	switch {
	case g.Verb == permissions.DeadLetter && owner == "queue":
		return []string{"redrive"}, p.resourceARN(g.Resource)
	case kind != "service":
		return []string{"sqs:SendMessage"}, p.resourceARN(g.Resource)
	default:
		s := t.Service(name)
		if function := functionOf(s); function != "" {
			return []string{"lambda:InvokeFunction"}, function
		}
		return []string{"POST"}, s.Endpoint.URL
	}
}

// functionOf is the ARN of the function that receives for a service, or "".
func functionOf(s *spec.Service) string {
	if s.Function == nil {
		return ""
	}
	return s.Function.AWS
}

// topicKey is the customer's key that encrypts a topic, or "".
func (p *place) topicKey(t *spec.Topic) string {
	if t.AWS != nil && t.AWS.KMSKey != "" {
		return t.AWS.KMSKey
	}
	if t.Existing.In(spec.AWS) != "" || t.Project != "" {
		return "" // the stack's key says nothing of what was made elsewhere
	}
	return p.target.KMSKey
}

// queueKey is the customer's key that encrypts a queue, and its dead letters, or "".
func (p *place) queueKey(q *spec.Queue) string {
	if q.AWS != nil && q.AWS.KMSKey != "" {
		return q.AWS.KMSKey
	}
	if q.Existing.In(spec.AWS) != "" || q.Project != "" {
		return ""
	}
	return p.target.KMSKey
}

// keys are the customer's keys that a verb on a topic or queue needs, sorted. Whoever
// takes dead letters from a queue needs the keys of the queues that they come from as
// well: SQS moves them as they were encrypted.
func (p *place) keys(verb permissions.Verb, resource permissions.Address) []string {
	kind, name := resource.Split()
	if kind == "topic" {
		return present(p.topicKey(p.t.Topic(name)))
	}
	q := p.t.Queue(name)
	keys := present(p.queueKey(q))
	if _, dead := resource.Owner(); !dead && verb == permissions.Dequeue {
		for _, source := range p.sourcesOf(name) {
			keys = append(keys, present(p.queueKey(source))...)
		}
	}
	return sorted(keys)
}

func present(key string) []string {
	if key == "" {
		return nil
	}
	return []string{key}
}
