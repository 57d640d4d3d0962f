package report

import (
	"fmt"
	"io"
	"sync"

	"github.com/msgdeploy/msgdeploy/deploy"
)

// Progress shows the steps of a running operation. On a terminal they share one
// line that is rewritten; elsewhere each step that has ended gets a line of its
// own, as long as there are not many: after the hundredth every hundredth step gets one, and
// after the thousandth every thousandth. Failures always get one.
//
// It is safe for concurrent use.
type Progress struct {
	mu    sync.Mutex
	w     io.Writer
	style Style
	width int
	// shown is set while the shared line holds text.
	shown bool
}

// NewProgress returns a view that writes to w. Width is that of the terminal in columns,
// 0 where w is none.
func NewProgress(w io.Writer, st Style, width int) *Progress {
	return &Progress{w: w, style: st, width: width}
}

// Step shows one step.
func (p *Progress) Step(step deploy.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := step.Change
	if c.Component || c.Op == deploy.OpSame {
		return
	}
	switch {
	case step.Err != "":
		p.clear()
		p.printf("%s %s  %s %s: %s\n", p.style.paint(red, "failed"), c.Element, c.Type, c.Name, step.Err)
	case p.width > 0:
		line := fmt.Sprintf("%s%s %s  %s", counter(step), participle(c.Op), c.Element, c.Name)
		// A line that wraps could not be taken back.
		p.printf("\r\x1b[K%s", line[:min(len(line), p.width-1)])
		p.shown = true
	case step.Done && shown(step.Finished):
		p.printf("%s%s %s  %s %s\n", counter(step), past(c.Op), c.Element, c.Type, c.Name)
	}
}

// shown reports whether the nth step that has ended gets a line.
func shown(n int) bool {
	switch {
	case n <= 100:
		return true
	case n <= 1000:
		return n%100 == 0
	default:
		return n%1000 == 0
	}
}

// Note lets something else be written between the steps.
func (p *Progress) Note(write func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	write()
}

// Clear takes the shared line away, so that something else can be written.
func (p *Progress) Clear() { p.Note(func() {}) }

func (p *Progress) clear() {
	if p.shown {
		p.printf("\r\x1b[K")
		p.shown = false
	}
}

// printf writes to the terminal. Nobody could be told if that failed.
func (p *Progress) printf(format string, args ...any) { _, _ = fmt.Fprintf(p.w, format, args...) }

func counter(step deploy.Progress) string {
	if step.Total == 0 {
		return ""
	}
	return fmt.Sprintf("[%d/%d] ", step.Finished, step.Total)
}

func participle(op deploy.Op) string {
	switch op {
	case deploy.OpCreate:
		return "creating"
	case deploy.OpUpdate:
		return "updating"
	case deploy.OpReplace:
		return "replacing"
	case deploy.OpDelete:
		return "deleting"
	default:
		return "reading"
	}
}

func past(op deploy.Op) string {
	switch op {
	case deploy.OpCreate:
		return "created"
	case deploy.OpUpdate:
		return "updated"
	case deploy.OpReplace:
		return "replaced"
	case deploy.OpDelete:
		return "deleted"
	default:
		return "read"
	}
}
