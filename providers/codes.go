package providers

import "github.com/msgdeploy/msgdeploy/diag"

// The codes of diagnostics that are about a stack's cloud. They are stable; [Codes] says
// what each of them means.
const (
	CodeNotSupported  = "not-supported"
	CodeNeedsRelay    = "needs-relay"
	CodeNameCollision = "name-collision"
	CodeSharedAccount = "shared-account"
	CodeBeyondLimit   = "beyond-limit"
	CodeDiffers       = "differs"
	CodeFallsShort    = "falls-short"
	CodeSharedMember  = "shared-member"
)

// Code is a diagnostic code and its meaning in a sentence.
type Code struct{ Code, Meaning string }

// Codes returns every code of the diagnostics about clouds, in the order in which
// docs/diagnostics.md lists them.
func Codes() []Code {
	return []Code{
		{CodeNotSupported, "The stack's cloud cannot do this."},
		{CodeBeyondLimit, "The stack's cloud can do this, but not as much of it."},
		{CodeFallsShort, "A warning: the stack's cloud does a part of this only."},
		{CodeDiffers, "A note: the stack's cloud does this otherwise than others do."},
		{CodeNeedsRelay, "A warning: the stack's cloud cannot do this by itself; `msgdeploy dev` or `msgdeploy relay` does it."},
		{CodeNameCollision, "Two elements would get the same physical name."},
		{CodeSharedAccount, "A warning: without `nats.system` all services share one account of the server, which cannot isolate them."},
		{CodeSharedMember, "Two services are one principal of the cloud, and would share a grant that is kept once."},
	}
}

// Problem is a mistake about a stack's cloud, at the YAML that asks.
func Problem(code string, at diag.Range, summary, detail string) diag.Diagnostic {
	return diag.Diagnostic{Class: diag.Semantic, Code: code, Range: at, Summary: summary, Detail: detail}
}

// Caution is a warning about a stack's cloud, at the YAML that asks.
func Caution(code string, at diag.Range, summary, detail string) diag.Diagnostic {
	return diag.Diagnostic{Severity: diag.Warning, Class: diag.Semantic, Code: code, Range: at, Summary: summary, Detail: detail}
}

// Remark is a note about a stack's cloud, at the YAML that asks: good to know, and no more.
func Remark(code string, at diag.Range, summary, detail string) diag.Diagnostic {
	return diag.Diagnostic{Severity: diag.Note, Class: diag.Semantic, Code: code, Range: at, Summary: summary, Detail: detail}
}
