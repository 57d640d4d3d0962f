package graph

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/msgdeploy/msgdeploy/permissions"
)

// DOT writes g in the language of Graphviz (https://graphviz.org/doc/info/lang.html), whose
// programs draw it: `dot -Tsvg`. It can have any size.
func (g *Graph) DOT() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n", dotQuoted(g.Title))
	b.WriteString("  rankdir=LR\n  node [fontname=\"sans-serif\" fontsize=11]\n  edge [fontname=\"sans-serif\" fontsize=9]\n")
	for _, n := range g.Nodes {
		lines := []string{n.Name}
		style := dotStyle(n)
		if n.Kind == DeadLetters {
			lines = append(lines, "dead letters")
		}
		if n.Note != "" {
			lines = append(lines, shorten(n.Note))
		}
		if n.Mark != "" {
			lines = append(lines, n.Mark.Sign()+" "+string(n.Mark))
		}
		fmt.Fprintf(&b, "  %s [label=%s %s]\n", dotQuoted(string(n.Address)), dotQuoted(lines...), style)
	}
	for _, e := range g.Edges {
		attributes := []string{}
		label := strings.TrimSpace(e.Mark.Sign() + " " + dotVerb(e.Verb))
		if label != "" {
			attributes = append(attributes, "label="+dotQuoted(label))
		}
		switch {
		case e.Mark == Gained:
			attributes = append(attributes, `color="#1a7f37" penwidth=2`)
		case e.Mark == Lost:
			attributes = append(attributes, `color="#cf222e" penwidth=2 style=dashed`)
		case e.Verb == permissions.DeadLetter:
			attributes = append(attributes, "style=dotted")
		}
		fmt.Fprintf(&b, "  %s -> %s", dotQuoted(string(e.From)), dotQuoted(string(e.To)))
		if len(attributes) > 0 {
			fmt.Fprintf(&b, " [%s]", strings.Join(attributes, " "))
		}
		b.WriteByte('\n')
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

// dotVerb is the label of an edge: that a delivery is one is seen from its ends.
func dotVerb(v permissions.Verb) string {
	if v == permissions.Deliver || v == permissions.DeadLetter {
		return ""
	}
	return string(v)
}

func dotStyle(n Node) string {
	style := map[Kind]string{
		Service: "shape=box", Topic: "shape=hexagon", Subscription: "shape=box", Queue: "shape=cylinder", DeadLetters: "shape=cylinder",
	}[n.Kind]
	var styles []string
	if n.Kind == Subscription {
		styles = append(styles, "rounded")
	}
	if n.Foreign || n.Kind == DeadLetters || n.Mark == Deleted {
		styles = append(styles, "dashed")
	}
	if len(styles) > 0 {
		style += ` style="` + strings.Join(styles, ",") + `"`
	}
	switch n.Mark {
	case Created:
		style += ` color="#1a7f37" penwidth=2`
	case Changed:
		style += ` color="#b7791f" penwidth=2`
	case Replaced:
		style += ` color="#8250df" penwidth=3`
	case Deleted:
		style += ` color="#cf222e" penwidth=2`
	}
	return style
}

// dotEscapes makes a backslash stand for itself.
var dotEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// dotQuoted writes lines as one quoted string, in which a backslash is no escape of the user's.
func dotQuoted(lines ...string) string {
	for i, l := range lines {
		lines[i] = dotEscapes.Replace(printable(l))
	}
	return `"` + strings.Join(lines, `\n`) + `"`
}

// longest is how many characters of a note are drawn.
const longest = 40

// shorten cuts a note to what there is room for.
func shorten(s string) string {
	runes := []rune(printable(s))
	if len(runes) <= longest {
		return string(runes)
	}
	return string(runes[:longest-1]) + "…"
}

// printable replaces what has no picture, and what would turn the direction of text.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
