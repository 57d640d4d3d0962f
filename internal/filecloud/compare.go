package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// changes collects what is different, by path.
type changes struct {
	kind kind
	// native compares inputs with inputs: see [family].
	native bool
	found  map[string]plugin.PropertyDiff
}

func (c *changes) add(path string, as plugin.DiffKind) {
	d := plugin.PropertyDiff{Kind: as, InputDiff: c.native}
	if c.kind.replacing(path) {
		d = d.ToReplace()
	}
	c.found[path] = d
}

// bridged compares what is wanted with what the cloud has, as pulumi-terraform-bridge does: what is
// left out and has no default is different only if the cloud has something that it did not make up.
func (k kind) bridged(has, wants resource.PropertyMap) map[string]plugin.PropertyDiff {
	c := &changes{kind: k, found: map[string]plugin.PropertyDiff{}}
	c.objects("", has, wants)
	return c.found
}

// native compares inputs, as azure-native does (provider/pkg/provider/diff.go): any difference is one,
// except a default that is now written out, and the spelling of locations.
func (k kind) native(had, wants resource.PropertyMap) map[string]plugin.PropertyDiff {
	c := &changes{kind: k, native: true, found: map[string]plugin.PropertyDiff{}}
	c.objects("", had, wants)
	return c.found
}

func (c *changes) objects(path string, has, wants resource.PropertyMap) {
	names := map[resource.PropertyKey]bool{}
	for _, m := range []resource.PropertyMap{has, wants} {
		for name := range m {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		at := string(name)
		if path != "" {
			at = path + "." + at
		}
		if strings.HasPrefix(at, "__") || at == "id" && !c.native || slices.Contains(c.kind.computed, at) {
			continue
		}
		h, had := has[name]
		w, wanted := wants[name]
		switch {
		case had && wanted:
			c.values(at, h, w)
		case wanted && c.isDefault(at, w), wanted && !c.native && !w.IsComputed() && empty(w):
		case wanted:
			c.add(at, plugin.DiffAdd)
		case c.native:
			c.add(at, plugin.DiffDelete)
		case slices.Contains(c.kind.kept, at), empty(h):
		default:
			c.removed(at, h)
		}
	}
}

// removed is for what the cloud has and nobody wants any more. Of an object that is what it did not make up.
func (c *changes) removed(at string, h resource.PropertyValue) {
	if h.IsObject() {
		made := func(name resource.PropertyKey) bool { return slices.Contains(c.kind.computed, at+"."+string(name)) }
		for name := range h.ObjectValue() {
			if !made(name) {
				c.add(at, plugin.DiffDelete)
				return
			}
		}
		return
	}
	c.add(at, plugin.DiffDelete)
}

func (c *changes) isDefault(at string, w resource.PropertyValue) bool {
	d, ok := c.kind.defaults[at]
	return ok && w.DeepEquals(resource.NewPropertyValue(d))
}

func (c *changes) values(at string, h, w resource.PropertyValue) {
	switch {
	case w.IsComputed():
		c.add(at, plugin.DiffUpdate)
	case c.same(at, h, w):
	case h.IsObject() && w.IsObject():
		c.objects(at, h.ObjectValue(), w.ObjectValue())
	case h.IsArray() && w.IsArray():
		a, b := h.ArrayValue(), w.ArrayValue()
		for i := range max(len(a), len(b)) {
			item := at + "[" + strconv.Itoa(i) + "]"
			switch {
			case i >= len(a):
				c.add(item, plugin.DiffAdd)
			case i >= len(b):
				c.add(item, plugin.DiffDelete)
			default:
				c.values(item, a[i], b[i])
			}
		}
	default:
		c.add(at, plugin.DiffUpdate)
	}
}

// same reports whether two values mean the same.
func (c *changes) same(at string, h, w resource.PropertyValue) bool {
	switch {
	case h.DeepEquals(w), !c.native && empty(h) && empty(w):
		return true
	case h.IsArray() && w.IsArray() && slices.Contains(c.kind.sets, at):
		return reflect.DeepEqual(sorted(h), sorted(w))
	case !h.IsString() || !w.IsString():
		return false
	}
	a, b := h.StringValue(), w.StringValue()
	switch {
	case slices.Contains(c.kind.documents, at):
		return sameJSON(a, b, func(v any) any { return v })
	case slices.Contains(c.kind.policies, at):
		return sameJSON(a, b, canonical)
	case slices.Contains(c.kind.links, at):
		return lastPart(a) == lastPart(b) && (!strings.Contains(a, "/") || !strings.Contains(b, "/"))
	case slices.Contains(c.kind.uncased, at):
		return strings.EqualFold(a, b)
	case c.native && at == "location":
		squeeze := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }
		return squeeze(a) == squeeze(b)
	}
	return false
}

func sorted(v resource.PropertyValue) []string {
	var out []string
	for _, e := range v.ArrayValue() {
		out = append(out, fmt.Sprint(e.V))
	}
	slices.Sort(out)
	return out
}

func sameJSON(a, b string, form func(any) any) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return reflect.DeepEqual(form(x), form(y))
}

// canonical is a policy with its lists in order, and lists of one as their item: what awspolicyequivalence
// takes for equal.
func canonical(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, e := range v {
			out[name] = canonical(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = canonical(e)
		}
		slices.SortFunc(out, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		if len(out) == 1 {
			return out[0]
		}
		return out
	}
	return v
}

// empty reports whether Terraform cannot tell a value from none.
func empty(v resource.PropertyValue) bool {
	switch {
	case v.IsNull():
		return true
	case v.IsString():
		return v.StringValue() == ""
	case v.IsBool():
		return !v.BoolValue()
	case v.IsNumber():
		return v.NumberValue() == 0
	case v.IsArray():
		return len(v.ArrayValue()) == 0
	case v.IsObject():
		for _, e := range v.ObjectValue() {
			if !empty(e) {
				return false
			}
		}
		return true
	}
	return false
}
