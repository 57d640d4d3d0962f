package iamtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Effect is what a statement does.
type Effect string

// The effects.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Policy is a policy document.
type Policy struct {
	Statements []Statement
}

// Statement is one statement of a policy.
type Statement struct {
	Sid    string
	Effect Effect
	// Principals is empty in an identity policy.
	Principals []Principal
	Actions    []string
	// Resources is empty in a role's trust, which is about the role.
	Resources  []string
	Conditions []Condition
}

// Condition asks that a key of the request fits one of the values.
type Condition struct {
	Operator string
	Key      string
	Values   []string
}

// Parse reads a policy document. It refuses what the package does not evaluate, and
// what IAM's grammar refuses: another version than 2012-10-17, a statement without an
// effect or an action, elements that it does not know.
func Parse(document string) (Policy, error) {
	var raw struct {
		Version   string
		ID        string `json:"Id"`
		Statement json.RawMessage
	}
	if err := strict(document, &raw); err != nil {
		return Policy{}, err
	}
	if raw.Version != "2012-10-17" {
		return Policy{}, fmt.Errorf("version %q of the policy language", raw.Version)
	}
	statements, err := list[rawStatement](raw.Statement)
	if err != nil {
		return Policy{}, fmt.Errorf("Statement: %w", err)
	}
	if len(statements) == 0 {
		return Policy{}, errors.New("no statement")
	}
	var p Policy
	for i, s := range statements {
		statement, err := s.statement()
		if err != nil {
			return Policy{}, fmt.Errorf("statement %d: %w", i, err)
		}
		same := func(other Statement) bool { return other.Sid != "" && other.Sid == statement.Sid }
		if slices.ContainsFunc(p.Statements, same) {
			return Policy{}, fmt.Errorf("two statements are called %s", statement.Sid)
		}
		p.Statements = append(p.Statements, statement)
	}
	return p, nil
}

type rawStatement struct {
	Sid, Effect                            string
	Principal, Action, Resource, Condition json.RawMessage
}

func (raw rawStatement) statement() (Statement, error) {
	s := Statement{Sid: raw.Sid, Effect: Effect(raw.Effect)}
	if s.Effect != Allow && s.Effect != Deny {
		return s, fmt.Errorf("effect %q", raw.Effect)
	}
	var err error
	if s.Actions, err = list[string](raw.Action); err != nil || len(s.Actions) == 0 {
		return s, fmt.Errorf("action %s: %w", raw.Action, errors.Join(err, errors.New("want one or more actions")))
	}
	if s.Resources, err = list[string](raw.Resource); err != nil {
		return s, fmt.Errorf("resource: %w", err)
	}
	if s.Principals, err = principals(raw.Principal); err != nil {
		return s, fmt.Errorf("principal: %w", err)
	}
	if s.Conditions, err = conditions(raw.Condition); err != nil {
		return s, fmt.Errorf("condition: %w", err)
	}
	for _, text := range slices.Concat(s.Actions, s.Resources) {
		if strings.Contains(text, "${") {
			return s, fmt.Errorf("%s: policy variables are not evaluated", text)
		}
	}
	return s, nil
}

func principals(raw json.RawMessage) ([]Principal, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	if string(raw) == `"*"` {
		return []Principal{{AWS, "*"}}, nil
	}
	var kinds map[Kind]json.RawMessage
	if err := json.Unmarshal(raw, &kinds); err != nil {
		return nil, err
	}
	var out []Principal
	for _, kind := range []Kind{AWS, Service, Federated} {
		values, err := list[string](kinds[kind])
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			if strings.ContainsAny(v, "*?") && (v != "*" || kind != AWS) {
				return nil, fmt.Errorf("%s %s: principals take no wildcards", kind, v)
			}
			out = append(out, Principal{kind, v})
		}
		delete(kinds, kind)
	}
	for kind := range kinds {
		return nil, fmt.Errorf("kind %q", kind)
	}
	return out, nil
}

func conditions(raw json.RawMessage) ([]Condition, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var operators map[string]map[string]json.RawMessage
	if err := json.Unmarshal(raw, &operators); err != nil {
		return nil, err
	}
	var out []Condition
	for operator, keys := range operators {
		if _, ok := comparison(operator); !ok {
			return nil, fmt.Errorf("operator %s is not evaluated", operator)
		}
		for key, values := range keys {
			vs, err := list[string](values)
			if err != nil {
				return nil, fmt.Errorf("%s of %s: %w", operator, key, err)
			}
			for _, v := range vs {
				if strings.Contains(v, "${") {
					return nil, fmt.Errorf("%s: policy variables are not evaluated", v)
				}
			}
			out = append(out, Condition{Operator: operator, Key: key, Values: vs})
		}
	}
	return out, nil
}

// list reads what policies write as one value or as a list of them.
func list[T any](raw json.RawMessage) ([]T, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	if raw[0] == '[' {
		var many []T
		err := strict(string(raw), &many)
		return many, err
	}
	var one T
	if err := strict(string(raw), &one); err != nil {
		return nil, err
	}
	return []T{one}, nil
}

func strict(document string, v any) error {
	dec := json.NewDecoder(bytes.NewReader([]byte(document)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if dec.More() {
		return errors.New("more than one document")
	}
	return nil
}
