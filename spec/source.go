package spec

import (
	"bytes"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// A source is the text of one file. It turns yaml.v3's positions into ranges that
// never reach beyond the file.
type source struct {
	file string
	text []byte
	// base is how many lines stand before this file's in the row of its [fileSet].
	base int
	// starts is the offset of each line, widths how many characters it has.
	starts []int
	widths []int
	// yamlLines is where yaml.v3's lines start; nil if its lines are those of editors.
	// It also ends lines at U+0085, U+2028 and U+2029.
	yamlLines []diag.Position
}

// newSource indexes the lines of text, which end as editors see it: CRLF, LF or CR.
func newSource(file string, text []byte) *source {
	lines := bytes.Count(text, []byte("\n")) + 1
	s := &source{file: file, text: text, starts: make([]int, 0, lines), widths: make([]int, 0, lines)}
	start := 0
	for i := 0; i < len(text); i++ {
		if text[i] != '\n' && text[i] != '\r' {
			continue
		}
		s.addLine(start, i)
		if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			i++
		}
		start = i + 1
	}
	s.addLine(start, len(text))
	if bytes.Contains(text, []byte("\u0085")) || bytes.Contains(text, []byte("\u2028")) || bytes.Contains(text, []byte("\u2029")) {
		s.indexYAMLLines()
	}
	return s
}

func (s *source) indexYAMLLines() {
	for i, start := range s.starts {
		p := diag.Position{Line: i + 1, Column: 1}
		s.yamlLines = append(s.yamlLines, p)
		end := len(s.text)
		if i+1 < len(s.starts) {
			end = s.starts[i+1]
		}
		for _, r := range string(s.text[start:end]) {
			p.Column++
			if r == '\u0085' || r == '\u2028' || r == '\u2029' {
				s.yamlLines = append(s.yamlLines, p)
			}
		}
	}
}

func (s *source) addLine(start, end int) {
	s.starts = append(s.starts, start)
	s.widths = append(s.widths, utf8.RuneCount(s.text[start:end]))
}

// rangeOf returns the place of a node of this file, see [fileSet.rangeOf].
func (s *source) rangeOf(n *yaml.Node) diag.Range {
	if s == nil || n == nil {
		return diag.Range{}
	}
	width := 1
	if n.Kind == yaml.ScalarNode {
		width = utf8.RuneCountInString(n.Value)
		switch {
		case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
			width = 1
		case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
			width += 2
		}
	}
	line, column := n.Line-s.base, n.Column
	if s.yamlLines != nil {
		start := s.yamlLines[min(max(line, 1), len(s.yamlLines))-1]
		line, column = start.Line, start.Column+column-1
	}
	return s.span(line, column, max(width, 1))
}

// span returns the range of width characters from a place, cut at the line's end.
func (s *source) span(line, column, width int) diag.Range {
	line = min(max(line, 1), len(s.widths))
	end := s.widths[line-1] + 1
	column = min(max(column, 1), end)
	return diag.Range{
		File:  s.file,
		Start: diag.Position{Line: line, Column: column},
		End:   diag.Position{Line: line, Column: min(column+width, end)},
	}
}

// position returns the place of a byte offset.
func (s *source) position(offset int) diag.Position {
	lo, hi := 0, len(s.starts)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; s.starts[mid] <= offset {
			lo = mid
		} else {
			hi = mid
		}
	}
	return diag.Position{Line: lo + 1, Column: utf8.RuneCount(s.text[s.starts[lo]:offset]) + 1}
}

// spanAt returns the range of width characters from a byte offset.
func (s *source) spanAt(offset, width int) diag.Range {
	p := s.position(offset)
	return s.span(p.Line, p.Column, width)
}

// two returns the two bytes at a place.
func (s *source) two(p diag.Position) string {
	text := s.text[s.starts[p.Line-1]:]
	for range p.Column - 1 {
		_, n := utf8.DecodeRune(text)
		text = text[n:]
	}
	return string(text[:min(len(text), 2)])
}
