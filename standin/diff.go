package standin

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Undecrypted is what a secret of the state reads that could not be decrypted. It is compared
// as a value that nobody knows.
const Undecrypted = "msgdeploy:a secret that was not decrypted"

// diff compares a resource of the state with new inputs.
//
// State that a bridged plugin wrote holds more than a program gave: the inputs list their
// defaults, outputs hold `__meta`, tags and what the cloud has chosen. What is not an input of
// the type is left alone, and what was read from the cloud is what counts.
func (k *kind) diff(req plugin.DiffRequest, undecided func(path string)) plugin.DiffResult {
	c := comparison{kind: k, undecided: undecided, ignored: set(req.IgnoreChanges), strict: !k.bridged}
	old := k.only(req.OldInputs)
	if k.bridged {
		maps.Copy(old, k.only(req.OldOutputs)) // the cloud has the last word
	}
	c.objects("", k.inputs, old, k.only(req.NewInputs))
	r := c.result()
	r.DeleteBeforeReplace = len(r.ReplaceKeys) > 0 && k.namedBy(req.NewInputs)
	return r
}

// namedBy reports whether it is the program that names the resource.
func (k *kind) namedBy(inputs resource.PropertyMap) bool {
	_, named := inputs[resource.PropertyKey(k.Named)]
	return named && !defaultsOf(inputs)[k.Named]
}

// only returns the properties that a program may set.
func (k *kind) only(m resource.PropertyMap) resource.PropertyMap {
	out := make(resource.PropertyMap, len(k.inputs))
	for name, v := range m {
		if _, ours := k.inputs[string(name)]; ours {
			out[name] = v
		}
	}
	return out
}

// comparison collects what differs.
type comparison struct {
	kind      *kind
	undecided func(path string)
	ignored   map[string]bool
	// strict says that a property that is not set is never the same as one with a zero value.
	strict  bool
	changes map[string]plugin.PropertyDiff
}

// objects compares two objects; properties, where they are known, say of which kind theirs are.
func (c *comparison) objects(prefix string, properties Properties, before, after resource.PropertyMap) {
	keys := map[resource.PropertyKey]bool{}
	for _, m := range []resource.PropertyMap{before, after} {
		for k := range m {
			keys[k] = k != defaultsKey && k != metaKey
		}
	}
	for k, ours := range keys {
		if ours {
			c.values(prefix+string(k), properties[string(k)], before[k], after[k])
		}
	}
}

func (c *comparison) values(path string, p Property, before, after resource.PropertyValue) {
	place := plainPath(path)
	if c.ignored[path] || c.kind.ignored[place] {
		return
	}
	before, after = bare(before), bare(after)
	if before.IsString() && before.StringValue() == Undecrypted {
		if c.undecided != nil {
			c.undecided(path)
		}
		return
	}
	switch {
	case after.IsNull() && before.IsObject() && p.Kind == Map && !c.strict:
		c.inside(path, p, before.ObjectValue(), nil)
	case after.IsNull():
		if !c.kind.kept[place] && (!zero(before) || c.strict && !before.IsNull()) {
			c.changed(path, place, plugin.DiffDelete)
		}
	case before.IsNull():
		if c.strict || !zero(after) {
			c.changed(path, place, plugin.DiffAdd)
		}
	case before.IsObject() && after.IsObject():
		c.inside(path, p, before.ObjectValue(), after.ObjectValue())
	case before.IsArray() && after.IsArray() && len(before.ArrayValue()) == len(after.ArrayValue()):
		for i, e := range after.ArrayValue() {
			c.values(path+"["+strconv.Itoa(i)+"]", Property{Kind: Object, Of: p.Of}, before.ArrayValue()[i], e)
		}
	case !c.same(place, before, after):
		c.changed(path, place, plugin.DiffUpdate)
	}
}

// inside compares two objects, or two maps: in a map, a key with an empty value is a key.
func (c *comparison) inside(path string, p Property, before, after resource.PropertyMap) {
	if p.Kind != Map {
		c.objects(path+".", p.Of, before, after)
		return
	}
	strict := c.strict
	c.strict = true
	each := Properties{}
	if p.Of != nil {
		for _, m := range []resource.PropertyMap{before, after} {
			for k := range m {
				each[string(k)] = Property{Kind: Object, Of: p.Of}
			}
		}
	}
	c.objects(path+".", each, before, after)
	c.strict = strict
}

func (c *comparison) same(place string, before, after resource.PropertyValue) bool {
	if before.DeepEquals(after) {
		return true
	}
	same, document := c.kind.Documents[place]
	return document && before.IsString() && after.IsString() && same(before.StringValue(), after.StringValue())
}

// zero reports whether a value is what Terraform's state holds where nothing is set.
func zero(v resource.PropertyValue) bool {
	switch {
	case v.IsNull():
		return true
	case v.IsBool():
		return !v.BoolValue()
	case v.IsNumber():
		return v.NumberValue() == 0
	case v.IsString():
		return v.StringValue() == ""
	case v.IsArray():
		return len(v.ArrayValue()) == 0
	case v.IsObject():
		for k, e := range v.ObjectValue() {
			if k != defaultsKey && !zero(bare(e)) {
				return false
			}
		}
		return true
	}
	return false
}

func (c *comparison) changed(path, place string, kind plugin.DiffKind) {
	if c.kind.replaces(place) {
		kind = kind.AsReplace()
	}
	if c.changes == nil {
		c.changes = map[string]plugin.PropertyDiff{}
	}
	c.changes[path] = plugin.PropertyDiff{Kind: kind, InputDiff: true}
}

// replaces reports whether a change at a place makes a new resource necessary: there, or
// anywhere above.
func (k *kind) replaces(place string) bool {
	if k.forceNew["*"] {
		return true
	}
	for {
		if k.forceNew[place] {
			return true
		}
		i := strings.LastIndexAny(place, ".[")
		if i < 0 {
			return false
		}
		place = place[:i]
	}
}

// indexes are the positions in lists that a path names.
var indexes = regexp.MustCompile(`\[\d+\]`)

// plainPath takes the positions in lists from a path, as paths of tables have none.
func plainPath(path string) string {
	if !strings.Contains(path, "[") {
		return path
	}
	return indexes.ReplaceAllString(path, "[]")
}

// result is the comparison as the engine wants it.
func (c *comparison) result() plugin.DiffResult {
	if len(c.changes) == 0 {
		return plugin.DiffResult{Changes: plugin.DiffNone}
	}
	changed, replacing := map[string]bool{}, map[string]bool{}
	for path, d := range c.changes {
		top, _, _ := strings.Cut(path, ".")
		top, _, _ = strings.Cut(top, "[")
		changed[top] = true
		if d.Kind.IsReplace() {
			replacing[top] = true
		}
	}
	r := plugin.DiffResult{Changes: plugin.DiffSome, DetailedDiff: c.changes}
	for _, k := range slices.Sorted(maps.Keys(changed)) {
		r.ChangedKeys = append(r.ChangedKeys, resource.PropertyKey(k))
	}
	for _, k := range slices.Sorted(maps.Keys(replacing)) {
		r.ReplaceKeys = append(r.ReplaceKeys, resource.PropertyKey(k))
	}
	return r
}
