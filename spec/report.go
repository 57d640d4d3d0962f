package spec

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// about is a diagnostic of the value at a dotted path of an element, such as
// "deadLetter.queue". Of a value that a var makes it points at the var, which is what
// the user edits, and shows where the var is used.
func (r *resolver) about(o Origin, path, code, summary, detail string) diag.Diagnostic {
	d := semantic(code, o.At(path), summary, detail)
	_, value := o.nearest(path)
	d.Related = r.usedAt(value)
	return d
}

// usedAt is where a var is used of which a value was made; nothing of any other value.
func (r *resolver) usedAt(value *yaml.Node) []diag.Related {
	use := r.interpolated[value]
	if use == nil || use == written(value) {
		return nil
	}
	return []diag.Related{{Range: r.src.rangeOf(use), Message: "used here"}}
}

// shared returns ds with what is said of one value once, where the value holds for many
// elements: the spec's defaults, and the stack's template of identities. The first of
// them stands for the others, which it counts.
func (l *layering) shared(ds diag.Diagnostics) diag.Diagnostics {
	if len(ds) < 2 || l.defaults == nil && l.template == nil {
		return ds
	}
	places := map[diag.Range]bool{}
	for _, n := range []*yaml.Node{l.defaults, l.template} {
		l.places(n, places)
	}
	type group struct {
		code, summary string
		at            diag.Range
	}
	said := map[group]int{} // where in out
	details := map[group]map[string]bool{}
	out := make(diag.Diagnostics, 0, len(ds))
	for _, d := range ds {
		g := group{d.Code, d.Summary, d.Range}
		switch {
		case !places[d.Range]:
			out = append(out, d)
		case details[g] == nil:
			said[g], details[g] = len(out), map[string]bool{d.Detail: true}
			out = append(out, d)
		default:
			details[g][d.Detail] = true
		}
	}
	for g, i := range said {
		if more := len(details[g]) - 1; more > 0 {
			out[i].Detail += fmt.Sprintf(" The same is so for %s that it holds for.", plural(more, "1 more element", fmt.Sprintf("%d more elements", more)))
		}
	}
	return out
}

// places adds where a value stands, and all that is in it.
func (l *layering) places(n *yaml.Node, places map[diag.Range]bool) {
	if n == nil {
		return
	}
	places[l.src.rangeOf(n)] = true
	for _, child := range n.Content {
		l.places(child, places)
	}
}
