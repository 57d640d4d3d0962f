package asyncapi

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
)

// specFile is the name of the spec that is made, in diagnostics that are then traced back.
const specFile = "msgdeploy.yaml"

// mostPasses bounds how often values that the spec refuses are taken out of it.
const mostPasses = 20

// settle writes the spec and has it checked. Values of bindings that it refuses are left
// out and reported; whatever else is wrong is an error where the document says it.
func (r *reader) settle(o Options) []byte {
	if value(r.spec, "stacks") == nil {
		stacks, local := mapping(nowhere()), mapping(nowhere())
		put(local, "nats", mapping(nowhere()))
		put(stacks, "local", local)
		put(r.spec, "stacks", stacks)
	}
	for pass := 1; ; pass++ {
		out, err := r.write(o)
		if err != nil {
			r.malformed(r.root, "No spec can be written of the document: %v.", err)
			return nil
		}
		ds := verdict(out, o.Check)
		if len(ds) == 0 {
			return out
		}
		trace, err := r.trace(out)
		if err != nil {
			r.malformed(r.root, "No spec can be read from what was made of the document: %v.", err)
			return nil
		}
		var left diag.Diagnostics
		removed := false
		for _, d := range ds.Sorted() {
			p := trace.find(d.Range.Start)
			if pass < mostPasses && p != nil && r.leaveOut(p, d) {
				removed = true
				continue
			}
			left = append(left, r.traced(trace, d))
		}
		if !removed {
			r.ds = append(r.ds, left...)
			return out
		}
	}
}

