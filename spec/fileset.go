package spec

import (
	"bytes"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// A fileSet is the files of one spec: the root, and what it includes. Their lines are
// numbered in one row, as in go/token: the line of a node tells which file it is of,
// wherever merging takes the node to.
type fileSet struct {
	sources []*source
}

// add returns the source of one more file.
func (f *fileSet) add(file string, text []byte) *source {
	s := newSource(file, bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	if n := len(f.sources); n > 0 {
		last := f.sources[n-1]
		s.base = last.base + max(len(last.starts), len(last.yamlLines)) + 1
	}
	f.sources = append(f.sources, s)
	return s
}

// of returns the source that a node is of; nil of an empty set.
func (f *fileSet) of(n *yaml.Node) *source {
	if f == nil || len(f.sources) == 0 {
		return nil
	}
	if len(f.sources) == 1 {
		return f.sources[0]
	}
	// The line of a file's first line is its base plus one.
	i, _ := slices.BinarySearchFunc(f.sources, n.Line, func(s *source, line int) int { return s.base - line })
	return f.sources[max(i-1, 0)]
}

// rangeOf returns the place of a node: of a scalar all of it, if it is on one line, and
// of a collection where it begins. Of a value that was interpolated it is the place of
// what the user has to edit, see [interpolator].
func (f *fileSet) rangeOf(n *yaml.Node) diag.Range {
	if n == nil {
		return diag.Range{}
	}
	n = written(n)
	return f.of(n).rangeOf(n)
}

// number moves the lines of a parsed document to those of its source in the row.
func (s *source) number(n *yaml.Node) {
	if s.base == 0 {
		return
	}
	n.Line += s.base
	for _, child := range n.Content {
		s.number(child)
	}
}
