package providers

import (
	"fmt"
	"time"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Bound is a cloud's range of one of the times of a queue.
type Bound struct {
	// Path is the key of the spec: "lease".
	Path string
	Of   func(*spec.Queue) time.Duration
	// Min and Max are inclusive; a time is a multiple of Step where that is not 0.
	Min, Max, Step time.Duration
	// What begins a sentence about it: "SQS hides a dequeued message".
	What string
	// Source is the document that says so.
	Source string
}

// String returns the range as the spec writes times: "1m to 14d".
func (b Bound) String() string {
	return spec.FormatDuration(b.Min) + " to " + spec.FormatDuration(b.Max)
}

// CheckBounds reports where a queue asks for a time that its cloud cannot keep.
func CheckBounds(t *spec.Topology, q *spec.Queue, bounds []Bound) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, b := range bounds {
		v := b.Of(q)
		var why string
		switch {
		case v == 0 && b.Min > 0:
			continue // the spec has no such time, and has said so
		case v < b.Min || v > b.Max:
			why = fmt.Sprintf("%s for %s, not for %s.", b.What, b, spec.FormatDuration(v))
		case b.Step > 0 && v%b.Step != 0:
			why = fmt.Sprintf("%s for a multiple of %s, not for %s.", b.What, spec.FormatDuration(b.Step), spec.FormatDuration(v))
		default:
			continue
		}
		diags = append(diags, Problem(CodeBeyondLimit, q.At(b.Path), "The cloud cannot do that much",
			fmt.Sprintf("Stack %s is on %s. %s", t.Stack, t.Target.Cloud(), why)))
	}
	return diags
}
