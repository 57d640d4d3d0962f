package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"github.com/msgdeploy/msgdeploy/diag"
)

//go:embed page.html
var pageTemplate string

//go:embed page.css
var pageStyle string

// htmlClip is what a page shows of one value; what is longer is a document that the
// comparison did not take apart.
const htmlClip = 4_000

// openParts is how many elements a page shows unfolded.
const openParts = 30

// page is what the template shows. Everything in it is text to html/template, which
// escapes it, but the style, which is ours, and the picture, which is an image.
type page struct {
	Operation
	Title     string
	Counts    []count
	Compared  string
	Invalid   int
	LossTexts []Loss
	Gained    []accessRow
	LostRows  []accessRow
	Parts     []partRow
	Open      bool
	Notes     []noteRow
	Style     template.CSS
	Policy    string
	Pictured  bool
	Image     template.URL
}

// count is a number of the header, and the class that colours it.
type count struct {
	N     int
	What  string
	Class string
}

type accessRow struct {
	Access
	ComesDownTo string
}

type partRow struct {
	Element, Class, Becomes, Place string
	Why                            string
	Words                          []wordRow
	Access                         []string
	Loss                           string
	Protected                      bool
	Resources                      []resourceRow
}

type wordRow struct{ Key, Before, After string }

type resourceRow struct {
	Class, Becomes, Type, Name, Why string
	Lines                           []lineRow
	Rewritten                       []string
}

type lineRow struct {
	Path           string
	Before, After  string
	Removed, Added []string
	Forces, Secret bool
}

type noteRow struct{ Severity, Where, Text string }

// WriteHTML writes the operation as one page that needs nothing else: no script, no font,
// no image of elsewhere, and a policy that keeps the browser from asking for any.
func (o Operation) WriteHTML(w io.Writer) error {
	t, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	p := o.page()
	if o.Known.Picture != nil {
		picture, err := o.Known.Picture(o.result().Changes)
		if err != nil {
			return fmt.Errorf("picture: %w", err)
		}
		// As an image, a picture runs nothing and asks for nothing.
		p.Image = template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(picture)) //nolint:gosec // base64
		p.Pictured = picture != nil
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

func (o Operation) page() page {
	hash := sha256.Sum256([]byte(pageStyle))
	p := page{
		Operation: o,
		Title:     fmt.Sprintf("%s of %s/%s", o.Verb, o.Project, o.Stack),
		Counts:    o.countRows(),
		Compared:  o.comparison(),
		LossTexts: o.Losses(),
		Style:     template.CSS(pageStyle), //nolint:gosec // the style is a file of this package
		Policy: fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; img-src data:; base-uri 'none'; form-action 'none'",
			base64.StdEncoding.EncodeToString(hash[:])),
		Notes: o.noteRows(),
	}
	if o.Result == nil {
		p.Invalid = o.Diagnostics.Count(diag.Error)
	}
	gained, lost := o.Access()
	p.Gained, p.LostRows = o.accessRows(gained), o.accessRows(lost)
	for _, part := range o.parts() {
		p.Parts = append(p.Parts, part.row())
	}
	p.Open = len(p.Parts) <= openParts
	return p
}

func (o Operation) countRows() []count {
	s := o.result().Summary
	words := [4]string{"created", "updated", "replaced", "deleted"}
	if o.DryRun {
		words = [4]string{"to create", "to update", "to replace", "to delete"}
	}
	var rows []count
	for i, n := range []int{s.Create, s.Update, s.Replace, s.Delete} {
		if n > 0 {
			rows = append(rows, count{n, words[i], [4]string{"create", "update", "replace", "delete"}[i]})
		}
	}
	if s.Same > 0 {
		rows = append(rows, count{s.Same, "unchanged", "same"})
	}
	return rows
}

func (o Operation) accessRows(list []Access) []accessRow {
	rows := make([]accessRow, len(list))
	for i, a := range list {
		rows[i] = accessRow{a, o.comesDownTo(a)}
	}
	return rows
}

func (o Operation) noteRows() []noteRow {
	var rows []noteRow
	for _, d := range o.warnings() {
		rows = append(rows, noteRow{d.Severity.String(), d.Range.String(), visible(fmt.Sprintf("%s [%s]: %s", d.Summary, d.Code, d.Detail))})
	}
	for _, m := range o.result().Diagnostics {
		rows = append(rows, noteRow{m.Severity, m.Element, visible(m.Text)})
	}
	return rows
}

// Text says what an element loses, for the page.
func (l Loss) Text() string { return messages(l.Messages) }

func (p part) row() partRow {
	row := partRow{
		Element: p.element, Class: string(p.op), Becomes: becomes(p.op), Protected: p.protected, Place: p.place.String(), Access: p.access,
	}
	if reasons := p.reasons(); len(reasons) > 0 {
		row.Why = "as " + diag.AndList(reasons) + " cannot be changed in place"
	}
	if p.loss != nil {
		row.Loss = messages(p.loss.Messages)
	}
	for _, w := range p.words {
		row.Words = append(row.Words, wordRow{w.key, visible(wordText(w.before)), visible(wordText(w.after))})
	}
	for _, r := range p.resources {
		row.Resources = append(row.Resources, r.row())
	}
	return row
}

func (r resourceView) row() resourceRow {
	row := resourceRow{Class: string(r.op), Becomes: becomes(r.op), Type: r.typ, Name: visible(r.name), Why: r.why(), Rewritten: r.rewritten}
	for _, l := range r.lines {
		line := lineRow{
			Path: visible(l.path), Before: clip(l.before, htmlClip), After: clip(l.after, htmlClip), Forces: l.forces,
			Secret: l.before == secret && l.after == secret,
		}
		for _, item := range l.removed {
			line.Removed = append(line.Removed, clip(item, htmlClip))
		}
		for _, item := range l.added {
			line.Added = append(line.Added, clip(item, htmlClip))
		}
		row.Lines = append(row.Lines, line)
	}
	return row
}
