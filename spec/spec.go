// Package spec reads msgdeploy.yaml: the topics, queues, subscriptions, services and
// permissions of a system, and the stacks that it is deployed to. [Load] reads the
// file and reports what is malformed; [Spec.Resolve] lays a stack's patch over it,
// resolves references, and reports what makes no sense.
//
// The types of the package are the schema: struct tags describe each key once, and the
// decoder, patches and the JSON Schema of [Schema] all follow them.
package spec

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// Spec is a file that was read, with those that it includes. It is immutable and safe
// for concurrent use.
type Spec struct {
	file string
	src  *fileSet
	// root is the document's mapping; nil if there is none.
	root *yaml.Node
	// elements has the sections of elements and permissions of all files.
	elements *yaml.Node
	// incomplete says that there may be elements that could not be read.
	incomplete bool
	doc        document
	stacks     []string
}

// Load reads a spec that includes no other files, see [LoadDir].
func Load(file string, text []byte) (*Spec, diag.Diagnostics) { return LoadDir(file, text, nil) }

// LoadDir reads a spec. The file's name is for messages, and its directory is what paths
// in the spec are relative to. Included files are read from dir, which is that directory;
// an [os.Root] keeps links from leading out of it. The diagnostics are those that hold for
// every stack; the Spec is never nil, so that [Spec.Resolve] can report more.
func LoadDir(file string, text []byte, dir fs.FS) (*Spec, diag.Diagnostics) {
	s := &Spec{file: file, src: &fileSet{}}
	if len(text) > maxSource {
		return s, tooLarge(s.src.add(file, nil), len(text))
	}
	root, ds := parse(s.src.add(file, text))
	if root == nil {
		return s, ds
	}
	x := newExpander(s.src)
	root, ok, more := x.expand(root)
	ds = append(ds, more...)
	if !ok {
		return s, ds
	}
	d := decoder{src: s.src, vocabulary: newVocabulary()}
	d.value(documentShape(), root, reflect.ValueOf(&s.doc).Elem(), place{})
	if root.Kind == yaml.MappingNode {
		s.root = root
		s.stacks = stackNames(root)
		ds = append(ds, s.include(x, &d, dir)...)
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

// include reads the files that the spec includes, and puts the elements of all together.
func (s *Spec) include(x *expander, d *decoder, dir fs.FS) diag.Diagnostics {
	c := &combiner{src: s.src, sections: map[string]*combined{}}
	c.add(s.root)
	in := s.includer(dir)
	in.expander, in.decoder, in.combiner = x, d, c
	if _, list := entry(s.root, "include"); list != nil && list.Kind == yaml.SequenceNode {
		in.include(list)
	}
	var malformed bool
	s.elements, malformed = c.elements(s.root)
	s.incomplete = in.incomplete || malformed
	return append(in.ds, c.ds...)
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

// File returns the name of the file that was loaded.
func (s *Spec) File() string { return s.file }

// Project returns the project's name, "" if the spec has none that is valid.
func (s *Spec) Project() string { return s.doc.Project }

// Sources returns the text of each file that ranges of the spec refer to, for snippets.
func (s *Spec) Sources() map[string][]byte {
	texts := make(map[string][]byte, len(s.src.sources))
	for _, src := range s.src.sources {
		texts[src.file] = src.text
	}
	return texts
}

// dir is the directory that paths in the spec are relative to.
func (s *Spec) dir() string { return filepath.Dir(s.file) }

// Resolve returns what a stack asks for: defaults, elements and patch laid over each
// other, interpolated, references resolved. It reports what only shows then; what Load
// reported is not repeated.
//
// With errors, the topology holds only what is sound: enough to look for more
// mistakes, not to be deployed. It is nil if the stack is unknown or names no cloud.
func (s *Spec) Resolve(stack string) (*Topology, diag.Diagnostics) {
	if s.doc.Stacks[stack] == nil {
		return nil, s.unknownStack(stack)
	}
	l := s.lay(stack)
	target, ok := l.stack.target()
	if !ok { // which Load has reported
		return nil, nil
	}
	d := decoder{src: s.src, vocabulary: l.vocabulary, uses: l.in.uses}
	var doc patch
	d.value(elementsShape(), l.sections, reflect.ValueOf(&doc).Elem(), place{})
	r := resolver{
		src:          s.src,
		root:         l.sections,
		stack:        stack,
		incomplete:   s.incomplete,
		vocabulary:   l.vocabulary,
		removed:      l.removed,
		elements:     &doc.elements,
		uses:         l.doc.Uses,
		interpolated: l.in.uses,
		ds:           slices.Concat(l.in.ds, l.ds, d.semantic()),
	}
	r.topology = &Topology{
		Origin:  l.stack.Origin,
		Project: s.doc.Project,
		Stack:   stack,
		Dir:     s.dir(),
		Target:  target,
		Protect: l.stack.Protect,
		State:   state(l.doc.State, l.stack.State),
	}
	r.topology.Naming, r.topology.NamingAt = naming(l.doc, l.stack)
	r.foreign()
	r.resolve()
	r.labels(l.doc.Labels)
	return r.topology, l.shared(r.ds)
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
