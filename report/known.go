package report

import "github.com/msgdeploy/msgdeploy/diag"

// Known is what a report is told of the stack's spec and of its cloud, by who knows them:
// this package knows neither. Each part may be missing, and the report says less then.
type Known struct {
	// Cloud is the name of the stack's cloud for people, such as "AWS".
	Cloud string
	// Word returns the spec's word for a property of a type of resource; ok is false where
	// the spec has none.
	Word func(typ, path string) (w Word, ok bool)
	// Actions returns what a grant comes down to in the cloud.
	Actions func(a Access) (actions []string, scope string)
	// Place returns where the spec says what an element is; the zero Range where it does not.
	Place func(element string) diag.Range
}

// Word is what the spec calls a property of a cloud's resource.
type Word struct {
	// Key is the key of the element, such as "retention" or "deadLetter.maxAttempts".
	Key string
	// Unit is what the cloud counts in.
	Unit Unit
}

// Unit is what a number of a cloud counts.
type Unit int

// The units that the clouds' numbers and texts are in.
const (
	// Plain values are shown as they are.
	Plain Unit = iota
	// Seconds are a number of them.
	Seconds
	// Bytes are a number of them.
	Bytes
	// GoDuration is a text such as "345600s" or "1h0m0s".
	GoDuration
	// ISODuration is a text such as "P4D" or "PT30S".
	ISODuration
	// Nanoseconds are a number of them.
	Nanoseconds
	// Minutes are a number of them.
	Minutes
	// Kilobytes are a number of 1,024 bytes, and Megabytes of 1,024 of those.
	Kilobytes
	Megabytes
)
