package spec

import "gopkg.in/yaml.v3"

// Document returns the spec of one stack as YAML: all that the stack is made of laid over
// each other and interpolated, and no other stack. It is nil where [Spec.Resolve] has no
// topology. Its nodes are shared, and must not be changed.
func (s *Spec) Document(name string) *yaml.Node {
	if s.doc.Stacks[name] == nil {
		return nil
	}
	l := s.lay(name)
	if _, ok := l.stack.target(); !ok {
		return nil
	}
	stacksKey, stacks := entry(s.root, "stacks")
	key, _ := entry(stacks, name)
	one := *stacks
	one.Content = []*yaml.Node{key, l.settings}
	doc := *l.root
	doc.Content = append(append(doc.Content[:len(doc.Content):len(doc.Content)], l.sections.Content...), stacksKey, &one)
	return &doc
}
