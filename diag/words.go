package diag

import (
	"slices"
	"strings"
)

// OrList joins words for prose: "a", "a or b", "a, b or c".
func OrList(words []string) string { return joinList(words, "or") }

// AndList joins words for prose: "a", "a and b", "a, b and c".
func AndList(words []string) string { return joinList(words, "and") }

func joinList(words []string, conjunction string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " " + conjunction + " " + words[n-1]
	}
}

// typo is the edit distance up to which a name counts as a misspelling of another.
const typo = 2

// maxNearest is how many candidates are offered for a name that is no misspelling.
const maxNearest = 5

// Nearest returns the candidates that a user may have meant by name. A misspelling of a
// candidate (at most two letters changed, added, left out or swapped, or in the wrong
// case) yields that one alone, and sure; any other name yields up to five candidates, the nearest first.
func Nearest(name string, candidates []string) (near []string, sure bool) {
	type scored struct {
		name     string
		distance int
	}
	all := make([]scored, 0, len(candidates))
	for _, c := range candidates {
		d := 0
		if !strings.EqualFold(name, c) {
			d = distance(name, c)
		}
		all = append(all, scored{c, d})
	}
	slices.SortFunc(all, func(a, b scored) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return strings.Compare(a.name, b.name)
	})
	if len(all) > 0 && all[0].distance <= typo && all[0].distance < len([]rune(name)) {
		return []string{all[0].name}, true
	}
	for _, s := range all[:min(len(all), maxNearest)] {
		near = append(near, s.name)
	}
	return near, false
}

// distance is the number of letters to change, add, leave out or swap with their
// neighbour to turn a into b (optimal string alignment).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}
