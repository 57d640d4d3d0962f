//go:build strangers

package recorded_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/report/reporttest"
)

// TestStrangerPages: in a real browser, on a phone and on a desktop, nothing of a page sticks
// out to the side, nothing is asked of the network, nothing is complained about, and what
// matters can be read. Hostile texts stay texts.
func TestStrangerPages(t *testing.T) {
	browser := reporttest.Start(t)
	for _, name := range names(t) {
		o := load(t, name)
		for view, v := range map[string]reporttest.View{
			"phone": {Width: reporttest.Phone}, "desktop": {Width: reporttest.Desktop}, "night": {Width: reporttest.Desktop, Dark: true},
		} {
			page := browser.Open(filepath.Join(events, name, "report.html"), v)
			page.Screenshot(name + "-" + view)
			if out := page.Overflow(); len(out) > 0 {
				t.Errorf("%s on a %s: %v", name, view, out)
			}
			if asked := page.Requests(); len(asked) > 0 {
				t.Errorf("%s asks for %v", name, asked)
			}
			if said := page.Console(); len(said) > 0 {
				t.Errorf("%s complains: %v", name, said)
			}
			text := page.Text()
			must := []string{o.Project + "/" + o.Stack}
			for _, l := range o.Losses() {
				must = append(must, l.Element+" loses")
			}
			for _, c := range o.Trust {
				must = append(must, c.Subject)
			}
			for _, m := range must {
				if !strings.Contains(text, m) {
					t.Errorf("%s on a %s does not show %q", name, view, m)
				}
			}
			if scripts := reporttest.Evaluate[int](page, `document.querySelectorAll('script, iframe, object, a, main img:not([src^="data:image/svg+xml"])').length`); scripts != 0 {
				t.Errorf("%s has %d elements that no page has", name, scripts)
			}
			// The policy lets the page's own style through.
			if display := reporttest.Evaluate[string](page, `getComputedStyle(document.querySelector('main')).maxWidth`); display == "none" {
				t.Errorf("%s on a %s has no style", name, view)
			}
		}
	}
}
