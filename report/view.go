package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/diag"
)

// part is what changes of one element of the spec, as every format for people shows it:
// first in the spec's words, then as what becomes of the cloud's resources.
type part struct {
	element string
	// op is what becomes of the element itself.
	op    deploy.Op
	words []wording
	// access is what a service gains and loses, in words.
	access    []string
	resources []resourceView
	// loss is nil where no messages are lost.
	loss *Loss
	// protected is set where the change is going to be refused.
	protected bool
	place     diag.Range
}

// wording is a key of the spec and its texts; "" is none.
type wording struct{ key, before, after string }

// resourceView is a resource that changes. Components stand for the element itself, and are
// among them only where they have properties: the stack has its outputs.
type resourceView struct {
	op        deploy.Op
	typ, name string
	// reasons are the properties that force a replacement.
	reasons []string
	lines   []line
	// rewritten are documents that are written in another way and mean the same.
	rewritten []string
}

// line is a property that changes, or a place in one.
type line struct {
	path, kind    string
	before, after string
	// removed and added are the items of a list that come and go, instead of before and after.
	removed, added []string
	forces         bool
}

// parts returns what changes, by element.
func (o Operation) parts() []part {
	losses := map[string]*Loss{}
	for _, l := range o.Losses() {
		losses[l.Element] = &l
	}
	access := o.accessOf()
	var parts []part
	for _, group := range groups(o.result().Changes) {
		p := part{element: group[0].Element, op: elementOp(group), place: o.Known.place(group[0].Element), access: access[group[0].Element]}
		p.loss = losses[p.element]
		for _, c := range group {
			p.protected = p.protected || c.Protected && (c.Op == deploy.OpDelete || c.Op == deploy.OpReplace)
			// What a service may do is shown as access.
			if c.Component && (c.Type == serviceType || len(c.Diff) == 0) {
				continue
			}
			r, words := o.resource(c)
			p.resources = append(p.resources, r)
			for _, w := range words {
				if !slices.Contains(p.words, w) {
					p.words = append(p.words, w)
				}
			}
		}
		slices.SortStableFunc(p.words, func(a, b wording) int { return strings.Compare(a.key, b.key) })
		parts = append(parts, p)
	}
	return parts
}

// accessOf returns what each service gains and loses, by its address.
func (o Operation) accessOf() map[string][]string {
	out := map[string][]string{}
	gained, lost := AccessChanges(o.result().Changes)
	for _, a := range gained {
		out["service."+a.Service] = append(out["service."+a.Service], "gains "+a.Verb+" on "+a.Resource)
	}
	for _, a := range lost {
		out["service."+a.Service] = append(out["service."+a.Service], "loses "+a.Verb+" on "+a.Resource)
	}
	return out
}

// groups cuts changes, which are sorted by element, where another element begins. What does
// not change is left out.
func groups(changes []deploy.Change) [][]deploy.Change {
	var out [][]deploy.Change
	for _, c := range changes {
		if c.Op == deploy.OpSame {
			continue
		}
		if n := len(out); n > 0 && out[n-1][0].Element == c.Element {
			out[n-1] = append(out[n-1], c)
			continue
		}
		out = append(out, []deploy.Change{c})
	}
	return out
}

// elementOp is what becomes of an element: what becomes of its component; else it is
// replaced where something that messages are lost with is, and else it is changed. What has
// no component is made or deleted where everything of it is.
func elementOp(group []deploy.Change) deploy.Op {
	same := true
	for _, c := range group {
		if c.Component && c.Op != deploy.OpUpdate {
			return c.Op
		}
		same = same && c.Op == group[0].Op
	}
	switch {
	case same && strings.Count(group[0].Element, ".") == 0:
		return group[0].Op
	case slices.ContainsFunc(group, func(c deploy.Change) bool { return c.Op == deploy.OpReplace && c.DataLoss }):
		return deploy.OpReplace
	default:
		return deploy.OpUpdate
	}
}

