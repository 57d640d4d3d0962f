package diag

import (
	"unicode/utf8"
)

// A lineIndex finds lines in files. Places that are asked for in ascending order, as
// sorted diagnostics are, cost one pass over a file in all, however long its lines are.
type lineIndex struct {
	sources map[string][]byte
	cursors map[string]*cursor
}

func newLineIndex(sources map[string][]byte) *lineIndex {
	return &lineIndex{sources, map[string]*cursor{}}
}

// A cursor is a place in a text, as an offset and as a position.
type cursor struct {
	text   []byte
	offset int
	Position
	lineStart int
}

// A line is the part of a line around a position.
type line struct{ before, after string }

// around returns the line at p, at most snippetWidth characters of it.
func (x *lineIndex) around(file string, p Position) (line, bool) {
	text, known := x.sources[file]
	if !known || p.Line < 1 || p.Column < 1 {
		return line{}, false
	}
	c := x.cursors[file]
	if c == nil || p.Before(c.Position) {
		c = &cursor{text: text, Position: Position{1, 1}}
		x.cursors[file] = c
	}
	if !c.moveTo(p) {
		return line{}, false
	}
	return c.line(), true
}

// moveTo goes on to p, or to the end of its line if that is shorter; false if the text
// has no such line.
func (c *cursor) moveTo(p Position) bool {
	for c.Line < p.Line {
		end := c.lineEnd(len(c.text))
		if end == len(c.text) {
			return false
		}
		if c.text[end] == '\r' && end+1 < len(c.text) && c.text[end+1] == '\n' {
			end++
		}
		c.offset, c.lineStart = end+1, end+1
		c.Position = Position{c.Line + 1, 1}
	}
	for c.Column < p.Column && c.offset < len(c.text) && !isBreak(c.text[c.offset]) {
		_, n := utf8.DecodeRune(c.text[c.offset:])
		c.offset += n
		c.Column++
	}
	return true
}

// line cuts what is around the cursor out of its line. An ellipsis stands for the rest.
func (c *cursor) line() line {
	start := c.offset
	for n := 0; n < snippetLead && start > c.lineStart; n++ {
		_, size := utf8.DecodeLastRune(c.text[c.lineStart:start])
		start -= size
	}
	end := c.offset
	for n := 0; n < snippetWidth-snippetLead && end < len(c.text) && !isBreak(c.text[end]); n++ {
		_, size := utf8.DecodeRune(c.text[end:])
		end += size
	}
	l := line{string(c.text[start:c.offset]), string(c.text[c.offset:end])}
	if start > c.lineStart {
		l.before = "…" + l.before
	}
	if end < len(c.text) && !isBreak(c.text[end]) {
		l.after += "…"
	}
	return l
}

func (c *cursor) lineEnd(limit int) int {
	i := c.offset
	for i < limit && !isBreak(c.text[i]) {
		i++
	}
	return i
}

func isBreak(b byte) bool { return b == '\n' || b == '\r' }
