package spec

import (
	"reflect"

	"gopkg.in/yaml.v3"
)

// laid is what one stack makes of the spec, before references are resolved.
type laid struct {
	*layering
	// doc has what is of the system as a whole, but for what resolving uses up and for
	// the elements; stack has the stack's own settings.
	doc   document
	stack *stack
	// root, settings and sections are the nodes of these, and of the elements.
	root, settings, sections *yaml.Node
}

// lay lays the stack's settings and its patch over the spec, and interpolates all. The
// spec has the stack.
func (s *Spec) lay(name string) *laid {
	vocabulary := newVocabulary()
	_, stacks := entry(s.root, "stacks")
	key, node := entry(stacks, name)
	l := &laid{layering: &layering{
		src:        s.src,
		vocabulary: vocabulary,
		in:         s.newInterpolator(name, vocabulary),
		incomplete: s.incomplete,
		removed:    map[string]*yaml.Node{},
	}}
	if _, n := entry(s.root, "defaults"); n != nil && n.Kind == yaml.MappingNode {
		l.defaults = n
	}
	if k, n := entry(node, "identity"); n != nil && n.Kind == yaml.MappingNode {
		l.templateKey, l.template = k, n
	}
	if _, n := entry(node, "patch"); n != nil && n.Kind == yaml.MappingNode {
		l.patch = n
	}
	d := decoder{src: s.src, vocabulary: vocabulary, uses: l.in.uses}
	whole := documentShape()
	l.root = l.in.node(whole, l.patched(whole, remaining(whole, s.root, func(key string) bool {
		return key != "stacks" && includedShape().byKey[key] == nil
	})))
	d.value(whole, l.root, reflect.ValueOf(&l.doc).Elem(), place{})
	one := whole.byKey["stacks"].elem
	l.settings = l.in.node(one, remaining(one, node, func(string) bool { return true }))
	d.value(one, l.settings, reflect.ValueOf(&l.stack).Elem(), place{key: name, at: s.src.rangeOf(key)})
	l.ds = append(l.ds, d.semantic()...)
	l.sections = l.elements(s.elements)
	return l
}

// patched is the system as a whole with what the stack's patch says of it: its labels.
func (l *layering) patched(s *shape, root *yaml.Node) *yaml.Node {
	key, change := entry(l.patch, "labels")
	if change == nil || change.Kind != yaml.MappingNode && !isNull(change) {
		return root
	}
	return l.merge(s, root, &yaml.Node{Kind: yaml.MappingNode, Tag: mapTag, Content: []*yaml.Node{key, change}}, true)
}

// remaining is a mapping without the entries that resolving uses up, and without those
// that are not asked for.
func remaining(s *shape, n *yaml.Node, asked func(key string) bool) *yaml.Node {
	out := *n
	out.Content = make([]*yaml.Node, 0, len(n.Content))
	for i := 0; i+1 < len(n.Content); i += 2 {
		if f := s.byKey[n.Content[i].Value]; f != nil && !f.applied && asked(f.key) {
			out.Content = append(out.Content, n.Content[i], n.Content[i+1])
		}
	}
	return &out
}
