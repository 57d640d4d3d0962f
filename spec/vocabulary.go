package spec

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// A vocabulary turns a wrong name into advice. That takes time in proportion to the
// number of names that it might have been, so a file full of mistakes gets advice only
// on the first of them.
type vocabulary struct {
	// comparisons that may still be made.
	comparisons int
	// keys is the advice that was given on unknown keys.
	keys map[unknownKey]string
}

type unknownKey struct {
	record *shape
	key    string
}

func newVocabulary() *vocabulary {
	return &vocabulary{comparisons: 100_000, keys: map[unknownKey]string{}}
}

// longest is the length from which a name is no misspelling of anything.
const longest = 100

// affords reports whether a name may be compared with n others, and counts them.
func (v *vocabulary) affords(name string, n int) bool {
	if len(name) > longest || n == 0 || n > v.comparisons {
		return false
	}
	v.comparisons -= n
	return true
}

// didYouMean returns a question or a list that completes a message, or "". There are n
// candidates.
func (v *vocabulary) didYouMean(name string, n int, candidates func() []string) string {
	if !v.affords(name, n) {
		return ""
	}
	near, sure := diag.Nearest(name, candidates())
	switch {
	case sure:
		return fmt.Sprintf(" Did you mean `%s`?", near[0])
	case len(near) == n:
		return fmt.Sprintf(" There is %s.", diag.AndList(quoted(near)))
	default:
		return fmt.Sprintf(" The nearest are %s.", diag.AndList(quoted(near)))
	}
}

// aboutKey is the advice on a key that a record does not have: the one that was meant, or
// where such a key belongs, or which keys there are.
func (v *vocabulary) aboutKey(s *shape, key string) string {
	id := unknownKey{s, key}
	if advice, known := v.keys[id]; known {
		return advice
	}
	if !v.affords(key, len(s.fields)) {
		return ""
	}
	advice := ""
	if near, sure := diag.Nearest(key, s.keys()); sure {
		advice = fmt.Sprintf(" Did you mean `%s`?", near[0])
	} else if owners := owners(key); len(owners) > 0 {
		advice = fmt.Sprintf(" `%s` belongs under %s.", key, diag.OrList(owners))
	} else {
		advice = v.didYouMean(key, len(s.fields), s.keys)
	}
	v.keys[id] = advice
	return advice
}

// unknownKey reports a key that the record s does not have.
func (d *decoder) unknownKey(s *shape, key *yaml.Node, p place) {
	at := "at the top level of a spec"
	if s == includedShape() {
		if documentShape().byKey[key.Value] != nil {
			d.report(structural(CodeBelongsInRoot, d.src.rangeOf(key), "Not for an included file",
				fmt.Sprintf("`%s` is about the system as a whole, so it belongs in the root: the file that includes this one. Here there can be %s.", key.Value, diag.AndList(quoted(s.keys())))))
			return
		}
		at = "at the top level of an included file"
	}
	if p.key != "" {
		at = "in " + subject(p)
	}
	d.report(structural(CodeUnknownKey, d.src.rangeOf(key), "Unknown key",
		fmt.Sprintf("There is no key `%s` %s.%s", clip(key.Value), at, d.vocabulary.aboutKey(s, key.Value))))
}

// keys returns the keys of a record, in the order of their declaration.
func (s *shape) keys() []string {
	keys := make([]string, len(s.fields))
	for i, f := range s.fields {
		keys[i] = f.key
	}
	return keys
}

// owners returns where in a spec a key stands, as dotted paths without the names that
// users choose, the shortest first.
func owners(key string) []string {
	var paths []string
	var walk func(s *shape, path []string)
	walk = func(s *shape, path []string) {
		for s.elem != nil {
			s = s.elem
		}
		if s.kind != record || s.nullable {
			return // a patch repeats the rest of the spec
		}
		if len(path) > 0 && s.byKey[key] != nil {
			paths = append(paths, strings.Join(path, "."))
		}
		for _, f := range s.fields {
			if f.key == "defaults" {
				continue // repeats what elements have
			}
			walk(f.shape, append(path[:len(path):len(path)], f.key))
		}
	}
	walk(documentShape(), nil)
	slices.SortStableFunc(paths, func(a, b string) int { return strings.Count(a, ".") - strings.Count(b, ".") })
	return quoted(paths[:min(len(paths), 3)])
}
