package deploy

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The kinds of a [PropertyDiff].
const (
	kindAdd    = "add"
	kindUpdate = "update"
	kindDelete = "delete"
)

// secret is what users see of a secret.
const secret = "[secret]"

// diff returns the properties that a step changes, sorted by path: inputs, or
// the outputs where a refresh has found that the world is different.
func diff(m engine.StepEventMetadata, op Op, refresh bool) []PropertyDiff {
	var before, after resource.PropertyMap
	if m.Old != nil {
		before = properties(m.Old, refresh)
	}
	if m.New != nil {
		after = properties(m.New, refresh)
	}
	switch op {
	case OpCreate:
		before = nil
	case OpDelete:
		after = nil
	}
	var d differ
	d.objects("", before, after)
	if len(d) == 0 && m.Old != nil && m.New != nil {
		// The inputs are the same: the provider has compared the world with them.
		d.reported(m)
	}
	slices.SortFunc(d, func(a, b PropertyDiff) int { return strings.Compare(a.Path, b.Path) })
	return d
}

func properties(s *engine.StepEventStateMetadata, outputs bool) resource.PropertyMap {
	if outputs {
		return s.State.Outputs
	}
	return s.State.Inputs
}

type differ []PropertyDiff

// objects compares two objects, property by property.
func (d *differ) objects(path string, before, after resource.PropertyMap) {
	keys := map[resource.PropertyKey]bool{}
	for _, m := range []resource.PropertyMap{before, after} {
		for k := range m {
			if !resource.IsInternalPropertyKey(k) {
				keys[k] = true
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		b, had := before[k]
		a, has := after[k]
		d.values(join(path, string(k)), b, a, had, has)
	}
}

// values compares two values. Lists of plain values are compared as a whole: what is
// shown is the list that was and the list that will be, not how places have shifted.
func (d *differ) values(path string, before, after resource.PropertyValue, had, has bool) {
	if had && has && before.DeepEquals(after) {
		return
	}
	bo, bok := object(before, had)
	ao, aok := object(after, has)
	if bok && aok && len(bo)+len(ao) > 0 {
		d.objects(path, bo, ao)
		return
	}
	if bl, al, ok := lists(before, after, had, has); ok {
		for i := range max(len(bl), len(al)) {
			var b, a resource.PropertyValue
			if i < len(bl) {
				b = bl[i]
			}
			if i < len(al) {
				a = al[i]
			}
			d.values(path+"["+strconv.Itoa(i)+"]", b, a, i < len(bl), i < len(al))
		}
		return
	}
	p := PropertyDiff{Path: path, Kind: kindUpdate}
	switch {
	case !had:
		p.Kind = kindAdd
	case !has:
		p.Kind = kindDelete
	}
	if had {
		p.Before = plain(before)
	}
	if has {
		p.After = plain(after)
	}
	*d = append(*d, p)
}

// object returns a value as an object; a value that is not there is an empty one.
func object(v resource.PropertyValue, there bool) (resource.PropertyMap, bool) {
	if !there {
		return nil, true
	}
	if v.IsObject() {
		return v.ObjectValue(), true
	}
	return nil, false
}

// lists returns two values as lists of objects, which are compared place by place.
func lists(before, after resource.PropertyValue, had, has bool) (b, a []resource.PropertyValue, ok bool) {
	if had && !before.IsArray() || has && !after.IsArray() {
		return nil, nil, false
	}
	if had {
		b = before.ArrayValue()
	}
	if has {
		a = after.ArrayValue()
	}
	isObject := func(v resource.PropertyValue) bool { return v.IsObject() }
	return b, a, slices.ContainsFunc(slices.Concat(b, a), isObject)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// reported adds what the provider alone knows to be different.
func (d *differ) reported(m engine.StepEventMetadata) {
	for _, path := range slices.Sorted(maps.Keys(m.DetailedDiff)) {
		p := PropertyDiff{Path: path, Kind: kindUpdate}
		switch m.DetailedDiff[path].Kind {
		case plugin.DiffAdd, plugin.DiffAddReplace:
			p.Kind = kindAdd
		case plugin.DiffDelete, plugin.DiffDeleteReplace:
			p.Kind = kindDelete
		}
		at, err := resource.ParsePropertyPath(path)
		if err != nil {
			continue
		}
		if v, ok := at.Get(resource.NewProperty(m.Old.State.Outputs)); ok {
			p.Before = plain(v)
		}
		if v, ok := at.Get(resource.NewProperty(m.New.State.Inputs)); ok {
			p.After = plain(v)
		}
		*d = append(*d, p)
	}
}

// plain turns a property into a JSON value: secrets read "[secret]", what is not known yet is [Unknown].
func plain(v resource.PropertyValue) any {
	switch {
	case v.IsNull():
		return nil
	case v.IsBool(), v.IsNumber():
		return v.V
	case v.IsString():
		if v.StringValue() == plugin.UnknownStringValue {
			return Unknown{}
		}
		return v.StringValue()
	case v.IsSecret():
		return secret
	case v.IsComputed():
		return Unknown{}
	case v.IsOutput():
		o := v.OutputValue()
		switch {
		case o.Secret:
			return secret
		case !o.Known:
			return Unknown{}
		}
		return plain(o.Element)
	case v.IsArray():
		list := make([]any, len(v.ArrayValue()))
		for i, e := range v.ArrayValue() {
			list[i] = plain(e)
		}
		return list
	case v.IsObject():
		return plainMap(v.ObjectValue())
	case v.IsResourceReference():
		return string(v.ResourceReferenceValue().URN)
	case v.IsAsset():
		return v.AssetValue().Hash
	case v.IsArchive():
		return v.ArchiveValue().Hash
	}
	return nil
}

func plainMap(m resource.PropertyMap) map[string]any {
	object := make(map[string]any, len(m))
	for k, e := range m {
		object[string(k)] = plain(e)
	}
	return object
}

// compareChanges orders changes by element, type and name.
func compareChanges(a, b Change) int {
	return cmp.Or(strings.Compare(a.Element, b.Element), strings.Compare(a.Type, b.Type),
		strings.Compare(a.Name, b.Name), strings.Compare(a.URN, b.URN))
}
