package spec

import "github.com/msgdeploy/msgdeploy/diag"

// The codes of the diagnostics of this package. They are stable.
const (
	CodeSyntax           = "syntax"
	CodeEncoding         = "encoding"
	CodeTooLarge         = "too-large"
	CodeEmptySpec        = "empty-spec"
	CodeSeveralDocuments = "several-documents"
	CodeTooDeep          = "too-deep"
	CodeAliasExpansion   = "alias-expansion"
	CodeMerge            = "invalid-merge"
	CodeUnknownKey       = "unknown-key"
	CodeDuplicateKey     = "duplicate-key"
	CodeInvalidKey       = "invalid-key"
	CodeWrongKind        = "wrong-kind"
	CodeMissingKey       = "missing-key"
	CodeChoice           = "choose-one"
	CodeInvalidName      = "invalid-name"
	CodeInvalidValue     = "invalid-value"
	CodeOutOfRange       = "out-of-range"
	CodeDuplicateItem    = "duplicate-item"

	CodeUnknownStack      = "unknown-stack"
	CodeUnknownElement    = "unknown-element"
	CodeUnknownReference  = "unknown-reference"
	CodeWrongVerb         = "wrong-verb"
	CodeNoDeadLetters     = "no-dead-letters"
	CodeDeadLetterCycle   = "dead-letter-cycle"
	CodeNoReceiver        = "no-receiver"
	CodeServiceOnly       = "only-for-services"
	CodeBackoffOrder      = "backoff-order"
	CodeRetentionTooShort = "retention-too-short"
	CodeMissingIdentity   = "missing-identity"
	CodeBrokerSettings    = "broker-settings"
)

// structural is an error that the JSON Schema finds too.
func structural(code string, r diag.Range, summary, detail string) diag.Diagnostic {
	return diag.Diagnostic{Class: diag.Structural, Code: code, Range: r, Summary: summary, Detail: detail}
}

// semantic is an error that the JSON Schema cannot find.
func semantic(code string, r diag.Range, summary, detail string) diag.Diagnostic {
	return diag.Diagnostic{Class: diag.Semantic, Code: code, Range: r, Summary: summary, Detail: detail}
}
