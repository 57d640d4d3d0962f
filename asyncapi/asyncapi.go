// Package asyncapi translates between AsyncAPI 3 and specs: [Read] makes a spec of a
// document, [Write] a document of one stack.
//
// AsyncAPI knows channels, and an application that sends to or receives from them; a spec
// knows topics, queues, who may do what, and where all of it is deployed. What AsyncAPI
// has no word for stands in the extension x-msgdeploy, so that what Write writes, Read
// reads back. What a spec has no word for, Read says: one warning each, where it stands.
//
// The documents are those of https://www.asyncapi.com/docs/reference/specification/v3.0.0,
// the bindings those that its JSON Schema names: SNS 0.1.0 and 0.2.0, SQS 0.2.0 and 0.3.0,
// Google Pub/Sub 0.2.0, NATS 0.1.0 (https://github.com/asyncapi/bindings).
package asyncapi

import "github.com/msgdeploy/msgdeploy/diag"

// Version is the version of AsyncAPI that [Write] writes. [Read] takes every 3.x.
const Version = "3.0.0"

// extension is the key under which a document says what AsyncAPI has no word for.
const extension = "x-msgdeploy"

// outputsExtension holds what an application needs beside a channel's address. It is for
// others to read: what a cloud calls things is no part of a spec.
const outputsExtension = "x-msgdeploy-outputs"

// The codes of the diagnostics of this package. They are stable; [Codes] says what each
// of them means. What is wrong with the spec that a document comes to has the codes of
// package spec.
const (
	CodeNotAsyncAPI    = "not-asyncapi"
	CodeVersion        = "asyncapi-version"
	CodeMalformed      = "asyncapi-malformed"
	CodeReference      = "asyncapi-reference"
	CodeNoChannels     = "asyncapi-no-channels"
	CodeNotCarriedOver = "not-carried-over"
)

// A Code is a diagnostic code and its meaning in a sentence.
type Code struct {
	Code    string
	Meaning string
}

// Codes returns every code of the package's own diagnostics.
func Codes() []Code {
	return []Code{
		{CodeNotAsyncAPI, "The file is no AsyncAPI document."},
		{CodeVersion, "The document is of a version of AsyncAPI that is not read."},
		{CodeMalformed, "A part of the document is not what AsyncAPI says it is."},
		{CodeReference, "A `$ref` leads nowhere, out of the file or round in a circle."},
		{CodeNoChannels, "The document has no channels, so there is nothing to make."},
		{CodeNotCarriedOver, "A warning: a spec has no word for this part of the document."},
	}
}

func failure(code string, at diag.Range, summary, detail string) diag.Diagnostic {
	return diag.Diagnostic{Class: diag.Semantic, Code: code, Range: at, Summary: summary, Detail: detail}
}
