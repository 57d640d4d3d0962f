// Package recorded keeps operations of the engine in files, so that reports can be tested
// on what really happened without running it again.
package recorded

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/report"
)

// recording is an operation, and what it was told by functions ([report.Known]).
type recording struct {
	Operation report.Operation
	Words     []word
	Actions   []action
	Places    []place
	Picture   []byte
}

type word struct {
	Type, Name, Element, Path string
	Value                     any
	Key, Text                 string
}

type action struct {
	Access  report.Access
	Actions []string
	Scope   string
}

type place struct {
	Element string
	Range   diag.Range
}

// Encode returns an operation as JSON, with the answers to all that reports of it ask.
func Encode(o report.Operation) ([]byte, error) {
	rec := &recording{}
	known := o.Known
	o.Known = report.Known{Cloud: known.Cloud}
	if known.Word != nil {
		o.Known.Word = func(c deploy.Change, path string, value any) (string, string, bool) {
			key, text, ok := known.Word(c, path, value)
			if ok {
				rec.Words = append(rec.Words, word{c.Type, c.Name, c.Element, path, value, key, text})
			}
			return key, text, ok
		}
	}
	if known.Actions != nil {
		o.Known.Actions = func(a report.Access) ([]string, string) {
			actions, scope := known.Actions(a)
			rec.Actions = append(rec.Actions, action{a, actions, scope})
			return actions, scope
		}
	}
	if known.Place != nil {
		o.Known.Place = func(element string) diag.Range {
			at := known.Place(element)
			rec.Places = append(rec.Places, place{element, at})
			return at
		}
	}
	if known.Picture != nil {
		var err error
		if rec.Picture, err = known.Picture(o.Result.Changes); err != nil {
			return nil, err
		}
	}
	for _, write := range []func(io.Writer) error{o.WriteJSON, o.WriteMarkdown, o.WriteGitHub} {
		if err := write(io.Discard); err != nil {
			return nil, err
		}
	}
	o.Known = report.Known{Cloud: known.Cloud}
	o.Result = mapped(o.Result, markUnknown)
	rec.Operation = o
	rec.Words = once(rec.Words)
	rec.Actions = once(rec.Actions)
	rec.Places = once(rec.Places)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(rec.document()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// document is what is written: the operation without its functions, which JSON has not.
func (r *recording) document() any {
	o := r.Operation
	return map[string]any{
		"project": o.Project, "stack": o.Stack, "verb": o.Verb, "dryRun": o.DryRun, "simulated": o.Simulated,
		"offline": o.Offline, "base": o.Base, "failure": o.Failure, "result": o.Result, "diagnostics": o.Diagnostics,
		"unknown": o.Unknown, "trust": o.Trust, "refused": o.Refused, "cloud": o.Known.Cloud,
		"words": r.Words, "actions": r.Actions, "places": r.Places,
		"picture": string(r.Picture),
	}
}

// Decode is Encode in reverse.
func Decode(src []byte) (report.Operation, error) {
	var doc struct {
		Project, Stack, Verb, Base, Failure, Cloud string
		DryRun, Simulated, Offline                 bool
		Result                                     *deploy.Result
		Diagnostics                                diag.Diagnostics
		Unknown                                    []string
		Trust                                      []report.TrustChange
		Refused                                    []report.Refusal
		Words                                      []word
		Actions                                    []action
		Places                                     []place
		Picture                                    string
	}
	if err := json.Unmarshal(src, &doc); err != nil {
		return report.Operation{}, fmt.Errorf("recorded operation: %w", err)
	}
	o := report.Operation{
		Project: doc.Project, Stack: doc.Stack, Verb: doc.Verb, DryRun: doc.DryRun, Simulated: doc.Simulated,
		Offline: doc.Offline, Base: doc.Base, Failure: doc.Failure, Diagnostics: doc.Diagnostics,
		Unknown: doc.Unknown, Trust: doc.Trust, Refused: doc.Refused,
	}
	o.Result = mapped(doc.Result, unmarkUnknown)
	words := map[string]word{}
	for _, w := range doc.Words {
		words[w.about()] = w
	}
	o.Known = report.Known{
		Cloud: doc.Cloud,
		Word: func(c deploy.Change, path string, value any) (string, string, bool) {
			w, ok := words[word{c.Type, c.Name, c.Element, path, value, "", ""}.about()]
			return w.Key, w.Text, ok
		},
		Actions: func(a report.Access) ([]string, string) {
			i := slices.IndexFunc(doc.Actions, func(b action) bool {
				return a.Service == b.Access.Service && a.Verb == b.Access.Verb && a.Resource == b.Access.Resource
			})
			if i < 0 {
				return nil, ""
			}
			return doc.Actions[i].Actions, doc.Actions[i].Scope
		},
		Place: func(element string) diag.Range {
			i := slices.IndexFunc(doc.Places, func(p place) bool { return p.Element == element })
			if i < 0 {
				return diag.Range{}
			}
			return doc.Places[i].Range
		},
	}
	if doc.Picture != "" {
		o.Known.Picture = func([]deploy.Change) ([]byte, error) { return []byte(doc.Picture), nil }
	}
	return o, nil
}

// about is what was asked of a word.
func (w word) about() string {
	return strings.Join([]string{w.Type, w.Name, w.Element, w.Path, text(w.Value)}, "\x00")
}

// once returns a list sorted, with each item once.
func once[T any](list []T) []T {
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(text(a), text(b)) })
	return slices.CompactFunc(list, func(a, b T) bool { return text(a) == text(b) })
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// mapped returns a copy of a result with f of every value.
func mapped(r *deploy.Result, f func(any) any) *deploy.Result {
	if r == nil {
		return nil
	}
	out := *r
	out.Outputs = nil // reports of changes do not show them
	out.Changes = slices.Clone(r.Changes)
	for i := range out.Changes {
		out.Changes[i].ID = "" // some are random, and none is shown
		out.Changes[i].Diff = slices.Clone(out.Changes[i].Diff)
		for j, d := range out.Changes[i].Diff {
			out.Changes[i].Diff[j].Before, out.Changes[i].Diff[j].After = each(d.Before, f), each(d.After, f)
		}
	}
	return &out
}

func each(v any, f func(any) any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = each(item, f)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[key] = each(item, f)
		}
		return out
	default:
		return f(v)
	}
}

// unknownMark stands for a value that is not known yet.
const unknownMark = "$unknown"

func markUnknown(v any) any {
	switch v.(type) {
	case deploy.Unknown, *deploy.Unknown:
		return unknownMark
	default:
		return v
	}
}

func unmarkUnknown(v any) any {
	if v == unknownMark {
		return deploy.Unknown{}
	}
	return v
}
