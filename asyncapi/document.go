package asyncapi

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
)

// A document is an AsyncAPI document that is being read.
type document struct {
	name string
	file *spec.Foreign
	root *yaml.Node
	// index finds the keys of mappings that references go through.
	index map[*yaml.Node]map[string]*yaml.Node
	ds    diag.Diagnostics
}

// parse reads a document's YAML or JSON. ok is false if it is no AsyncAPI 3.
func parse(file string, source []byte) (d *document, ok bool) {
	f, ds := spec.ReadForeign(file, readableJSON(source))
	d = &document{name: file, file: f, root: f.Root, index: map[*yaml.Node]map[string]*yaml.Node{}, ds: ds}
	if len(ds) == 1 && ds[0].Code == spec.CodeEmptySpec {
		d.ds = nil
		d.notAsyncAPI()
		return d, false
	}
	if d.root == nil || ds.HasErrors() {
		return d, false
	}
	return d, d.version()
}

// readableJSON returns JSON as yaml.v3 takes it, which knows no tabs for spaces, no
// escaped slashes, and no pairs of surrogates for a character. What is shorter then moves
// the rest of its line by a column or two.
func readableJSON(source []byte) []byte {
	if trimmed := bytes.TrimLeft(source, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return source
	}
	out := make([]byte, 0, len(source))
	quoted := false
	for i := 0; i < len(source); i++ {
		switch c := source[i]; {
		case c == '"':
			quoted = !quoted
			out = append(out, c)
		case c == '\t' && !quoted:
			out = append(out, ' ')
		case c == '\\' && quoted && i+1 < len(source):
			if r := surrogates(source[i:]); r != 0 {
				out = fmt.Appendf(out, `\U%08x`, r)
				i += len(`\ud83d\ude00`) - 1
				continue
			}
			if source[i+1] == '/' {
				continue
			}
			out = append(out, c, source[i+1])
			i++
		default:
			out = append(out, c)
		}
	}
	return out
}

var surrogatePair = regexp.MustCompile(`^\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})`)

// surrogates returns the character that a pair of escaped surrogates stands for, or 0.
func surrogates(source []byte) rune {
	m := surrogatePair.FindSubmatch(source[:min(len(source), len(`\ud83d\ude00`))])
	if m == nil {
		return 0
	}
	var high, low rune
	if _, err := fmt.Sscanf(string(m[1])+" "+string(m[2]), "%x %x", &high, &low); err != nil {
		return 0
	}
	return utf16.DecodeRune(high, low)
}

func (d *document) report(diagnostic diag.Diagnostic) { d.ds = append(d.ds, diagnostic) }

// at is where a node stands.
func (d *document) at(n *yaml.Node) diag.Range {
	if n == nil || n.Line == 0 {
		return diag.Range{File: d.name}
	}
	return d.file.Range(n)
}

// dropped warns of what a spec has no word for.
func (d *document) dropped(n *yaml.Node, format string, args ...any) {
	w := failure(CodeNotCarriedOver, d.at(n), "Not carried over", fmt.Sprintf(format, args...))
	w.Severity = diag.Warning
	d.report(w)
}

func (d *document) malformed(n *yaml.Node, format string, args ...any) {
	d.report(failure(CodeMalformed, d.at(n), "Not as AsyncAPI has it", fmt.Sprintf(format, args...)))
}

// version reports documents that are no AsyncAPI 3.
func (d *document) version() bool {
	version := value(d.root, "asyncapi")
	switch {
	case d.root.Kind != yaml.MappingNode || version == nil || version.Kind != yaml.ScalarNode:
		d.notAsyncAPI()
	case strings.HasPrefix(version.Value, "3."):
		return true
	case strings.HasPrefix(version.Value, "2.") || strings.HasPrefix(version.Value, "1."):
		d.report(failure(CodeVersion, d.at(version), "An old version of AsyncAPI",
			fmt.Sprintf("Version %s says of channels whose side they are seen from, and not who uses them. Convert the document to version 3 first: `asyncapi convert %s --output=asyncapi3.yaml --target-version=3.0.0`, with the AsyncAPI CLI.", clip(version.Value), clip(d.name))))
	default:
		d.report(failure(CodeVersion, d.at(version), "An unknown version of AsyncAPI",
			fmt.Sprintf("Version %s is not known here; versions 3.x are read.", clip(version.Value))))
	}
	return false
}

