package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/diag"
)

// markdownLimit is what a comment may be long: GitHub takes fewer than 65,536 characters,
// and characters are never more than bytes.
const markdownLimit = 65_000

// The most that the parts of a comment take, so that none crowds out the others. What
// changes in detail gets what they leave.
const (
	refusedLimit   = 5_000
	lossesLimit    = 9_000
	accessLimit    = 12_000
	trustLimit     = 8_000
	elementsLimit  = 14_000
	notesLimit     = 6_000
	markdownClip   = 600 // of one value in a detail
	markdownInline = 120 // of one value in a table
)

// Marker is the first line of a comment, by which whoever posts it finds it again: there is
// one comment for a stack.
func (o Operation) Marker() string {
	return fmt.Sprintf("<!-- msgdeploy:%s/%s -->", o.Project, o.Stack)
}

// WriteMarkdown writes the operation as a comment for a pull request, shorter than what
// GitHub and GitLab take. What does not fit is left out from the end of each list, details
// first, and is counted: what is lost, who gains access and what is trusted stays.
//
// Every text that came from elsewhere stands in code, in which nothing is markup, a
// mention or a link.
func (o Operation) WriteMarkdown(w io.Writer) error {
	doc := &markdown{left: markdownLimit}
	doc.add(o.Marker() + "\n" + o.markdownHead())
	doc.list("", refusedLimit, o.markdownRefused())
	doc.list("\n**Messages**\n\n", lossesLimit, o.markdownLosses())
	doc.list("\n**Access**\n\n", accessLimit, o.markdownAccess())
	doc.list("\n**Trust**\n\n", trustLimit, o.markdownTrust())
	parts := o.parts()
	doc.list("\n| | element | what changes |\n|---|---|---|\n", elementsLimit, markdownElements(parts))
	notes := &markdown{left: notesLimit}
	o.markdownNotes(notes)
	doc.left -= notes.Len() + cutNote
	o.markdownDetails(doc, parts)
	doc.WriteString(notes.String())
	if left := append(doc.cut, notes.cut...); len(left) > 0 {
		fmt.Fprintf(doc, "\n> [!NOTE]\n> This comment is as long as it can be. Left out: %s. The page that `-o html` writes, and `-o json`, have everything.\n",
			diag.AndList(left))
	}
	_, err := io.WriteString(w, doc.String())
	return err
}

// cutNote is room for what says that something was left out.
const cutNote = 500

// markdown is a document that has room for so many bytes more.
type markdown struct {
	strings.Builder
	left int
	// cut says what was left out.
	cut []string
}

// add writes a text if there is room for it.
func (m *markdown) add(text string) bool {
	if len(text) > m.left {
		return false
	}
	m.left -= len(text)
	m.WriteString(text)
	return true
}

// items are lines of a list, and what one and several are called when they are left out.
type items struct {
	one, several string
	lines        []string
}

// list writes a heading and as many lines as have room in most.
func (m *markdown) list(heading string, most int, list items) {
	if len(list.lines) == 0 {
		return
	}
	m.add(heading)
	room := most
	for i, line := range list.lines {
		room -= len(line)
		if room < 0 || !m.add(line) {
			what := list.several
			if i == len(list.lines)-1 {
				what = list.one
			}
			m.cut = append(m.cut, fmt.Sprintf("%d %s", len(list.lines)-i, what))
			return
		}
	}
}

func (o Operation) markdownHead() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### msgdeploy %s: %s/%s\n\n", o.Verb, o.Project, o.Stack)
	if o.Simulated {
		b.WriteString("**Simulated**: a stand-in took the place of the cloud.\n\n")
	}
	if errs := o.Diagnostics.Count(diag.Error); errs > 0 && o.Result == nil {
		fmt.Fprintf(&b, "**The spec has %s**, and nothing was compared.\n", plural(errs, "error"))
		return b.String()
	}
	if o.Failure != "" {
		fmt.Fprintf(&b, "**Failed**: %s\n\n", prose(clip(o.Failure, 4*markdownClip)))
	}
	fmt.Fprintf(&b, "**%s**", o.Counts())
	if o.Known.Cloud != "" {
		fmt.Fprintf(&b, " on %s", o.Known.Cloud)
	}
	b.WriteString("\n")
	switch {
	case o.Base != "":
		fmt.Fprintf(&b, "\nCompared with %s of the spec. No cloud and no state were asked.\n", code(clip(o.Base, markdownInline)))
	case o.Offline:
		b.WriteString("\nCompared with the state, offline. No cloud was asked.\n")
	}
	return b.String()
}

