package spec

import (
	"reflect"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// A Layer is where a value of a resolved spec was said.
type Layer string

// The layers, from the weakest to the strongest: of two that say a value, the later one
// counts. What no element has is of the spec as a whole, or of the stack.
const (
	LayerBuiltIn  Layer = "default"
	LayerDefaults Layer = "defaults"
	LayerTemplate Layer = "template"
	LayerElement  Layer = "element"
	LayerPatch    Layer = "patch"
	LayerSpec     Layer = "spec"
	LayerStack    Layer = "stack"
)

// A Setting is one value of a resolved spec: a string, a number, true or false, or an
// empty mapping or list.
type Setting struct {
	// Path is dotted, as in queues.jobs.lease or permissions.worker.dequeue[0].
	Path string
	// Value is written as in YAML.
	Value string
	Layer Layer
	// Range is where the layer says it; the zero Range of what is built in.
	Range diag.Range
	// Var is where the var is defined that the value is as a whole; or the zero Range.
	Var diag.Range
}

// Resolved is a spec as one stack has it: files, layers and patch put together, and
// interpolated. It is a spec again, of that one stack, which means the same.
type Resolved struct {
	Project, Stack string
	root           *item
}

// An item is a value of a resolved spec with what is below it. One that is built in is
// known, but no part of the spec.
type item struct {
	path, key string
	// text is the value in one line; of a mapping or list only if it is empty.
	text string
	node *yaml.Node // nil if built in
	kind yaml.Kind
	// whole says that a mapping or list reads best in one line.
	whole    bool
	children []*item
	layer    Layer
	at, by   diag.Range
}

// Resolved returns the spec of one stack; nil with errors, which are those of
// [Spec.Resolve].
func (s *Spec) Resolved(stack string) (*Resolved, diag.Diagnostics) {
	t, ds := s.Resolve(stack)
	if t == nil || ds.HasErrors() {
		return nil, ds
	}
	l := s.lay(stack)
	key, stacks := entry(s.root, "stacks")
	name, _ := entry(stacks, stack)
	root := *l.root
	root.Content = append(append([]*yaml.Node(nil), l.root.Content...), l.sections.Content...)
	root.Content = append(root.Content, key, &yaml.Node{Kind: yaml.MappingNode, Tag: mapTag, Line: key.Line, Column: key.Column, Content: []*yaml.Node{name, l.settings}})
	w := walker{spec: s, laid: l, indexes: map[*yaml.Node]index{}}
	return &Resolved{Project: s.doc.Project, Stack: stack, root: w.item(documentShape(), nil, nil, &root, nil)}, ds
}

// A walker makes items of nodes.
type walker struct {
	spec *Spec
	laid *laid
	// indexes are of the mappings that are looked into again and again.
	indexes map[*yaml.Node]index
}

// entry returns the value of an entry; nil without one.
func (w *walker) entry(mapping *yaml.Node, key string) *yaml.Node {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil
	}
	x, known := w.indexes[mapping]
	if !known {
		x = indexed(mapping)
		w.indexes[mapping] = x
	}
	if i := x.find(key); i >= 0 {
		return mapping.Content[i+1]
	}
	return nil
}

// A step leads from a value to one below: to a key, or to an index.
type step struct {
	key   string
	index int
}

// item is the item of a value n, whose key is nil in a list.
func (w *walker) item(s *shape, f *field, key, n *yaml.Node, path []step) *item {
	it := &item{path: dotted(path), node: n, kind: n.Kind, whole: s.whole || s.kind == list}
	if len(path) > 0 {
		it.key = path[len(path)-1].key
	}
	used := n
	if use := w.laid.in.uses[n]; use != nil {
		used = use
	}
	it.layer, it.at = w.layer(path, used), w.laid.src.rangeOf(used)
	if n.Kind != yaml.ScalarNode && key != nil {
		it.at = w.laid.src.rangeOf(key)
	}
	if interpolated(n) && n.Alias != used {
		it.by = w.laid.src.rangeOf(n)
	}
	switch n.Kind {
	case yaml.ScalarNode:
		it.text = scalarText(n, f != nil && f.verbatim)
	case yaml.SequenceNode:
		it.text = "[]"
		for i, child := range n.Content {
			it.children = append(it.children, w.item(s.elem, f, nil, child, below(path, step{index: i})))
		}
	case yaml.MappingNode:
		it.text = "{}"
		w.entries(it, s, n, path)
	}
	return it
}

