package main

import (
	"fmt"
	"strings"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/report"
)

// eventLine is one line of the live log: what happened, for which element, to which message.
func (a *app) eventLine(e broker.Event) string {
	var b strings.Builder
	b.WriteString(dressed(a.noteStyle(), e.Kind))
	fmt.Fprintf(&b, " %s", e.Element)
	if e.ID != "" {
		fmt.Fprintf(&b, "  %s", e.ID)
	}
	if e.Target != "" {
		fmt.Fprintf(&b, " → %s", e.Target)
	}
	if e.Attempt > 1 {
		fmt.Fprintf(&b, "  attempt %d", e.Attempt)
	}
	if e.Detail != "" {
		fmt.Fprintf(&b, "  (%s)", e.Detail)
	}
	return b.String()
}

// dressed is the kind of an event, in the width of the longest.
func dressed(st report.Style, kind broker.EventKind) string {
	word := fmt.Sprintf("%-13s", kind)
	switch kind {
	case broker.Retried, broker.Waiting:
		return st.Warning(word)
	case broker.DeadLettered, broker.Dropped:
		return st.Error(word)
	default:
		return word
	}
}
