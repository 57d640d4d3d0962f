package diag

import (
	"bytes"
	"unicode/utf8"
)

// A lineIndex finds lines in files, and characters in lines. A file is indexed when it
// is first asked for; then each place costs little, however long the lines are.
type lineIndex struct {
	sources map[string][]byte
	files   map[string]*fileIndex
}

func newLineIndex(sources map[string][]byte) *lineIndex {
	return &lineIndex{sources, map[string]*fileIndex{}}
}

type fileIndex struct {
	text   []byte
	starts []int // offset of each line
	// marks holds, of lines that were asked for and are long, the offset of every
	// markEvery-th character.
	marks map[int][]int
}

const markEvery = 1024

func indexFile(text []byte) *fileIndex {
	f := &fileIndex{text: text, starts: make([]int, 1, bytes.Count(text, []byte("\n"))+1), marks: map[int][]int{}}
	for i := 0; i < len(text); i++ {
		if !isBreak(text[i]) {
			continue
		}
		if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			i++
		}
		f.starts = append(f.starts, i+1)
	}
	return f
}

func isBreak(b byte) bool { return b == '\n' || b == '\r' }

// A line is the part of a line around a position.
type line struct{ before, after string }

// around returns the line at p, at most snippetWidth characters of it.
func (x *lineIndex) around(file string, p Position) (line, bool) {
	text, known := x.sources[file]
	if !known || p.Line < 1 || p.Column < 1 {
		return line{}, false
	}
	f := x.files[file]
	if f == nil {
		f = indexFile(text)
		x.files[file] = f
	}
	if p.Line > len(f.starts) {
		return line{}, false
	}
	return f.around(p), true
}

// around cuts what is around p out of its line, if that is too long to be shown whole.
// An ellipsis stands for the rest.
func (f *fileIndex) around(p Position) line {
	first := f.starts[p.Line-1]
	at := f.offset(p)
	start, end := first, f.ahead(at, snippetWidth-min(p.Column-1, snippetWidth))
	if p.Column > snippetWidth || !f.ends(end) {
		start, end = f.back(first, at, snippetLead), f.ahead(at, snippetWidth-snippetLead)
	}
	l := line{string(f.text[start:at]), string(f.text[at:end])}
	if start > first {
		l.before = "…" + l.before
	}
	if !f.ends(end) {
		l.after += "…"
	}
	return l
}

// offset returns where p is in the text; of a column beyond the line's end, that end.
func (f *fileIndex) offset(p Position) int {
	start := f.starts[p.Line-1]
	if p.Column <= markEvery {
		return f.ahead(start, p.Column-1)
	}
	marks, known := f.marks[p.Line]
	if !known {
		for at := start; ; {
			marks = append(marks, at)
			next := f.ahead(at, markEvery)
			if next == at {
				break
			}
			at = next
		}
		f.marks[p.Line] = marks
	}
	i := min((p.Column-1)/markEvery, len(marks)-1)
	return f.ahead(marks[i], p.Column-1-i*markEvery)
}

// ends reports whether a line ends at an offset.
func (f *fileIndex) ends(at int) bool { return at == len(f.text) || isBreak(f.text[at]) }

// ahead returns the offset n characters after at, or of the line's end.
func (f *fileIndex) ahead(at, n int) int {
	for ; n > 0 && !f.ends(at); n-- {
		_, size := utf8.DecodeRune(f.text[at:])
		at += size
	}
	return at
}

// back returns the offset n characters before at, or of the line's start.
func (f *fileIndex) back(start, at, n int) int {
	for ; n > 0 && at > start; n-- {
		_, size := utf8.DecodeLastRune(f.text[start:at])
		at -= size
	}
	return at
}
