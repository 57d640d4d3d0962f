package spec

import (
	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// A Foreign is a YAML file that is no spec, read as specs are: within the same bounds,
// aliases and merge keys expanded, duplicate keys and broken YAML reported.
type Foreign struct {
	// Root is the document's value; nil if it has none that can be read. Nodes that
	// aliases stand for are shared: they must not be changed.
	Root *yaml.Node
	src  *fileSet
}

// ReadForeign reads a YAML file that is no spec. Keys beginning with x- are kept.
func ReadForeign(file string, text []byte) (*Foreign, diag.Diagnostics) {
	f := &Foreign{src: &fileSet{}}
	if len(text) > maxSource {
		return f, tooLarge(f.src.add(file, nil), len(text))
	}
	root, ds := parse(f.src.add(file, text))
	if root == nil {
		return f, ds
	}
	e := newExpander(f.src)
	e.extensions = true
	root, ok, more := e.expand(root)
	if ok {
		f.Root = root
	}
	return f, append(ds, more...)
}

// Range returns where a node of the file stands: all of a scalar on one line, and the
// beginning of anything else.
func (f *Foreign) Range(n *yaml.Node) diag.Range { return f.src.rangeOf(n) }
