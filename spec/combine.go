package spec

import (
	"fmt"
	"slices"

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
	// grown are the permissions that several files add to, by service.
	grown map[string]*grown
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
		all.mapping.Content[i+1] = c.union(all, key.Value, all.mapping.Content[i+1], value)
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

// A grown is a permission that several files add to: the service's verbs, and under each
// the names. The nodes are its own, so that adding to them changes no file's.
type grown struct {
	mapping *yaml.Node
	verbs   map[string]*grownVerb
}

// A grownVerb is the names under one verb. What is known of them is kept from file to file:
// a service that each of many files grants something costs no more than one file that
// grants all of it.
type grownVerb struct {
	list  *yaml.Node
	known *keySet
}

// union adds what one more file grants a service, and returns the permission. What is
// granted already is reported.
func (c *combiner) union(all *combined, service string, first, second *yaml.Node) *yaml.Node {
	if first.Kind != yaml.MappingNode || second.Kind != yaml.MappingNode {
		return first // reported by the decoder
	}
	g := all.grown[service]
	if g == nil {
		g = &grown{mapping: owned(first), verbs: map[string]*grownVerb{}}
		if all.grown == nil {
			all.grown = map[string]*grown{}
		}
		all.grown[service] = g
	}
	verbs := indexed(g.mapping)
	for i := 0; i+1 < len(second.Content); i += 2 {
		verb, names := second.Content[i], second.Content[i+1]
		if j := verbs.find(verb.Value); j >= 0 {
			c.names(g, j, names)
		} else {
			g.mapping.Content = append(g.mapping.Content, verb, names)
		}
	}
	return g.mapping
}

// names adds the names of one more file to those of the verb at an index of g's mapping.
func (c *combiner) names(g *grown, verb int, names *yaml.Node) {
	key, first := g.mapping.Content[verb].Value, g.mapping.Content[verb+1]
	if first.Kind != yaml.SequenceNode || names.Kind != yaml.SequenceNode {
		return // reported by the decoder
	}
	v := g.verbs[key]
	if v == nil {
		v = &grownVerb{list: owned(first), known: newKeySet(len(first.Content) + len(names.Content))}
		for _, name := range first.Content {
			if name.Kind == yaml.ScalarNode && v.known.first(name) == nil {
				v.known.add(name)
			}
		}
		g.verbs[key], g.mapping.Content[verb+1] = v, v.list
	}
	own := newKeySet(len(names.Content))
	for _, name := range names.Content {
		if name.Kind != yaml.ScalarNode || own.first(name) != nil {
			continue // reported by the decoder
		}
		own.add(name)
		if granted := v.known.first(name); granted != nil {
			d := listedTwice(c.src, granted, name, name.Value, key)
			d.Class = diag.Semantic
			c.ds = append(c.ds, d)
			continue
		}
		v.known.add(name)
		v.list.Content = append(v.list.Content, name)
	}
}

// owned is a node whose content can be added to.
func owned(n *yaml.Node) *yaml.Node {
	out := *n
	out.Content = slices.Clone(n.Content)
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
