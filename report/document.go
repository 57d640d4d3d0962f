package report

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// leaf is one place in a property, or in the document that it is, where two versions differ.
type leaf struct {
	path string
	// before and after are plain JSON values; had and has tell none from null.
	before, after any
	had, has      bool
	// removed and added are the items of a list that come and go; then before and after are
	// the lists themselves.
	removed, added []any
	items          bool
}

// document returns the JSON object or list that a text is. Clouds take policies and filters
// as texts.
func document(v any) (any, bool) {
	s, ok := v.(string)
	if !ok {
		return nil, false
	}
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "{") && !strings.HasPrefix(s, "[") {
		return nil, false
	}
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber() // what is shown is what was written
	var doc any
	if err := dec.Decode(&doc); err != nil {
		return nil, false
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, false
	}
	return doc, true
}

// compare returns where two versions of a value differ, by path. The order of lists means
// nothing: clouds give theirs back in another one.
func compare(path string, before, after any, had, has bool) []leaf {
	if had && has && canonical(before) == canonical(after) {
		return nil
	}
	bo, bok := before.(map[string]any)
	ao, aok := after.(map[string]any)
	if (bok || !had) && (aok || !has) && (bok || aok) {
		return compareObjects(path, bo, ao)
	}
	bl, bok := listOf(before, had)
	al, aok := listOf(after, has)
	if bok && aok && isList(before, after) {
		if slices.ContainsFunc(slices.Concat(bl, al), isObject) {
			return compareObjectLists(path, bl, al)
		}
		removed, added := without(bl, al), without(al, bl)
		if len(removed)+len(added) == 0 {
			return nil
		}
		return []leaf{{path: path, before: before, after: after, had: had, has: has, removed: removed, added: added, items: true}}
	}
	return []leaf{{path: path, before: before, after: after, had: had, has: has}}
}

func compareObjects(path string, before, after map[string]any) []leaf {
	keys := maps.Clone(before)
	if keys == nil {
		keys = map[string]any{}
	}
	maps.Copy(keys, after)
	var leaves []leaf
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		b, had := before[key]
		a, has := after[key]
		leaves = append(leaves, compare(path+"."+key, b, a, had, has)...)
	}
	return leaves
}

// compareObjectLists compares lists of objects, such as the statements of a policy: those
// that call themselves the same are compared with each other, and what is left of the rest
// after what is equal is shown as a whole.
func compareObjectLists(path string, before, after []any) []leaf {
	before, after = without(before, after), without(after, before)
	names, ok := named(before, after)
	var leaves []leaf
	if !ok && len(before) == 1 && len(after) == 1 {
		return compare(path+"[0]", before[0], after[0], true, true)
	}
	if !ok {
		for _, item := range before {
			leaves = append(leaves, leaf{path: path, removed: []any{item}, items: true})
		}
		for _, item := range after {
			leaves = append(leaves, leaf{path: path, added: []any{item}, items: true})
		}
		return leaves
	}
	for _, name := range names {
		b, had := find(before, name)
		a, has := find(after, name)
		at := path + "[" + name + "]"
		switch {
		case had && has:
			leaves = append(leaves, compare(at, b, a, true, true)...)
		case had:
			leaves = append(leaves, leaf{path: at, removed: []any{b}, items: true})
		default:
			leaves = append(leaves, leaf{path: at, added: []any{a}, items: true})
		}
	}
	return leaves
}

// nameKeys are how an item of a list calls itself: IAM's statements by Sid.
func nameKeys() []string { return []string{"Sid", "name", "Name", "id", "key"} }

func nameOf(item any) string {
	o, _ := item.(map[string]any)
	for _, key := range nameKeys() {
		if s, ok := o[key].(string); ok && s != "" {
			return s
		}
	}
	return ""
}

// named returns the names of all items, sorted, if each has one of its own on its side.
func named(lists ...[]any) ([]string, bool) {
	all := map[string]bool{}
	for _, list := range lists {
		seen := map[string]bool{}
		for _, item := range list {
			name := nameOf(item)
			if name == "" || seen[name] {
				return nil, false
			}
			seen[name], all[name] = true, true
		}
	}
	return slices.Sorted(maps.Keys(all)), true
}

func find(list []any, name string) (any, bool) {
	i := slices.IndexFunc(list, func(item any) bool { return nameOf(item) == name })
	if i < 0 {
		return nil, false
	}
	return list[i], true
}

// listOf is a value as a list. IAM writes a list of one as its item.
func listOf(v any, there bool) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case map[string]any:
		return nil, false
	case nil:
		return nil, !there
	default:
		return []any{v}, true
	}
}

func isList(values ...any) bool {
	return slices.ContainsFunc(values, func(v any) bool { _, ok := v.([]any); return ok })
}

func isObject(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

// without returns the items of list that are not in other, each as often as it is not.
func without(list, other []any) []any {
	counts := map[string]int{}
	for _, item := range other {
		counts[canonical(item)]++
	}
	var rest []any
	for _, item := range list {
		key := canonical(item)
		if counts[key] > 0 {
			counts[key]--
			continue
		}
		rest = append(rest, item)
	}
	return rest
}

// canonical is a value as text that is the same for values that mean the same: objects by
// sorted keys, and lists in any order.
func canonical(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var b strings.Builder
		for _, key := range slices.Sorted(maps.Keys(v)) {
			b.WriteString(strconv.Quote(key) + ":" + canonical(v[key]) + ",")
		}
		return "{" + b.String() + "}"
	case []any:
		if len(v) == 1 && !isObject(v[0]) && !isList(v[0]) {
			return canonical(v[0])
		}
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = canonical(item)
		}
		slices.Sort(items)
		return "[" + strings.Join(items, ",") + "]"
	default:
		return value(v)
	}
}
