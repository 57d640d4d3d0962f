package spec

import (
	"bytes"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// A Foreign is a YAML file that is no spec, read as specs are: within the same bounds,
// aliases and merge keys expanded, duplicate keys and broken YAML reported.
type Foreign struct {
	// Root is the document's value; nil if it has none that can be read. Nodes that
	// aliases stand for are shared: they must not be changed.
	Root *yaml.Node
	src  *source
}

// ReadForeign reads a YAML file that is no spec. Keys beginning with x- are kept.
func ReadForeign(file string, text []byte) (*Foreign, diag.Diagnostics) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if len(text) > maxSource {
		f := &Foreign{src: newSource(file, nil)}
		return f, tooLarge(f.src, len(text))
	}
	f := &Foreign{src: newSource(file, text)}
	root, ds := parse(f.src)
	if root == nil {
		return f, ds
	}
	e := expander{src: f.src, extensions: true, anchored: map[*yaml.Node]int{}}
	root, ok, more := e.expand(root)
	if ok {
		f.Root = root
	}
	return f, append(ds, more...)
}

// Range returns where a node of the file stands: all of a scalar on one line, and the
// beginning of anything else.
func (f *Foreign) Range(n *yaml.Node) diag.Range { return f.src.rangeOf(n) }
