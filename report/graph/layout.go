package graph

import (
	"slices"

	"github.com/msgdeploy/msgdeploy/permissions"
)

// The columns of a picture, from who sends to who receives. A service that does both stands in both.
const (
	columnSenders = iota
	columnTopics
	columnSubscriptions
	columnQueues
	columnDeadLetters
	columnReceivers
	columns
)

// heading is what is written above a column.
func heading(column int) string {
	return [columns]string{"senders", "topics", "subscriptions", "queues", "dead letters", "receivers"}[column]
}

// Sizes in CSS pixels. The font is monospaced, so that the width of a text is known without the font.
const (
	fontSize    = 13
	charWidth   = 7.9 // 0.602 em in DejaVu Sans Mono, Menlo and Consolas have less
	noteWidth   = 6.7 // at 11
	padding     = 12
	boxHeight   = 30
	notedHeight = 46
	laneHeight  = 6
	boxGap      = 12
	laneGap     = 5
	gutter      = 90
	margin      = 24
	header      = 44
	partGap     = 26
)

// vertex is a node in a column, or the lane in which edges cross one.
type vertex struct {
	node   *Node // nil of a lane
	column int
	// y is the middle.
	y, height float64
	// before and after are the vertices that edges come from and lead to, in the columns beside it.
	before, after []*vertex
	// edges is how many edges run through a lane.
	edges int
	// place is the position in its column while columns are ordered.
	place int
}

func (v *vertex) gap() float64 {
	if v.node == nil {
		return laneGap
	}
	return boxGap
}

// route is the way of an edge through the columns.
type route struct {
	edge  *Edge
	stops []*vertex
}

// layout is where everything is.
type layout struct {
	vertices []*vertex
	routes   []route
	// left and width are of the columns that there are; a width of 0 is none.
	left, width [columns]float64
	w, h        float64
}

// lay places g.
func (g *Graph) lay() *layout {
	l := &layout{}
	in := l.place(g)
	l.connect(g, in)
	bottom := float64(header)
	for _, part := range l.parts() {
		part.order()
		bottom = part.settle(bottom) + partGap
	}
	l.measure()
	l.h = bottom - partGap + margin
	if len(l.vertices) == 0 {
		l.h = header + margin
	}
	return l
}

// ends are the vertices of a node where its edges end: a service that sends and receives has two.
type ends struct{ out, in *vertex }

// place makes a vertex of each node, or two.
func (l *layout) place(g *Graph) map[permissions.Address]ends {
	sends, receives, dead := map[permissions.Address]bool{}, map[permissions.Address]bool{}, map[permissions.Address]bool{}
	for _, e := range g.Edges {
		sends[e.From], receives[e.To] = true, true
		if e.Verb == permissions.DeadLetter {
			dead[e.To] = true
		}
	}
	at := make(map[permissions.Address]ends, len(g.Nodes))
	for i := range g.Nodes {
		n := &g.Nodes[i]
		var x ends
		switch n.Kind {
		case Service:
			if sends[n.Address] || !receives[n.Address] {
				x.out = l.add(n, columnSenders)
			}
			if receives[n.Address] {
				x.in = l.add(n, columnReceivers)
			}
		case Topic:
			x.out = l.add(n, columnTopics)
		case Subscription:
			x.out = l.add(n, columnSubscriptions)
		case Queue, DeadLetters:
			column := columnQueues
			if n.Kind == DeadLetters || dead[n.Address] {
				column = columnDeadLetters
			}
			x.out = l.add(n, column)
		}
		if n.Kind != Service {
			x.in = x.out
		}
		at[n.Address] = x
	}
	return at
}

func (l *layout) add(n *Node, column int) *vertex {
	v := &vertex{node: n, column: column, height: boxHeight}
	if n.caption() != "" {
		v.height = notedHeight
	}
	l.vertices = append(l.vertices, v)
	return v
}

