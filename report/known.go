package report

import (
	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/diag"
)

// Known is what a report is told of the stack's spec and of its cloud, by who knows them:
// this package knows neither. Each part may be missing, and the report says less then.
type Known struct {
	// Cloud is the name of the stack's cloud for people, such as "AWS".
	Cloud string
	// Word returns the spec's key for a property of a resource, and the spec's text for a value
	// of it, "" for none; ok is false where the spec has no word. Path may lead on into a
	// property that is a JSON document.
	Word func(c deploy.Change, path string, value any) (key, text string, ok bool)
	// Actions returns what a grant comes down to in the cloud, and on what.
	Actions func(a Access) (actions []string, scope string)
	// Place returns where the spec says what an element is; the zero Range where it does not.
	Place func(element string) diag.Range
	// Picture draws the stack with its changes, as an SVG file, for a page; nil is none.
	Picture func(changes []deploy.Change) ([]byte, error)
}

// word is Word of both sides of a property that changes.
func (k Known) word(c deploy.Change, path string, before, after any) (w wording, ok bool) {
	if k.Word == nil || isUnknown(before) || isUnknown(after) {
		return w, false
	}
	var okBefore, okAfter bool
	w.key, w.before, okBefore = k.Word(c, path, before)
	_, w.after, okAfter = k.Word(c, path, after)
	return w, okBefore && okAfter && w.before != w.after
}

func (k Known) place(element string) diag.Range {
	if k.Place == nil {
		return diag.Range{}
	}
	return k.Place(element)
}
