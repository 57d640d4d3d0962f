package spec

import (
	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// An underlay is what lies under each element of a kind: the spec's defaults, and of
// services the stack's template of identities.
type underlay struct {
	// all lies under any element of the kind; nil if nothing does.
	all *yaml.Node
	// toQueues lies under subscriptions to queues, which retry nothing.
	toQueues *yaml.Node
	// subscriptions says that the two differ.
	subscriptions bool
}

// under returns what lies under the elements of one section.
func (l *layering) under(f *field) underlay {
	_, all := entry(l.defaults, f.key)
	if all != nil && all.Kind != yaml.MappingNode {
		all = nil // reported by the decoder
	}
	u := underlay{all: all, toQueues: all}
	switch {
	case f.key == "services" && l.template != nil:
		template := &yaml.Node{
			Kind: yaml.MappingNode, Tag: mapTag, Line: l.template.Line, Column: l.template.Column,
			Content: []*yaml.Node{l.templateKey, l.template},
		}
		u.all = template
		if all != nil {
			u.all = l.merge(f.elem, all, template, false)
		}
	case f.key == "subscriptions" && all != nil:
		u.subscriptions = true
		toQueues := *all
		toQueues.Content = nil
		for i := 0; i+1 < len(all.Content); i += 2 {
			if key := all.Content[i]; key.Value != "retry" && key.Value != "deadLetter" {
				toQueues.Content = append(toQueues.Content, key, all.Content[i+1])
			}
		}
		u.toQueues = &toQueues
	}
	return u
}

// idle reports each null of an element that takes nothing away: a key whose value was
// forgotten. It returns the element without them.
func (l *layering) idle(s *shape, below, element *yaml.Node) *yaml.Node {
	if element.Kind != yaml.MappingNode || s.whole || s.kind != record && s.kind != dict || !hasNulls(element) {
		return element
	}
	out := *element
	out.Content = make([]*yaml.Node, 0, len(element.Content))
	for i := 0; i+1 < len(element.Content); i += 2 {
		key, value := element.Content[i], element.Content[i+1]
		sub := s.of(key.Value)
		_, under := entry(below, key.Value)
		switch {
		case sub == nil: // reported by the decoder
		case isNull(value) && under == nil:
			d := decoder{src: l.src, vocabulary: l.vocabulary}
			d.wrongKind(sub, value, place{key: key.Value})
			for _, diagnostic := range d.ds {
				diagnostic.Class = diag.Semantic
				l.ds = append(l.ds, diagnostic)
			}
			continue
		default:
			value = l.idle(sub, under, value)
		}
		out.Content = append(out.Content, key, value)
	}
	return &out
}

// of returns what lies under one element, which is changed or not.
func (u underlay) of(element, change *yaml.Node) *yaml.Node {
	if !u.subscriptions {
		return u.all
	}
	for _, layer := range []*yaml.Node{change, element, u.all} {
		if _, to := entry(layer, "to"); to != nil {
			if _, queue := entry(to, "queue"); queue != nil {
				return u.toQueues
			}
			break
		}
	}
	return u.all
}
