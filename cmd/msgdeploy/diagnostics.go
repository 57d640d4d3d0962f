package main

import (
	"github.com/msgdeploy/msgdeploy/diag"
)

// showDiagnostics writes diagnostics for people to stderr.
func (a *app) showDiagnostics(ds diag.Diagnostics, sources map[string][]byte) {
	// Nobody could be told that stderr cannot be written.
	_ = diag.Text{Sources: sources, Color: a.colored(a.terminal)}.Write(a.stderr, ds)
}

// noteWarnings says that there are warnings, unless the command's document lists
// them. They stay the same from run to run: `validate` is where they are read.
func (a *app) noteWarnings(st *stack, output string) {
	if n := st.warnings.Count(diag.Warning); n > 0 && !holdsNotes(output) {
		a.notef("note: the spec has %s for stack %s, `msgdeploy validate` shows them", count(n, "warning"), st.Stack)
	}
}

// writeDiagnostics writes diagnostics as the data of a command.
func (a *app) writeDiagnostics(format string, ds diag.Diagnostics, sources map[string][]byte) error {
	switch format {
	case "json":
		return diag.WriteJSON(a.stdout, ds)
	case "github":
		return diag.WriteGitHub(a.stdout, a.inRepository(ds))
	case "sarif":
		return diag.WriteSARIF(a.stdout, diag.Tool{Name: "msgdeploy", Version: currentVersion()}, a.inRepository(ds))
	default:
		return diag.Text{Sources: sources, Color: a.colored(a.stdoutTerminal)}.Write(a.stdout, ds)
	}
}
