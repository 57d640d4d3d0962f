package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// YAML writes the resolved spec. With origins, a comment at each line says where its value
// comes from, and what is built in stands in comments of its own.
func (r *Resolved) YAML(origins bool) []byte {
	var b bytes.Buffer
	e := emitter{out: &b, origins: origins}
	e.entries(r.root, "")
	return b.Bytes()
}

// JSON writes the resolved spec as JSON, in the same order.
func (r *Resolved) JSON() json.RawMessage {
	var b bytes.Buffer
	writeJSON(&b, r.root)
	return b.Bytes()
}

type emitter struct {
	out     *bytes.Buffer
	origins bool
}

// entries writes the entries of a mapping, a line each.
func (e *emitter) entries(it *item, indent string) {
	for _, child := range it.children {
		key := indent + plainOrQuoted(child.key) + ":"
		switch {
		case child.node == nil:
			if e.origins {
				fmt.Fprintf(e.out, "%s# %s: %s, %s\n", indent, child.key, flow(child, true), LayerBuiltIn)
			}
		case e.origins && child.kind == yaml.SequenceNode && len(child.children) > 0:
			e.out.WriteString(key + "\n")
			for _, element := range child.children {
				e.line(indent+"  -", element)
			}
		case child.kind == yaml.MappingNode && !child.whole && slices.ContainsFunc(child.children, isWritten):
			e.out.WriteString(key)
			if e.origins && strings.Count(child.path, ".") == 1 {
				fmt.Fprintf(e.out, " # %s", child.at)
			}
			e.out.WriteString("\n")
			e.entries(child, indent+"  ")
		default:
			e.line(key, child)
			if e.origins && child.kind == yaml.MappingNode && !child.whole {
				e.entries(child, indent+"  ") // what is built in
			}
		}
	}
}

// isWritten reports whether an item is part of the spec, rather than built in.
func isWritten(it *item) bool { return it.node != nil }

// line writes a value in one line, and where it comes from.
func (e *emitter) line(key string, it *item) {
	fmt.Fprintf(e.out, "%s %s", key, flow(it, false))
	if e.origins {
		if from := first(it); from != nil {
			fmt.Fprintf(e.out, " # %s, %s", from.layer, from.at)
			if !from.by.IsZero() {
				fmt.Fprintf(e.out, ", var %s", from.by)
			}
		}
	}
	e.out.WriteString("\n")
}

// first is the first value of an item that was written, for its origin.
func first(it *item) *item {
	for _, child := range it.children {
		if child.node != nil {
			return first(child)
		}
	}
	return it
}

// flow writes a value in one line, with or without what is built in.
func flow(it *item, builtIn bool) string {
	var parts []string
	for _, child := range it.children {
		switch {
		case child.node == nil && !builtIn:
		case it.kind == yaml.SequenceNode:
			parts = append(parts, flow(child, builtIn))
		default:
			parts = append(parts, plainOrQuoted(child.key)+": "+flow(child, builtIn))
		}
	}
	switch {
	case len(parts) == 0:
		return it.text
	case it.kind == yaml.SequenceNode:
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return "{" + strings.Join(parts, ", ") + "}"
	}
}

// scalarText writes a scalar so that it can stand anywhere. What interpolation has left
// of ${ is literal, so it is written $${.
func scalarText(n *yaml.Node, verbatim bool) string {
	if !isText(n) {
		return n.Value
	}
	value := n.Value
	if !verbatim {
		value = strings.ReplaceAll(value, "${", "$${")
	}
	return plainOrQuoted(value)
}

var plainText = regexp.MustCompile(`^[A-Za-z0-9/][A-Za-z0-9_./-]*$`)

// plainOrQuoted writes a string, in quotes wherever some reader of YAML could take it for
// something else. JSON's quotes are YAML's too.
func plainOrQuoted(s string) string {
	bare := yaml.Node{Kind: yaml.ScalarNode, Value: s}
	if plainText.MatchString(s) && bare.ShortTag() == strTag && !slices.Contains([]string{"y", "n", "yes", "no", "on", "off"}, strings.ToLower(s)) {
		return s
	}
	return jsonString(s)
}

func jsonString(s string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		panic(err) // a string can always be encoded
	}
	return escapeControls(strings.TrimSpace(b.String()))
}

// escapeControls escapes the control characters that JSON allows in strings and YAML does not.
func escapeControls(s string) string {
	if !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsControl(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// writeJSON writes an item without what is built in.
func writeJSON(b *bytes.Buffer, it *item) {
	if it.kind == yaml.ScalarNode {
		writeScalar(b, it)
		return
	}
	open, end := "{", "}"
	if it.kind == yaml.SequenceNode {
		open, end = "[", "]"
	}
	b.WriteString(open)
	comma := ""
	for _, child := range it.children {
		if child.node == nil {
			continue
		}
		b.WriteString(comma)
		comma = ","
		if it.kind == yaml.MappingNode {
			b.WriteString(jsonString(child.key) + ":")
		}
		writeJSON(b, child)
	}
	b.WriteString(end)
}

// writeScalar writes numbers and booleans as they are, where JSON spells them so.
func writeScalar(b *bytes.Buffer, it *item) {
	value := it.node.Value
	switch tag := it.node.ShortTag(); {
	case isText(it.node):
		if strings.HasPrefix(it.text, `"`) {
			value = it.text
		} else {
			value = jsonString(it.text)
		}
	case tag == boolTag:
		value = fmt.Sprint(!isFalse(value))
	case !json.Valid([]byte(value)):
		value = jsonString(value)
	}
	b.WriteString(value)
}
