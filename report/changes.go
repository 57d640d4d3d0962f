package report

import (
	"fmt"
	"io"
	"strings"

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

// WriteText writes one line that counts, what must not be overlooked (refusals, messages
// that are lost, access that services gain and lose, trust), and then what changes, and
// only that: by element, in the spec's words and as the cloud's resources. Of each kind it shows the
// first hundred, and counts the rest.
func (o Operation) WriteText(w io.Writer, st Style) error {
	out := &strings.Builder{}
	fmt.Fprintln(out, o.Summary(st))
	if at := o.comparison(); at != "" {
		fmt.Fprintln(out, at)
	}
	o.writeRefused(out, st)
	o.writeLosses(out, st)
	o.writeAccess(out, st)
	o.writeTrust(out, st)
	writeParts(out, o.parts(), func(p part) { o.writePart(out, st, p) })
	if len(o.Unknown) > 0 {
		fmt.Fprintln(out, "\nNot known here:")
		for _, sentence := range o.Unknown {
			fmt.Fprintf(out, "  %s\n", visible(sentence))
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// comparison says what the spec was compared with; "" for the state, asked as it should be.
func (o Operation) comparison() string {
	switch {
	case o.Base != "":
		return fmt.Sprintf("Compared with %s of the spec. No cloud and no state were asked.", visible(o.Base))
	case o.Offline:
		return "Compared with the state, offline. No cloud was asked."
	default:
		return ""
	}
}

func (o Operation) writeRefused(out *strings.Builder, st Style) {
	if len(o.Refused) == 0 {
		return
	}
	fmt.Fprintln(out, "\nRefused:")
	for _, r := range o.Refused {
		fmt.Fprintf(out, "%s %s: %s\n", st.paint(red, "!"), r.Guard, visible(r.Text))
	}
}

func (o Operation) writeLosses(out *strings.Builder, st Style) {
	losses := o.Losses()
	if len(losses) == 0 {
		return
	}
	fmt.Fprintln(out, "\nMessages:")
	capped(out, losses, "lose messages", func(l Loss) { fmt.Fprintf(out, "%s %s\n", st.paint(red, "!"), l.text()) })
}

// text says what an element loses.
func (l Loss) text() string { return l.Element + " loses " + messages(l.Messages) }

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
	gained, lost := o.Access()
	if len(gained)+len(lost) == 0 {
		return
	}
	fmt.Fprintln(out, "\nAccess:")
	capped(out, gained, "are gained", func(a Access) { fmt.Fprintf(out, "%s %s\n", st.paint(green, "+"), o.accessText(a, "gains")) })
	capped(out, lost, "are lost", func(a Access) { fmt.Fprintf(out, "%s %s\n", st.paint(red, "-"), o.accessText(a, "loses")) })
}

// accessText is a sentence without a full stop: "worker gains dequeue on queue.audit (AWS: 3
// actions on 1 queue)".
func (o Operation) accessText(a Access, verb string) string {
	text := fmt.Sprintf("%s %s %s on %s", a.Service, verb, a.Verb, a.Resource)
	if cloud := o.comesDownTo(a); cloud != "" {
		text += " (" + cloud + ")"
	}
	return text
}

func (o Operation) writeTrust(out *strings.Builder, st Style) {
	if len(o.Trust) == 0 {
		return
	}
	fmt.Fprintln(out, "\nTrust:")
	capped(out, o.Trust, "changes of trust", func(t TrustChange) {
		fmt.Fprintf(out, "%s %s %s: %s → %s\n", st.paint(yellow, "~"), t.Kind, visible(t.Subject), visible(wordText(t.Before)), visible(wordText(t.After)))
	})
}

func (o Operation) writePart(out *strings.Builder, st Style, p part) {
	symbol := symbols[p.op]
	fmt.Fprintf(out, "%s %s is %s\n", st.paint(symbol.color, symbol.sign), st.paint(bold, p.element), becomes(p.op))
	for _, w := range p.words {
		fmt.Fprintf(out, "      %s: %s → %s\n", w.key, visible(wordText(w.before)), visible(wordText(w.after)))
	}
	if p.loss != nil {
		fmt.Fprintf(out, "      %s\n", st.paint(red, "loses "+messages(p.loss.Messages)))
	}
	if p.protected {
		fmt.Fprintf(out, "      %s\n", st.paint(red, "is protected, and this is refused"))
	}
	if len(p.resources) > 0 && o.Known.Cloud != "" {
		fmt.Fprintf(out, "    %s:\n", o.Known.Cloud)
	}
	for _, r := range p.resources {
		writeResource(out, st, r)
	}
}

func writeResource(out *strings.Builder, st Style, r resourceView) {
	symbol := symbols[r.op]
	fmt.Fprintf(out, "    %s %s %s", st.paint(symbol.color, symbol.sign), r.typ, visible(r.name))
	if why := r.why(); why != "" {
		fmt.Fprintf(out, "  (%s)", st.paint(yellow, why))
	}
	fmt.Fprintln(out)
	for _, l := range r.lines {
		writeLine(out, st, l)
	}
	for _, path := range r.rewritten {
		fmt.Fprintf(out, "          %s: the same, written in another way\n", visible(path))
	}
}

func writeLine(out *strings.Builder, st Style, l line) {
	note := ""
	if l.forces {
		note = st.paint(yellow, "  (forces replacement)")
	}
	fmt.Fprintf(out, "          %s:%s%s\n", visible(l.path), l.sides(func(s string) string { return st.paint(green, s) },
		func(s string) string { return st.paint(red, s) }), note)
	for _, item := range l.removed {
		fmt.Fprintf(out, "            %s\n", st.paint(red, "- "+item))
	}
	for _, item := range l.added {
		fmt.Fprintf(out, "            %s\n", st.paint(green, "+ "+item))
	}
}

// sides is what a property was and will be, after a space; "" where items come and go.
func (l line) sides(added, removed func(string) string) string {
	switch {
	case len(l.removed)+len(l.added) > 0:
		return ""
	case l.kind == "add":
		return " " + added(l.after)
	case l.kind == "delete":
		return fmt.Sprintf(" %s → %s", l.before, removed("removed"))
	case l.before == secret && l.after == secret:
		return " " + secret + ", which is another one"
	default:
		return fmt.Sprintf(" %s → %s", l.before, l.after)
	}
}

// secret is how package deploy shows a secret, as [value] writes it.
const secret = `"[secret]"`

// Summary is one line that counts resources: "3 to create, 12 unchanged" before the
// operation, "3 created, 12 unchanged" after it.
func (o Operation) Summary(st Style) string {
	return fmt.Sprintf("%s %s", st.paint(bold, o.Project+"/"+o.Stack+":"), o.Counts())
}

// Counts counts resources in words, without saying of what: "3 created, 12 unchanged".
func (o Operation) Counts() string {
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
	case len(parts) == 0 && len(o.result().Changes) > 0:
		parts = append(parts, "no changes but of the outputs")
	case len(parts) == 0:
		parts = append(parts, "no changes")
	}
	if s.Same > 0 {
		parts = append(parts, fmt.Sprintf("%d unchanged", s.Same))
	}
	return strings.Join(parts, ", ")
}