// verdict is what is wrong with a spec, for any of its stacks. Warnings are for
// `validate` to repeat: the document cannot do without what they are about.
func verdict(text []byte, check func(*spec.Topology) diag.Diagnostics) diag.Diagnostics {
	s, ds := spec.Load(specFile, text)
	for _, stack := range s.Stacks() {
		topology, more := s.Resolve(stack)
		if topology != nil && !more.HasErrors() && !ds.HasErrors() && check != nil {
			more = append(more, check(topology)...)
		}
		ds = append(ds, more...)
	}
	return slices.DeleteFunc(ds, func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
}

// leaveOut takes the innermost optional value around a place out of the spec.
func (r *reader) leaveOut(p *place, d diag.Diagnostic) bool {
	for ; p != nil; p = p.parent {
		what := r.optional[p.value]
		if what == "" || p.parent == nil {
			continue
		}
		if slices.Contains(p.parent.value.Content, p.value) {
			remove(p.parent.value, p.value)
			r.dropped(p.value, "A spec cannot have this `%s`: %s", what, d.Detail)
			if around := p.parent.parent; around != nil && len(p.parent.value.Content) == 0 && r.groups[p.parent.value] {
				remove(around.value, p.parent.value)
			}
		}
		return true
	}
	return false
}

// sections is the order of the keys of a spec; others stand after project.
func sections(key string) int {
	order := []string{"version", "project", "", "topics", "queues", "subscriptions", "services", "permissions", "stacks"}
	if i := slices.Index(order, key); i >= 0 {
		return i
	}
	return slices.Index(order, "")
}

// write writes the spec.
func (r *reader) write(o Options) ([]byte, error) {
	spec := mapping(nowhere())
	put(spec, "version", scalar(intTag, "1", nowhere()))
	for i := 0; i+1 < len(r.spec.Content); i += 2 {
		spec.Content = append(spec.Content, r.spec.Content[i], r.spec.Content[i+1])
	}
	entries := make([][2]*yaml.Node, 0, len(spec.Content)/2)
	for i := 0; i+1 < len(spec.Content); i += 2 {
		entries = append(entries, [2]*yaml.Node{spec.Content[i], spec.Content[i+1]})
	}
	slices.SortStableFunc(entries, func(a, b [2]*yaml.Node) int { return sections(a[0].Value) - sections(b[0].Value) })
	r.spec.Content = r.spec.Content[:0:0]
	var out bytes.Buffer
	r.header(&out, o)
	for i, e := range entries {
		if e[0].Value != "version" {
			r.spec.Content = append(r.spec.Content, e[0], e[1])
		}
		if i > 0 && e[0].Value != "project" {
			out.WriteByte('\n')
		}
		one := mapping(nowhere())
		one.Content = e[:]
		enc := yaml.NewEncoder(&out)
		enc.SetIndent(2)
		if err := encode(enc, one); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// encode is the encoder's, whose panics on what it cannot write are errors too.
func encode(enc *yaml.Encoder, n *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	if err := enc.Encode(n); err != nil {
		return err
	}
	return enc.Close()
}

// header says where the spec is from.
func (r *reader) header(out *bytes.Buffer, o Options) {
	if o.Schema != "" {
		fmt.Fprintf(out, "# yaml-language-server: $schema=%s\n#\n", o.Schema)
	}
	info := value(r.root, "info")
	about := oneLine(words(info, "title"))
	if version := oneLine(words(info, "version")); version != "" {
		about += " " + version
	}
	fmt.Fprintf(out, "# %s\n", strings.TrimSpace(about))
	if description := words(info, "description"); description != "" {
		out.WriteString("#\n")
		for line := range strings.Lines(description) {
			fmt.Fprintf(out, "# %s\n", strings.TrimSpace(strings.Map(printable, line)))
		}
	}
	out.WriteString("#\n# Made of an AsyncAPI document: channels became topics and queues, operations became permissions.\n")
}

// A place is a key or a value of the written spec, and the node that it was written of.
type place struct {
	at diag.Position
	// value is the value that stands here, or to which the key here belongs.
	value *yaml.Node
	// source is the node whose place in the document explains this one.
	source *yaml.Node
	parent *place
}

// A trace finds the places of a written spec.
type trace struct{ places []*place }

// trace reads the written spec again, and goes through it and the nodes that it was
// written of side by side.
func (r *reader) trace(out []byte) (*trace, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(out, &doc); err != nil {
		return nil, err
	}
	t := &trace{}
	root := &place{value: r.spec, source: nowhere()}
	written := doc.Content[0]
	for i := 0; i+1 < len(written.Content); i += 2 {
		if written.Content[i].Value == "version" {
			continue
		}
		key, v := entry(r.spec, written.Content[i].Value)
		if err := t.pair(written.Content[i], written.Content[i+1], key, v, root); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(t.places, func(a, b *place) int {
		if a.at.Before(b.at) {
			return -1
		} else if b.at.Before(a.at) {
			return 1
		}
		return 0
	})
	return t, nil
}

func (t *trace) pair(writtenKey, written, key, v *yaml.Node, parent *place) error {
	if v == nil {
		return fmt.Errorf("`%s` came from nowhere", writtenKey.Value)
	}
	t.add(writtenKey, &place{value: v, source: key, parent: parent})
	return t.walk(written, v, parent)
}

func (t *trace) add(written *yaml.Node, p *place) *place {
	p.at = diag.Position{Line: written.Line, Column: written.Column}
	t.places = append(t.places, p)
	return p
}

func (t *trace) walk(written, n *yaml.Node, parent *place) error {
	if len(written.Content) != len(n.Content) || written.Kind != n.Kind {
		return fmt.Errorf("`%s` was read as something else", clip(n.Value))
	}
	p := t.add(written, &place{value: n, source: n, parent: parent})
	for i := 0; i < len(n.Content); i++ {
		if n.Kind == yaml.MappingNode {
			if err := t.pair(written.Content[i], written.Content[i+1], n.Content[i], n.Content[i+1], p); err != nil {
				return err
			}
			i++
		} else if err := t.walk(written.Content[i], n.Content[i], p); err != nil {
			return err
		}
	}
	return nil
}

// find returns the last place that begins at or before a position; nil if none does.
func (t *trace) find(at diag.Position) *place {
	lo, hi := 0, len(t.places)
	for lo < hi {
		if mid := (lo + hi) / 2; at.Before(t.places[mid].at) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	if lo == 0 {
		return nil
	}
	return t.places[lo-1]
}

// traced moves a diagnostic from the spec to the part of the document that explains it.
func (r *reader) traced(t *trace, d diag.Diagnostic) diag.Diagnostic {
	d.Range = r.sourceOf(t.find(d.Range.Start))
	related := d.Related
	d.Related = nil
	for _, rel := range related {
		d.Related = append(d.Related, diag.Related{Range: r.sourceOf(t.find(rel.Range.Start)), Message: rel.Message})
	}
	return d
}

// sourceOf is where the document says what stands in a place, or around it.
func (r *reader) sourceOf(p *place) diag.Range {
	for ; p != nil; p = p.parent {
		if p.source.Line > 0 {
			return r.at(p.source)
		}
	}
	return diag.Range{File: r.name}
}
