package graph

import (
	_ "embed"
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/permissions"
)

const (
	// badge is the room for the sign of a change.
	badge = 14
	// narrowest is a picture's least width: its legend needs it.
	narrowest = 340
	legendRow = 22
)

//go:embed style.css
var style string

// SVG draws g as one SVG file that needs nothing else: its fonts are those of the reader's system, its colours
// follow the reader's choice of light or dark, and its classes and ids begin with `md-`, so that it can stand in
// a page of HTML. More than [Largest] nodes are a [TooLargeError].
func (g *Graph) SVG() ([]byte, error) {
	if err := g.tooLarge(); err != nil {
		return nil, err
	}
	l := g.lay()
	items := g.legend()
	height := l.h + float64(len(items))*legendRow + margin
	b := &strings.Builder{}
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" class="md-graph" role="group" aria-labelledby="md-title md-desc" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d">`+"\n",
		pixel(l.w), pixel(height))
	fmt.Fprintf(b, "<title id=\"md-title\">%s</title>\n<desc id=\"md-desc\">%s</desc>\n", escaped(g.Title), escaped(g.Summary()))
	fmt.Fprintf(b, "<style>\n%s</style>\n", style)
	b.WriteString("<defs>\n")
	for _, kind := range []string{"", "-gained", "-lost"} {
		fmt.Fprintf(b, `<marker id="md-arrow%s" class="md-arrow%[1]s" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z"/></marker>`+"\n", kind)
	}
	b.WriteString("</defs>\n<rect class=\"md-page\" width=\"100%\" height=\"100%\"/>\n")
	for c := range columns {
		if l.width[c] > 0 {
			fmt.Fprintf(b, `<text class="md-heading" x="%d" y="%d">%s</text>`+"\n", pixel(l.left[c]), margin, heading(c))
		}
	}
	l.drawEdges(b)
	for _, v := range l.vertices {
		if v.node != nil {
			l.drawNode(b, v)
		}
	}
	for i, item := range items {
		item.draw(b, margin, pixel(l.h)+i*legendRow+legendRow/2)
	}
	b.WriteString("</svg>\n")
	return []byte(b.String()), nil
}

