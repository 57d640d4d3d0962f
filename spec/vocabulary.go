package spec

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/diag"
)

// A vocabulary turns a wrong name into advice. Comparing names costs time in
// proportion to their number, so a file full of mistakes gets advice on the first ones.
type vocabulary struct {
	// comparisons that may still be made.
	comparisons int
}

func newVocabulary() *vocabulary { return &vocabulary{comparisons: 200_000} }

// longest is the length from which a name is no misspelling of anything.
const longest = 100

// didYouMean returns a question or a list that completes a message, or "".
func (v *vocabulary) didYouMean(name string, candidates []string) string {
	if len(candidates) == 0 || len(name) > longest || len(candidates) > v.comparisons {
		return ""
	}
	v.comparisons -= len(candidates)
	near, sure := diag.Nearest(name, candidates)
	if sure {
		return fmt.Sprintf(" Did you mean `%s`?", near[0])
	}
	if len(near) == len(candidates) {
		return fmt.Sprintf(" There is %s.", diag.AndList(quoted(near)))
	}
	return fmt.Sprintf(" The nearest are %s.", diag.AndList(quoted(near)))
}

// unknownKey reports a key that the record s does not have.
func (d *decoder) unknownKey(s *shape, key *yaml.Node, p place) {
	at := "at the top level of a spec"
	if p.key != "" {
		at = "in " + subject(p)
	}
	detail := fmt.Sprintf("There is no key `%s` %s.", clip(key.Value), at)
	if _, sure := diag.Nearest(clip(key.Value), s.keys()); sure {
		detail += d.vocabulary.didYouMean(key.Value, s.keys())
	} else if owners := owners(key.Value); len(owners) > 0 {
		detail += fmt.Sprintf(" `%s` belongs under %s.", key.Value, diag.OrList(owners))
	} else {
		detail += d.vocabulary.didYouMean(key.Value, s.keys())
	}
	d.report(structural(CodeUnknownKey, d.src.rangeOf(key), "Unknown key", detail))
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
	seen := map[string]bool{}
	var walk func(s *shape, path string)
	walk = func(s *shape, path string) {
		for s.elem != nil {
			s = s.elem
		}
		if s.kind != record || strings.Count(path, ".") > 4 || strings.Contains(path, "patch") {
			return
		}
		if path != "" && s.byKey[key] != nil && !seen[path] {
			seen[path] = true
			paths = append(paths, path)
		}
		for _, f := range s.fields {
			sub := f.key
			if path != "" {
				sub = path + "." + f.key
			}
			walk(f.shape, sub)
		}
	}
	walk(documentShape(), "")
	slices.SortStableFunc(paths, func(a, b string) int { return strings.Count(a, ".") - strings.Count(b, ".") })
	if len(paths) > 3 {
		paths = paths[:3]
	}
	return quoted(paths)
}
