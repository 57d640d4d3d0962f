package spec

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// A combiner puts the sections of several files together. What two files declare both is
// reported, and the first one counts; of permissions, they may add to each other.
type combiner struct {
	src      *fileSet
	sections map[string]*combined
	ds       diag.Diagnostics
}

// combined is one section of all files.
type combined struct {
	key, mapping *yaml.Node
	// at maps a name to where its key is in the mapping's content.
	at map[string]int
	// malformed says that a file's section is no mapping, so that names may be missing.
	malformed bool
}

// add adds the sections of one file.
func (c *combiner) add(root *yaml.Node) {
	for _, f := range includedShape().fields {
		key, section := entry(root, f.key)
		if section == nil {
			continue
		}
		all := c.sections[f.key]
		if all == nil {
			mapping := *section
			mapping.Content = nil
			all = &combined{key: key, mapping: &mapping, at: map[string]int{}}
			c.sections[f.key] = all
		}
		if section.Kind != yaml.MappingNode {
			all.malformed = true
			continue
		}
		all.mapping.Kind, all.mapping.Tag = yaml.MappingNode, mapTag
		for i := 0; i+1 < len(section.Content); i += 2 {
			c.entry(f, all, section.Content[i], section.Content[i+1])
		}
	}
}

func (c *combiner) entry(f *field, all *combined, key, value *yaml.Node) {
	i, declared := all.at[key.Value]
	switch {
	case !declared:
		all.at[key.Value] = len(all.mapping.Content)
		all.mapping.Content = append(all.mapping.Content, key, value)
	case f.existing:
		c.duplicate(f, all.mapping.Content[i], key)
	default:
		all.mapping.Content[i+1] = c.union(all.mapping.Content[i+1], value)
	}
}

// duplicate reports an element that another file has declared.
func (c *combiner) duplicate(f *field, first, second *yaml.Node) {
	at := c.src.rangeOf(first)
	d := semantic(CodeDuplicateElement, c.src.rangeOf(second), "Declared twice",
		fmt.Sprintf("`%s` is in `%s` already: %s declares it at line %d. Rename one of the two, or remove it.", clip(second.Value), f.key, at.File, at.Start.Line))
	d.Related = []diag.Related{{Range: at, Message: "the first one is here"}}
	c.ds = append(c.ds, d)
}

// union returns the verbs of two permissions of one service. What both grant is reported.
func (c *combiner) union(first, second *yaml.Node) *yaml.Node {
	if first.Kind != yaml.MappingNode || second.Kind != yaml.MappingNode {
		return first // reported by the decoder
	}
	out := *first
	out.Content = append([]*yaml.Node(nil), first.Content...)
	verbs := indexed(first)
	for i := 0; i+1 < len(second.Content); i += 2 {
		verb, names := second.Content[i], second.Content[i+1]
		j := verbs.find(verb.Value)
		if j < 0 {
			out.Content = append(out.Content, verb, names)
			continue
		}
		out.Content[j+1] = c.names(verb.Value, out.Content[j+1], names)
	}
	return &out
}

func (c *combiner) names(verb string, first, second *yaml.Node) *yaml.Node {
	if first.Kind != yaml.SequenceNode || second.Kind != yaml.SequenceNode {
		return first
	}
	out := *first
	out.Content = append([]*yaml.Node(nil), first.Content...)
	known := newKeySet(len(first.Content) + len(second.Content))
	for _, name := range first.Content {
		if name.Kind == yaml.ScalarNode && known.first(name) == nil {
			known.add(name)
		}
	}
	own := newKeySet(len(second.Content))
	for _, name := range second.Content {
		if name.Kind != yaml.ScalarNode || own.first(name) != nil {
			continue // reported by the decoder
		}
		own.add(name)
		if granted := known.first(name); granted != nil {
			d := listedTwice(c.src, granted, name, name.Value, verb)
			d.Class = diag.Semantic
			c.ds = append(c.ds, d)
			continue
		}
		out.Content = append(out.Content, name)
	}
	return &out
}

// elements returns the sections of all files, and whether some may lack names.
func (c *combiner) elements(root *yaml.Node) (sections *yaml.Node, incomplete bool) {
	sections = &yaml.Node{Kind: yaml.MappingNode, Tag: mapTag, Line: root.Line, Column: root.Column}
	for _, f := range includedShape().fields {
		if s := c.sections[f.key]; s != nil {
			sections.Content = append(sections.Content, s.key, s.mapping)
			incomplete = incomplete || s.malformed && s.mapping.Kind == yaml.MappingNode
		}
	}
	return sections, incomplete
}
