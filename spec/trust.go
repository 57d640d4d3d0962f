package spec

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// A Matter is what somebody who trusts a spec trusts it with.
type Matter string

// The matters. What changes in them is to be looked at by a person, whatever it does to resources.
const (
	// MatterPlace is the cloud, account, project, subscription and region of a stack, the credentials
	// that deploy it, and the address that is talked to.
	MatterPlace Matter = "place"
	// MatterState is where the state is kept and what encrypts it.
	MatterState Matter = "state"
	// MatterProtection is what is refused: destroying, losing messages, being reached from outside.
	MatterProtection Matter = "protection"
	// MatterIdentity is who a service is, and who may become it.
	MatterIdentity Matter = "identity"
	// MatterReceiver is where pushed messages go: endpoints and functions, and how they authenticate.
	MatterReceiver Matter = "receiver"
	// MatterForeign is what others own: what exists already, and what other projects have.
	MatterForeign Matter = "foreign"
	// MatterName is what things are called in the cloud: who takes another's name takes its resource.
	MatterName Matter = "name"
	// MatterKey is what messages are encrypted with.
	MatterKey Matter = "key"
	// MatterFiles is which files the spec is made of.
	MatterFiles Matter = "files"
)

// TrustChange is one setting of a matter of trust that two versions of a spec differ in.
type TrustChange struct {
	Matter Matter
	// Path is dotted, as in services.worker.identity.aws.
	Path string
	// Before and After are written as in YAML; "" is a setting that is not there.
	Before, After string
	// Range is where the newer version says it, or would if it did not leave it out; the zero Range
	// where nothing around it is left.
	Range diag.Range
}

// CompareTrust returns the changes of trust between two versions of one stack, sorted by path. Either
// may be nil, or be without the stack. Both specs have resolved without errors where they have it.
func CompareTrust(base, next *Spec, stack string) []TrustChange {
	c := trustComparison{inherits: base.templates(stack) == next.templates(stack)}
	before, after := base.trusted(stack), next.trusted(stack)
	c.records(documentShape(), "", before, after, diag.Range{})
	c.files(base, next)
	slices.SortFunc(c.changes, func(a, b TrustChange) int { return strings.Compare(a.Path, b.Path) })
	return c.changes
}

// trusted is the stack as it resolves; nil without one.
func (s *Spec) trusted(stack string) *item {
	if s == nil || s.doc.Stacks[stack] == nil {
		return nil
	}
	r, ds := s.Resolved(stack)
	if r == nil || ds.HasErrors() {
		return nil
	}
	return r.root
}

// trustComparison collects changes of trust.
type trustComparison struct {
	changes []TrustChange
	// inherits says that both versions give new elements the same: what one gets of that is trusted already.
	inherits bool
}

// templates is the text of what is laid under every element of a stack.
func (s *Spec) templates(stack string) string {
	if s == nil {
		return ""
	}
	var out []*yaml.Node
	_, stacks := entry(s.root, "stacks")
	_, one := entry(stacks, stack)
	for _, at := range []struct {
		node *yaml.Node
		key  string
	}{{s.root, "defaults"}, {s.root, "vars"}, {one, "identity"}, {one, "vars"}} {
		_, n := entry(at.node, at.key)
		if n == nil {
			n = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
		}
		out = append(out, n)
	}
	text, err := yaml.Marshal(&yaml.Node{Kind: yaml.SequenceNode, Content: out})
	if err != nil {
		return "" // which is no worse than to be the same: the elements show what they get
	}
	return string(text)
}

// inherited reports whether a value is what every element gets.
func (it *item) inherited() bool {
	return it != nil && (it.layer == LayerDefaults || it.layer == LayerTemplate)
}

// records compares two records of a shape, either of which may be nil. at is where the newer one
// stands, or what is around it.
func (c *trustComparison) records(s *shape, path string, before, after *item, at diag.Range) {
	old, now := before.byKey(), after.byKey()
	for _, f := range s.fields {
		matter, look := trustOf(s.name, f.key)
		b, a := old[f.key], now[f.key]
		if matter == "" && !look || b == nil && a == nil {
			continue
		}
		c.values(f.shape, matter, joined(path, f.key), b, a, a.place(at))
	}
}

// values compares two values. Without a matter they are looked into: their own keys have matters.
func (c *trustComparison) values(s *shape, matter Matter, path string, before, after *item, at diag.Range) {
	switch {
	case s.kind == dict:
		old, now := before.byKey(), after.byKey()
		for _, key := range keysOf(before, after) {
			c.values(s.elem, matter, joined(path, key), old[key], now[key], now[key].place(at))
		}
	case matter == "" && s.kind == record:
		c.records(s, path, before, after, at)
	case matter != "" && c.inherits && (before == nil && after.inherited() || after == nil && before.inherited()):
	case matter != "":
		b, a := before.written(s), after.written(s)
		if b != a {
			c.changes = append(c.changes, TrustChange{Matter: matter, Path: path, Before: b, After: a, Range: at})
		}
	}
}

// files compares the lists of files. They have no place in what is resolved.
func (c *trustComparison) files(base, next *Spec) {
	before, _ := base.included()
	after, at := next.included()
	if before != after {
		c.changes = append(c.changes, TrustChange{Matter: MatterFiles, Path: "include", Before: before, After: after, Range: at})
	}
}

// included is the list of what a spec includes, in one line, and where it stands.
func (s *Spec) included() (list string, at diag.Range) {
	if s == nil || len(s.doc.Include) == 0 {
		return "", diag.Range{}
	}
	items := make([]string, len(s.doc.Include))
	for i, file := range s.doc.Include {
		items[i] = plainOrQuoted(file)
	}
	return "[" + strings.Join(items, ", ") + "]", s.doc.keyAt("include")
}

// byKey returns what is below an item; none of nil.
func (it *item) byKey() map[string]*item {
	if it == nil || it.kind != yaml.MappingNode {
		return nil
	}
	m := make(map[string]*item, len(it.children))
	for _, child := range it.children {
		m[child.key] = child
	}
	return m
}

// keysOf returns the keys of two mappings, sorted.
func keysOf(a, b *item) []string {
	var keys []string
	for _, it := range []*item{a, b} {
		for key := range it.byKey() {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// place is where an item stands; around if it stands nowhere.
func (it *item) place(around diag.Range) diag.Range {
	if it == nil || it.at.IsZero() {
		return around
	}
	return it.at
}

// written is a value in one line, what is built in included; "" without one. What is false and
// has no other default is as good as absent.
func (it *item) written(s *shape) string {
	if it == nil {
		return ""
	}
	if text := flow(it, true); s.kind != boolean || text != "false" {
		return text
	}
	return ""
}

func joined(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
