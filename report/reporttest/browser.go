//go:build strangers

package reporttest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// The widths in CSS pixels that pages are looked at in, with the heights that go with them.
const (
	Phone   = 390
	Desktop = 1280

	phoneHeight   = 844
	desktopHeight = 800
)

// A Browser is one Chromium without a window, which ends with the test that started it.
type Browser struct {
	t   testing.TB
	ctx context.Context
}

// Start starts Chromium. `make strangers` installs it where it is missing; without it the test fails.
func Start(t testing.TB) *Browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, // Chromium refuses to run as root otherwise; its pages are the test's own
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"),
		chromedp.Flag("hide-scrollbars", true),
	)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium (apt-get install chromium): %v", err)
	}
	return &Browser{t: t, ctx: ctx}
}

// A View is how a page is looked at. The zero View is of a desktop in the light.
type View struct {
	// Width is in CSS pixels; 0 is [Desktop]. Up to [Phone] the screen is a phone's: with
	// touch, and as wide as the page says in its viewport element.
	Width int
	Dark  bool
}

// A Page is an HTML or SVG file, opened and loaded.
type Page struct {
	t    testing.TB
	ctx  context.Context
	view View

	mu       sync.Mutex
	console  []string
	requests []string
}

// Open opens a file and waits until it is loaded.
func (b *Browser) Open(path string, view View) *Page {
	b.t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		b.t.Fatal(err)
	}
	if view.Width == 0 {
		view.Width = Desktop
	}
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.t.Cleanup(cancel)
	p := &Page{t: b.t, ctx: ctx, view: view}
	address := (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
	if err := chromedp.Listen(ctx, func(event any) { p.hear(address, event) }); err != nil {
		b.t.Fatalf("open a page: %v", err)
	}
	scheme := "light"
	if view.Dark {
		scheme = "dark"
	}
	size := chromedp.EmulateViewport(int64(view.Width), desktopHeight)
	if view.Width <= Phone {
		size = chromedp.EmulateViewport(int64(view.Width), phoneHeight, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	features := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	err = chromedp.Do(ctx,
		chromedp.Func(func(ctx context.Context, s *chromedp.Target) error {
			_, err := cdp.Call(ctx, s, network.Enable, network.EnableParams{})
			return err
		}),
		chromedp.Func(func(ctx context.Context, s *chromedp.Target) error {
			_, err := cdp.Call(ctx, s, emulation.SetEmulatedMedia, features)
			return err
		}),
		size,
		chromedp.Navigate(address),
	)
	if err != nil {
		b.t.Fatalf("open %s: %v", path, err)
	}
	return p
}

// hear keeps what the page complains about and what it asks for.
func (p *Page) hear(address string, event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			p.console = append(p.console, fmt.Sprintf("console.%s: %s", e.Type, arguments(e.Args)))
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		p.console = append(p.console, text)
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			p.console = append(p.console, fmt.Sprintf("%s %s: %s", e.Entry.Source, e.Entry.Level, e.Entry.Text))
		}
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; u != address && !strings.HasPrefix(u, "data:") {
			p.requests = append(p.requests, u)
		}
	}
}

func arguments(args []*runtime.RemoteObject) string {
	var words []string
	for _, a := range args {
		if a.Description != "" {
			words = append(words, a.Description)
			continue
		}
		words = append(words, string(a.Value))
	}
	return strings.Join(words, " ")
}

// Console returns the errors, warnings and uncaught exceptions so far, those of a
// Content-Security-Policy included.
func (p *Page) Console() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.console)
}

// Requests returns what the page has asked for so far beside itself: a page that is
// complete asks for nothing.
func (p *Page) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// Overflow returns the elements that stick out of the page to the side, as the tag, id and class
// of each and its edges; nil where nobody has to scroll sideways. What scrolls within a box of its
// own is no overflow.
func (p *Page) Overflow() []string {
	p.t.Helper()
	return Evaluate[[]string](p, fmt.Sprintf(overflow, p.view.Width))
}

const overflow = `(width => {
	const root = document.documentElement, out = [];
	if (Math.max(root.scrollWidth, document.body ? document.body.scrollWidth : 0) <= width) return out;
	for (const e of document.querySelectorAll('*')) {
		const box = e.getBoundingClientRect();
		if (box.width > 0 && (box.right > width + 0.5 || box.left < -0.5))
			out.push(e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + (e.getAttribute('class') ? '.' + e.getAttribute('class') : '') +
				' from ' + Math.round(box.left) + ' to ' + Math.round(box.right) + ' of ' + width);
	}
	return out.length ? out : ['the page is ' + root.scrollWidth + ' wide, not ' + width];
})(%d)`

// Text returns the text that is visible, as a person would copy it.
func (p *Page) Text() string {
	p.t.Helper()
	return Evaluate[string](p, `document.body ? document.body.innerText : document.documentElement.textContent`)
}

// A Box is where an element is, in CSS pixels from the left upper corner of the window.
type Box struct {
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// Boxes returns where the elements are that a CSS selector finds, in the document's order.
func (p *Page) Boxes(selector string) []Box {
	p.t.Helper()
	quoted, err := json.Marshal(selector)
	if err != nil {
		p.t.Fatal(err)
	}
	return Evaluate[[]Box](p, fmt.Sprintf(
		`[...document.querySelectorAll(%s)].map(e => { const {x, y, width, height} = e.getBoundingClientRect(); return {x, y, width, height} })`, quoted))
}

// Click clicks on the middle of the first element that a CSS selector finds.
func (p *Page) Click(selector string) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		p.t.Fatalf("click %s: %v", selector, err)
	}
}

// Screenshot writes the whole page, also what has to be scrolled to, as name.png into the
// test's directory of artifacts (`go test -artifacts` keeps it), and returns its path.
func (p *Page) Screenshot(name string) string {
	p.t.Helper()
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatalf("screenshot: %v", err)
	}
	path := filepath.Join(p.t.ArtifactDir(), name+".png")
	if err := os.WriteFile(path, png, 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

// Evaluate returns the value of a JavaScript expression in the page; of a promise what it is
// settled with. An exception ends the test.
func Evaluate[T any](p *Page, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("evaluate in the page: %v", err)
	}
	return v
}
