package graph

import (
	"fmt"
	"strings"

	"github.com/msgdeploy/msgdeploy/permissions"
)

// What Mermaid refuses to draw unless its page says otherwise: maxEdges and maxTextSize in
// https://mermaid.js.org/config/schema-docs/config.html.
const (
	mermaidEdges = 500
	mermaidText  = 50000
)

// mermaidShape is how a node looks: the brackets around its text.
func mermaidShape(k Kind) (open, end string) {
	switch k {
	case Service:
		return `["`, `"]`
	case Topic:
		return `{{"`, `"}}`
	case Subscription:
		return `("`, `")`
	default:
		return `[("`, `")]`
	}
}

// Mermaid writes g as a flowchart of Mermaid, such as GitHub and GitLab draw in Markdown.
// A graph that Mermaid would refuse is a [TooLargeError].
func (g *Graph) Mermaid() ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: %s\n---\nflowchart LR\n", g.Title)
	classes := map[string][]string{}
	for _, n := range g.Nodes {
		open, end := mermaidShape(n.Kind)
		fmt.Fprintf(&b, "  %s%s%s%s\n", mermaidID(n.Address), open, strings.Join(mermaidLines(n), "<br>"), end)
		if n.Kind == DeadLetters || n.Foreign {
			classes["outside"] = append(classes["outside"], mermaidID(n.Address))
		}
		if n.Mark != "" {
			classes[string(n.Mark)] = append(classes[string(n.Mark)], mermaidID(n.Address))
		}
	}
	links := map[Mark][]string{}
	for i, e := range g.Edges {
		arrow, label := "-->", string(e.Verb)
		switch e.Verb {
		case permissions.DeadLetter:
			arrow, label = "-.->", ""
		case permissions.Deliver:
			label = ""
		}
		if e.Mark != "" {
			label = strings.TrimSpace(e.Mark.Sign() + " " + label)
			links[e.Mark] = append(links[e.Mark], fmt.Sprint(i))
		}
		if label != "" {
			arrow += "|" + mermaidEscaped(label) + "|"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", mermaidID(e.From), arrow, mermaidID(e.To))
	}
	// Strokes only: the colours of areas and of text are those of the page's theme.
	for _, c := range []struct{ name, style string }{
		{"outside", "stroke-dasharray:4 3"},
		{string(Created), "stroke:#1a7f37,stroke-width:3px"},
		{string(Changed), "stroke:#b7791f,stroke-width:3px"},
		{string(Replaced), "stroke:#8250df,stroke-width:4px"},
		{string(Deleted), "stroke:#cf222e,stroke-width:3px,stroke-dasharray:6 4"},
	} {
		if members := classes[c.name]; len(members) > 0 {
			fmt.Fprintf(&b, "  classDef %s %s\n  class %s %s\n", c.name, c.style, strings.Join(members, ","), c.name)
		}
	}
	for _, l := range []struct {
		mark  Mark
		style string
	}{{Gained, "stroke:#1a7f37,stroke-width:3px"}, {Lost, "stroke:#cf222e,stroke-width:3px,stroke-dasharray:6 4"}} {
		if which := links[l.mark]; len(which) > 0 {
			fmt.Fprintf(&b, "  linkStyle %s %s\n", strings.Join(which, ","), l.style)
		}
	}
	if len(g.Edges) > mermaidEdges || b.Len() > mermaidText {
		return nil, &TooLargeError{fmt.Sprintf("%s has %d edges and takes %d characters, and Mermaid draws no more than %d and %d",
			g.Title, len(g.Edges), b.Len(), mermaidEdges, mermaidText)}
	}
	return []byte(b.String()), nil
}

// mermaidLines are the lines of a node's text.
func mermaidLines(n Node) []string {
	lines := []string{mermaidEscaped(n.Name)}
	if n.Kind == DeadLetters {
		lines = append(lines, "dead letters")
	}
	if n.Note != "" {
		lines = append(lines, mermaidEscaped(shorten(n.Note)))
	}
	if n.Mark != "" {
		lines = append(lines, mermaidEscaped(n.Mark.Sign()+" "+string(n.Mark)))
	}
	return lines
}

var mermaidNames = strings.NewReplacer(".", "_", "-", "_", "/", "__")

// mermaidID makes an identifier of an address. Names hold no `_`, so that no two are the same.
func mermaidID(a permissions.Address) string {
	return mermaidNames.Replace(string(a))
}

// mermaidEscaped writes all but letters, digits, blanks and dashes as entities of Mermaid
// (https://mermaid.js.org/syntax/flowchart.html, "Entity codes to escape characters"), so that
// nothing is taken for syntax, Markdown or HTML.
func mermaidEscaped(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == ' ' || r == '-':
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
