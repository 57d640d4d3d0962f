package spec

import (
	"fmt"
	"maps"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// A layering lays over each other what makes up the elements of one stack: defaults, the
// stack's template of identities, the elements themselves, the stack's patch. It works
// on nodes, so that every value keeps its place in the YAML, and never changes them:
// what a layer touches is copied.
type layering struct {
	src        *fileSet
	vocabulary *vocabulary
	in         *interpolator
	// defaults, template and patch are nil where there are none.
	defaults, patch       *yaml.Node
	templateKey, template *yaml.Node
	// incomplete says that there may be elements that could not be read.
	incomplete bool
	// removed maps an element, as "queues.jobs", to the null that removed it.
	removed map[string]*yaml.Node
	// copied counts nodes, so that what is multiplied stays bounded.
	copied  int
	stopped bool
	ds      diag.Diagnostics
}

// elements returns the sections of the stack.
func (l *layering) elements(base *yaml.Node) *yaml.Node {
	merged := &yaml.Node{Kind: yaml.MappingNode, Tag: mapTag, Line: base.Line, Column: base.Column}
	_, additions := entry(l.patch, "add")
	for _, f := range includedShape().fields {
		sec := section{field: f}
		sec.key, sec.base = entry(base, f.key)
		patchKey, patch := entry(l.patch, f.key)
		addKey, add := entry(additions, f.key)
		if additionsShape().byKey[f.key] == nil {
			addKey, add = nil, nil // reported by the decoder
		}
		if patch != nil && (patch.Kind == yaml.MappingNode || isNull(patch)) {
			sec.patch = patch
		}
		if add != nil && add.Kind == yaml.MappingNode {
			sec.add = add
		}
		if sec.base == nil {
			if sec.key = patchKey; patchKey == nil {
				sec.key = addKey
			}
			if sec.key == nil {
				continue
			}
			sec.base = &yaml.Node{Kind: yaml.MappingNode, Tag: mapTag, Line: sec.key.Line, Column: sec.key.Column}
		}
		if sec.base.Kind == yaml.MappingNode {
			sec.base = l.section(sec)
		}
		merged.Content = append(merged.Content, sec.key, sec.base)
	}
	return merged
}

// A section is the elements of one kind, such as queues, and what a patch says of them.
type section struct {
	*field
	key, base *yaml.Node
	// patch is a mapping, or a null that removes all; nil without one.
	patch *yaml.Node
	// add is a mapping of new elements; nil without one.
	add *yaml.Node
}

// section returns the elements of one kind as the stack has them.
func (l *layering) section(s section) *yaml.Node {
	merged := *s.base
	merged.Content = make([]*yaml.Node, 0, len(s.base.Content))
	changes := l.changes(s)
	under := l.under(s.field)
	for i := 0; i+1 < len(s.base.Content); i += 2 {
		key, value := s.base.Content[i], s.base.Content[i+1]
		change := changes[key.Value]
		delete(changes, key.Value)
		if change != nil && isNull(change) {
			l.removed[s.field.key+"."+key.Value] = change
			continue
		}
		merged.Content = append(merged.Content, key, l.element(s.field, key.Value, under, value, change))
	}
	// What is left of a patch is new: permissions, which need no leave to be.
	for i := 0; s.patch != nil && i+1 < len(s.patch.Content); i += 2 {
		key, value := s.patch.Content[i], s.patch.Content[i+1]
		if changes[key.Value] == value && !isNull(value) {
			merged.Content = append(merged.Content, key, l.element(s.field, key.Value, under, withoutNulls(s.elem, value), nil))
		}
	}
	l.add(s, &merged, under)
	return &merged
}

// changes returns what the patch says of each element that it can change.
func (l *layering) changes(s section) map[string]*yaml.Node {
	if s.patch == nil {
		return nil
	}
	if isNull(s.patch) {
		changes := make(map[string]*yaml.Node, len(s.base.Content)/2)
		for i := 0; i+1 < len(s.base.Content); i += 2 {
			changes[s.base.Content[i].Value] = s.patch
		}
		return changes
	}
	changes := make(map[string]*yaml.Node, len(s.patch.Content)/2)
	var names map[string]bool
	if s.existing {
		names = make(map[string]bool, len(s.base.Content)/2)
		for i := 0; i+1 < len(s.base.Content); i += 2 {
			names[s.base.Content[i].Value] = true
		}
	}
	for i := 0; i+1 < len(s.patch.Content); i += 2 {
		key := s.patch.Content[i]
		if !s.existing || names[key.Value] {
			changes[key.Value] = s.patch.Content[i+1]
			continue
		}
		if !l.incomplete {
			l.ds = append(l.ds, semantic(CodeUnknownElement, l.src.rangeOf(key), "A patch of nothing",
				fmt.Sprintf("There is no `%s` in `%s` that this patch could change.%s A new one goes under `patch.add.%[2]s`.",
					clip(key.Value), s.field.key, l.vocabulary.didYouMean(key.Value, len(names), func() []string { return slices.Collect(maps.Keys(names)) }))))
		}
	}
	return changes
}

// add appends the elements that only this stack has.
func (l *layering) add(s section, merged *yaml.Node, under underlay) {
	if s.add == nil {
		return
	}
	names := newKeySet(len(merged.Content) / 2)
	for i := 0; i+1 < len(merged.Content); i += 2 {
		names.add(merged.Content[i])
	}
	for i := 0; i+1 < len(s.add.Content); i += 2 {
		key, value := s.add.Content[i], s.add.Content[i+1]
		if first := names.first(key); first != nil {
			d := semantic(CodeDuplicateElement, l.src.rangeOf(key), "Declared twice",
				fmt.Sprintf("`%s` is in `%s` already. To change it in this stack, move this to `patch.%[2]s`.", clip(key.Value), s.field.key))
			d.Related = []diag.Related{{Range: l.src.rangeOf(first), Message: "it is declared here"}}
			l.ds = append(l.ds, d)
			continue
		}
		merged.Content = append(merged.Content, key, l.element(s.field, key.Value, under, value, nil))
	}
}

// element returns one element as the stack has it: what is under it, itself, its change.
func (l *layering) element(f *field, name string, under underlay, value, change *yaml.Node) *yaml.Node {
	if f.nulls {
		value = l.idle(f.elem, under.all, value)
	}
	if below := under.of(value, change); below != nil && value.Kind == yaml.MappingNode {
		value = l.merge(f.elem, below, value, false)
	}
	if change != nil {
		value = l.merge(f.elem, value, change, true)
	}
	return l.in.element(name, f.elem, value)
}

// merge returns base with over laid over it. Mappings merge; lists, scalars and records
// that are replaced whole are replaced; null removes. What is not as the shape says has
// been reported by the decoder and is left alone. In a patch, the key of a mapping that
// merges stays that of base.
func (l *layering) merge(s *shape, base, over *yaml.Node, patch bool) *yaml.Node {
	if base.Kind != yaml.MappingNode || over.Kind != yaml.MappingNode || s.whole || s.kind != record && s.kind != dict {
		return over
	}
	if l.copied += len(base.Content) + len(over.Content); l.copied > maxExpanded {
		l.tooMuch(over)
		return over
	}
	merged := *base
	merged.Content = make([]*yaml.Node, 0, len(base.Content)+len(over.Content))
	if !patch {
		merged.Line, merged.Column = over.Line, over.Column
	}
	ours, theirs := indexed(base), indexed(over)
	for i := 0; i+1 < len(base.Content); i += 2 {
		key, value := base.Content[i], base.Content[i+1]
		j, sub := theirs.find(key.Value), s.of(key.Value)
		if j >= 0 && sub != nil {
			change := over.Content[j+1]
			if isNull(change) {
				continue
			}
			if !patch || sub.whole || sub.kind != record && sub.kind != dict {
				key = over.Content[j]
			}
			value = l.merge(sub, value, change, patch)
		}
		merged.Content = append(merged.Content, key, value)
	}
	for i := 0; i+1 < len(over.Content); i += 2 {
		key, value := over.Content[i], over.Content[i+1]
		if sub := s.of(key.Value); sub != nil && ours.find(key.Value) < 0 && !isNull(value) {
			merged.Content = append(merged.Content, key, withoutNulls(sub, value))
		}
	}
	return &merged
}

func (l *layering) tooMuch(n *yaml.Node) {
	if !l.stopped {
		l.stopped = true
		l.ds = append(l.ds, semantic(CodeTooMuch, l.src.rangeOf(n), "Defaults and patches make too much",
			fmt.Sprintf("With defaults and patches laid over each other, the spec comes to more than %d values here. Shorten `defaults`.", maxExpanded)))
	}
}

// of returns the shape of an entry of a mapping; nil if the mapping knows no such key.
func (s *shape) of(key string) *shape {
	if s.kind == dict {
		return s.elem
	}
	if f := s.byKey[key]; f != nil {
		return f.shape
	}
	return nil
}

// withoutNulls is a value that a layer adds: there is nothing that its nulls could remove.
func withoutNulls(s *shape, n *yaml.Node) *yaml.Node {
	if n.Kind != yaml.MappingNode || s.whole || s.kind != record && s.kind != dict || !hasNulls(n) {
		return n
	}
	out := *n
	out.Content = make([]*yaml.Node, 0, len(n.Content))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if sub := s.of(key.Value); sub != nil && !isNull(value) {
			out.Content = append(out.Content, key, withoutNulls(sub, value))
		}
	}
	return &out
}

// hasNulls reports whether a mapping, or one below it, has an entry that is null.
func hasNulls(n *yaml.Node) bool {
	for i := 1; i < len(n.Content); i += 2 {
		if v := n.Content[i]; isNull(v) || v.Kind == yaml.MappingNode && hasNulls(v) {
			return true
		}
	}
	return false
}
