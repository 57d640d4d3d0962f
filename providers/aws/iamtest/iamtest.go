// Package iamtest decides what IAM's policies allow, for tests that prove what a
// rendered program allows: identity policies, resource policies, key policies and
// role trusts, within an account and across accounts.
//
// It follows the IAM user guide's "Policy evaluation logic" and "Cross-account policy
// evaluation logic", as far as msgdeploy's policies go. What it does not evaluate
// (NotAction, NotResource, NotPrincipal, policy variables, other condition operators,
// set operators) is an error of [Parse], so that nothing is decided by guessing. A
// permissions boundary and the policies of an organization only take away: what is
// denied without them is denied with them.
//
// `make strangers` compares its decisions with another implementation's.
package iamtest

import "strings"

// Decision is what IAM answers.
type Decision string

// The decisions, as iam-simulate names them.
const (
	Allowed          Decision = "Allowed"
	ImplicitlyDenied Decision = "ImplicitlyDenied"
	ExplicitlyDenied Decision = "ExplicitlyDenied"
)

// Request is one call of an API.
type Request struct {
	Principal Principal
	// Action is of the form service:Action.
	Action string
	// Resource is an ARN, or * for an action that takes none.
	Resource string
	// Account owns the resource: twelve digits.
	Account string
	// Context holds the condition keys that the call carries.
	Context map[string]string
}

// Policies are what applies to a request.
type Policies struct {
	// Identity are the policies of the request's principal.
	Identity []Policy
	// Resource is the resource's own policy: of a queue, a topic, a key, a function; a
	// role's trust. Nil is none.
	Resource *Policy
}

// Decide evaluates a request. An explicit deny anywhere wins. A caller of the
// resource's own account needs an allow of its identity or of the resource; one of
// another account needs both; a service, an identity provider's subject and an
// anonymous caller need the resource's. Keys and roles trust their account's identity
// policies only where their own policy names the account.
func (p Policies) Decide(r Request) Decision {
	identity := effects{}
	for _, policy := range p.Identity {
		identity.add(policy, r, false)
	}
	resource := effects{}
	if p.Resource != nil {
		resource.add(*p.Resource, r, true)
	}
	if identity.deny || resource.deny {
		return ExplicitlyDenied
	}
	var allowed bool
	switch {
	case r.Principal.Kind != AWS:
		allowed = resource.direct
	case r.Principal.Account() != r.Account:
		allowed = identity.direct && (resource.direct || resource.account)
	case trustsOnlyItself(r.Action):
		allowed = resource.direct || identity.direct && resource.account
	default:
		allowed = resource.direct || identity.direct
	}
	if allowed {
		return Allowed
	}
	return ImplicitlyDenied
}

// trustsOnlyItself says whether an action is on a key or a role, whose policy alone
// decides whether the account's identity policies count.
func trustsOnlyItself(action string) bool {
	action = strings.ToLower(action)
	return strings.HasPrefix(action, "kms:") || strings.HasPrefix(action, "sts:assumerole") || action == "sts:tagsession"
}

// effects is what the matching statements of policies add up to.
type effects struct {
	deny bool
	// direct is an allow that names the principal or everybody; of an identity policy, any allow.
	direct bool
	// account is an allow that names the principal's account, which leaves it to the identity's policies.
	account bool
}

func (e *effects) add(p Policy, r Request, ofResource bool) {
	for _, s := range p.Statements {
		if !s.applies(r) {
			continue
		}
		who := names
		if ofResource {
			who = s.match(r.Principal)
		}
		switch {
		case who == stranger:
		case s.Effect == Deny:
			e.deny = true
		case who == names:
			e.direct = true
		default:
			e.account = true
		}
	}
}