// resource is what is shown of a resource, and what the spec calls that. Of a resource that
// is made or deleted the properties say nothing that the element does not.
func (o Operation) resource(c deploy.Change) (resourceView, []wording) {
	r := resourceView{op: c.Op, typ: c.Type, name: c.Name, reasons: c.Reasons}
	if c.Op != deploy.OpUpdate && c.Op != deploy.OpReplace {
		return r, nil
	}
	var words []wording
	for _, d := range c.Diff {
		leaves, rewritten := leavesOf(d)
		if rewritten {
			r.rewritten = append(r.rewritten, d.Path)
		}
		for _, l := range leaves {
			forces := slices.ContainsFunc(c.Reasons, func(reason string) bool {
				return reason == d.Path || strings.HasPrefix(d.Path, reason+".") || strings.HasPrefix(d.Path, reason+"[")
			})
			r.lines = append(r.lines, lineOf(l, forces))
			if w, ok := o.Known.word(c, l.path, l.before, l.after); ok {
				words = append(words, w)
			}
		}
	}
	return r, words
}

// leavesOf returns the places where a property changes; rewritten is set where it is a
// document that means the same as before.
func leavesOf(d deploy.PropertyDiff) (leaves []leaf, rewritten bool) {
	had, has := d.Kind != "add", d.Kind != "delete"
	before, wasDocument := document(d.Before)
	after, isDocument := document(d.After)
	if (wasDocument || d.Before == nil) && (isDocument || d.After == nil) && (wasDocument || isDocument) {
		leaves = compare(d.Path, before, after, had && wasDocument, has && isDocument)
		return leaves, len(leaves) == 0
	}
	bl, okBefore := d.Before.([]any)
	al, okAfter := d.After.([]any)
	l := leaf{path: d.Path, before: d.Before, after: d.After, had: had, has: has}
	if (okBefore || d.Before == nil) && (okAfter || d.After == nil) && (okBefore || okAfter) {
		l.removed, l.added = without(bl, al), without(al, bl)
		l.items = len(l.removed)+len(l.added) > 0 // else the items change places
	}
	return []leaf{l}, false
}

func lineOf(l leaf, forces bool) line {
	out := line{path: l.path, forces: forces, kind: "update"}
	if l.items {
		out.removed, out.added = values(l.removed), values(l.added)
		return out
	}
	switch {
	case !l.had:
		out.kind, out.after = "add", value(l.after)
	case !l.has:
		out.kind, out.before = "delete", value(l.before)
	default:
		out.before, out.after = value(l.before), value(l.after)
	}
	return out
}

func values(items []any) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = value(item)
	}
	return out
}

// becomes says what becomes of something, before the operation as well as after it.
func becomes(op deploy.Op) string {
	switch op {
	case deploy.OpCreate:
		return "new"
	case deploy.OpReplace:
		return "replaced"
	case deploy.OpDelete:
		return "deleted"
	default:
		return "changed"
	}
}

// reasons are the properties that an element is replaced for, of its first resource that has any.
func (p part) reasons() []string {
	if p.op != deploy.OpReplace {
		return nil
	}
	for _, r := range p.resources {
		if r.op == deploy.OpReplace && len(r.reasons) > 0 {
			return r.reasons
		}
	}
	return nil
}

// why says why a resource is replaced; "" for one that is not.
func (r resourceView) why() string {
	switch {
	case r.op != deploy.OpReplace:
		return ""
	case len(r.reasons) == 0:
		return "along with what it belongs to"
	default:
		return fmt.Sprintf("%s cannot be changed in place", diag.AndList(r.reasons))
	}
}

// text is one side of a wording.
func wordText(s string) string { return cmp.Or(s, "none") }

// comesDownTo says what access is in the stack's cloud: "AWS: 3 actions on 1 queue"; "" where
// that is not known.
func (o Operation) comesDownTo(a Access) string {
	if len(a.Actions) == 0 || o.Known.Cloud == "" {
		return ""
	}
	kind, _, _ := strings.Cut(a.Resource, ".")
	if n := strings.Count(a.Scope, ", ") + 1; n > 1 {
		kind = fmt.Sprintf("%d resources", n)
	} else {
		kind = "1 " + kind
	}
	return fmt.Sprintf("%s: %s on %s", o.Known.Cloud, plural(len(a.Actions), "action"), kind)
}

// plural is a number and what it counts.
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
