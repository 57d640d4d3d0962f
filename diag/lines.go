package diag

import "unicode/utf8"

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
		end := c.lineEnd()
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

// line cuts what is around the cursor out of its line, if that is too long to be shown
// whole. An ellipsis stands for the rest.
func (c *cursor) line() line {
	start, end := c.lineStart, c.ahead(snippetWidth-min(c.Column, snippetWidth)+1)
	if c.Column > snippetWidth || end < len(c.text) && !isBreak(c.text[end]) {
		start, end = c.back(snippetLead), c.ahead(snippetWidth-snippetLead)
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

// ahead returns the offset n characters after the cursor, or of the line's end.
func (c *cursor) ahead(n int) int {
	end := c.offset
	for ; n > 0 && end < len(c.text) && !isBreak(c.text[end]); n-- {
		_, size := utf8.DecodeRune(c.text[end:])
		end += size
	}
	return end
}

// back returns the offset n characters before the cursor, or of the line's start.
func (c *cursor) back(n int) int {
	start := c.offset
	for ; n > 0 && start > c.lineStart; n-- {
		_, size := utf8.DecodeLastRune(c.text[c.lineStart:start])
		start -= size
	}
	return start
}

func (c *cursor) lineEnd() int {
	i := c.offset
	for i < len(c.text) && !isBreak(c.text[i]) {
		i++
	}
	return i
}

func isBreak(b byte) bool { return b == '\n' || b == '\r' }
