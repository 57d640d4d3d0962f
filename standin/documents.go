package standin

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// SameJSON reports whether two JSON documents differ in white space and in the order of keys
// at most. What is no JSON is compared as it stands.
func SameJSON(a, b string) bool { return sameJSON(a, b, func(v any) any { return v }) }

// SamePolicy is [SameJSON] for documents of IAM's language, in which a list of one is its
// element, lists have no order, keys of statements have no case, and an account's id stands for
// its root.
//
// Source: hashicorp/awspolicyequivalence, aws_policy_equivalence.go.
func SamePolicy(a, b string) bool { return sameJSON(a, b, canonicalPolicy) }

func sameJSON(a, b string, canonical func(any) any) bool {
	if a == b {
		return true
	}
	x, okX := parseJSON(a)
	y, okY := parseJSON(b)
	return okX && okY && reflect.DeepEqual(canonical(x), canonical(y))
}

// parseJSON parses a document; "" is the empty one.
func parseJSON(s string) (v any, ok bool) {
	if s == "" {
		return nil, true
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if d.Decode(&v) != nil || d.More() {
		return nil, false
	}
	return v, true
}

func canonicalPolicy(v any) any {
	document, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := maps.Clone(document)
	statements := []any{}
	for _, s := range listOf(document["Statement"]) {
		statements = append(statements, canonicalStatement(s))
	}
	sortAny(statements)
	out["Statement"] = statements
	return out
}

func canonicalStatement(v any) any {
	statement, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for key, value := range statement {
		switch key {
		case "Action", "NotAction", "Resource", "NotResource":
			out[key] = sorted(listOf(value), key == "Action" || key == "NotAction")
		case "Principal", "NotPrincipal":
			out[key] = canonicalPrincipal(value)
		case "Condition":
			out[key] = canonicalCondition(value)
		case "Sid":
			if value != "" {
				out[key] = value
			}
		default:
			out[key] = value
		}
	}
	return out
}

// canonicalPrincipal writes "*" as the principal that it stands for.
func canonicalPrincipal(v any) any {
	if v == "*" {
		v = map[string]any{"AWS": "*"}
	}
	principals, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for kind, value := range principals {
		list := listOf(value)
		for i, p := range list {
			if s, ok := p.(string); ok && kind == "AWS" {
				list[i] = account(s)
			}
		}
		out[kind] = sorted(list, false)
	}
	return out
}

// account returns an account's id where that, or its root, is named.
func account(principal string) string {
	parts := strings.Split(principal, ":")
	if len(parts) == 6 && parts[0] == "arn" && parts[2] == "iam" && parts[5] == "root" {
		return parts[4]
	}
	return principal
}

func canonicalCondition(v any) any {
	operators, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for operator, value := range operators {
		keys, ok := value.(map[string]any)
		if !ok {
			out[operator] = value
			continue
		}
		values := map[string]any{}
		for key, value := range keys {
			list := listOf(value)
			for i, e := range list {
				if _, ok := e.(string); !ok {
					list[i] = string(encoded(e)) // true is "true"
				}
			}
			values[strings.ToLower(key)] = sorted(list, false)
		}
		out[operator] = values
	}
	return out
}

// listOf returns a copy of a list, or a list of one.
func listOf(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return slices.Clone(v)
	default:
		return []any{v}
	}
}

// sorted sorts a list without keeping duplicates. The names of actions have no case.
func sorted(list []any, folded bool) []any {
	for i, e := range list {
		if s, ok := e.(string); ok && folded {
			list[i] = strings.ToLower(s)
		}
	}
	sortAny(list)
	return slices.CompactFunc(list, func(a, b any) bool { return reflect.DeepEqual(a, b) })
}

func sortAny(list []any) {
	slices.SortFunc(list, func(a, b any) int { return bytes.Compare(encoded(a), encoded(b)) })
}

func encoded(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		return nil // cannot be: v was decoded
	}
	return out
}