func (o Operation) markdownRefused() items {
	list := items{one: "refusal", several: "refusals"}
	for _, r := range o.Refused {
		list.lines = append(list.lines, fmt.Sprintf("\n> [!CAUTION]\n> **Refused** by %s: %s\n", code(r.Guard), prose(clip(r.Text, 4*markdownClip))))
	}
	return list
}

func (o Operation) markdownLosses() items {
	list := items{one: "element that loses messages", several: "elements that lose messages"}
	for _, l := range o.Losses() {
		list.lines = append(list.lines, fmt.Sprintf("- ⚠️ %s loses %s\n", code(l.Element), messages(l.Messages)))
	}
	return list
}

func (o Operation) markdownAccess() items {
	list := items{one: "change of access", several: "changes of access"}
	gained, lost := o.Access()
	for _, side := range []struct {
		sign, verb string
		list       []Access
	}{{"🔓", "**gains**", gained}, {"🔒", "**loses**", lost}} {
		for _, a := range side.list {
			text := fmt.Sprintf("- %s %s %s %s on %s", side.sign, code(a.Service), side.verb, a.Verb, code(a.Resource))
			if cloud := o.comesDownTo(a); cloud != "" {
				text += " (" + cloud + ")"
			}
			list.lines = append(list.lines, text+"\n")
		}
	}
	return list
}

func (o Operation) markdownTrust() items {
	list := items{one: "change of trust", several: "changes of trust"}
	for _, t := range o.Trust {
		at := ""
		if t.Range.Start.Line > 0 {
			at = " (" + code(clip(fmt.Sprintf("%s:%d", t.Range.File, t.Range.Start.Line), markdownInline)) + ")"
		}
		list.lines = append(list.lines, fmt.Sprintf("- 🔑 %s: %s: %s → %s%s\n", t.Kind, code(clip(t.Subject, markdownInline)),
			code(clip(wordText(t.Before), markdownClip)), code(clip(wordText(t.After), markdownClip)), at))
	}
	return list
}

// markdownSigns are how operations look in a table.
var markdownSigns = map[deploy.Op]string{deploy.OpCreate: "➕", deploy.OpUpdate: "✏️", deploy.OpReplace: "♻️", deploy.OpDelete: "➖"}

// markdownElements are rows of the table of elements, those that lose messages first and then
// by what becomes of them, so that what is cut matters least.
func markdownElements(parts []part) items {
	list := items{one: "row of the table", several: "rows of the table"}
	rank := map[deploy.Op]int{deploy.OpDelete: 0, deploy.OpReplace: 1, deploy.OpUpdate: 2, deploy.OpCreate: 3}
	sorted := slices.SortedStableFunc(slices.Values(parts), func(a, b part) int {
		return cmp.Or(cmp.Compare(lossRank(a), lossRank(b)), cmp.Compare(rank[a.op], rank[b.op]))
	})
	for _, p := range sorted {
		list.lines = append(list.lines, fmt.Sprintf("| %s | %s | %s |\n", markdownSigns[p.op], code(p.element), p.markdownSummary()))
	}
	return list
}

func lossRank(p part) int {
	if p.loss != nil {
		return 0
	}
	return 1
}

// wordsInRow is how many words of the spec a row shows.
const wordsInRow = 4

func (p part) markdownSummary() string {
	say := []string{"**" + becomes(p.op) + "**" + p.markdownWhy()}
	for i, w := range p.words {
		if i == wordsInRow {
			say = append(say, fmt.Sprintf("%d more", len(p.words)-i))
			break
		}
		say = append(say, fmt.Sprintf("%s %s → %s", w.key, cell(clip(wordText(w.before), markdownInline)), cell(clip(wordText(w.after), markdownInline))))
	}
	for i, access := range p.access {
		if i == wordsInRow {
			say = append(say, fmt.Sprintf("%d more", len(p.access)-i))
			break
		}
		say = append(say, access)
	}
	if len(say) == 1 && len(p.resources) > 0 {
		say = append(say, p.types())
	}
	if p.loss != nil {
		say = append(say, "loses "+messages(p.loss.Messages))
	}
	if p.protected {
		say = append(say, "**protected: this is refused**")
	}
	return strings.Join(say, "; ")
}

