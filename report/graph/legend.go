package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/permissions"
)

// legendItem explains one look: of a line, or of a node's badge.
type legendItem struct {
	mark Mark
	dead bool
	text string
}

// legend explains what g has, and nothing else.
func (g *Graph) legend() []legendItem {
	marked := func(m Mark) bool {
		return slices.ContainsFunc(g.Nodes, func(n Node) bool { return n.Mark == m }) ||
			slices.ContainsFunc(g.Edges, func(e Edge) bool { return e.Mark == m })
	}
	var items []legendItem
	if slices.ContainsFunc(g.Edges, func(e Edge) bool { return e.Verb != permissions.DeadLetter }) {
		items = append(items, legendItem{text: "the way of messages: publish, deliver, enqueue, dequeue"})
	}
	if slices.ContainsFunc(g.Edges, func(e Edge) bool { return e.Verb == permissions.DeadLetter }) {
		items = append(items, legendItem{dead: true, text: "what was delivered in vain"})
	}
	for _, m := range []struct {
		mark Mark
		text string
	}{
		{Created, "created"}, {Changed, "changed"}, {Replaced, "replaced: deleted and made anew"}, {Deleted, "deleted"},
		{Gained, "access or delivery gained"}, {Lost, "access or delivery lost"},
	} {
		if marked(m.mark) {
			items = append(items, legendItem{mark: m.mark, text: m.text})
		}
	}
	return items
}

func (i legendItem) draw(b *strings.Builder, x, y int) {
	switch i.mark {
	case Created, Changed, Replaced, Deleted:
		fmt.Fprintf(b, `<g class="md-node md-%s"><circle class="md-badge" cx="%d" cy="%d" r="9"/><text class="md-sign" x="%[2]d" y="%[4]d">%s</text></g>`,
			i.mark, x+14, y, y+5, i.mark.Sign())
	default:
		class, arrow := "md-edge", ""
		if i.dead {
			class += " md-dead"
		}
		if i.mark != "" {
			class, arrow = class+" md-"+string(i.mark), "-"+string(i.mark)
		}
		fmt.Fprintf(b, `<g class="%s"><path marker-end="url(#md-arrow%s)" d="M%d %dh28"/></g>`, class, arrow, x, y)
	}
	fmt.Fprintf(b, `<text class="md-note" x="%d" y="%d">%s</text>`+"\n", x+38, y+4, i.text)
}
