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
		r.Diagnostics = append(r.Diagnostics, deploy.Message{Severity: "warning", Element: string(advice.Element), Text: advice.Text})
		if output != "json" {
			s.app.notef("warning: %s: %s", advice.Element, advice.Text)
		}
	}
}
