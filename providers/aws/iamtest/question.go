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

// Answers decides each question. A document that cannot be parsed is an error.
func Answers(questions []Question) ([]Decision, error) {
	parsed := map[string]Policy{}
	parse := func(document, of string) (Policy, error) {
		policy, ok := parsed[document]
		if ok {
			return policy, nil
		}
		policy, err := Parse(document)
		if err != nil {
			return Policy{}, fmt.Errorf("policy of %s: %w", of, err)
		}
		parsed[document] = policy
		return policy, nil
	}
	decisions := make([]Decision, len(questions))
	for i, q := range questions {
		var p Policies
		for _, document := range q.Identity {
			policy, err := parse(document, q.Request.Principal.Value)
			if err != nil {
				return nil, err
			}
			p.Identity = append(p.Identity, policy)
		}
		if q.Resource != "" {
			policy, err := parse(q.Resource, q.Request.Resource)
			if err != nil {
				return nil, err
			}
			p.Resource = &policy
		}
		decisions[i] = p.Decide(q.Request)
	}
	return decisions, nil
}

// String says what is asked.
func (q Question) String() string {
	who := q.Request.Principal.Value
	if who == "" {
		who = "anonymous"
	}
	return fmt.Sprintf("%s: %s calls %s on %s with %v", q.About, who, q.Request.Action, q.Request.Resource, q.Request.Context)
}
