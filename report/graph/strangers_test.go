//go:build strangers

package graph_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/report/graph"
	"github.com/msgdeploy/msgdeploy/report/reporttest"
)

// TestStrangerChromiumGraph: a page of 10 and of 200 elements fits a phone and a desktop, loads nothing,
// complains of nothing, can be read, and can be searched.
func TestStrangerChromiumGraph(t *testing.T) {
	b := reporttest.Start(t)
	pages := map[string]*graph.Graph{
		"10": parse(t, busy(10)), "200": parse(t, busy(200)), "diff": parse(t, after).Compare(parse(t, before), changes()), "hostile": hostileGraph(),
	}
	for name, g := range pages {
		html, err := g.HTML()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "graph.html")
		if err := os.WriteFile(path, html, 0o600); err != nil {
			t.Fatal(err)
		}
		for view, look := range map[string]reporttest.View{
			"phone": {Width: reporttest.Phone}, "desktop": {}, "dark": {Dark: true},
		} {
			p := b.Open(path, look)
			p.Screenshot(name + "-" + view)
			if got := p.Overflow(); len(got) > 0 {
				t.Errorf("%s, %s: overflow: %q", name, view, got)
			}
			if got := append(p.Console(), p.Requests()...); len(got) > 0 {
				t.Errorf("%s, %s: console and requests: %q", name, view, got)
			}
			nodes := p.Boxes("#stage [data-element]")
			if len(nodes) < len(g.Nodes) {
				t.Errorf("%s, %s: %d nodes are drawn, want %d", name, view, len(nodes), len(g.Nodes))
			}
			for _, text := range p.Boxes("#stage .md-name") {
				if text.Height < 11 {
					t.Fatalf("%s, %s: text is only %v pixels high", name, view, text.Height)
				}
			}
			word := string(g.Nodes[len(g.Nodes)-1].Address)
			found := reporttest.Evaluate[[]string](p, `(word => {
				const find = document.getElementById('find');
				find.value = word;
				find.dispatchEvent(new Event('input'));
				return [...document.querySelectorAll('[data-element].on')].map(n => n.dataset.element);
			})("`+word+`")`)
			if !strings.Contains(" "+strings.Join(found, " ")+" ", " "+word+" ") {
				t.Errorf("%s, %s: a search for %s finds %q", name, view, word, found)
			}
		}
	}
}

// TestStrangerChromiumMermaid: Mermaid itself reads and draws every case of the corpus, hostile text, and 200
// elements, and shows the text that was meant.
func TestStrangerChromiumMermaid(t *testing.T) {
	dist, err := filepath.Abs("../../internal/strangers/node_modules/mermaid/dist/mermaid.min.js")
	if err != nil {
		t.Fatal(err)
	}
	library, err := os.ReadFile(dist)
	if err != nil {
		t.Fatalf("`make strangers` installs it: %v", err)
	}
	path := filepath.Join(t.TempDir(), "mermaid.html")
	page := `<!doctype html><html lang="en"><meta charset="utf-8"><title>Mermaid</title><body><script>` +
		strings.ReplaceAll(string(library), "</script", `<\/script`) + `</script></body></html>`
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/cases/*.mmd")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	p := reporttest.Start(t).Open(path, reporttest.View{})
	draw := func(name string, text []byte) string {
		quoted, err := json.Marshal(string(text))
		if err != nil {
			t.Fatal(err)
		}
		drawn := reporttest.Evaluate[string](p, `(async text => {
			mermaid.initialize({startOnLoad: false, securityLevel: 'strict'});
			try {
				const {svg} = await mermaid.render('drawn', text);
				document.body.innerHTML = svg;
				return document.body.textContent;
			} catch (e) { return 'error: ' + e; }
		})(`+string(quoted)+`)`)
		if strings.HasPrefix(drawn, "error: ") || strings.Contains(drawn, "Syntax error") || strings.Contains(drawn, "Unsupported markdown") {
			t.Errorf("Mermaid does not draw %s: %.300s\n%s", name, drawn, text)
		}
		return drawn
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		draw(file, text)
	}
	for name, c := range map[string]struct {
		g    *graph.Graph
		want []string
	}{
		"hostile": {hostileGraph(), []string{`"]; \" #quot; </title></svg><script>ale…`}},
		"diff":    {parse(t, after).Compare(parse(t, before), changes()), []string{"± replaced", "− deleted", "+ enqueue", "~ changed"}},
		"200":     {parse(t, busy(200)), []string{"kind = card | wire", "orders-work-19"}},
	} {
		text, err := c.g.Mermaid()
		if err != nil {
			t.Fatal(err)
		}
		drawn := draw(name, text)
		for _, want := range c.want {
			if !strings.Contains(drawn, want) {
				t.Errorf("Mermaid's drawing of %s has no %q", name, want)
			}
		}
	}
	if got := append(p.Console(), p.Requests()...); len(got) > 0 {
		t.Errorf("console and requests: %q", got)
	}
}

// TestStrangerGraphviz: dot itself reads every case of the corpus, hostile text, and what changes.
func TestStrangerGraphviz(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.dot")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for name, g := range map[string]*graph.Graph{
		"hostile": hostileGraph(), "diff": parse(t, after).Compare(parse(t, before), changes()), "10": parse(t, busy(10)),
	} {
		file := filepath.Join(t.TempDir(), name+".dot")
		if err := os.WriteFile(file, g.DOT(), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	for _, file := range files {
		var complaints strings.Builder
		cmd := exec.CommandContext(t.Context(), "dot", "-Tsvg", file)
		cmd.Stderr = &complaints
		out, err := cmd.Output()
		if err != nil || complaints.Len() > 0 || !strings.Contains(string(out), "<svg") {
			t.Errorf("dot %s: %v\n%s", file, err, &complaints)
		}
	}
}