func (d *document) notAsyncAPI() {
	d.report(failure(CodeNotAsyncAPI, d.at(d.root), "Not an AsyncAPI document",
		"An AsyncAPI document is a mapping that begins with its version, as in `asyncapi: 3.0.0`."))
}

// maxHops bounds chains of references.
const maxHops = 100

// follow returns what a node stands for: itself, or what its $ref leads to; nil and a
// diagnostic if that is nothing.
func (d *document) follow(n *yaml.Node) *yaml.Node {
	first := n
	for hops := 0; ; hops++ {
		ref := value(n, "$ref")
		if ref == nil {
			return n
		}
		if hops == maxHops {
			d.report(failure(CodeReference, d.at(value(first, "$ref")), "A reference without end",
				fmt.Sprintf("`%s` leads from one reference to the next, more than %d times.", clip(value(first, "$ref").Value), maxHops)))
			return nil
		}
		if n = d.target(ref); n == nil {
			return nil
		}
	}
}

// target returns what a reference in this document points to.
func (d *document) target(ref *yaml.Node) *yaml.Node {
	pointer, local := strings.CutPrefix(ref.Value, "#/")
	if ref.Kind != yaml.ScalarNode || !local {
		d.report(failure(CodeReference, d.at(ref), "A reference to another file",
			"Only references within the document are followed, as `#/channels/orders`. Bundle the files first: `asyncapi bundle`, with the AsyncAPI CLI."))
		return nil
	}
	n := d.root
	for token := range strings.SplitSeq(pointer, "/") {
		if n = d.step(n, token); n == nil {
			d.report(failure(CodeReference, d.at(ref), "A reference that leads nowhere",
				fmt.Sprintf("The document has nothing at `%s`.", clip(ref.Value))))
			return nil
		}
	}
	return n
}

// step goes one token of a JSON pointer (RFC 6901) down from n.
func (d *document) step(n *yaml.Node, token string) *yaml.Node {
	if unescaped, err := url.PathUnescape(token); err == nil {
		token = unescaped
	}
	token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
	switch n.Kind {
	case yaml.MappingNode:
		keys := d.index[n]
		if keys == nil {
			keys = make(map[string]*yaml.Node, len(n.Content)/2)
			for i := 0; i+1 < len(n.Content); i += 2 {
				keys[n.Content[i].Value] = n.Content[i+1]
			}
			d.index[n] = keys
		}
		return keys[token]
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i]
		}
	}
	return nil
}

// section returns the mapping under a key, or an empty one.
func (d *document) section(m *yaml.Node, key, what string) *yaml.Node {
	k, v := entry(m, key)
	if v == nil || v.ShortTag() == nullTag && v.Kind == yaml.ScalarNode {
		return nowhere()
	}
	if v = d.follow(v); v == nil {
		return nowhere()
	}
	if v.Kind != yaml.MappingNode {
		d.malformed(k, "`%s` must be a mapping: %s.", clip(key), what)
		return nowhere()
	}
	return v
}

// object returns the mapping that an entry's value is or refers to, nil and a diagnostic
// if it is none.
func (d *document) object(k, v *yaml.Node, what string) *yaml.Node {
	if v = d.follow(v); v == nil {
		return nil
	}
	if v.Kind == yaml.ScalarNode && v.ShortTag() == nullTag {
		return mapping(k)
	}
	if v.Kind != yaml.MappingNode {
		d.malformed(k, "`%s` must be a mapping: %s.", clip(k.Value), what)
		return nil
	}
	return v
}

// oneLine is what users wrote, fit for a comment.
func oneLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(printable, s)), " ")
}

// clip makes what users wrote fit into a sentence.
func clip(s string) string {
	const most = 80
	s = oneLine(s)
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

func printable(r rune) rune {
	if r < ' ' || r >= 0x7f && r <= 0x9f || r == '\u2028' || r == '\u2029' || r == '\ufeff' {
		return ' '
	}
	return r
}
