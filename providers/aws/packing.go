package aws

import (
	"cmp"
	"crypto/sha256"
	"slices"

	"github.com/msgdeploy/msgdeploy/permissions"
)

// The sizes of policies in characters, white space not counted: IAM user guide, "IAM and
// AWS STS quotas". Inline policies share theirs with all others of the role or user.
const (
	roleInlineLimit = 10240
	userInlineLimit = 2048
	managedLimit    = 6144
	// attachmentLimit is how many managed policies a role or user may have.
	attachmentLimit = 10
	// trustLimit is the size of a role's trust policy.
	trustLimit = 2048
	// What msgdeploy takes of a role or user that it did not make, whose other policies it
	// does not know.
	foreignRoleBudget = 8000
	foreignUserBudget = 1600
)

// access is one verb on one topic or queue, and the customer's keys that it takes.
type access struct {
	verb verbActions
	arn  string
	keys []string
}

// accessOf returns what grants come down to, by verb and ARN.
func (p *place) accessOf(grants []permissions.Grant) []access {
	items := make([]access, 0, len(grants))
	for _, g := range grants {
		if verb, ok := actionsOf(g.Verb); ok {
			items = append(items, access{verb, p.resourceARN(g.Resource), p.keys(g.Verb, g.Resource)})
		}
	}
	return items
}

// statements makes one statement per verb, with only its ARNs, and one for the keys that
// these are encrypted with: a statement for several verbs would grant their cross product.
func statements(items []access) []statement {
	var all []statement
	for _, verb := range verbTable() {
		var arns, keys []string
		for _, item := range items {
			if item.verb.verb == verb.verb {
				arns, keys = append(arns, item.arn), append(keys, item.keys...)
			}
		}
		if len(arns) > 0 {
			all = append(all, statement{Sid: verb.sid, Effect: allow, Action: verb.actions, Resource: sorted(arns)})
		}
		if len(keys) > 0 {
			all = append(all, statement{Sid: verb.sid + "Keys", Effect: allow, Action: verb.key, Resource: sorted(keys)})
		}
	}
	return all
}

func policyFor(items []access) policy { return document(statements(items)...) }

// packed is what a service's access comes to: one inline policy, or managed policies.
type packed struct {
	inline  string
	managed []shard
}

// shard is one of several managed policies. Its name says which resources it holds: those
// whose hash begins with these bits.
type shard struct{ bits, document string }

// suffix ends the name of the policy.
func (s shard) suffix() string {
	if s.bits == "" {
		return ""
	}
	return "-" + s.bits
}

// pack puts access into one inline policy of at most budget characters; what is larger
// goes into managed policies.
//
// A resource has its place by its hash and not by its position: one more topic rewrites
// one policy, and where that is full, parts it in two. The new ones are there before the
// old one goes.
func pack(items []access, budget int) packed {
	if text, ok := fitting(items, budget); ok {
		return packed{inline: text}
	}
	return packed{managed: shards(items, "")}
}

// shards parts access until each part fits into a managed policy.
func shards(items []access, bits string) []shard {
	if len(items) == 0 {
		return nil
	}
	if text, ok := fitting(items, managedLimit); ok {
		return []shard{{bits, text}}
	}
	var halves [2][]access
	for _, item := range items {
		b := bit(item.arn, len(bits))
		halves[b] = append(halves[b], item)
	}
	return append(shards(halves[0], bits+"0"), shards(halves[1], bits+"1")...)
}

// fitting returns the policy of items if it has at most limit characters. One whose ARNs
// alone are too many is not written first.
func fitting(items []access, limit int) (text string, ok bool) {
	least := 0
	for _, item := range items {
		least += len(item.arn)
	}
	if least > limit {
		return "", false
	}
	text = policyFor(items).String()
	return text, len(text) <= limit
}

// bit is the i-th bit of the hash of an ARN. What follows the account is hashed, so that
// a stack is packed alike whether its account is known or not.
func bit(resource string, i int) int {
	a := parseARN(resource)
	sum := sha256.Sum256([]byte(a.service + ":" + a.resource))
	return int(sum[i/8]>>(7-i%8)) & 1
}

// holder is a role or user that holds the access of services.
type holder struct {
	user bool
	name string
}

// budgets returns how many characters of inline policies each service has: services that
// are one role or user share them.
func (p *place) budgets() map[string]int {
	sharing := map[holder][]string{}
	budgets := map[string]int{}
	for _, s := range p.t.Services {
		switch id := identityOf(s); {
		case id == nil || id.PolicyOnly:
			budgets[s.Name] = 0
		case id.Create != nil:
			budgets[s.Name] = roleInlineLimit
		default:
			h := holder{user: id.User != "", name: cmp.Or(id.User, roleName(id.Role))}
			sharing[h] = append(sharing[h], s.Name)
		}
	}
	for h, names := range sharing {
		budget := foreignRoleBudget
		if h.user {
			budget = foreignUserBudget
		}
		for _, name := range slices.Clone(names) {
			budgets[name] = budget / len(names)
		}
	}
	return budgets
}
