package providers

import "github.com/msgdeploy/msgdeploy/diag"

// The codes of diagnostics that are about a stack's cloud. They are stable; [Codes] says
// what each of them means.
const (
	CodeNotSupported  = "not-supported"
	CodeNeedsRelay    = "needs-relay"
	CodeNameCollision = "name-collision"
	CodeInvalidName   = "invalid-physical-name"
	CodeNameCut       = "name-cut"
	CodeLabel         = "label-refused"
	CodeLabelLost     = "label-not-kept"
	CodeSharedAccount = "shared-account"
	CodeBeyondLimit   = "beyond-limit"
	CodeDiffers       = "differs"
	CodeFallsShort    = "falls-short"
	CodeSharedMember  = "shared-member"

	CodeOrder           = "order-mismatch"
	CodeSubscribedTwice = "subscribed-twice"
	CodeElsewhere       = "elsewhere"
	CodeAccountNeeded   = "account-needed"
	CodeKeyPolicy       = "key-policy"
	CodePolicyElsewhere = "policy-elsewhere"
	CodeOpenTrust       = "open-trust"
	CodeSharedPod       = "shared-pod"
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
		{CodeInvalidName, "An element's physical name is none that the stack's cloud takes."},
		{CodeNameCut, "A note: physical names are longer than the stack's cloud takes, and were cut."},
		{CodeLabel, "The stack's cloud refuses a label."},
		{CodeLabelLost, "A note: in the stack's cloud nothing can keep a label."},
		{CodeSharedAccount, "A warning: without `nats.system` all services share one account of the server, which cannot isolate them."},
		{CodeSharedMember, "Two services are one principal of the cloud, and would share a grant that is kept once."},
		{CodeOrder, "What keeps order and what does not are put together where the cloud takes only one kind."},
		{CodeSubscribedTwice, "Two subscriptions lead from one topic to one target, and the cloud knows only one."},
		{CodeElsewhere, "Something is in another region or account than the stack, where it cannot be used."},
		{CodeAccountNeeded, "The stack's account must be known for this, and the stack does not name it."},
		{CodeKeyPolicy, "A warning: the policy of a customer's key must let the cloud's own services use it."},
		{CodePolicyElsewhere, "A warning: the policy of something that was made elsewhere must allow this."},
		{CodeOpenTrust, "A role would be trusted to more than one party, or to none."},
		{CodeSharedPod, "A Kubernetes service account is given two roles."},
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

// Remark is good to know about a stack's cloud, at the YAML that it is about, and asks for nothing.
func Remark(code string, at diag.Range, summary, detail string) diag.Diagnostic {
	return diag.Diagnostic{Severity: diag.Note, Class: diag.Semantic, Code: code, Range: at, Summary: summary, Detail: detail}
}
