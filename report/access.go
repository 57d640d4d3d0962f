package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/deploy"
)

// serviceType is the component of a service, and grantsProperty its input that
// lists what the service may do.
const (
	serviceType    = "msgdeploy:index:Service"
	grantsProperty = "grants"
)

// Access is one thing that a service may do with one element.
type Access struct {
	Service  string `json:"service"`
	Verb     string `json:"verb"`
	Resource string `json:"resource"`
	// Actions are the cloud's own words for what the verb takes, and Scope is what they are
	// allowed on; both are empty where only the spec's words are known.
	Actions []string `json:"actions,omitempty"`
	Scope   string   `json:"scope,omitempty"`
}

// Access returns what services gain and lose, with what that comes down to in the stack's
// cloud as far as it is known; see [AccessChanges].
func (o Operation) Access() (gained, lost []Access) {
	gained, lost = AccessChanges(o.result().Changes)
	if o.Known.Actions != nil {
		for _, list := range [][]Access{gained, lost} {
			for i, a := range list {
				list[i].Actions, list[i].Scope = o.Known.Actions(a)
			}
		}
	}
	return gained, lost
}

// AccessChanges returns what services may do after the changes and could not do
// before, and the reverse, each sorted by service, resource and verb. It reads
// the lists of grants that services carry, not the clouds' policies: those differ
// in shape from cloud to cloud, the grants do not.
func AccessChanges(changes []deploy.Change) (gained, lost []Access) {
	for _, c := range changes {
		if c.Type != serviceType {
			continue
		}
		before, after := map[string]bool{}, map[string]bool{}
		for _, d := range c.Diff {
			if d.Path == grantsProperty || strings.HasPrefix(d.Path, grantsProperty+"[") {
				collect(before, d.Before)
				collect(after, d.After)
			}
		}
		gained = append(gained, difference(c.Name, after, before)...)
		lost = append(lost, difference(c.Name, before, after)...)
	}
	slices.SortFunc(gained, compareAccess)
	slices.SortFunc(lost, compareAccess)
	return gained, lost
}

// collect adds the strings in v, a string or a list of strings, to set.
func collect(set map[string]bool, v any) {
	switch v := v.(type) {
	case string:
		set[v] = true
	case []any:
		for _, item := range v {
			collect(set, item)
		}
	}
}

// difference returns the grants of a that are not in b. A diff of lists speaks of
// positions: a grant that only moved stands in both.
func difference(service string, a, b map[string]bool) []Access {
	var out []Access
	for grant := range a {
		if !b[grant] {
			verb, resource, _ := strings.Cut(grant, " ")
			out = append(out, Access{Service: service, Verb: verb, Resource: resource})
		}
	}
	return out
}

func compareAccess(a, b Access) int {
	return cmp.Or(
		strings.Compare(a.Service, b.Service),
		strings.Compare(a.Resource, b.Resource),
		strings.Compare(a.Verb, b.Verb),
	)
}
