// Package spec reads msgdeploy.yaml: the topics, queues, subscriptions, services and
// permissions of a system, and the stacks that it is deployed to. [Load] reads the
// file and reports what is malformed; [Spec.Resolve] lays a stack's patch over it,
// resolves references, and reports what makes no sense.
//
// The types of the package are the schema: struct tags describe each key once, and the
// decoder, patches and the JSON Schema of [Schema] all follow them.
package spec

import (
	"bytes"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// Spec is a file that was read. It is immutable and safe for concurrent use.
type Spec struct {
	file string
	src  *source
	// root is the document's mapping; nil if there is none.
	root   *yaml.Node
	doc    document
	stacks []string
}

// Load reads a spec. The file's name is for messages, and its directory is what paths
// in the spec are relative to. The diagnostics are those that hold for every stack; the
// Spec is never nil, so that [Spec.Resolve] can report more.
func Load(file string, text []byte) (*Spec, diag.Diagnostics) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if len(text) > maxSource {
		s := &Spec{file: file, src: newSource(file, nil)}
		return s, tooLarge(s.src, len(text))
	}
	s := &Spec{file: file, src: newSource(file, text)}
	root, ds := parse(s.src)
	if root == nil {
		return s, ds
	}
	root, ok, more := expand(s.src, root)
	ds = append(ds, more...)
	if !ok {
		return s, ds
	}
	d := decoder{src: s.src, vocabulary: newVocabulary()}
	d.value(documentShape(), root, reflect.ValueOf(&s.doc).Elem(), place{})
	if root.Kind == yaml.MappingNode {
		s.root = root
		s.stacks = stackNames(root)
	}
	if s.root != nil && len(s.stacks) == 0 && s.doc.Stacks != nil {
		ds = append(ds, semantic(CodeNoStacks, s.doc.keyAt("stacks"), "The spec has no stack",
			"A stack says where the system is deployed to. `local: {nats: {}}` is one on this machine."))
	}
	for _, diagnostic := range d.ds {
		// What makes no sense may still be patched: that is for Resolve to say.
		if diagnostic.Class == diag.Structural || len(s.stacks) == 0 {
			ds = append(ds, diagnostic)
		}
	}
	return s, ds
}

func stackNames(root *yaml.Node) []string {
	_, stacks := entry(root, "stacks")
	if stacks == nil || stacks.Kind != yaml.MappingNode {
		return nil
	}
	var names []string
	for i := 0; i+1 < len(stacks.Content); i += 2 {
		names = append(names, stacks.Content[i].Value)
	}
	return names
}

// Stacks returns the names of the stacks, in the order of their declaration.
func (s *Spec) Stacks() []string { return s.stacks }

// Project returns the project's name, "" if the spec has none that is valid.
func (s *Spec) Project() string { return s.doc.Project }

// Sources returns the text of each file that ranges of the spec refer to, for snippets.
func (s *Spec) Sources() map[string][]byte {
	return map[string][]byte{s.file: s.src.text}
}

// dir is the directory that paths in the spec are relative to.
func (s *Spec) dir() string { return filepath.Dir(s.file) }

// Resolve returns what a stack asks for. It reports what only shows once its patch is
// laid over the spec; what Load reported is not repeated.
//
// With errors, the topology holds only what is sound: enough to look for more
// mistakes, not to be deployed. It is nil if the stack is unknown or names no cloud.
func (s *Spec) Resolve(stack string) (*Topology, diag.Diagnostics) {
	def := s.doc.Stacks[stack]
	if def == nil {
		return nil, s.unknownStack(stack)
	}
	target, ok := def.target()
	if !ok {
		return nil, nil
	}
	vocabulary := newVocabulary()
	root := s.root
	p := patcher{src: s.src, vocabulary: vocabulary, removed: map[string]*yaml.Node{}}
	if _, node := entry(def.node, "patch"); node != nil && node.Kind == yaml.MappingNode {
		root = p.elements(elementsShape(), root, node)
	}
	d := decoder{src: s.src, vocabulary: vocabulary}
	var doc patch
	d.value(elementsShape(), root, reflect.ValueOf(&doc).Elem(), place{})
	r := resolver{
		src:        s.src,
		root:       root,
		stack:      stack,
		vocabulary: vocabulary,
		removed:    p.removed,
		elements:   &doc.elements,
		uses:       s.doc.Uses,
		ds:         p.ds,
	}
	for _, diagnostic := range d.ds {
		if diagnostic.Class == diag.Semantic {
			r.ds = append(r.ds, diagnostic)
		}
	}
	r.topology = &Topology{
		Origin:  def.Origin,
		Project: s.doc.Project,
		Stack:   stack,
		Dir:     s.dir(),
		Target:  target,
		Protect: def.Protect,
		State:   state(s.doc.State, def.State),
	}
	r.topology.Naming, r.topology.NamingAt = naming(s.doc, def)
	r.foreign()
	r.resolve()
	r.labels(doc.Labels)
	return r.topology, r.ds
}

func (s *Spec) unknownStack(stack string) diag.Diagnostics {
	if len(s.stacks) == 0 || slices.Contains(s.stacks, stack) {
		return nil // Load has reported why.
	}
	return diag.Diagnostics{semantic(CodeUnknownStack, s.doc.keyAt("stacks"), "Unknown stack",
		fmt.Sprintf("There is no stack `%s`.%s", clip(stack), newVocabulary().didYouMean(stack, len(s.stacks), func() []string { return s.stacks })))}
}

// target returns the stack's cloud; ok is false if it does not name exactly one.
func (s *stack) target() (t Target, ok bool) {
	t = Target{Origin: s.Origin, AWS: s.AWS, GCP: s.GCP, Azure: s.Azure, NATS: s.NATS}
	n := 0
	for _, set := range []bool{t.AWS != nil, t.GCP != nil, t.Azure != nil, t.NATS != nil} {
		if set {
			n++
		}
	}
	return t, n == 1
}

// naming is a stack's template of names, and where it stands.
func naming(d document, s *stack) (template string, at diag.Range) {
	switch {
	case s.Naming != "":
		return s.Naming, s.At("naming")
	case d.Naming != "":
		return d.Naming, d.At("naming")
	default:
		return DefaultNaming, diag.Range{}
	}
}

// state is a stack's state: what the stack says, and else what the document says.
func state(document, stack State) State {
	merged := stack
	if merged.node == nil {
		merged.Origin = document.Origin
	}
	if merged.Backend == "" {
		merged.Backend = document.Backend
	}
	if merged.Secrets == "" {
		merged.Secrets = document.Secrets
	}
	return merged
}
