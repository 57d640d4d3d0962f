package asyncapi

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Nodes of documents and specs. New nodes keep the line and column of what they were made
// of, by which mistakes in the spec are traced back to the document.

const (
	strTag  = "!!str"
	intTag  = "!!int"
	boolTag = "!!bool"
	nullTag = "!!null"
	mapTag  = "!!map"
	seqTag  = "!!seq"
)

// nowhere is where that stands which the document does not say.
func nowhere() *yaml.Node { return &yaml.Node{} }

func scalar(tag, value string, from *yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value, Line: from.Line, Column: from.Column}
}

func text(value string, from *yaml.Node) *yaml.Node { return scalar(strTag, value, from) }

// literal is text in which ${ means nothing; in a spec it would be interpolated.
func literal(value string, from *yaml.Node) *yaml.Node {
	return text(strings.ReplaceAll(value, "${", "$${"), from)
}

func number(value int64, from *yaml.Node) *yaml.Node {
	return scalar(intTag, strconv.FormatInt(value, 10), from)
}

func boolean(value bool, from *yaml.Node) *yaml.Node {
	return scalar(boolTag, strconv.FormatBool(value), from)
}

func mapping(from *yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.MappingNode, Tag: mapTag, Line: from.Line, Column: from.Column}
}

func sequence(from *yaml.Node, items ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: yaml.SequenceNode, Tag: seqTag, Line: from.Line, Column: from.Column, Content: items}
}

// entry returns the key and value of a mapping's entry, or nils.
func entry(m *yaml.Node, key string) (k, v *yaml.Node) {
	if m == nil || m.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i], m.Content[i+1]
		}
	}
	return nil, nil
}

// value returns the value of a mapping's entry, or nil.
func value(m *yaml.Node, key string) *yaml.Node {
	_, v := entry(m, key)
	return v
}

// words returns the string under a key, "" if there is none.
func words(m *yaml.Node, key string) string {
	if v := value(m, key); v != nil && v.Kind == yaml.ScalarNode && v.ShortTag() != nullTag {
		return v.Value
	}
	return ""
}

// isTrue reports whether a key says true.
func isTrue(m *yaml.Node, key string) bool {
	v := value(m, key)
	return v != nil && v.ShortTag() == boolTag && (v.Value == "true" || v.Value == "True" || v.Value == "TRUE")
}

// integer returns the whole number that a node is.
func integer(n *yaml.Node) (int64, bool) {
	if n == nil || n.Kind != yaml.ScalarNode || n.ShortTag() != intTag {
		return 0, false
	}
	var i int64
	err := n.Decode(&i)
	return i, err == nil
}

// put adds an entry to a mapping; nil values are left out.
func put(m *yaml.Node, key string, v *yaml.Node) {
	if v != nil {
		m.Content = append(m.Content, text(key, v), v)
	}
}

// child returns the mapping under a key of m, which is made if it is not there.
func child(m *yaml.Node, key string) *yaml.Node {
	if v := value(m, key); v != nil {
		return v
	}
	v := mapping(m)
	put(m, key, v)
	return v
}

// remove takes an entry out of a mapping.
func remove(m *yaml.Node, v *yaml.Node) {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i+1] == v {
			m.Content = append(m.Content[:i:i], m.Content[i+2:]...)
			return
		}
	}
}

// A copier copies nodes, without anchors, styles and comments, up to a bound: documents
// can refer to the same node many times.
type copier struct{ left int }

// maxCopied bounds what is copied for one document. Real ones stay far below it.
const maxCopied = 1_000_000

// copy returns a copy of n, nil once the bound is reached.
func (c *copier) copy(n *yaml.Node) *yaml.Node {
	if c.left--; c.left < 0 {
		return nil
	}
	out := &yaml.Node{Kind: n.Kind, Tag: n.ShortTag(), Value: n.Value, Line: n.Line, Column: n.Column}
	for _, item := range n.Content {
		twin := c.copy(item)
		if twin == nil {
			return nil
		}
		out.Content = append(out.Content, twin)
	}
	return out
}
