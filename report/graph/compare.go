package graph

import (
	"cmp"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/report"
)

// order is where a kind stands among the others.
func (k Kind) order() int {
	return slices.Index([]Kind{Service, Topic, Subscription, Queue, DeadLetters}, k)
}

func compareNodes(a, b Node) int {
	return cmp.Or(cmp.Compare(a.Kind.order(), b.Kind.order()), strings.Compare(string(a.Address), string(b.Address)))
}

func compareEdges(a, b Edge) int {
	return cmp.Or(
		strings.Compare(string(a.From), string(b.From)),
		strings.Compare(string(a.To), string(b.To)),
		strings.Compare(string(a.Verb), string(b.Verb)),
	)
}

// Compare returns g with a mark on all that changes, and with what is deleted. Old is the graph
// before the changes, or nil where nobody has it: then of what is deleted no more is drawn than the changes
// tell, which is the elements and what services may no longer do.
func (g *Graph) Compare(old *Graph, changes []deploy.Change) *Graph {
	c := comparison{
		Graph: Graph{Title: g.Title, Nodes: slices.Clone(g.Nodes), Edges: slices.Clone(g.Edges)},
		marks: elementMarks(changes),
		nodes: map[permissions.Address]bool{},
		edges: map[Edge]bool{},
	}
	for _, n := range g.Nodes {
		c.nodes[n.Address] = true
	}
	for _, e := range g.Edges {
		c.edges[e] = true
	}
	gained, lost := report.AccessChanges(changes)
	if old != nil {
		c.addOld(old)
	}
	for _, e := range edgesOf(lost) {
		c.addGone(e.From)
		c.addGone(e.To)
		c.addLost(e)
	}
	for address, mark := range c.marks {
		if mark == Deleted {
			c.addGone(address)
		}
	}
	c.markDeadLetters(old)
	for i := range c.Nodes {
		c.Nodes[i].Mark = c.marks[c.Nodes[i].Address]
	}
	c.markEdges(edgesOf(gained), old)
	c.sort()
	return &c.Graph
}

// comparison is a graph that is being compared.
type comparison struct {
	Graph
	marks map[permissions.Address]Mark
	// nodes and edges are those that the graph has.
	nodes map[permissions.Address]bool
	edges map[Edge]bool
}

// addOld adds what was there before and is no more.
func (c *comparison) addOld(old *Graph) {
	for _, n := range old.Nodes {
		if !c.nodes[n.Address] {
			c.nodes[n.Address] = true
			c.add(n)
			if !n.Foreign {
				c.marks[n.Address] = Deleted
			}
		}
	}
	for _, e := range old.Edges {
		c.addLost(e)
	}
}

func (c *comparison) addLost(e Edge) {
	if !c.edges[e] && c.nodes[e.From] && c.nodes[e.To] {
		c.edges[e] = true
		e.Mark = Lost
		c.Edges = append(c.Edges, e)
	}
}

// addGone adds an element that only the changes know.
func (c *comparison) addGone(a permissions.Address) {
	kind, name := a.Split()
	_, dead := a.Owner()
	if dead {
		kind = string(DeadLetters)
	}
	if c.nodes[a] || Kind(kind).order() < 0 {
		return // what belongs to the stack as a whole is not drawn
	}
	c.nodes[a] = true
	c.add(Node{Address: a, Kind: Kind(kind), Name: name})
	if dead {
		c.marks[a] = Deleted
	}
}

// markDeadLetters marks the dead letters that come with their owner, or that were not there before. They
// have no component: the changes tell only of their owner.
func (c *comparison) markDeadLetters(old *Graph) {
	before := map[permissions.Address]bool{}
	if old != nil {
		for _, n := range old.Nodes {
			before[n.Address] = true
		}
	}
	for _, n := range c.Nodes {
		owner, dead := n.Address.Owner()
		if dead && c.marks[n.Address] == "" && (c.marks[owner] == Created || old != nil && !before[n.Address]) {
			c.marks[n.Address] = Created
		}
	}
}

// markEdges marks the edges that are gained, and those of what is created or deleted.
func (c *comparison) markEdges(gained []Edge, old *Graph) {
	isNew := make(map[Edge]bool, len(gained))
	for _, e := range gained {
		isNew[e] = true
	}
	before := map[Edge]bool{}
	if old != nil {
		for _, e := range old.Edges {
			before[e] = true
		}
	}
	for i := range c.Edges {
		e := &c.Edges[i]
		from, to := c.marks[e.From], c.marks[e.To]
		switch {
		case e.Mark != "":
		case from == Deleted || to == Deleted:
			e.Mark = Lost
		case from == Created || to == Created || isNew[*e] || old != nil && !before[*e]:
			e.Mark = Gained
		}
	}
}

// edgesOf are the edges of what services may do.
func edgesOf(access []report.Access) []Edge {
	var out []Edge
	for _, a := range access {
		out = append(out, edgeOf(permissions.ServiceAddress(a.Service), permissions.Verb(a.Verb), permissions.Address(a.Resource)))
	}
	return out
}

// elementMarks says what happens to each element. The component's own change decides whether it comes or
// goes; else it is the worst of what happens to its resources. A topic or a queue without resources stands
// elsewhere: that the stack refers to it, or no more, neither makes nor deletes it.
func elementMarks(changes []deploy.Change) map[permissions.Address]Mark {
	marks := map[permissions.Address]Mark{}
	worst := []Mark{"", Changed, Replaced}
	for _, c := range changes {
		if c.Component || c.Op == deploy.OpSame {
			continue
		}
		mark := Changed
		if c.Op == deploy.OpReplace {
			mark = Replaced
		}
		at := permissions.Address(c.Element)
		marks[at] = worst[max(slices.Index(worst, marks[at]), slices.Index(worst, mark))]
	}
	for _, c := range changes {
		at := permissions.Address(c.Element)
		kind, _ := at.Split()
		elsewhere := marks[at] == "" && (Kind(kind) == Topic || Kind(kind) == Queue)
		switch {
		case !c.Component || elsewhere:
		case c.Op == deploy.OpCreate:
			marks[at] = Created
		case c.Op == deploy.OpDelete:
			marks[at] = Deleted
		case c.Op != deploy.OpSame:
			marks[at] = cmp.Or(marks[at], Changed)
		}
	}
	return marks
}