// entries adds the entries of a mapping: of a record in the order of its declaration, with
// what is built in, and else as they are written.
func (w *walker) entries(it *item, s *shape, n *yaml.Node, path []step) {
	if s.kind != record {
		for i := 0; i+1 < len(n.Content); i += 2 {
			it.children = append(it.children, w.item(s.elem, nil, n.Content[i], n.Content[i+1], below(path, step{key: n.Content[i].Value})))
		}
		return
	}
	for _, f := range s.fields {
		at := below(path, step{key: f.key})
		if key, value := entry(n, f.key); value != nil {
			it.children = append(it.children, w.item(f.shape, f, key, value, at))
		} else if f.deflt != "" && !withoutRetries(s, n, f) {
			it.children = append(it.children, builtIn(f, at))
		}
	}
}

// withoutRetries reports whether a default is none of subscriptions to queues.
func withoutRetries(s *shape, n *yaml.Node, f *field) bool {
	_, to := entry(n, "to")
	_, queue := entry(to, "queue")
	return s.typ == reflect.TypeFor[subscription]() && queue != nil && (f.key == "retry" || f.key == "deadLetter")
}

// builtIn is the item of a default.
func builtIn(f *field, path []step) *item {
	it := &item{path: dotted(path), key: f.key, text: f.deflt, kind: yaml.ScalarNode, layer: LayerBuiltIn}
	if f.kind != record {
		return it
	}
	it.kind, it.whole = yaml.MappingNode, true
	for _, sub := range f.fields {
		if sub.deflt != "" {
			it.children = append(it.children, builtIn(sub, below(path, step{key: sub.key})))
		}
	}
	return it
}

func below(path []step, s step) []step { return append(path[:len(path):len(path)], s) }

func dotted(path []step) string {
	var text string
	for i, s := range path {
		switch {
		case s.key == "":
			text += "[" + strconv.Itoa(s.index) + "]"
		case i == 0:
			text = s.key
		default:
			text += "." + s.key
		}
	}
	return text
}

// layer returns who said a value: the strongest layer that has it at its path.
func (w *walker) layer(path []step, n *yaml.Node) Layer {
	switch {
	case len(path) == 0 || includedShape().byKey[path[0].key] == nil:
		if len(path) > 0 && path[0].key == "stacks" {
			return LayerStack
		}
		return LayerSpec
	case len(path) == 1:
		return LayerElement
	}
	l, section, name := w.laid, path[0].key, path[1].key
	change := w.entry(w.entry(l.patch, section), name)
	addition := w.entry(w.entry(w.entry(l.patch, "add"), section), name)
	element := w.entry(w.entry(w.spec.elements, section), name)
	for _, layer := range []struct {
		is   Layer
		node *yaml.Node
	}{{LayerPatch, change}, {LayerPatch, addition}, {LayerElement, element}} {
		if layer.node != nil && follow(layer.node, path[2:]) == n {
			return layer.is
		}
	}
	if section == "services" && len(path) > 2 && path[2].key == "identity" && follow(l.template, path[3:]) == n {
		return LayerTemplate
	}
	if follow(w.entry(l.defaults, section), path[2:]) == n {
		return LayerDefaults
	}
	return LayerElement // a mapping that several layers make up
}

// follow returns the node at a path below n, or nil.
func follow(n *yaml.Node, path []step) *yaml.Node {
	for _, s := range path {
		switch {
		case n == nil:
			return nil
		case s.key != "":
			_, n = entry(n, s.key)
		case n.Kind == yaml.SequenceNode && s.index < len(n.Content):
			n = n.Content[s.index]
		default:
			return nil
		}
	}
	return n
}

// Settings returns every value of the resolved spec, in its order, with what is built in.
func (r *Resolved) Settings() []Setting {
	var out []Setting
	var walk func(it *item)
	walk = func(it *item) {
		if len(it.children) == 0 {
			out = append(out, Setting{Path: it.path, Value: it.text, Layer: it.layer, Range: it.at, Var: it.by})
		}
		for _, child := range it.children {
			walk(child)
		}
	}
	walk(r.root)
	return out
}
