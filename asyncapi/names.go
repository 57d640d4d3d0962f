package asyncapi

import (
	"fmt"
	"regexp"
	"strings"
)

// Names of elements and services have 3 to 50 characters (the rule of specs).
const (
	shortestName = 3
	longestName  = 50
	// longestProject is what a project's name may have.
	longestProject = 40
)

var (
	humps    = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	acronyms = regexp.MustCompile(`([A-Z]+)([A-Z][a-z])`)
	noWord   = regexp.MustCompile(`[^a-z0-9]+`)
)

// slug makes a name of whatever somebody called something: `userSignedUp` and
// `User signed up` are user-signed-up. What has no letter to begin with gets the kind.
func slug(name, kind string, longest int) string {
	name = humps.ReplaceAllString(acronyms.ReplaceAllString(name, "$1-$2"), "$1-$2")
	name = strings.Trim(noWord.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if name == "" {
		return kind
	}
	if name[0] < 'a' {
		name = kind + "-" + name
	}
	name = cut(name, longest)
	if len(name) < shortestName {
		name += "-" + kind
	}
	return name
}

func cut(name string, longest int) string {
	return strings.TrimRight(name[:min(len(name), longest)], "-")
}

// names are those taken in a section of a spec.
type names struct {
	taken map[string]bool
	// next is the number to try for each name that was asked for more than once.
	next map[string]int
}

func newNames() *names { return &names{taken: map[string]bool{}, next: map[string]int{}} }

// take returns name, or the first of name-2, name-3, … that nobody has yet.
func (n *names) take(name string) string {
	free := name
	for n.taken[free] {
		i := max(n.next[name], 2)
		n.next[name] = i + 1
		number := fmt.Sprintf("-%d", i)
		free = cut(name, longestName-len(number)) + number
	}
	n.taken[free] = true
	return free
}
