package spec

import (
	"fmt"
	"maps"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// A patcher lays a stack's patch over the document's elements. It works on nodes, so
// that every value keeps its place in the YAML, and never changes them: what a patch
// touches is copied.
type patcher struct {
	src        *source
	vocabulary *vocabulary
	ds         diag.Diagnostics
	// removed maps an element, as "queues.jobs", to the null that removed it.
	removed map[string]*yaml.Node
}

// merge returns base with patch laid over it. Mappings merge; lists, scalars and
// records that are replaced whole are replaced; null removes. What is not as the
// shape says has been reported by the decoder and is left alone.
func (p *patcher) merge(s *shape, base, patch *yaml.Node) *yaml.Node {
	if s.kind == record && !s.whole && base.Kind == yaml.MappingNode && patch.Kind == yaml.MappingNode {
		return p.overlay(base, patch, func(key string) *shape {
			if f := s.byKey[key]; f != nil {
				return f.shape
			}
			return nil
		}, nil)
	}
	if s.kind == dict && base.Kind == yaml.MappingNode && patch.Kind == yaml.MappingNode {
		return p.overlay(base, patch, func(string) *shape { return s.elem }, nil)
	}
	return patch
}

// elements lays patch over the sections of the document.
func (p *patcher) elements(s *shape, base, patch *yaml.Node) *yaml.Node {
	merged := *base
	merged.Content = slices.Clone(base.Content)
	for i := 0; i+1 < len(patch.Content); i += 2 {
		key, value := patch.Content[i], patch.Content[i+1]
		if f := s.byKey[key.Value]; f != nil && (value.Kind == yaml.MappingNode || isNull(value)) {
			p.section(f, &merged, key, value)
		}
	}
	return &merged
}

// section lays the patch of one section, such as queues, over the document's.
func (p *patcher) section(f *field, merged, key, patch *yaml.Node) {
	base := &yaml.Node{Kind: yaml.MappingNode, Tag: mapTag, Line: key.Line, Column: key.Column}
	at := 0
	for at < len(merged.Content) && merged.Content[at].Value != key.Value {
		at += 2
	}
	if at == len(merged.Content) {
		merged.Content = append(merged.Content, key, base)
	}
	base = merged.Content[at+1]
	if base.Kind != yaml.MappingNode {
		return
	}
	if isNull(patch) {
		for i := 0; i+1 < len(base.Content); i += 2 {
			p.removed[f.key+"."+base.Content[i].Value] = patch
		}
		merged.Content = slices.Delete(merged.Content, at, at+2)
		return
	}
	for i := 0; i+1 < len(patch.Content); i += 2 {
		if k, v := patch.Content[i], patch.Content[i+1]; isNull(v) {
			p.removed[f.key+"."+k.Value] = v
		}
	}
	merged.Content[at+1] = p.overlay(base, patch, func(string) *shape { return f.elem }, p.exists(f, base))
}

// exists returns what says whether an element that a patch names is there to be
// changed, and reports it if not.
func (p *patcher) exists(f *field, base *yaml.Node) func(key *yaml.Node) bool {
	if !f.existing {
		return nil
	}
	names := make(map[string]bool, len(base.Content)/2)
	for i := 0; i+1 < len(base.Content); i += 2 {
		names[base.Content[i].Value] = true
	}
	return func(key *yaml.Node) bool {
		if !names[key.Value] {
			p.ds = append(p.ds, semantic(CodeUnknownElement, p.src.rangeOf(key), "A patch of nothing",
				fmt.Sprintf("There is no `%s` in `%s` that this patch could change.%s",
					clip(key.Value), f.key, p.vocabulary.didYouMean(key.Value, len(names), func() []string { return slices.Collect(maps.Keys(names)) }))))
		}
		return names[key.Value]
	}
}

// overlay merges the entries of two mappings. known, if there is one, says which
// entries of the patch count.
func (p *patcher) overlay(base, patch *yaml.Node, shapeOf func(key string) *shape, known func(*yaml.Node) bool) *yaml.Node {
	merged := *base
	merged.Content = make([]*yaml.Node, 0, len(base.Content)+len(patch.Content))
	changes := make(map[string]int, len(patch.Content)/2)
	for i := 0; i+1 < len(patch.Content); i += 2 {
		key := patch.Content[i]
		if shapeOf(key.Value) != nil && (known == nil || known(key)) {
			changes[key.Value] = i
		}
	}
	for i := 0; i+1 < len(base.Content); i += 2 {
		key, value := base.Content[i], base.Content[i+1]
		j, changed := changes[key.Value]
		if !changed {
			merged.Content = append(merged.Content, key, value)
			continue
		}
		delete(changes, key.Value)
		change := patch.Content[j+1]
		if isNull(change) {
			continue
		}
		if s := shapeOf(key.Value); s.kind != record && s.kind != dict || s.whole {
			key = patch.Content[j]
		}
		merged.Content = append(merged.Content, key, p.merge(shapeOf(key.Value), value, change))
	}
	for i := 0; i+1 < len(patch.Content); i += 2 {
		key, value := patch.Content[i], patch.Content[i+1]
		if j, added := changes[key.Value]; added && j == i && !isNull(value) {
			merged.Content = append(merged.Content, key, withoutNulls(shapeOf(key.Value), value))
		}
	}
	return &merged
}

// withoutNulls is a value that a patch adds: there is nothing that its nulls could remove.
func withoutNulls(s *shape, n *yaml.Node) *yaml.Node {
	if n.Kind != yaml.MappingNode || s.whole || s.kind != record && s.kind != dict {
		return n
	}
	out := *n
	out.Content = make([]*yaml.Node, 0, len(n.Content))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		sub := s.elem
		if s.kind == record {
			f := s.byKey[key.Value]
			if f == nil {
				continue
			}
			sub = f.shape
		}
		if !isNull(value) {
			out.Content = append(out.Content, key, withoutNulls(sub, value))
		}
	}
	return &out
}