// markdownWhy says why an element is replaced, as far as a property is the reason.
func (p part) markdownWhy() string {
	reasons := p.reasons()
	if len(reasons) == 0 {
		return ""
	}
	names := make([]string, len(reasons))
	for i, reason := range reasons {
		names[i] = cell(clip(reason, markdownInline))
	}
	return ", as " + diag.AndList(names) + " cannot be changed in place"
}

// types names the types of the resources that change, where nothing else says what does.
func (p part) types() string {
	var types []string
	for _, r := range p.resources {
		name := code(r.typ[strings.LastIndex(r.typ, ":")+1:])
		if !slices.Contains(types, name) {
			types = append(types, name)
		}
	}
	if n := len(types) - wordsInRow; n > 0 {
		types = append(types[:wordsInRow], fmt.Sprintf("%d more", n))
	}
	return diag.AndList(types)
}

// leastDetail is less than what is ever written of an element.
const leastDetail = 30

// markdownDetails writes the resources of as many elements as there is room for, folded.
func (o Operation) markdownDetails(doc *markdown, parts []part) {
	if len(parts) == 0 {
		return
	}
	const end = "\n</details>\n"
	head := "\n<details><summary>The resources, one by one</summary>\n"
	if o.Known.Cloud != "" {
		head = fmt.Sprintf("\n<details><summary>The resources on %s, one by one</summary>\n", o.Known.Cloud)
	}
	doc.left -= len(end)
	if !doc.add(head) {
		doc.cut = append(doc.cut, "the resources")
		return
	}
	left := 0
	for _, p := range parts {
		if doc.left < leastDetail || !doc.add(p.markdownDetail()) {
			left++
		}
	}
	doc.WriteString(end)
	if left > 0 {
		doc.cut = append(doc.cut, fmt.Sprintf("the resources of %d of %s", left, plural(len(parts), "element")))
	}
}

func (p part) markdownDetail() string {
	var b strings.Builder
	fence := func(sign, text string) { fmt.Fprintf(&b, "%s %s\n", sign, text) }
	for _, r := range p.resources {
		sign := map[deploy.Op]string{deploy.OpCreate: "+", deploy.OpDelete: "-"}[r.op]
		why := r.why()
		if why != "" {
			why = " (" + why + ")"
		}
		fence(cmp.Or(sign, "!"), fmt.Sprintf("%s %s is %s%s", r.typ, visible(r.name), becomes(r.op), why))
		for _, l := range r.lines {
			l.markdown(fence)
		}
		for _, path := range r.rewritten {
			fence(" ", "  "+visible(path)+": the same, written in another way")
		}
	}
	return fmt.Sprintf("\n%s is %s\n\n%s", code(p.element), becomes(p.op), fenced("diff", b.String()))
}

// markdown writes a property as lines of a diff.
func (l line) markdown(fence func(sign, text string)) {
	path := "  " + visible(l.path)
	if l.forces {
		path += " (forces replacement)"
	}
	switch {
	case len(l.removed)+len(l.added) > 0:
		fence(" ", path+":")
		for _, item := range l.removed {
			fence("-", "    "+clip(item, markdownClip))
		}
		for _, item := range l.added {
			fence("+", "    "+clip(item, markdownClip))
		}
	case l.before == secret && l.after == secret:
		fence("!", path+": [secret], which is another one")
	default:
		if l.kind != "add" {
			fence("-", path+": "+clip(l.before, markdownClip))
		}
		if l.kind != "delete" {
			fence("+", path+": "+clip(l.after, markdownClip))
		}
	}
}

// markdownNotes writes what was said about the spec and by the engine, and what is not known.
func (o Operation) markdownNotes(doc *markdown) {
	var said []string
	for _, d := range o.warnings() {
		said = append(said, visible(clip(fmt.Sprintf("%s: %s: %s [%s]: %s", d.Range, d.Severity, d.Summary, d.Code, d.Detail), 4*markdownClip)))
	}
	for _, m := range o.result().Diagnostics {
		said = append(said, visible(clip(fmt.Sprintf("%s: %s: %s", cmp.Or(m.Element, "stack"), m.Severity, m.Text), 4*markdownClip)))
	}
	for i, text := range said {
		block := "\n" + fenced("text", text+"\n")
		if i == 0 {
			block = "\n**Notes**\n" + block
		}
		if !doc.add(block) {
			doc.cut = append(doc.cut, plural(len(said)-i, "note"))
			break
		}
	}
	if len(o.Unknown) > 0 {
		doc.add("\n**Not known here**\n\n")
	}
	for _, sentence := range o.Unknown {
		doc.add("- " + prose(clip(sentence, 4*markdownClip)) + "\n")
	}
}
