package spec

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// Bounds of what aliases and nesting may blow up. Real specs stay far below both.
const (
	maxDepth    = 500
	maxExpanded = 1_000_000
)

// An expander prepares parsed documents for decoding, in place: aliases become the nodes
// that they stand for (shared, not copied), merge keys become the keys that they merge,
// keys beginning with x- go. It reports duplicate and impossible keys. What aliases
// stand for is counted over all files of a spec.
type expander struct {
	src *fileSet
	// extensions keeps keys beginning with x-, which mean nothing in a spec.
	extensions bool
	// anchored maps a node with an anchor to how many nodes it comes to, or to
	// inProgress while that is being found out.
	anchored map[*yaml.Node]int
	// visited counts nodes as they are written, total what they come to, copied those
	// that merge keys multiply.
	visited, total, copied int
	stopped                bool
	ds                     diag.Diagnostics
}

func newExpander(src *fileSet) *expander {
	return &expander{src: src, anchored: map[*yaml.Node]int{}}
}

// expand prepares the document of one file; ok is false if what aliases stand for is
// more than can be handled.
func (e *expander) expand(root *yaml.Node) (expanded *yaml.Node, ok bool, ds diag.Diagnostics) {
	e.ds, e.stopped = nil, false
	expanded, size := e.node(root, 0)
	e.total += size
	if !e.stopped && e.total-e.visited > maxExpanded {
		e.tooMuch(root)
	}
	return expanded, !e.stopped, e.ds
}

const inProgress = -1

// node expands n and returns what stands in its place, and how many nodes that comes to.
func (e *expander) node(n *yaml.Node, depth int) (*yaml.Node, int) {
	if e.stopped {
		return n, 0
	}
	if depth > maxDepth {
		e.stop(semantic(CodeTooDeep, e.src.rangeOf(n), "Nested too deeply",
			fmt.Sprintf("Mappings and lists are nested more than %d deep here.", maxDepth)))
		return n, 0
	}
	if n.Kind == yaml.AliasNode {
		return e.alias(n, depth)
	}
	if n.Anchor != "" {
		if size, known := e.anchored[n]; known {
			return n, size
		}
		e.anchored[n] = inProgress
	}
	e.visited++
	size := 1
	switch n.Kind {
	case yaml.MappingNode:
		size += e.mapping(n, depth)
	case yaml.SequenceNode:
		for i, item := range n.Content {
			child, s := e.node(item, depth+1)
			n.Content[i] = child
			size += s
		}
	}
	if n.Anchor != "" {
		e.anchored[n] = size
	}
	return n, size
}

func (e *expander) alias(n *yaml.Node, depth int) (*yaml.Node, int) {
	if e.anchored[n.Alias] == inProgress {
		e.stop(semantic(CodeAliasExpansion, e.src.rangeOf(n), "An alias contains itself",
			fmt.Sprintf("`*%s` stands inside of what `&%s` names, so it would never end.", n.Value, n.Value)))
		return n, 0
	}
	target, size := e.node(n.Alias, depth+1)
	if size > maxExpanded {
		e.tooMuch(n)
	}
	return target, size
}

func (e *expander) stop(d diag.Diagnostic) {
	if !e.stopped {
		e.stopped = true
		e.ds = append(e.ds, d)
	}
}

func (e *expander) tooMuch(n *yaml.Node) {
	e.stop(semantic(CodeAliasExpansion, e.src.rangeOf(n), "Aliases stand for too much",
		fmt.Sprintf("What the aliases here stand for comes to more than %d values. Use fewer aliases of aliases.", maxExpanded)))
}

// mapping expands the entries of n. Explicit keys win over merged ones, and among
// those the first.
func (e *expander) mapping(n *yaml.Node, depth int) (size int) {
	keys := newKeySet(len(n.Content) / 2)
	content := make([]*yaml.Node, 0, len(n.Content))
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, _ := e.node(n.Content[i], depth+1)
		value := n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode:
			e.ds = append(e.ds, semantic(CodeInvalidKey, e.src.rangeOf(key), "A key is not a word",
				"Keys are plain words, but this one is a list or a mapping. A value that begins with `{`, `[` or `?` needs quotes."))
		case key.Tag == mergeTag:
			merged, s := e.node(value, depth+1)
			size += s
			merges = append(merges, merged)
		case !e.extensions && strings.HasPrefix(key.Value, "x-"):
		case keys.first(key) != nil:
			e.duplicate(key, keys.first(key))
		default:
			keys.add(key)
			child, s := e.node(value, depth+1)
			size += s + 1
			content = append(content, key, child)
		}
	}
	for _, m := range merges {
		content = e.merge(content, keys, m)
	}
	n.Content = content
	return size
}

func (e *expander) duplicate(key, first *yaml.Node) {
	at := e.src.rangeOf(first)
	d := semantic(CodeDuplicateKey, e.src.rangeOf(key), "Duplicate key",
		fmt.Sprintf("`%s` is already in this mapping, at line %d. Remove one of the two.", key.Value, at.Start.Line))
	d.Related = []diag.Related{{Range: at, Message: "the first one is here"}}
	e.ds = append(e.ds, d)
}

// merge appends the entries of what a merge key names: a mapping, or a list of mappings.
func (e *expander) merge(content []*yaml.Node, keys *keySet, merged *yaml.Node) []*yaml.Node {
	switch {
	case e.stopped:
	case merged.Kind == yaml.SequenceNode:
		for _, m := range merged.Content {
			if m.Kind == yaml.SequenceNode {
				e.badMerge(m)
				continue
			}
			content = e.merge(content, keys, m)
		}
	case merged.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(merged.Content); i += 2 {
			if key := merged.Content[i]; keys.first(key) == nil {
				keys.add(key)
				content = append(content, key, merged.Content[i+1])
			}
		}
		if e.copied += len(merged.Content); e.copied > maxExpanded {
			e.tooMuch(merged)
		}
	default:
		e.badMerge(merged)
	}
	return content
}

func (e *expander) badMerge(n *yaml.Node) {
	e.ds = append(e.ds, semantic(CodeInvalidMerge, e.src.rangeOf(n), "Nothing that can be merged",
		"The merge key `<<` takes an alias of a mapping, or a list of such aliases."))
}

// A keySet finds the keys of one mapping by name: small ones by looking through them.
type keySet struct {
	few  []*yaml.Node
	many map[string]*yaml.Node
}

func newKeySet(size int) *keySet {
	if size > 16 {
		return &keySet{many: make(map[string]*yaml.Node, size)}
	}
	return &keySet{}
}

func (s *keySet) first(key *yaml.Node) *yaml.Node {
	if s.many != nil {
		return s.many[key.Value]
	}
	for _, k := range s.few {
		if k.Value == key.Value {
			return k
		}
	}
	return nil
}

func (s *keySet) add(key *yaml.Node) {
	if s.many == nil && len(s.few) < 16 {
		s.few = append(s.few, key)
		return
	}
	if s.many == nil {
		s.many = make(map[string]*yaml.Node, 2*len(s.few))
		for _, k := range s.few {
			s.many[k.Value] = k
		}
	}
	s.many[key.Value] = key
}