// Summary says in a sentence what g shows.
func (g *Graph) Summary() string {
	var words []string
	count := map[Kind]int{}
	marks := map[Mark]int{}
	for _, n := range g.Nodes {
		count[n.Kind]++
		marks[n.Mark]++
	}
	for _, e := range g.Edges {
		if e.Verb != permissions.Deliver && e.Verb != permissions.DeadLetter {
			marks[e.Mark]++
		}
	}
	for _, k := range []Kind{Service, Topic, Subscription, Queue} {
		words = append(words, plural(count[k], string(k)))
	}
	out := strings.Join(words, ", ")
	if n := count[DeadLetters]; n > 0 {
		out += fmt.Sprintf(", %s of their own", plural(n, "dead-letter queue"))
	}
	var changes []string
	for _, m := range []Mark{Created, Changed, Replaced, Deleted} {
		if marks[m] > 0 {
			changes = append(changes, fmt.Sprintf("%d %s", marks[m], m))
		}
	}
	for _, m := range []Mark{Gained, Lost} {
		if marks[m] > 0 {
			changes = append(changes, fmt.Sprintf("%s %s", plural(marks[m], "permission"), m))
		}
	}
	if len(changes) > 0 {
		out += ". Changes: " + strings.Join(changes, ", ")
	}
	return out + "."
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// drawEdges draws what changes over the rest.
func (l *layout) drawEdges(b *strings.Builder) {
	routes := slices.Clone(l.routes)
	slices.SortStableFunc(routes, func(x, y route) int { return len(x.edge.Mark) - len(y.edge.Mark) })
	for _, r := range routes {
		class, arrow := "md-edge", ""
		if r.edge.Verb == permissions.DeadLetter {
			class += " md-dead"
		}
		if r.edge.Mark != "" {
			class += " md-" + string(r.edge.Mark)
			arrow = "-" + string(r.edge.Mark)
		}
		fmt.Fprintf(b, `<g class="%s" data-from="%s" data-to="%s"><title>%s</title><path marker-end="url(#md-arrow%s)" d="%s"/>`,
			class, escaped(string(r.edge.From)), escaped(string(r.edge.To)), escaped(r.edge.sentence()), arrow, l.path(r))
		if r.edge.Mark != "" {
			x, y := l.labelPlace(r)
			fmt.Fprintf(b, `<text class="md-verb" x="%d" y="%d">%s</text>`, x, y, strings.TrimSpace(r.edge.Mark.Sign()+" "+dotVerb(r.edge.Verb)))
		}
		b.WriteString("</g>\n")
	}
}

// sentence says what an edge means.
func (e *Edge) sentence() string {
	var s string
	switch e.Verb {
	case permissions.Deliver:
		s = fmt.Sprintf("%s delivers to %s", e.From, e.To)
	case permissions.DeadLetter:
		s = fmt.Sprintf("dead letters of %s go to %s", e.From, e.To)
	case permissions.Dequeue:
		s = fmt.Sprintf("%s may dequeue from %s", e.To, e.From)
	default:
		s = fmt.Sprintf("%s may %s on %s", e.From, e.Verb, e.To)
	}
	if e.Mark != "" {
		s += " (" + string(e.Mark) + ")"
	}
	return s
}

// path is the line of an edge: level through columns, curved between them.
func (l *layout) path(r route) string {
	from, to := r.stops[0], r.stops[len(r.stops)-1]
	x, y := l.left[from.column]+l.width[from.column], from.y
	d := fmt.Sprintf("M%d %d", pixel(x), pixel(y))
	if from.column >= to.column { // in one column: round the right side
		return d + fmt.Sprintf("C%d %d %[1]d %[3]d %d %[3]d", pixel(x+gutter/2), pixel(y), pixel(to.y), pixel(x+2))
	}
	for _, stop := range r.stops[1:] {
		left := l.left[stop.column]
		d += fmt.Sprintf("C%d %d %[1]d %[3]d %d %[3]d", pixel((x+left)/2), pixel(y), pixel(stop.y), pixel(left))
		if stop.node == nil {
			x = left + l.width[stop.column]
			d += fmt.Sprintf("H%d", pixel(x))
		}
		y = stop.y
	}
	return d
}

// labelPlace is where the label of an edge stands: of a dequeue beside the queue, because a service
// may have many, and else in the middle between the last two columns.
func (l *layout) labelPlace(r route) (x, y int) {
	n := len(r.stops)
	from, to := r.stops[n-2], r.stops[n-1]
	across, down := 0.5, 0.5 // of the way of the curve
	if r.edge.Verb == permissions.Dequeue {
		from, to = r.stops[0], r.stops[1]
		across, down = 0.384, 0.282 // where its parameter is 0.35
	}
	right := l.left[from.column] + l.width[from.column]
	if from.column >= to.column {
		return pixel(right + gutter/2), pixel((from.y + to.y) / 2)
	}
	return pixel(right + across*(l.left[to.column]-right)), pixel(from.y+down*(to.y-from.y)) - 4
}

func (l *layout) drawNode(b *strings.Builder, v *vertex) {
	n := v.node
	class := "md-node md-" + strings.ReplaceAll(string(n.Kind), " ", "-")
	if n.Foreign {
		class += " md-foreign"
	}
	if n.Mark != "" {
		class += " md-" + string(n.Mark)
	}
	x, y, w := pixel(l.left[v.column]), pixel(v.y-v.height/2), pixel(l.width[v.column])
	fmt.Fprintf(b, `<g class="%s" data-element="%s" tabindex="0"><title>%s</title>`, class, escaped(string(n.Address)), escaped(n.sentence()))
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="%d"/>`, x, y, w, pixel(v.height), radius(n.Kind))
	if n.Kind == Queue || n.Kind == DeadLetters { // what waits in line
		fmt.Fprintf(b, `<path class="md-line" d="M%d %dv%dm4 0v-%[3]d"/>`, x+w-10, y+4, pixel(v.height)-8)
	}
	baseline := y + 20
	fmt.Fprintf(b, `<text class="md-name" x="%d" y="%d">%s</text>`, x+padding, baseline, escaped(n.Name))
	if caption := n.caption(); caption != "" {
		fmt.Fprintf(b, `<text class="md-note" x="%d" y="%d">%s</text>`, x+padding, baseline+16, escaped(caption))
	}
	if n.Mark != "" {
		fmt.Fprintf(b, `<circle class="md-badge" cx="%d" cy="%d" r="9"/><text class="md-sign" x="%[1]d" y="%[3]d">%s</text>`, x, y, y+5, n.Mark.Sign())
	}
	b.WriteString("</g>\n")
}

func (n *Node) sentence() string {
	s := string(n.Address)
	if n.Note != "" {
		s += ": " + printable(n.Note)
	}
	if n.Mark != "" {
		s += " (" + string(n.Mark) + ")"
	}
	return s
}

func radius(k Kind) int {
	switch k {
	case Topic, Subscription:
		return 15
	case Service:
		return 3
	default:
		return 6
	}
}

// pixel rounds to whole pixels, in which the same picture has the same bytes on every machine.
func pixel(f float64) int { return int(math.Round(f)) }

// escaped makes text of any string.
func escaped(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return "" // a Builder takes everything
	}
	return b.String()
}
