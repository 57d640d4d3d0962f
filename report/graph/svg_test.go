package graph_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/report/graph"
)

func permissionsAddress(s string) permissions.Address { return permissions.Address(s) }

// hostile is what the values of a filter may hold: the only free text that is drawn.
const hostile = `"]; \" #quot; </title></svg><script>alert(1)</script> | end]] & ` + "`x` \u202e\x07"

func hostileGraph() *graph.Graph {
	return &graph.Graph{Title: "shop/local", Nodes: []graph.Node{
		{Address: "topic.a", Kind: graph.Topic, Name: "a"},
		{Address: "subscription.b", Kind: graph.Subscription, Name: "b", Note: hostile},
	}, Edges: []graph.Edge{{From: "topic.a", To: "subscription.b", Verb: permissions.Deliver}}}
}

// TestHostile: no text gets out of the place that it is written in.
func TestHostile(t *testing.T) {
	t.Parallel()
	g := hostileGraph()
	mermaid, err := g.Mermaid()
	if err != nil {
		t.Fatal(err)
	}
	html, err := g.HTML()
	if err != nil {
		t.Fatal(err)
	}
	svg, err := g.SVG()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"mermaid": string(mermaid), "dot": string(g.DOT()), "svg": string(svg), "html": string(html)} {
		for _, bad := range []string{"<script>alert", "\u202e", "\x07"} {
			if name != "dot" && strings.Contains(text, bad) || name == "dot" && bad != "<script>alert" && strings.Contains(text, bad) {
				t.Errorf("%s holds %q:\n%s", name, bad, text)
			}
		}
	}
	if want := `label="b\n\"]; \\\" #quot; </title></svg><script>ale…"`; !strings.Contains(string(g.DOT()), want) {
		t.Errorf("DOT has no %s:\n%s", want, g.DOT())
	}
	if want := `subscription_b("b<br>#34;#93;#59; #92;#34; #35;quot#59; #60;#47;title#62;`; !strings.Contains(string(mermaid), want) {
		t.Errorf("Mermaid has no %s:\n%s", want, mermaid)
	}
}

// box is a drawn rectangle with the element that it is of.
type box struct {
	element    string
	x, y, w, h int
}

// boxes reads an SVG as XML and returns the rectangles of its nodes.
func boxes(t *testing.T, svg []byte) []box {
	t.Helper()
	var out []box
	element := ""
	for dec := xml.NewDecoder(strings.NewReader(string(svg))); ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("the SVG is no XML: %v", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		has := map[string]string{}
		for _, a := range start.Attr {
			has[a.Name.Local] = a.Value
		}
		if e := has["data-element"]; e != "" {
			element = e
		}
		if start.Name.Local == "rect" && element != "" {
			n := func(key string) int {
				v, err := strconv.Atoi(has[key])
				if err != nil {
					t.Fatalf("%s of %s: %v", key, element, err)
				}
				return v
			}
			out = append(out, box{element, n("x"), n("y"), n("width"), n("height")})
		}
	}
}

// TestSVGLayout: no two boxes touch, each element is drawn (a service that sends and receives twice), and
// messages go from left to right.
func TestSVGLayout(t *testing.T) {
	t.Parallel()
	for _, n := range []int{10, 200} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			g := parse(t, busy(n))
			svg, err := g.SVG()
			if err != nil {
				t.Fatal(err)
			}
			all := boxes(t, svg)
			leftmost, rightmost := map[string]int{}, map[string]int{}
			for i, a := range all {
				if x, ok := leftmost[a.element]; !ok || a.x < x {
					leftmost[a.element] = a.x
				}
				rightmost[a.element] = max(rightmost[a.element], a.x)
				for _, b := range all[:i] {
					if a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
						t.Errorf("%+v lies over %+v", a, b)
					}
				}
			}
			if len(leftmost) != len(g.Nodes) {
				t.Errorf("%d elements are drawn, want %d", len(leftmost), len(g.Nodes))
			}
			for _, e := range g.Edges {
				if leftmost[string(e.From)] >= rightmost[string(e.To)] {
					t.Errorf("%s -> %s leads to the left", e.From, e.To)
				}
			}
		})
	}
}

// TestDeterministic: the same graph has the same bytes.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	draw := func() []string {
		g := parse(t, busy(200))
		mermaid, err := g.Mermaid()
		if err != nil {
			t.Fatal(err)
		}
		html, err := g.HTML()
		if err != nil {
			t.Fatal(err)
		}
		return []string{string(mermaid), string(g.DOT()), string(html)}
	}
	first := draw()
	for range 5 {
		if diff := cmp.Diff(first, draw()); diff != "" {
			t.Fatalf("(-first +later):\n%s", diff)
		}
	}
}

// TestTooLarge: what nobody could read is refused, and DOT has no limit.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	g := parse(t, busy(5000))
	var large *graph.TooLargeError
	if _, err := g.SVG(); !errors.As(err, &large) {
		t.Errorf("SVG: %v", err)
	}
	if _, err := g.HTML(); !errors.As(err, &large) {
		t.Errorf("HTML: %v", err)
	}
	if _, err := g.Mermaid(); !errors.As(err, &large) {
		t.Errorf("Mermaid: %v", err)
	}
	if got := strings.Count(string(g.DOT()), " -> "); got != len(g.Edges) {
		t.Errorf("DOT has %d edges, want %d", got, len(g.Edges))
	}
}

// TestEmpty: a stack without elements is drawn, too.
func TestEmpty(t *testing.T) {
	t.Parallel()
	g := &graph.Graph{Title: "shop/local"}
	if svg, err := g.SVG(); err != nil || len(boxes(t, svg)) != 0 {
		t.Errorf("%v\n%s", err, svg)
	}
	if got := g.Summary(); got != "0 services, 0 topics, 0 subscriptions, 0 queues." {
		t.Errorf("summary: %s", got)
	}
}
