package report

import "github.com/msgdeploy/msgdeploy/diag"

// TrustChange is a change of what a stack trusts or is trusted with: where it is deployed,
// where its state is, who a service is, where messages are sent. It needs other eyes than
// a change of a queue's lease.
type TrustChange struct {
	// Kind is a class of such settings, such as "identity" or "endpoint".
	Kind string
	// Subject is what changes, as the spec says it: `services.mailer.endpoint`.
	Subject string
	// Before and After are the values; "" is none.
	Before, After string
	// Range is where the spec says so; the zero Range where it no longer does.
	Range diag.Range
}

// Refusal is a guard that refuses an operation.
type Refusal struct {
	// Guard is its name: what --fail-on calls it, such as "data-loss".
	Guard string `json:"guard"`
	// Text is a full sentence for people.
	Text string `json:"text"`
	// Elements are what it found: addresses of elements, or subjects of trust changes.
	Elements []string `json:"elements"`
}

type trustDocument struct {
	Kind    string         `json:"kind"`
	Subject string         `json:"subject"`
	Before  string         `json:"before"`
	After   string         `json:"after"`
	File    string         `json:"file,omitempty"`
	Start   *diag.Position `json:"start,omitempty"`
	End     *diag.Position `json:"end,omitempty"`
}

func trustJSON(changes []TrustChange) []trustDocument {
	out := make([]trustDocument, 0, len(changes))
	for _, c := range changes {
		doc := trustDocument{Kind: c.Kind, Subject: c.Subject, Before: c.Before, After: c.After, File: c.Range.File}
		if c.Range.Start.Line > 0 {
			doc.Start, doc.End = &c.Range.Start, &c.Range.End
		}
		out = append(out, doc)
	}
	return out
}

func refusedJSON(refused []Refusal) []Refusal {
	out := make([]Refusal, 0, len(refused))
	for _, r := range refused {
		r.Elements = notNil(r.Elements)
		out = append(out, r)
	}
	return out
}
