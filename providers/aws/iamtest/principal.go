package iamtest

import "strings"

// Kind is what a principal is.
type Kind string

// The kinds, as policies write them.
const (
	AWS       Kind = "AWS"
	Service   Kind = "Service"
	Federated Kind = "Federated"
)

// Principal is who calls, or whom a policy names. As a caller, Value is the ARN of a
// user or a role (a session is its role), a service such as sns.amazonaws.com, or an
// identity provider's ARN; the zero Principal is an anonymous caller. In a policy it may
// also be * or an account.
type Principal struct {
	Kind  Kind
	Value string
}

// Account returns the account of a principal of kind AWS.
func (p Principal) Account() string {
	if isAccount(p.Value) {
		return p.Value
	}
	if parts := strings.Split(p.Value, ":"); len(parts) == arnParts {
		return parts[4]
	}
	return ""
}

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// isWholeAccount says whether a policy's principal stands for an account's identities.
func (p Principal) isWholeAccount() bool {
	return p.Kind == AWS && (isAccount(p.Value) || strings.HasSuffix(p.Value, ":root"))
}

// recognition is how a statement's principals fit a caller.
type recognition int

const (
	stranger recognition = iota
	ofAccount
	names
)

// match says how the statement's principals fit a caller, the closest fit first.
func (s Statement) match(caller Principal) recognition {
	best := stranger
	for _, p := range s.Principals {
		switch {
		case p.Value == "*":
			return names
		case p == caller:
			return names
		case p.isWholeAccount() && caller.Kind == AWS && p.Account() == caller.Account():
			best = ofAccount
		}
	}
	return best
}
