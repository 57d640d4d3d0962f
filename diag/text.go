package diag

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// Text renders diagnostics for people: where, what, the line with a caret below it, how
// to mend it, and the places that explain it.
//
//	spec.yaml:3:5: error: Unknown key [unknown-key]
//	  3 |     leese: 30s
//	    |     ^~~~~
//	  There is no key `leese` in `jobs`. Did you mean `lease`?
type Text struct {
	// Sources holds the text of files, for snippets; a file that is missing has none.
	Sources map[string][]byte
	// Color asks for ANSI colours.
	Color bool
}

// The width of a snippet in columns, and what must be seen of it left of the caret.
const (
	snippetWidth = 120
	snippetLead  = 60
)

// Write renders ds, sorted. What users wrote cannot reach the terminal as control
// characters, and lines of any length are cut to what matters.
func (t Text) Write(w io.Writer, ds Diagnostics) error {
	lines := newLineIndex(t.Sources)
	for _, d := range ds.Sorted() {
		var b strings.Builder
		color := map[Severity]string{Error: red, Warning: yellow, Note: blue}[d.Severity]
		if where := d.Range.String(); where != "" {
			b.WriteString(t.paint(bold, printable(where)+":") + " ")
		}
		fmt.Fprintf(&b, "%s %s %s\n", t.paint(color, d.Severity.String()+":"), t.paint(bold, printable(d.Summary)), t.paint(faint, "["+d.Code+"]"))
		t.snippet(&b, lines, d.Range, color)
		for line := range strings.SplitSeq(d.Detail, "\n") {
			if line != "" {
				fmt.Fprintf(&b, "  %s\n", printable(line))
			}
		}
		for _, r := range d.Related {
			fmt.Fprintf(&b, "  %s: %s\n", printable(r.Range.String()), printable(r.Message))
			t.snippet(&b, lines, r.Range, blue)
		}
		if _, err := io.WriteString(w, b.String()); err != nil {
			return err
		}
	}
	return nil
}

// snippet writes the line of a range with a caret below.
func (t Text) snippet(b *strings.Builder, lines *lineIndex, r Range, color string) {
	line, ok := lines.around(r.File, r.Start)
	if !ok {
		return
	}
	gutter := fmt.Sprint(r.Start.Line)
	width := 1
	if r.End.Line == r.Start.Line {
		width = max(r.End.Column-r.Start.Column, 1)
	}
	marked := firstRunes(line.after, width)
	caret := "^" + strings.Repeat("~", max(columns(printable(marked))-1, 0))
	shown := strings.TrimRight(printable(line.before+line.after), " ")
	fmt.Fprintf(b, "  %s%s\n", t.paint(faint, gutter+" |"), strings.TrimRight(" "+shown, " "))
	fmt.Fprintf(b, "  %s %s%s\n", t.paint(faint, strings.Repeat(" ", len(gutter))+" |"),
		strings.Repeat(" ", columns(printable(line.before))), t.paint(color, caret))
}

// ANSI's codes.
const (
	bold   = "1"
	faint  = "2"
	red    = "1;31"
	yellow = "1;33"
	blue   = "1;34"
)

func (t Text) paint(code, s string) string {
	if !t.Color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// columns is how wide a terminal shows s. East Asian characters of ambiguous width
// count as narrow whatever the locale is, so that output is the same everywhere.
func columns(s string) int {
	condition := runewidth.Condition{StrictEmojiNeutral: true}
	return condition.StringWidth(s)
}

// printable replaces what a terminal would obey instead of show: control characters,
// and those that change the direction of text. A tab becomes a space, so that the caret
// stands where it should.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x2028, r == 0x2029, r == 0xfeff:
			return utf8.RuneError
		}
		return r
	}, s)
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
