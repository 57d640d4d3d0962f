package report

import (
	"fmt"
	"io"

	"github.com/msgdeploy/msgdeploy/deploy"
)

// Progress shows the steps of a running operation. On a terminal they share one
// line that is rewritten; elsewhere each step that has ended gets a line of its
// own. Failures always get one.
type Progress struct {
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

// Step shows one step. Calls must not overlap.
func (p *Progress) Step(step deploy.Progress) {
	c := step.Change
	if c.Component || c.Op == deploy.OpSame {
		return
	}
	switch {
	case step.Err != "":
		p.Clear()
		p.printf("%s %s  %s %s: %s\n", p.style.paint(red, "failed"), c.Element, c.Type, c.Name, step.Err)
	case p.width > 0:
		line := fmt.Sprintf("%s%s %s  %s", counter(step), participle(c.Op), c.Element, c.Name)
		// A line that wraps could not be taken back.
		p.printf("\r\x1b[K%s", line[:min(len(line), p.width-1)])
		p.shown = true
	case step.Done:
		p.printf("%s%s %s  %s %s\n", counter(step), past(c.Op), c.Element, c.Type, c.Name)
	}
}

// Clear takes the shared line away, so that something else can be written.
func (p *Progress) Clear() {
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
