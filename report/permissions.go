package report

import (
	"io"
	"strings"
)

// Permission is one grant as one cloud realises it.
type Permission struct {
	// Service is the name of a service; for an implied grant it is the address of
	// what delivers, such as "topic.orders".
	Service  string `json:"service"`
	Verb     string `json:"verb"`
	Resource string `json:"resource"`
	Provider string `json:"provider"`
	// Actions are the cloud's own words for what the verb takes.
	Actions []string `json:"actions"`
	// Scope is what the actions are allowed on: a subject, an ARN, a resource id.
	Scope string `json:"scope"`
}

// WritePermissionsJSON writes the list of permissions, in the order given.
func WritePermissionsJSON(w io.Writer, ps []Permission) error {
	out := make([]Permission, 0, len(ps))
	for _, p := range ps {
		p.Actions = notNil(p.Actions)
		out = append(out, p)
	}
	return WriteJSON(w, out)
}

// WritePermissionsText writes a table: who may do what on which resource, on which
// scope and through which actions.
func WritePermissionsText(w io.Writer, ps []Permission) error {
	rows := [][]string{{"SERVICE", "VERB", "RESOURCE", "SCOPE", "ACTIONS"}}
	for _, p := range ps {
		rows = append(rows, []string{
			p.Service, p.Verb, p.Resource, orDash(p.Scope), orDash(strings.Join(p.Actions, ", ")),
		})
	}
	_, err := io.WriteString(w, Table(rows))
	return err
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
