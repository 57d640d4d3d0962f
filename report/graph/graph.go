// Package graph draws a stack: services, topics, subscriptions, queues, dead letters, and who may
// do what on which; and what a change makes of them.
//
// A [Graph] is made of a topology ([Of]), told what changes ([Graph.Compare]), narrowed to a part of it
// ([Graph.Around]), and written as Mermaid, DOT, SVG or HTML. The same graph gives the same bytes.
//
// # Layout
//
// Mermaid and DOT leave the layout to whoever draws them. SVG and HTML are laid out here, in columns from who
// sends to who receives, because a drawing of messaging is read in that direction. The steps are those of
// Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures" (1981), of
// which the columns are given and no cycle has to be broken.
//
// The two layout libraries that there are as Go modules were tried with 160 elements and 400 edges. d2 0.7.2
// (dagre, in a JavaScript interpreter) had not finished after minutes. go-graphviz 0.2.10 took 14 seconds of
// processor time; besides, its packages compile Graphviz's WebAssembly as they are initialised, which each command
// would have to wait for (1.0 s), and keep the machine code in a directory of a fixed name below the temporary
// directory, out of which the next process runs it, whoever put it there.
package graph

import (
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Kind is what a node stands for.
type Kind string

// The kinds of nodes, in the order in which messages meet them.
const (
	Service      Kind = "service"
	Topic        Kind = "topic"
	Subscription Kind = "subscription"
	Queue        Kind = "queue"
	DeadLetters  Kind = "dead letters"
)

// Mark is what a change does to a node or an edge; "" is nothing.
type Mark string

// The marks. Nodes are created, changed, replaced or deleted; edges are gained or lost.
const (
	Created  Mark = "created"
	Changed  Mark = "changed"
	Replaced Mark = "replaced"
	Deleted  Mark = "deleted"
	Gained   Mark = "gained"
	Lost     Mark = "lost"
)

// Sign is the character that stands for a mark where there is no room for the word.
func (m Mark) Sign() string {
	switch m {
	case Created, Gained:
		return "+"
	case Changed:
		return "~"
	case Replaced:
		return "±"
	case Deleted, Lost:
		return "−"
	default:
		return ""
	}
}

// Node is an element of the spec, or the dead letters of one.
type Node struct {
	Address permissions.Address
	Kind    Kind
	// Name is how the spec calls it; of dead letters it is their owner's.
	Name string
	// Note is what else there is to say of it, such as a subscription's filter. Other than the
	// rest of a Node it may hold any text.
	Note string
	// Foreign is set for what this stack refers to and never makes.
	Foreign bool
	Mark    Mark
}

// Edge leads from one node to another, in the direction in which messages go: of a dequeue
// from the queue to the service.
type Edge struct {
	From, To permissions.Address
	// Verb is [permissions.Deliver] also from a topic to its subscription.
	Verb permissions.Verb
	Mark Mark
}

// Graph is a picture of a stack before it is drawn. Nodes are in the order of their kinds, and of
// their addresses within a kind; edges in the order of From, To and Verb.
type Graph struct {
	// Title names the stack: project/stack.
	Title string
	Nodes []Node
	Edges []Edge
}

// Of returns the graph of a stack. Grants are those that [permissions.Derive] returns.
func Of(t *spec.Topology, grants []permissions.Grant) *Graph {
	g := &Graph{Title: t.Project + "/" + t.Stack}
	for _, s := range t.Services {
		g.add(Node{Address: permissions.ServiceAddress(s.Name), Kind: Service, Name: s.Name})
	}
	for _, x := range slices.Concat(t.Topics, t.ForeignTopics) {
		g.add(Node{
			Address: permissions.TopicAddress(x.Name), Kind: Topic, Name: x.Name,
			Note: standing(x.Project, x.Existing, x.Ordered), Foreign: x.Project != "" || x.Existing != nil,
		})
	}
	for _, q := range slices.Concat(t.Queues, t.ForeignQueues) {
		g.add(Node{
			Address: permissions.QueueAddress(q.Name), Kind: Queue, Name: q.Name,
			Note: standing(q.Project, q.Existing, q.Ordered), Foreign: q.Project != "" || q.Existing != nil,
		})
	}
	for _, s := range t.Subscriptions {
		at := permissions.SubscriptionAddress(s.Name)
		g.add(Node{Address: at, Kind: Subscription, Name: s.Name, Note: filter(s.Filter)})
		target := permissions.Address("")
		if s.ToService != nil {
			target = permissions.ServiceAddress(s.ToService.Name)
		} else {
			target = permissions.QueueAddress(s.ToQueue.Name)
		}
		g.Edges = append(g.Edges,
			Edge{From: permissions.TopicAddress(s.Topic.Name), To: at, Verb: permissions.Deliver},
			Edge{From: at, To: target, Verb: permissions.Deliver})
	}
	dead := map[permissions.Address]bool{}
	for _, grant := range grants {
		if grant.Verb == permissions.Deliver {
			continue // drawn by way of the subscription
		}
		if owner, is := grant.Resource.Owner(); is && !dead[grant.Resource] {
			dead[grant.Resource] = true
			_, name := owner.Split()
			g.add(Node{Address: grant.Resource, Kind: DeadLetters, Name: name})
		}
		g.Edges = append(g.Edges, edgeOf(grant.Principal, grant.Verb, grant.Resource))
	}
	g.sort()
	return g
}

// edgeOf is the edge of a grant: whoever dequeues is where messages end.
func edgeOf(principal permissions.Address, verb permissions.Verb, resource permissions.Address) Edge {
	if verb == permissions.Dequeue {
		return Edge{From: resource, To: principal, Verb: verb}
	}
	return Edge{From: principal, To: resource, Verb: verb}
}

func (g *Graph) add(n Node) { g.Nodes = append(g.Nodes, n) }

// standing says in a few words what a topic or a queue is beside its name.
func standing(project string, existing *spec.Existing, ordered bool) string {
	var words []string
	switch {
	case project != "":
		words = append(words, "of "+project)
	case existing != nil:
		words = append(words, "existing")
	}
	if ordered {
		words = append(words, "ordered")
	}
	return strings.Join(words, ", ")
}

// filter writes a subscription's filter in one line: kind = card | wire, size = big.
func filter(f map[string][]string) string {
	keys := make([]string, 0, len(f))
	for key := range f {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for i, key := range keys {
		keys[i] = key + " = " + strings.Join(f[key], " | ")
	}
	return strings.Join(keys, ", ")
}

func (g *Graph) sort() {
	slices.SortFunc(g.Nodes, compareNodes)
	slices.SortFunc(g.Edges, compareEdges)
	g.Edges = slices.Compact(g.Edges)
}
