package spec

import "github.com/msgdeploy/msgdeploy/diag"

// The codes of the diagnostics of this package. They are stable; [Codes] says what each
// of them means.
const (
	CodeSyntax           = "syntax"
	CodeEncoding         = "encoding"
	CodeTooLarge         = "too-large"
	CodeEmptySpec        = "empty-spec"
	CodeSeveralDocuments = "several-documents"
	CodeTooDeep          = "too-deep"
	CodeAliasExpansion   = "alias-expansion"
	CodeInvalidMerge     = "invalid-merge"
	CodeInvalidKey       = "invalid-key"
	CodeDuplicateKey     = "duplicate-key"

	CodeUnknownKey    = "unknown-key"
	CodeMissingKey    = "missing-key"
	CodeChooseOne     = "choose-one"
	CodeWrongKind     = "wrong-kind"
	CodeInvalidName   = "invalid-name"
	CodeInvalidValue  = "invalid-value"
	CodeOutOfRange    = "out-of-range"
	CodeEmptyList     = "empty-list"
	CodeDuplicateItem = "duplicate-item"

	CodeNoStacks          = "no-stacks"
	CodeUnknownStack      = "unknown-stack"
	CodeUnknownElement    = "unknown-element"
	CodeUnknownReference  = "unknown-reference"
	CodeWrongVerb         = "wrong-verb"
	CodeNoDeadLetters     = "no-dead-letters"
	CodeDeadLetterCycle   = "dead-letter-cycle"
	CodeNoReceiver        = "no-receiver"
	CodeOnlyForServices   = "only-for-services"
	CodeBackoffOrder      = "backoff-order"
	CodeRetentionTooShort = "retention-too-short"
	CodeMissingIdentity   = "missing-identity"
	CodeBrokerSettings    = "broker-settings"
	CodeMovedFrom         = "moved-from"
	CodeForeign           = "foreign-element"
	CodeExisting          = "existing-unchanged"
)

// A Code is a diagnostic code and its meaning in a sentence.
type Code struct {
	Code    string
	Meaning string
}

// Codes returns every code of the package's diagnostics: first those of the YAML, then
// those of its form, then those of its sense.
func Codes() []Code {
	return []Code{
		{CodeSyntax, "The file is not valid YAML."},
		{CodeEncoding, "The file is not UTF-8, or has control characters."},
		{CodeTooLarge, "The file is larger than any spec."},
		{CodeEmptySpec, "The file has no content."},
		{CodeSeveralDocuments, "The file has more than one YAML document."},
		{CodeTooDeep, "Mappings and lists are nested too deeply."},
		{CodeAliasExpansion, "Aliases stand for too much, or for themselves."},
		{CodeInvalidMerge, "A merge key does not name mappings."},
		{CodeInvalidKey, "A key is a list or a mapping."},
		{CodeDuplicateKey, "A mapping has a key twice."},

		{CodeUnknownKey, "There is no such key in this place."},
		{CodeMissingKey, "A key that must be there is missing."},
		{CodeChooseOne, "Of keys that exclude each other there are none or several; or a key lacks its companion."},
		{CodeWrongKind, "A value is not of the kind that the key takes."},
		{CodeInvalidName, "A name breaks the rule for names."},
		{CodeInvalidValue, "A value is not one that the key can have."},
		{CodeOutOfRange, "A value is too small or too large."},
		{CodeEmptyList, "A list that needs items has none."},
		{CodeDuplicateItem, "A list has an item twice."},

		{CodeNoStacks, "The spec is deployed nowhere."},
		{CodeUnknownStack, "The spec has no stack of that name."},
		{CodeUnknownElement, "A patch names an element that the spec does not have."},
		{CodeUnknownReference, "A name refers to nothing."},
		{CodeWrongVerb, "A permission's verb does not fit what it names."},
		{CodeNoDeadLetters, "A permission names the dead letters of a queue that has none."},
		{CodeDeadLetterCycle, "Dead letters come back to where they were."},
		{CodeNoReceiver, "A subscription's service has nothing that could receive in the stack's cloud."},
		{CodeOnlyForServices, "A subscription to a queue has a setting for subscriptions to services."},
		{CodeBackoffOrder, "The shortest pause between attempts is longer than the longest."},
		{CodeRetentionTooShort, "Messages would expire before they can be processed."},
		{CodeMissingIdentity, "A service with permissions has no identity in a cloud that needs one."},
		{CodeBrokerSettings, "Settings of a stack on NATS do not fit together."},
		{CodeMovedFrom, "An element cannot have been called what `movedFrom` says."},
		{CodeForeign, "Another project's element stands where only one's own can."},
		{CodeExisting, "A warning: what is asked of an element that was made elsewhere has no effect on it."},
	}
}

// structural is an error that the JSON Schema finds too.
func structural(code string, r diag.Range, summary, detail string) diag.Diagnostic {
	return diag.Diagnostic{Class: diag.Structural, Code: code, Range: r, Summary: summary, Detail: detail}
}

// semantic is an error that the JSON Schema cannot find.
func semantic(code string, r diag.Range, summary, detail string) diag.Diagnostic {
	return diag.Diagnostic{Class: diag.Semantic, Code: code, Range: r, Summary: summary, Detail: detail}
}
