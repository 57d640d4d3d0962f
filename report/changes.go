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
	fmt.Fprintln(out, o.summaryLine(st))
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
	fmt.Fprintf(out, "%s %s", st.paint(symbol.color, symbol.sign), st.paint(bold, fmt.Sprintf("%-*s", width, c.Element)))
	if !c.Component {
		fmt.Fprintf(out, "  %s %s", c.Type, c.Name)
	}
	fmt.Fprintln(out)
	if c.Op == deploy.OpUpdate || c.Op == deploy.OpReplace {
		for _, d := range c.Diff {
			writeDiff(out, st, d, slices.Contains(c.Reasons, d.Path))
		}
	}
	if c.DataLoss {
		fmt.Fprintf(out, "      %s\n", st.paint(red, "loses "+messages(c.Messages)))
	}
	if c.Protected && (c.Op == deploy.OpDelete || c.Op == deploy.OpReplace) {
		fmt.Fprintf(out, "      %s\n", st.paint(red, "is protected"))
	}
}

func writeDiff(out *strings.Builder, st Style, d deploy.PropertyDiff, forces bool) {
	fmt.Fprintf(out, "      %s: ", d.Path)
	switch d.Kind {
	case "add":
		fmt.Fprint(out, st.paint(green, value(d.After)))
	case "delete":
		fmt.Fprintf(out, "%s → %s", value(d.Before), st.paint(red, "removed"))
	default:
		fmt.Fprintf(out, "%s → %s", value(d.Before), value(d.After))
	}
	if forces {
		fmt.Fprint(out, st.paint(yellow, "  (forces replacement)"))
	}
	fmt.Fprintln(out)
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

// summaryLine counts: "3 to create, 1 to delete, 12 unchanged" before, and
// "3 created, 1 deleted, 12 unchanged" after.
func (o Operation) summaryLine(st Style) string {
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
	if len(parts) == 0 {
		parts = append(parts, "no changes")
	}
	if s.Same > 0 {
		parts = append(parts, fmt.Sprintf("%d unchanged", s.Same))
	}
	return fmt.Sprintf("%s %s", st.paint(bold, o.Project+"/"+o.Stack+":"), strings.Join(parts, ", "))
}