// caption is the second line of a node.
func (n *Node) caption() string {
	note := shorten(n.Note)
	switch {
	case n.Mark == "":
		return note
	case note == "":
		return string(n.Mark)
	default:
		return string(n.Mark) + ", " + note
	}
}

// lane is who shares the lanes through a column: all edges of one sender, or all of one receiver, to
// which the same happens.
type lane struct {
	of     *vertex
	column int
	mark   Mark
}

// connect lays the edges, with lanes through the columns that they cross.
func (l *layout) connect(g *Graph, at map[permissions.Address]ends) {
	lanes := map[lane]*vertex{}
	linked := map[[2]*vertex]bool{}
	for i := range g.Edges {
		e := &g.Edges[i]
		from, to := at[e.From].out, at[e.To].in
		r := route{edge: e, stops: []*vertex{from}}
		bundle := to
		if e.Verb == permissions.Enqueue {
			bundle = from
		}
		for column := from.column + 1; column < to.column; column++ {
			key := lane{bundle, column, e.Mark}
			v := lanes[key]
			if v == nil {
				v = &vertex{column: column, height: laneHeight}
				lanes[key] = v
				l.vertices = append(l.vertices, v)
			}
			v.edges++
			r.stops = append(r.stops, v)
		}
		r.stops = append(r.stops, to)
		for j := 1; j < len(r.stops) && from.column < to.column; j++ {
			a, b := r.stops[j-1], r.stops[j]
			if !linked[[2]*vertex{a, b}] {
				linked[[2]*vertex{a, b}] = true
				a.after = append(a.after, b)
				b.before = append(b.before, a)
			}
		}
		l.routes = append(l.routes, r)
	}
}

// part is what hangs together: nothing outside of it is connected with it.
type part [columns][]*vertex

// parts takes the picture apart, in the order of its vertices.
func (l *layout) parts() []*part {
	beside := map[*vertex][]*vertex{}
	for _, r := range l.routes {
		for i := 1; i < len(r.stops); i++ {
			a, b := r.stops[i-1], r.stops[i]
			beside[a] = append(beside[a], b)
			beside[b] = append(beside[b], a)
		}
	}
	// A service in two columns is one: both are drawn side by side.
	twins := map[*Node]*vertex{}
	for _, v := range l.vertices {
		if v.node == nil {
			continue
		}
		if twin := twins[v.node]; twin != nil {
			beside[v] = append(beside[v], twin)
			beside[twin] = append(beside[twin], v)
		}
		twins[v.node] = v
	}
	seen := map[*vertex]bool{}
	var parts []*part
	var alone part
	for _, v := range l.vertices {
		if seen[v] {
			continue
		}
		seen[v] = true
		if len(beside[v]) == 0 {
			alone[v.column] = append(alone[v.column], v)
			continue
		}
		p := &part{}
		for todo := []*vertex{v}; len(todo) > 0; {
			next := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			p[next.column] = append(p[next.column], next)
			for _, b := range slices.Backward(beside[next]) {
				if !seen[b] {
					seen[b] = true
					todo = append(todo, b)
				}
			}
		}
		parts = append(parts, p)
	}
	// What nothing is connected with stands together below the rest.
	for _, c := range alone {
		if len(c) > 0 {
			return append(parts, &alone)
		}
	}
	return parts
}

// measure gives the columns their widths and places.
func (l *layout) measure() {
	for _, v := range l.vertices {
		if v.node == nil {
			continue
		}
		text := max(float64(len([]rune(v.node.Name)))*charWidth, float64(len([]rune(v.node.caption())))*noteWidth)
		l.width[v.column] = max(l.width[v.column], text+2*padding+badge, float64(len(heading(v.column)))*charWidth)
	}
	x := float64(margin)
	for c := range columns {
		if l.width[c] == 0 {
			l.left[c] = x - gutter/2 // lanes run through, and there is nothing to make room for
			continue
		}
		l.left[c] = x
		x += l.width[c] + gutter
	}
	l.w = max(x-gutter+margin, narrowest)
}
