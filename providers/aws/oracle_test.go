package aws_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/aws/iamtest"
	"github.com/msgdeploy/msgdeploy/spec"
)

// oracle is what each verb must allow and must not, written down apart from the provider's
// table of actions. Its source is the Service Authorization Reference of AWS.
type oracle struct {
	Verbs map[spec.Verb]struct {
		// Allow is allowed on the element, Key on the element's customer key.
		Allow, Key []string
		// Deny are the near misses; Optional is what some consumers ask for and a verb does not hold.
		Deny, Optional []string
	}
	NeverOnKeys []string
}

func readOracle(t *testing.T) *oracle {
	t.Helper()
	raw, err := os.ReadFile("testdata/oracle.json")
	if err != nil {
		t.Fatal(err)
	}
	o := &oracle{}
	if err := json.Unmarshal(raw, o); err != nil {
		t.Fatal(err)
	}
	if len(o.Verbs) != 3 {
		t.Fatalf("the oracle has %d verbs, want 3", len(o.Verbs))
	}
	return o
}

// actions returns every action that the oracle names, sorted.
func (o *oracle) actions() []string {
	all := slices.Clone(o.NeverOnKeys)
	for _, v := range o.Verbs {
		all = slices.Concat(all, v.Allow, v.Key, v.Deny, v.Optional)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// key is the customer key of an element, or "": its own, or the stack's where the stack
// makes it. Dead letters have the key of what they are of.
func (w *world) key(a permissions.Address) string {
	kind, name := a.Split()
	own, existing := "", false
	switch kind {
	case "topic":
		t := w.top.Topic(name)
		existing = t.Project != "" || t.Existing != nil && t.Existing.AWS != ""
		if t.AWS != nil {
			own = t.AWS.KMSKey
		}
	case "queue":
		q := w.top.Queue(name)
		existing = q.Project != "" || q.Existing != nil && q.Existing.AWS != ""
		if q.AWS != nil {
			own = q.AWS.KMSKey
		}
	}
	if own == "" && !existing {
		return w.top.Target.AWS.KMSKey
	}
	return own
}

// keysFor are the keys that a grant needs: its resource's, and, to take messages that
// another queue gave up, that queue's: SQS moves them as they were encrypted (SQS developer
// guide, "Key management").
func (w *world) keysFor(g permissions.Grant) []string {
	keys := []string{w.key(g.Resource)}
	if g.Verb == permissions.Dequeue {
		for _, source := range w.grants {
			if kind, _ := source.Principal.Split(); kind == "queue" && source.Verb == permissions.DeadLetter && source.Resource == g.Resource {
				keys = append(keys, w.key(source.Principal))
			}
		}
	}
	return keys
}

// keys returns every customer key of the spec, sorted.
func (w *world) keys() []string {
	var keys []string
	for a := range w.arns {
		if key := w.key(a); key != "" {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// granted says whether the spec lets one of the services (those that are one principal) take
// an action on a resource: the left side of the proof.
func (w *world) granted(o *oracle, services []string, action, arn string) bool {
	for _, g := range w.grants {
		kind, name := g.Principal.Split()
		if kind != "service" || !slices.Contains(services, name) {
			continue
		}
		verb := o.Verbs[spec.Verb(g.Verb)]
		if slices.Contains(verb.Allow, action) && w.arns[g.Resource] == arn {
			return true
		}
		if arn != "" && slices.Contains(w.keysFor(g), arn) && slices.Contains(verb.Key, action) {
			return true
		}
	}
	return false
}

// delivers says whether the spec lets a topic put messages into a queue: a subscription
// towards it, or the dead letters of one.
func (w *world) delivers(topic, queue string) bool {
	for _, g := range w.grants {
		if w.arns[g.Resource] != queue {
			continue
		}
		from := g.Principal
		if kind, name := from.Split(); kind == "subscription" && g.Verb == permissions.DeadLetter {
			i := slices.IndexFunc(w.top.Subscriptions, func(s *spec.Subscription) bool { return s.Name == name })
			from = permissions.TopicAddress(w.top.Subscriptions[i].Topic.Name)
		} else if g.Verb != permissions.Deliver {
			continue
		}
		if w.arns[from] == topic {
			return true
		}
	}
	return false
}

// foreign returns resources that no spec names and that look like those it does (like the
// first of many): another name, a shorter name, another region, another account, and all of them.
func foreign(arns []string) []string {
	const many = 20
	arns = arns[:min(len(arns), many)]
	out := []string{"*"}
	for _, arn := range arns {
		p := strings.SplitN(arn, ":", 6)
		variant := func(i int, v string) {
			q := slices.Clone(p)
			q[i] = v
			out = append(out, strings.Join(q, ":"))
		}
		name, fifo := strings.CutSuffix(p[5], ".fifo")
		suffix := ""
		if fifo {
			suffix = ".fifo"
		}
		variant(5, name+"-other"+suffix)
		variant(5, name[:len(name)-1]+suffix)
		variant(3, "ap-southeast-2")
		variant(4, "999999999999")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// owner is the account of an ARN; of * it is the stack's.
func (w *world) owner(arn string) string {
	if p := strings.Split(arn, ":"); len(p) >= 6 && p[4] != "" {
		return p[4]
	}
	return w.account
}

// trusting is the policy of what is not msgdeploy's and leaves access to the account's
// identities: so does a customer key's by default, and so must that of a topic or queue in
// another account which services are to use. It hides nothing that an identity allows.
func (w *world) trusting(service string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + w.iam("root") + `"},"Action":"` + service + `:*","Resource":"*"}}`
}

// question asks whether a principal may do something, with all policies that bear on it.
func (w *world) question(about string, who iamtest.Principal, identity []string, action, resource string, context map[string]string, want iamtest.Decision) iamtest.Question {
	policy := w.policies[resource]
	if arn := strings.Split(resource, ":"); policy == "" && len(arn) > 2 && (arn[2] == "kms" || w.owner(resource) != w.account) {
		policy = w.trusting(arn[2])
	}
	return iamtest.Question{
		About:    about,
		Request:  iamtest.Request{Principal: who, Action: action, Resource: resource, Account: w.owner(resource), Context: context},
		Identity: identity, Resource: policy, Want: want,
	}
}

func decision(allowed bool) iamtest.Decision {
	if allowed {
		return iamtest.Allowed
	}
	return iamtest.ImplicitlyDenied
}
