package standin

import (
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The properties that bridged plugins write into state beside the resource's own.
const (
	// defaultsKey lists which inputs are defaults. Each object has one.
	defaultsKey = "__defaults"
	metaKey     = "__meta"
)

// kind is a [Type], made ready to work with.
type kind struct {
	Type
	inputs Properties
	// bridged says that inputs list their defaults, and are held against outputs.
	bridged  bool
	defaults resource.PropertyMap
	forceNew map[string]bool
	kept     map[string]bool
	ignored  map[string]bool
}

func newKind(t Type, p Package) *kind {
	return &kind{
		Type: t, inputs: p.Inputs[t.Token], bridged: p.Compares == AgainstOutputs,
		defaults: resource.NewPropertyMapFromMap(t.Defaults),
		forceNew: set(t.ForceNew), kept: set(t.Kept), ignored: set(t.Ignored),
	}
}

func set(paths []string) map[string]bool {
	out := make(map[string]bool, len(paths))
	for _, p := range paths {
		out[p] = true
	}
	return out
}

// defaulted returns inputs with their defaults. A default that is in the state stands, also
// one that a later version of the plugin would choose differently: plugins do the same.
//
// Source: pulumi-terraform-bridge v3.116.0, pkg/tfbridge/schema.go, applyDefaults.
func (k *kind) defaulted(req plugin.CheckRequest) resource.PropertyMap {
	inputs := maps.Clone(req.News)
	if inputs == nil {
		inputs = resource.PropertyMap{}
	}
	delete(inputs, defaultsKey)
	old := defaultsOf(req.Olds)
	var names []string
	for name, value := range k.defaults {
		if _, given := inputs[name]; given {
			continue
		}
		if was, ok := req.Olds[name]; ok && old[string(name)] {
			value = was
		}
		inputs[name] = value
		names = append(names, string(name))
	}
	// The state's plugin may know defaults that this table does not.
	for name := range old {
		key := resource.PropertyKey(name)
		if _, given := inputs[key]; given || name == k.Named {
			continue
		}
		if value, ok := req.Olds[key]; ok {
			inputs[key] = value
			names = append(names, name)
		}
	}
	if name := resource.PropertyKey(k.Named); k.Named != "" {
		if _, given := inputs[name]; !given {
			inputs[name] = k.autoName(req, old[k.Named])
			names = append(names, k.Named)
		}
	}
	if k.bridged {
		slices.Sort(names)
		list := make([]resource.PropertyValue, len(names))
		for i, name := range names {
			list[i] = resource.NewProperty(name)
		}
		inputs[defaultsKey] = resource.NewProperty(list)
	}
	return inputs
}

// autoName returns the name of a resource that the program does not name: the one it has, or
// a new one.
func (k *kind) autoName(req plugin.CheckRequest, had bool) resource.PropertyValue {
	if name, ok := req.Olds[resource.PropertyKey(k.Named)]; ok && (had || !k.bridged) {
		return name
	}
	suffix := hex.EncodeToString(req.RandomSeed)
	name := req.URN.Name() + "-" + suffix[:min(7, len(suffix))]
	for _, fifo := range []resource.PropertyKey{"fifoQueue", "fifoTopic"} {
		if v := bare(req.News[fifo]); v.IsBool() && v.BoolValue() {
			name += ".fifo"
		}
	}
	return resource.NewProperty(name)
}

// defaultsOf returns the names of the inputs that a bridged plugin has noted as defaults.
func defaultsOf(m resource.PropertyMap) map[string]bool {
	out := map[string]bool{}
	if list := m[defaultsKey]; list.IsArray() {
		for _, name := range list.ArrayValue() {
			if name.IsString() {
				out[name.StringValue()] = true
			}
		}
	}
	return out
}

// check returns what the plugin would refuse of a program's inputs, or the cloud of those
// that have their defaults.
func (k *kind) check(given, inputs resource.PropertyMap) []Problem {
	problems := checkProperties(k.inputs, given, "")
	if len(problems) > 0 {
		return problems // what follows may take kinds for granted
	}
	for _, c := range k.Checks {
		problems = append(problems, c(Values{inputs})...)
	}
	return problems
}

// checkProperties refuses properties that a type does not have, values of the wrong kind, and
// the absence of what is required.
func checkProperties(properties Properties, m resource.PropertyMap, prefix string) []Problem {
	var problems []Problem
	for _, name := range m.StableKeys() {
		if name == defaultsKey {
			continue
		}
		p, ok := properties[string(name)]
		path := prefix + string(name)
		if !ok {
			problems = append(problems, problem(path, "is not a property of this resource")...)
			continue
		}
		problems = append(problems, checkValue(p, bare(m[name]), path)...)
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if v := m[resource.PropertyKey(name)]; properties[name].Required && v.IsNull() {
			problems = append(problems, problem(prefix+name, "is required")...)
		}
	}
	return problems
}

func checkValue(p Property, v resource.PropertyValue, path string) []Problem {
	if unknown(v) || v.IsNull() {
		return nil
	}
	if !p.Kind.holds(v) {
		return problem(path, "must be %s", p.Kind)
	}
	var problems []Problem
	switch {
	case p.Of == nil:
	case p.Kind == Object:
		problems = checkProperties(p.Of, v.ObjectValue(), path+".")
	case p.Kind == List:
		for i, e := range v.ArrayValue() {
			if e = bare(e); e.IsObject() {
				problems = append(problems, checkProperties(p.Of, e.ObjectValue(), fmt.Sprintf("%s[%d].", path, i))...)
			}
		}
	case p.Kind == Map:
		for _, key := range v.ObjectValue().StableKeys() {
			if e := bare(v.ObjectValue()[key]); e.IsObject() {
				problems = append(problems, checkProperties(p.Of, e.ObjectValue(), path+"."+string(key)+".")...)
			}
		}
	}
	return problems
}

func (k Kind) holds(v resource.PropertyValue) bool {
	switch k {
	case String:
		return v.IsString()
	case Number:
		return v.IsNumber()
	case Bool:
		return v.IsBool()
	case List:
		return v.IsArray()
	case Map, Object:
		return v.IsObject()
	}
	return true
}

// make returns a new resource's id and computed outputs.
func (k *kind) make(m Made) (id string, computed resource.PropertyMap) {
	id = m.Hash(20)
	if k.Make == nil {
		return id, nil
	}
	made, values := k.Make(m)
	if made != "" {
		id = made
	}
	return id, resource.NewPropertyMapFromMap(values)
}

// recomputed returns the computed outputs of a resource that is updated: those that follow
// from what has changed are made anew, the others stand.
func (k *kind) recomputed(before, after Made, old resource.PropertyMap) resource.PropertyMap {
	_, was := k.make(before)
	_, is := k.make(after)
	for name, value := range is {
		if had, ok := old[name]; ok && was[name].DeepEquals(value) {
			is[name] = had
		}
	}
	return is
}

// outputs are a resource's inputs and what the cloud has added.
func outputs(inputs, computed resource.PropertyMap) resource.PropertyMap {
	out := resource.PropertyMap{}
	for name, value := range inputs {
		if name != defaultsKey {
			out[name] = value
		}
	}
	maps.Copy(out, computed)
	return out
}

// expected are the outputs that a preview tells. What only the cloud can tell is unknown until
// it has told it.
func (k *kind) expected(inputs, old resource.PropertyMap) resource.PropertyMap {
	out := outputs(inputs, nil)
	for _, names := range [][]string{k.Computed, k.Kept} {
		for _, name := range names {
			if !strings.Contains(name, "[") {
				expect(out, old, strings.Split(name, "."))
			}
		}
	}
	return out
}

// expect puts what is known of an output into out, unless it is there: what it was, or
// that it is unknown where nothing was. The path leads through objects of the inputs.
func expect(out, old resource.PropertyMap, path []string) {
	key := resource.PropertyKey(path[0])
	given, ok := out[key]
	had, was := old[key]
	if len(path) > 1 && given.IsObject() {
		inner := given.ObjectValue().Copy()
		var before resource.PropertyMap
		if had.IsObject() {
			before = had.ObjectValue()
		}
		expect(inner, before, path[1:])
		out[key] = resource.NewProperty(inner)
		return
	}
	switch {
	case ok || len(path) > 1:
	case was:
		out[key] = had
	case old == nil:
		out[key] = resource.MakeComputed(resource.NewProperty(""))
	}
}
