package iamtest

import "fmt"

// Question is a request with the policies that apply to it, as documents, and the
// decision that is expected.
type Question struct {
	// About says what is asked, for a failing test.
	About   string
	Request Request
	// Identity are the documents of the principal's policies.
	Identity []string
	// Resource is the document of the resource's policy; "" is none.
	Resource string
	Want     Decision
}

// Answer parses the documents and decides.
func (q Question) Answer() (Decision, error) {
	var p Policies
	for _, document := range q.Identity {
		policy, err := Parse(document)
		if err != nil {
			return "", fmt.Errorf("identity policy of %s: %w", q.Request.Principal.Value, err)
		}
		p.Identity = append(p.Identity, policy)
	}
	if q.Resource != "" {
		policy, err := Parse(q.Resource)
		if err != nil {
			return "", fmt.Errorf("policy of %s: %w", q.Request.Resource, err)
		}
		p.Resource = &policy
	}
	return p.Decide(q.Request), nil
}

// String says what is asked.
func (q Question) String() string {
	who := q.Request.Principal.Value
	if who == "" {
		who = "anonymous"
	}
	return fmt.Sprintf("%s: %s calls %s on %s with %v", q.About, who, q.Request.Action, q.Request.Resource, q.Request.Context)
}
