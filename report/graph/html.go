package graph

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
)

var (
	//go:embed page.html
	page string
	//go:embed page.css
	pageStyle string
	//go:embed page.js
	pageScript string
)

// HTML draws g as one page that loads nothing, and that a browser would not let: with buttons to
// make it larger and smaller, a search, and the same in words. More than [Largest] nodes are a [TooLargeError].
func (g *Graph) HTML() ([]byte, error) {
	svg, err := g.SVG()
	if err != nil {
		return nil, err
	}
	t, err := template.New("page").Parse(page)
	if err != nil {
		return nil, fmt.Errorf("parse the page: %w", err)
	}
	sum := sha256.Sum256([]byte(pageScript))
	data := map[string]any{
		"Title": g.Title, "Summary": g.Summary(), "Rows": g.words(),
		"Policy": fmt.Sprintf("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-%s'; base-uri 'none'; form-action 'none'",
			base64.StdEncoding.EncodeToString(sum[:])),
		"Style":  template.CSS(pageStyle), //nolint:gosec // our own file
		"Script": template.JS(pageScript), //nolint:gosec // our own file; the policy has its hash
		"SVG":    template.HTML(svg),      //nolint:gosec // all text in it is escaped
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, fmt.Errorf("write the page: %w", err)
	}
	return b.Bytes(), nil
}

// row is a node in words.
type row struct {
	Element, Change string
	Edges           []string
}

// words says in words what is drawn, for who cannot see it and for a browser's own search.
func (g *Graph) words() []row {
	index := make(map[string]int, len(g.Nodes))
	rows := make([]row, 0, len(g.Nodes))
	for i := range g.Nodes {
		n := &g.Nodes[i]
		index[string(n.Address)] = i
		element, _ := strings.CutSuffix(n.sentence(), " ("+string(n.Mark)+")")
		rows = append(rows, row{Element: element, Change: strings.TrimSpace(n.Mark.Sign() + " " + string(n.Mark))})
	}
	for i := range g.Edges {
		e := &g.Edges[i]
		from := &rows[index[string(e.From)]]
		from.Edges = append(from.Edges, e.sentence())
		if to := &rows[index[string(e.To)]]; to != from {
			to.Edges = append(to.Edges, e.sentence())
		}
	}
	return rows
}
