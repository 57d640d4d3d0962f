package main

import (
	"github.com/msgdeploy/msgdeploy/diag"
)

// showDiagnostics writes diagnostics for people to stderr.
func (a *app) showDiagnostics(ds diag.Diagnostics, sources map[string][]byte) {
	// Nobody could be told that stderr cannot be written.
	_ = diag.Text{Sources: sources, Color: a.colored(a.terminal)}.Write(a.stderr, ds)
}

// showWarnings writes what the spec and its cloud have to say about a stack, unless
// the command's JSON document says it.
func (a *app) showWarnings(s *session, opts operationOptions) {
	if opts.output != "json" && len(s.warnings) > 0 {
		a.showDiagnostics(s.warnings, s.sources)
	}
}

// writeDiagnostics writes diagnostics as the data of a command.
func (a *app) writeDiagnostics(format string, ds diag.Diagnostics, sources map[string][]byte) error {
	switch format {
	case "json":
		return diag.WriteJSON(a.stdout, ds)
	case "github":
		return diag.WriteGitHub(a.stdout, ds)
	case "sarif":
		return diag.WriteSARIF(a.stdout, diag.Tool{Name: "msgdeploy", Version: currentVersion()}, ds)
	default:
		return diag.Text{Sources: sources, Color: a.colored(a.stdoutTerminal)}.Write(a.stdout, ds)
	}
}
