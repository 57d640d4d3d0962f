package plan

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/report"
)

// A Difference is one thing that is not as it was planned.
type Difference struct {
	// About says what it is about, such as "state", "access" or the address of an element.
	About string
	// Text is one sentence without its end.
	Text string
}

func (d Difference) String() string { return d.About + ": " + d.Text }

// Compare returns how what would happen now differs from what was planned; nothing differs where the plan
// can be applied. What the plan follows from comes first, since it explains the rest: the stack, where
// it is, versions, the spec, the state. Access comes next, and then the operations: those that would
// happen and were not planned, and those that were planned and would not happen.
//
// How many messages are lost is left out: see [Plan.Covers].
func (p *Plan) Compare(now *Plan) []Difference {
	var c comparison
	c.basis(p.Basis, now.Basis)
	c.access("gain", p.Access.Gained, now.Access.Gained)
	c.access("lose", p.Access.Lost, now.Access.Lost)
	c.operations(p.Operations, now.Operations)
	return c.found
}

type comparison struct{ found []Difference }

func (c *comparison) add(about, format string, args ...any) {
	c.found = append(c.found, Difference{about, fmt.Sprintf(format, args...)})
}

// fact compares what is one word on both sides.
func (c *comparison) fact(about, planned, now string) {
	if planned != now {
		c.add(about, "planned for %s, and this is %s", word(planned), word(now))
	}
}

func (c *comparison) basis(planned, now Basis) {
	c.fact("operation", planned.Operation, now.Operation)
	c.fact("project", planned.Project, now.Project)
	c.fact("stack", planned.Stack, now.Stack)
	if planned.Simulated != now.Simulated {
		c.fact("simulation", earnest(planned.Simulated), earnest(now.Simulated))
	}
	for _, key := range both(planned.Target, now.Target) {
		c.fact("target "+key, planned.Target[key], now.Target[key])
	}
	c.version("msgdeploy", planned.Versions.Msgdeploy, now.Versions.Msgdeploy)
	c.version("engine", planned.Versions.Engine, now.Versions.Engine)
	for _, name := range both(planned.Versions.Plugins, now.Versions.Plugins) {
		c.version("plugin "+name, planned.Versions.Plugins[name], now.Versions.Plugins[name])
	}
	if planned.Spec.Hash != now.Spec.Hash {
		c.add("spec", "it was %s when the plan was made, and is %s now", short(planned.Spec.Hash), short(now.Spec.Hash))
	}
	if planned.Checkpoint != now.Checkpoint {
		c.add("state", "it was %s when the plan was made, and is %s now: something was deployed, refreshed or destroyed since",
			short(planned.Checkpoint), short(now.Checkpoint))
	}
}

func (c *comparison) version(about, planned, now string) {
	if planned != now {
		c.add(about, "planned with %s, and this is %s", word(planned), word(now))
	}
}

func word(s string) string { return cmp.Or(s, "none") }

func earnest(simulated bool) string {
	if simulated {
		return "a rehearsal"
	}
	return "the real stack"
}

// both returns the keys of two maps, sorted.
func both(a, b map[string]string) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

func (c *comparison) access(verb string, planned, now []report.Access) {
	for _, a := range without(now, planned) {
		c.add("access", "%s would %s %s on %s, which was not planned", a.Service, verb, a.Verb, a.Resource)
	}
	for _, a := range without(planned, now) {
		c.add("access", "%s would not %s %s on %s, which was planned", a.Service, verb, a.Verb, a.Resource)
	}
}

// without returns what of a is not in b.
func without(a, b []report.Access) []report.Access {
	return slices.DeleteFunc(slices.Clone(a), func(x report.Access) bool {
		return slices.ContainsFunc(b, func(y report.Access) bool {
			return x.Service == y.Service && x.Verb == y.Verb && x.Resource == y.Resource
		})
	})
}

// resource is what an operation is about.
type resource struct{ element, typ, name string }

func (o Operation) resource() resource { return resource{o.Element, o.Type, o.Name} }

func (r resource) String() string { return r.typ + " " + r.name }

func (c *comparison) operations(planned, now []Operation) {
	was := map[resource]Operation{}
	for _, o := range planned {
		was[o.resource()] = o
	}
	for _, o := range now {
		before, known := was[o.resource()]
		delete(was, o.resource())
		switch {
		case !known:
			c.add(o.Element, "would %s %s, which was not planned", o.Op, o.resource())
		case before.Op != o.Op:
			c.add(o.Element, "would %s %s, which the plan would %s", o.Op, o.resource(), before.Op)
		default:
			c.operation(before, o)
		}
	}
	for _, o := range planned {
		if _, left := was[o.resource()]; left {
			c.add(o.Element, "would not %s %s, which was planned", o.Op, o.resource())
		}
	}
}

// operation compares what happens to the same resource by the same name.
func (c *comparison) operation(planned, now Operation) {
	if !slices.Equal(planned.Reasons, now.Reasons) {
		c.add(now.Element, "%s: planned because of %s, and now it is because of %s", now.resource(),
			word(strings.Join(planned.Reasons, ", ")), word(strings.Join(now.Reasons, ", ")))
	}
	if planned.DataLoss != now.DataLoss {
		c.add(now.Element, "%s: messages lost %t, planned %t", now.resource(), now.DataLoss, planned.DataLoss)
	}
	was := map[string]Property{}
	for _, p := range planned.Diff {
		was[p.Path] = p
	}
	for _, p := range now.Diff {
		before, known := was[p.Path]
		delete(was, p.Path)
		if !known || !same(before, p) {
			c.add(now.Element, "%s: %s would be %s, planned %s", now.resource(), p.Path, value(p), valueOf(before, known))
		}
	}
	for _, p := range planned.Diff {
		if _, left := was[p.Path]; left {
			c.add(now.Element, "%s: %s would stay as it is, planned %s", now.resource(), p.Path, value(p))
		}
	}
}

func same(a, b Property) bool {
	return a.Kind == b.Kind && bytes.Equal(encoded(a.Before), encoded(b.Before)) && bytes.Equal(encoded(a.After), encoded(b.After))
}

// encoded is a value's one form: those of a plan that was read and those that the engine has just said
// are not of the same types.
func encoded(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		return []byte(fmt.Sprintf("%v", v)) // no value of JSON; nothing equals it but itself
	}
	return data
}

func valueOf(p Property, known bool) string {
	if !known {
		return "to stay as it is"
	}
	return value(p)
}

// value is a change of a property in one line.
func value(p Property) string {
	switch p.Kind {
	case "add":
		return brief(p.After)
	case "delete":
		return "removed"
	default:
		return brief(p.Before) + " → " + brief(p.After)
	}
}

// brief keeps policy documents from filling the screen.
func brief(v any) string {
	const longest = 120 // runes
	text := []rune(string(encoded(v)))
	if len(text) > longest {
		return string(text[:longest]) + "…"
	}
	return string(text)
}
