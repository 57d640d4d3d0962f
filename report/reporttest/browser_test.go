//go:build strangers

package reporttest_test

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/report/reporttest"
)

const head = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>html{color-scheme:light dark} body{margin:0} @media (prefers-color-scheme:dark){body{background:#102030}}</style></head>`

func write(t *testing.T, html string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page with blank.html")
	if err := os.WriteFile(path, []byte(head+html), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestStrangerChromiumQuiet: of a page that is in order nothing is said.
func TestStrangerChromiumQuiet(t *testing.T) {
	b := reporttest.Start(t)
	path := write(t, `<body><p id=p style="width:100px;height:20px">seen</p><p hidden>unseen</p>
		<div style="overflow-x:auto"><pre style="width:3000px">long</pre></div></body>`)
	for _, width := range []int{reporttest.Phone, reporttest.Desktop} {
		p := b.Open(path, reporttest.View{Width: width})
		if got := reporttest.Evaluate[int](p, `window.innerWidth`); got != width {
			t.Errorf("the window is %d wide, want %d", got, width)
		}
		if got := p.Overflow(); len(got) != 0 {
			t.Errorf("overflow: %q", got)
		}
		if got := append(p.Console(), p.Requests()...); len(got) != 0 {
			t.Errorf("console and requests: %q", got)
		}
		if got := p.Text(); !strings.Contains(got, "seen") || strings.Contains(got, "unseen") {
			t.Errorf("text is %q", got)
		}
		boxes := p.Boxes("#p")
		if len(boxes) != 1 || boxes[0].Width != 100 || boxes[0].Height != 20 {
			t.Errorf("boxes: %+v", boxes)
		}
		if got := reporttest.Evaluate[string](p, `Promise.resolve('later')`); got != "later" {
			t.Errorf("a promise gives %q", got)
		}
	}
}

// TestStrangerChromiumComplaints: each thing that a page can do wrong is heard of.
func TestStrangerChromiumComplaints(t *testing.T) {
	b := reporttest.Start(t)
	p := b.Open(write(t, `<body><pre id=wide style="width:1500px">x</pre><img src="https://example.com/i.png">
		<script>console.error('wrong', 7); console.log('all is well')</script><script>undefined_name()</script>
		<button onclick="this.textContent='clicked'">press</button></body>`), reporttest.View{})
	if got := p.Overflow(); len(got) != 1 || !strings.HasPrefix(got[0], "pre#wide from 0 to 1500 of 1280") {
		t.Errorf("overflow: %q", got)
	}
	if diff := cmp.Diff([]string{"https://example.com/i.png"}, p.Requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	console := strings.Join(p.Console(), "\n")
	for _, want := range []string{`console.error: "wrong" 7`, "undefined_name is not defined", "ERR_NAME_NOT_RESOLVED"} {
		if !strings.Contains(console, want) {
			t.Errorf("the console has no %q:\n%s", want, console)
		}
	}
	if strings.Contains(console, "well") {
		t.Errorf("what is in order was taken for a complaint:\n%s", console)
	}
	p.Click("button")
	if got := p.Text(); !strings.Contains(got, "clicked") {
		t.Errorf("after a click the text is %q", got)
	}
}

// TestStrangerChromiumScreenshot: a picture is as wide as the window, and as dark as asked for.
func TestStrangerChromiumScreenshot(t *testing.T) {
	b := reporttest.Start(t)
	path := write(t, `<body><div style="height:2000px"></div></body>`)
	pixel := func(view reporttest.View) (width, height int, red, blue uint32) {
		shot, err := os.ReadFile(b.Open(path, view).Screenshot("shot"))
		if err != nil {
			t.Fatal(err)
		}
		image, err := png.Decode(bytes.NewReader(shot))
		if err != nil {
			t.Fatal(err)
		}
		red, _, blue, _ = image.At(10, 10).RGBA()
		return image.Bounds().Dx(), image.Bounds().Dy(), red >> 8, blue >> 8
	}
	type seen struct {
		Width, Height int
		Red, Blue     uint32
	}
	var got []seen
	for _, view := range []reporttest.View{{Width: reporttest.Phone}, {Dark: true}} {
		w, h, r, bl := pixel(view)
		got = append(got, seen{w, h, r, bl})
	}
	want := []seen{{390, 2000, 0xff, 0xff}, {1280, 2000, 0x10, 0x30}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("screenshots (-want +got):\n%s", diff)
	}
}
