package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/msgdeploy/msgdeploy/deploy"
)

// symbols are how operations look in text, in the words that Terraform's and
// Pulumi's users know.
var symbols = map[deploy.Op]struct{ sign, color string }{
	deploy.OpCreate:  {"+  ", green},
	deploy.OpUpdate:  {"~  ", yellow},
	deploy.OpReplace: {"+/-", yellow},
	deploy.OpDelete:  {"-  ", red},
}

// WriteText writes what changes, and only that: a line for each resource with the
// element it belongs to first, its properties before and after, messages that are
// lost, access that services gain and lose, and one line that counts.
func (o Operation) WriteText(w io.Writer, st Style) error {
	out := &strings.Builder{}
	r := o.result()
	rows := visible(r.Changes)
	width := 0
	for _, c := range rows {
		width = max(width, len(c.Element))
	}
	for _, c := range rows {
		writeChange(out, st, c, width)
	}
	o.writeAccess(out, st)
	if len(rows) > 0 {
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out, o.Summary(st))
	_, err := io.WriteString(w, out.String())
	return err
}

// visible leaves out the components: they are the spec's elements themselves, and
// stand in front of each of their resources anyway. The one whose resources do
// not change is kept, or its change would be invisible.
func visible(changes []deploy.Change) []deploy.Change {
	seen := map[string]bool{}
	for _, c := range changes {
		if !c.Component {
			seen[c.Element] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(changes), func(c deploy.Change) bool {
		return c.Op == deploy.OpSame || c.Component && seen[c.Element]
	})
}

func writeChange(out *strings.Builder, st Style, c deploy.Change, width int) {
	symbol := symbols[c.Op]
	fmt.Fprintf(out, "%s %s", st.paint(symbol.color, symbol.sign), st.paint(bold, c.Element))
	if !c.Component {
		fmt.Fprintf(out, "%*s  %s %s", width-len(c.Element), "", c.Type, c.Name)
	}
	out.WriteByte('\n')
	if c.Op == deploy.OpUpdate || c.Op == deploy.OpReplace {
		for _, d := range c.Diff {
			writeDiff(out, st, d, slices.Contains(c.Reasons, d.Path))
		}
	}
	if c.DataLoss {
		fmt.Fprintf(out, "      %s\n", st.paint(red, "loses "+messages(c.Messages)))
	}
	if c.Protected && (c.Op == deploy.OpDelete || c.Op == deploy.OpReplace) {
		fmt.Fprintf(out, "      %s\n", st.paint(red, "is protected, and this is refused"))
	}
}

func writeDiff(out *strings.Builder, st Style, d deploy.PropertyDiff, forces bool) {
	note := ""
	if forces {
		note = st.paint(yellow, "  (forces replacement)")
	}
	before, after, ok := lists(d)
	if ok {
		fmt.Fprintf(out, "      %s:%s\n", d.Path, note)
		for _, item := range missing(before, after) {
			fmt.Fprintf(out, "        %s\n", st.paint(red, "- "+item))
		}
		for _, item := range missing(after, before) {
			fmt.Fprintf(out, "        %s\n", st.paint(green, "+ "+item))
		}
		return
	}
	switch d.Kind {
	case "add":
		fmt.Fprintf(out, "      %s: %s%s\n", d.Path, st.paint(green, value(d.After)), note)
	case "delete":
		fmt.Fprintf(out, "      %s: %s → %s%s\n", d.Path, value(d.Before), st.paint(red, "removed"), note)
	default:
		fmt.Fprintf(out, "      %s: %s → %s%s\n", d.Path, value(d.Before), value(d.After), note)
	}
}

// lists returns both sides of a list that changes, as words; ok is false where one
// side is no list, or where the same items change places.
func lists(d deploy.PropertyDiff) (before, after []string, ok bool) {
	b, okBefore := d.Before.([]any)
	a, okAfter := d.After.([]any)
	if !okBefore && d.Before != nil || !okAfter && d.After != nil {
		return nil, nil, false
	}
	for _, item := range b {
		before = append(before, value(item))
	}
	for _, item := range a {
		after = append(after, value(item))
	}
	return before, after, len(missing(before, after))+len(missing(after, before)) > 0
}

// missing returns the items of from that are not in in.
func missing(from, in []string) []string {
	known := make(map[string]bool, len(in))
	for _, item := range in {
		known[item] = true
	}
	return slices.DeleteFunc(slices.Clone(from), func(item string) bool { return known[item] })
}

// value writes a property as JSON on one line, which shows a string's control
// characters as escapes instead of sending them to the terminal.
func value(v any) string {
	switch v := v.(type) {
	case deploy.Unknown, *deploy.Unknown:
		return "(known after up)"
	case nil:
		return "(none)"
	default:
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(plain(v)); err != nil {
			return fmt.Sprintf("%v", v)
		}
		return strings.Map(visibleRune, strings.TrimSuffix(b.String(), "\n"))
	}
}

// visibleRune replaces the control characters that JSON does not escape and that
// a terminal may obey.
func visibleRune(r rune) rune {
	if r == 0x7f || 0x80 <= r && r < 0xa0 {
		return unicode.ReplacementChar
	}
	return r
}

// messages says how many messages are meant; n is -1 where nobody can tell.
func messages(n int64) string {
	switch n {
	case -1:
		return "its messages, whose number is not known"
	case 0:
		return "its messages, of which there are none now"
	case 1:
		return "1 message"
	default:
		return fmt.Sprintf("%d messages", n)
	}
}

func (o Operation) writeAccess(out *strings.Builder, st Style) {
	gained, lost := AccessChanges(o.result().Changes)
	if len(gained)+len(lost) == 0 {
		return
	}
	fmt.Fprintln(out, "\nAccess:")
	for _, a := range gained {
		fmt.Fprintf(out, "%s %s may %s %s\n", st.paint(green, "+"), a.Service, a.Verb, a.Resource)
	}
	for _, a := range lost {
		fmt.Fprintf(out, "%s %s may no longer %s %s\n", st.paint(red, "-"), a.Service, a.Verb, a.Resource)
	}
}

// Summary is one line that counts resources: "3 to create, 12 unchanged" before the
// operation, "3 created, 12 unchanged" after it.
func (o Operation) Summary(st Style) string {
	s := o.result().Summary
	words := [4]string{"created", "updated", "replaced", "deleted"}
	if o.DryRun {
		words = [4]string{"to create", "to update", "to replace", "to delete"}
	}
	var parts []string
	for i, n := range []int{s.Create, s.Update, s.Replace, s.Delete} {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, words[i]))
		}
	}
	switch {
	case len(parts) > 0:
	case len(o.result().Changes) > 0: // an element without resources, or the outputs
		parts = append(parts, "no changes of resources")
	default:
		parts = append(parts, "no changes")
	}
	if s.Same > 0 {
		parts = append(parts, fmt.Sprintf("%d unchanged", s.Same))
	}
	return fmt.Sprintf("%s %s", st.paint(bold, o.Project+"/"+o.Stack+":"), strings.Join(parts, ", "))
}
