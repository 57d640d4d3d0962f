package graph

import (
	"fmt"
	"slices"

	"github.com/msgdeploy/msgdeploy/permissions"
)

// Largest is the largest number of elements, dead letters included, that is drawn as one
// picture: beyond it nobody could find anything in it.
const Largest = 500

// TooLargeError says that a graph is too large for a picture of a kind.
type TooLargeError struct{ text string }

func (e *TooLargeError) Error() string { return e.text }

func (g *Graph) tooLarge() error {
	if len(g.Nodes) <= Largest {
		return nil
	}
	return &TooLargeError{fmt.Sprintf("%s has %d elements, dead letters included, and nobody can read more than %d in one picture", g.Title, len(g.Nodes), Largest)}
}

// Around returns the part of g with some elements and all that they are connected with: one step, and
// through subscriptions up to the topic on the one side and the target on the other. Unknown addresses
// are ignored.
func (g *Graph) Around(elements ...permissions.Address) *Graph {
	kinds := make(map[permissions.Address]Kind, len(g.Nodes))
	for _, n := range g.Nodes {
		kinds[n.Address] = n.Kind
	}
	keep := map[permissions.Address]bool{}
	for _, a := range elements {
		if _, ok := kinds[a]; ok {
			keep[a] = true
		}
	}
	next := map[permissions.Address]bool{}
	for _, e := range g.Edges {
		if keep[e.From] {
			next[e.To] = true
		}
		if keep[e.To] {
			next[e.From] = true
		}
	}
	through := map[permissions.Address]bool{}
	for _, e := range g.Edges {
		if next[e.From] && kinds[e.From] == Subscription {
			through[e.To] = true
		}
		if next[e.To] && kinds[e.To] == Subscription {
			through[e.From] = true
		}
	}
	return g.only(func(a permissions.Address) bool { return keep[a] || next[a] || through[a] })
}

// Changes returns the addresses of what is marked, and of both ends of marked edges.
func (g *Graph) Changes() []permissions.Address {
	var out []permissions.Address
	for _, n := range g.Nodes {
		if n.Mark != "" {
			out = append(out, n.Address)
		}
	}
	for _, e := range g.Edges {
		if e.Mark != "" {
			out = append(out, e.From, e.To)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// only returns the nodes that keep is true of, and the edges between them.
func (g *Graph) only(keep func(permissions.Address) bool) *Graph {
	out := &Graph{Title: g.Title}
	for _, n := range g.Nodes {
		if keep(n.Address) {
			out.Nodes = append(out.Nodes, n)
		}
	}
	for _, e := range g.Edges {
		if keep(e.From) && keep(e.To) {
			out.Edges = append(out.Edges, e)
		}
	}
	return out
}
