package spec

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// Document returns the spec of one stack: the patch is laid over it, and there are no
// other stacks. It is nil where [Spec.Resolve] has no topology. Its nodes are shared, and
// must not be changed.
func (s *Spec) Document(name string) *yaml.Node {
	def := s.doc.Stacks[name]
	if def == nil {
		return nil
	}
	if _, ok := def.target(); !ok {
		return nil
	}
	root := s.root
	p := patcher{src: s.src, vocabulary: newVocabulary(), removed: map[string]*yaml.Node{}}
	if _, node := entry(def.node, "patch"); node != nil && node.Kind == yaml.MappingNode {
		root = p.elements(elementsShape(), root, node)
	}
	doc := *root
	doc.Content = slices.Clone(root.Content)
	for i := 0; i+1 < len(doc.Content); i += 2 {
		if doc.Content[i].Value == "stacks" {
			doc.Content[i+1] = only(doc.Content[i+1], name)
		}
	}
	return &doc
}

// only returns stacks without all others, and the one without its patch.
func only(stacks *yaml.Node, name string) *yaml.Node {
	key, def := entry(stacks, name)
	out := *def
	out.Content = nil
	for i := 0; i+1 < len(def.Content); i += 2 {
		if def.Content[i].Value != "patch" {
			out.Content = append(out.Content, def.Content[i], def.Content[i+1])
		}
	}
	one := *stacks
	one.Content = []*yaml.Node{key, &out}
	return &one
}
