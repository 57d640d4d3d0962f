package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/report/graph"
)

type graphOptions struct {
	// operation holds the flags of the preview that --diff makes.
	operation operationOptions
	diff      bool
	// elements are the addresses of what is drawn, with what it is connected with; none is all.
	elements []string
}

func newGraphCmd(a *app) *cobra.Command {
	var opts graphOptions
	cmd := &cobra.Command{
		Use:   "graph",
		Short: "Draw a stack: who sends what where, and who receives it",
		Long: `Draw a stack: services, topics, subscriptions, queues, dead letters, and who may publish,
enqueue and dequeue. Mermaid is for Markdown, DOT for Graphviz; SVG and HTML are complete
files that load nothing. The same spec gives the same bytes.

With --diff, what a preview finds is drawn into it: what is created, changed, replaced and
deleted, and which access is gained and lost, each with a colour, a sign and a line of its
own. --offline and --base say what is compared, as they do for preview: with --base, what
is deleted is drawn with all that it was connected with.

With --element, only that element is drawn, and what it is connected with. A picture has
room for 500 elements; of a larger one that changes, the part is drawn that changes.`,
		Example: `  msgdeploy graph --stack local
  msgdeploy graph -o html > graph.html
  msgdeploy graph -o svg --diff --base main... > changes.svg
  msgdeploy graph -o dot --element queue.jobs | dot -Tpng > jobs.png`,
		Args: arguments(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.graph(cmd.Context(), opts) },
	}
	opts.operation.spec.bind(a, cmd)
	opts.operation.engine.bind(cmd)
	bindOutput(cmd, &opts.operation.output, "mermaid", "dot", "svg", "html")
	cmd.Flags().BoolVar(&opts.diff, "diff", false, "draw what up would change, too")
	cmd.Flags().BoolVar(&opts.operation.engine.offline, "offline", false, "with --diff: read the state and nothing else")
	cmd.Flags().StringVar(&opts.operation.base, "base", "", "with --diff: compare with another version of the spec, a git revision or a file, and with nothing else")
	cmd.Flags().StringSliceVar(&opts.elements, "element", nil,
		"draw this element, such as queue.jobs, and what it is connected with; may be repeated")
	return cmd
}

func (a *app) graph(ctx context.Context, opts graphOptions) error {
	o := opts.operation
	if !opts.diff && (o.engine.offline || o.base != "") {
		return usagef("--offline and --base say what --diff compares: give --diff too")
	}
	g, err := a.graphOf(ctx, opts)
	if err != nil {
		return err
	}
	if g, err = a.narrow(g, opts); err != nil {
		return err
	}
	var out []byte
	switch o.output {
	case "dot":
		out = g.DOT()
	case "svg":
		out, err = g.SVG()
	case "html":
		out, err = g.HTML()
	default:
		out, err = g.Mermaid()
	}
	var large *graph.TooLargeError
	if errors.As(err, &large) {
		return usagef("%v: name what you want to see with --element, such as --element %s, or take -o dot, which has no limit", large, g.Nodes[0].Address)
	}
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(out)
	return err
}

// graphOf returns the graph of the stack that is meant, with what changes if that is asked for.
func (a *app) graphOf(ctx context.Context, opts graphOptions) (*graph.Graph, error) {
	switch {
	case !opts.diff:
		st, err := a.loadStack(ctx, opts.operation.spec)
		if err != nil {
			return nil, err
		}
		return graph.Of(st.Topology, st.grants), nil
	case opts.operation.base != "":
		return a.graphBase(ctx, opts.operation)
	default:
		return a.graphPreview(ctx, opts.operation)
	}
}

// graphBase draws what is different in another version of the spec.
func (a *app) graphBase(ctx context.Context, opts operationOptions) (*graph.Graph, error) {
	opts.engine.offline = true
	c, err := a.openComparison(ctx, opts)
	if err != nil {
		return nil, err
	}
	result, err := deploy.Compare(ctx, c.options(opts.engine), c.version(c.old, c.oldFacts), c.version(c.next, c.nextFacts))
	if err != nil {
		return nil, err
	}
	// A version without the stack is empty.
	old, next := &graph.Graph{}, &graph.Graph{Title: c.Project + "/" + c.Stack}
	if c.old != nil {
		old = graph.Of(c.old.Topology, c.old.grants)
	}
	if c.next != nil {
		next = graph.Of(c.next.Topology, c.next.grants)
	}
	return next.Compare(old, result.Changes), nil
}

// graphPreview draws what is different in the state.
func (a *app) graphPreview(ctx context.Context, opts operationOptions) (g *graph.Graph, err error) {
	s, err := a.openSession(ctx, opts.spec, opts.engine)
	if err != nil {
		return nil, err
	}
	defer s.closeInto(ctx, &err)
	result, err := s.engine.Preview(ctx, s.program())
	if err != nil {
		return nil, err
	}
	if err := s.noteUndecided(ctx, result, "text"); err != nil {
		return nil, err
	}
	return graph.Of(s.Topology, s.grants).Compare(nil, result.Changes), nil
}

// narrow leaves of a graph what is asked for. Of one that is too large for a picture it leaves what changes.
func (a *app) narrow(g *graph.Graph, opts graphOptions) (*graph.Graph, error) {
	if len(opts.elements) > 0 {
		var names []string
		for _, n := range g.Nodes {
			names = append(names, string(n.Address))
		}
		var elements []permissions.Address
		for _, e := range opts.elements {
			if !slices.Contains(names, e) {
				return nil, noSuchElement(g, e, names)
			}
			elements = append(elements, permissions.Address(e))
		}
		return g.Around(elements...), nil
	}
	changes := g.Changes()
	if len(g.Nodes) <= graph.Largest || len(changes) == 0 || opts.operation.output == "dot" {
		return g, nil
	}
	part := g.Around(changes...)
	a.notef("note: of %d elements those are drawn that change, and what they are connected with: %d", len(g.Nodes), len(part.Nodes))
	return part, nil
}

func noSuchElement(g *graph.Graph, name string, names []string) error {
	near, _ := diag.Nearest(name, names)
	if len(near) == 0 {
		return usagef("--element: %s has no element %s", g.Title, name)
	}
	return usagef("--element: %s has no element %s; did you mean %s?", g.Title, name, diag.OrList(near))
}
