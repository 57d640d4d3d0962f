package spec

import (
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// Origin is where an element stands in the YAML, and where each of its keys does.
type Origin struct {
	// Range is the element itself: its name where it has one.
	Range diag.Range
	// node is the element's value, from which the places of its keys are read when
	// somebody asks: most are never asked for.
	node *yaml.Node
	src  *fileSet
}

// At returns the place of the value at a dotted path below the element, such as
// "deadLetter.maxAttempts", or the nearest enclosing place that the YAML has. Of a
// value that is a mapping or a list it is the key.
func (o Origin) At(path string) diag.Range {
	k, v := o.nearest(path)
	switch {
	case v == nil:
		return o.Range
	case v.Kind == yaml.ScalarNode:
		return o.src.rangeOf(v)
	default:
		return o.src.rangeOf(k)
	}
}

// nearest returns the key and the value at a dotted path, or the nearest that enclose the
// path; nils if that is the element itself.
func (o Origin) nearest(path string) (key, value *yaml.Node) {
	node := o.node
	for part := range strings.SplitSeq(path, ".") {
		k, v := entry(node, part)
		if v == nil {
			break
		}
		key, value, node = k, v, v
	}
	return key, value
}

// Asked reports whether the YAML sets path itself, rather than a built-in default.
func (o Origin) Asked(path string) bool {
	node := o.node
	for key := range strings.SplitSeq(path, ".") {
		_, node = entry(node, key)
		if node == nil {
			return false
		}
	}
	return true
}

// keyAt returns the place of a key of the element, or of the element without it.
func (o Origin) keyAt(key string) diag.Range {
	if k, _ := entry(o.node, key); k != nil {
		return o.src.rangeOf(k)
	}
	return o.Range
}

// entry returns the key and value nodes of a mapping's entry, or nils.
func entry(mapping *yaml.Node, key string) (k, v *yaml.Node) {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i], mapping.Content[i+1]
		}
	}
	return nil, nil
}

// An index finds the entries of a mapping: small ones by looking through them.
type index struct {
	mapping *yaml.Node
	many    map[string]int
}

func indexed(mapping *yaml.Node) index {
	x := index{mapping: mapping}
	if len(mapping.Content) > 32 {
		x.many = make(map[string]int, len(mapping.Content)/2)
		for i := len(mapping.Content) - 2; i >= 0; i -= 2 {
			x.many[mapping.Content[i].Value] = i
		}
	}
	return x
}

// find returns where the key of an entry is in the mapping's content; -1 without one.
func (x index) find(key string) int {
	if x.many != nil {
		if i, has := x.many[key]; has {
			return i
		}
		return -1
	}
	for i := 0; i+1 < len(x.mapping.Content); i += 2 {
		if x.mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}
