// Package diag is how msgdeploy tells users of mistakes in what they wrote: a
// [Diagnostic] says what is wrong, where, and how to mend it. Functions return
// (value, Diagnostics), collect everything and never stop at the first; nil is
// the empty set. Sorting and deduplication happen once, when a set is rendered.
//
// The package is a leaf: it knows neither the spec nor any cloud.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity tells whether a diagnostic stops a command.
type Severity int

// An Error stops every command that needs the spec; a Warning stops none. A Note is good
// to know and asks for nothing: `msgdeploy validate` alone shows it.
const (
	Error Severity = iota
	Warning
	Note
)

// String returns the word that users read: "error", "warning" or "note".
func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Note:
		return "note"
	default:
		return "error"
	}
}

// Position is a place in a file. Line and Column count from 1; Column counts
// characters (runes), as editors do. The zero Position is "no place".
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Before reports whether p stands before q.
func (p Position) Before(q Position) bool {
	return p.Line < q.Line || p.Line == q.Line && p.Column < q.Column
}

// Range is a half-open stretch of one file: End is the first position after it.
// The zero Range is "no place" and is rendered without a snippet.
type Range struct {
	File  string
	Start Position
	End   Position
}

// IsZero reports whether r names no place.
func (r Range) IsZero() bool { return r.File == "" && r.Start.Line == 0 }

// String returns file:line:col, or the file alone when there is no position.
func (r Range) String() string {
	if r.Start.Line == 0 {
		return r.File
	}
	return fmt.Sprintf("%s:%d:%d", r.File, r.Start.Line, r.Start.Column)
}

// Related is a second place that explains a diagnostic, such as the first of
// two declarations.
type Related struct {
	Range   Range
	Message string
}

// Class says which of the spec's two gates a diagnostic comes from.
type Class int

// Structural mistakes are those that the published JSON Schema finds too;
// Semantic ones need more than the schema can say (references, cycles, clouds).
const (
	Structural Class = iota
	Semantic
)

// Diagnostic is one mistake or warning.
type Diagnostic struct {
	Severity Severity
	Class    Class
	// Code is kebab-case, stable, and documented in docs/diagnostics.md.
	Code string
	// Summary is terse, has no user-chosen names and no full stop.
	Summary string
	// Detail is full sentences: what was wrong, why, and how to mend it.
	Detail  string
	Range   Range
	Related []Related
}

// Count returns how many diagnostics of a severity there are.
func (ds Diagnostics) Count(s Severity) int {
	n := 0
	for _, d := range ds {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// Diagnostics is a set of diagnostics. As an error it reads as its first error.
type Diagnostics []Diagnostic

// HasErrors reports whether any diagnostic is an [Error].
func (ds Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == Error })
}

// Sorted returns ds ordered by file, position, severity, code and detail,
// without duplicates. ds itself is not changed.
func (ds Diagnostics) Sorted() Diagnostics {
	out := slices.Clone(ds)
	slices.SortStableFunc(out, compare)
	return slices.CompactFunc(out, func(a, b Diagnostic) bool { return compare(a, b) == 0 })
}

func compare(a, b Diagnostic) int {
	return cmp.Or(
		strings.Compare(a.Range.File, b.Range.File),
		cmp.Compare(a.Range.Start.Line, b.Range.Start.Line),
		cmp.Compare(a.Range.Start.Column, b.Range.Start.Column),
		cmp.Compare(a.Severity, b.Severity),
		strings.Compare(a.Code, b.Code),
		strings.Compare(a.Summary, b.Summary),
		strings.Compare(a.Detail, b.Detail),
	)
}

// Error returns the first error of ds, in the order in which they are rendered.
func (ds Diagnostics) Error() string {
	for _, d := range ds.Sorted() {
		if d.Severity == Error {
			return fmt.Sprintf("%s: %s: %s", d.Range, d.Summary, d.Detail)
		}
	}
	return "no error"
}
