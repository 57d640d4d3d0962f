package main

import (
	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
)

// advise says what users must do about a result, as the stack's cloud knows it, and adds it to
// the result, which is where a JSON document has it.
func (s *session) advise(r *deploy.Result, output string) {
	adviser, ok := s.provider.(providers.Adviser)
	if !ok {
		return
	}
	created := map[string]bool{}
	for _, c := range r.Changes {
		if c.Component && c.Op == deploy.OpCreate {
			created[c.Element] = true
		}
	}
	for _, advice := range adviser.Advise(s.Topology, func(a permissions.Address) bool { return created[string(a)] }) {
		s.app.addNote(r, deploy.Message{Severity: "warning", Element: string(advice.Element), Text: advice.Text}, output)
	}
}

// addNote adds what is to be said of an element to a result, which is where a document has
// it, and says it to people otherwise.
func (a *app) addNote(r *deploy.Result, m deploy.Message, output string) {
	r.Diagnostics = append(r.Diagnostics, m)
	if !holdsNotes(output) {
		a.notef("%s: %s: %s", m.Severity, m.Element, m.Text)
	}
}
