package deploy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// The engine makes before it deletes. To a cloud that knows a resource by its inputs, what is made under
// another URN with the same ones is what stands there already: it hands that out, or fails. In the first
// case, the engine then deletes under the old URN what it has just been given under the new one, and no
// change of the plan says so. Such plans are refused.

// Takeover is a resource that would be made as what stands already in its cloud, as a resource of the
// same stack that the same operation would delete.
type Takeover struct {
	// Element is that of the resource that would be made, and Of that of the one that would be deleted. They
	// are the same where an element changes hands with itself.
	Element, Of string
	Type        string
	// URN and OfURN are the resources'.
	URN, OfURN string
	// By are the inputs by which the cloud knows the resource, as `name "jobs"`.
	By []string
	// Renamed is set where all of the one element would go and the other one is new.
	Renamed bool
}

func (t Takeover) String() string {
	_, name, _ := strings.Cut(t.Of, ".")
	what := fmt.Sprintf("its %s with %s is what %s has now: it would be taken over, and then deleted with %s. ",
		bareType(t.Type), strings.Join(t.By, ", "), t.Of, t.Of)
	if t.Element == t.Of {
		what = fmt.Sprintf("its new %s with %s is one that it has now: that would be taken over, and then deleted. ", bareType(t.Type), strings.Join(t.By, ", "))
	}
	if t.Renamed {
		return what + fmt.Sprintf("To keep it, add `movedFrom: %s` to %s", name, t.Element)
	}
	return what + "To go on, take it away with one `msgdeploy up`, and add it with the next one"
}

// bareType is the last part of a type token, such as "Queue".
func bareType(token string) string { return token[strings.LastIndex(token, ":")+1:] }

// TakeoverError says that an operation would delete what it has taken over. Nothing was changed.
type TakeoverError struct {
	Stack string
	// Takeovers are one for each pair of elements, sorted. There is at least one.
	Takeovers []Takeover
}

func (e *TakeoverError) Error() string {
	s := fmt.Sprintf("stack %s: %s: %s", e.Stack, e.Takeovers[0].Element, e.Takeovers[0])
	if n := len(e.Takeovers) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more)", n)
	}
	return s
}

// Lost returns the error of an operation that r would be the result of; nil unless it would delete what
// it takes over.
func (r *Result) Lost(stack string) error {
	if len(r.Takeovers) == 0 {
		return nil
	}
	return &TakeoverError{Stack: stack, Takeovers: r.Takeovers}
}

// exchange are the resources that an operation makes and deletes, halves of replacements included.
type exchange struct {
	made, gone []*pkgresource.State
}

// note takes in a step. What was deleted already, or is left to stand, is not deleted.
func (x *exchange) note(m engine.StepEventMetadata, deleted bool) {
	switch m.Op {
	case deploy.OpCreate, deploy.OpCreateReplacement:
		x.made = append(x.made, m.New.State)
	case deploy.OpDelete, deploy.OpDeleteReplaced:
		if !deleted && !m.Old.RetainOnDelete && !m.Old.External {
			x.gone = append(x.gone, m.Old.State)
		}
	}
}

// takeovers returns those among what is made and deleted, one for each pair of elements.
func (c *collector) takeovers() []Takeover {
	fresh := map[resource.URN]bool{}
	for _, s := range c.exchange.made {
		fresh[s.URN] = true
	}
	same, alike := map[string][]*pkgresource.State{}, map[tokens.Type][]*pkgresource.State{}
	for _, s := range c.exchange.gone {
		if key, known := c.identity(s); known {
			same[key] = append(same[key], s)
			alike[s.Type] = append(alike[s.Type], s)
		}
	}
	elements := map[Op]map[string]bool{OpCreate: {}, OpDelete: {}}
	for _, change := range c.changes {
		if of := elements[change.Op]; of != nil && change.Component {
			of[change.Element] = true
		}
	}
	var found []Takeover
	for _, s := range c.exchange.made {
		candidates := alike[s.Type]
		if key, known := c.identity(s); known {
			candidates = same[key]
		} else if !c.settles(s, fresh) {
			continue
		}
		for _, old := range candidates {
			if old.URN != s.URN && c.identical(s, old) {
				t := c.takeover(s, old)
				t.Renamed = kindOf(t.Element) == kindOf(t.Of) && elements[OpCreate][t.Element] && elements[OpDelete][t.Of]
				found = append(found, t)
			}
		}
	}
	slices.SortFunc(found, func(a, b Takeover) int {
		return cmp.Or(strings.Compare(a.Element, b.Element), strings.Compare(a.Of, b.Of), strings.Compare(a.Type, b.Type), strings.Compare(a.URN, b.URN))
	})
	return slices.CompactFunc(found, func(a, b Takeover) bool { return a.Element == b.Element && a.Of == b.Of })
}

// identifying are the inputs by which a resource's cloud knows it; none are of a type whose cloud gives out ids.
func (c *collector) identifying(s *pkgresource.State) []string {
	return c.run.stack.opts.Identity[string(s.Type)]
}

// identity returns what a cloud knows a resource by, as a key; ok is false where there is no such thing, or
// it is not known yet.
func (c *collector) identity(s *pkgresource.State) (key string, ok bool) {
	key = string(s.Type)
	for _, property := range c.identifying(s) {
		v, known := value(s, property)
		if !known {
			return "", false
		}
		key, ok = key+"\x00"+v.String(), ok || !v.IsNull()
	}
	return key, ok
}

// settles reports whether all that is not known yet of a resource's identity comes from resources that stand
// already. What is made with it, or anew, has an ARN that nothing else has had.
func (c *collector) settles(s *pkgresource.State, fresh map[resource.URN]bool) bool {
	for _, property := range c.identifying(s) {
		if _, known := value(s, property); known {
			continue
		}
		from := s.PropertyDependencies[resource.PropertyKey(property)]
		if len(from) == 0 || slices.ContainsFunc(from, func(u resource.URN) bool { return fresh[u] }) {
			return false
		}
	}
	return len(c.identifying(s)) > 0
}

// identical reports whether two resources are the same to their cloud. What is not known yet is what was,
// if it comes from the same resources.
func (c *collector) identical(made, old *pkgresource.State) bool {
	return !slices.ContainsFunc(c.identifying(made), func(property string) bool {
		before, _ := value(old, property)
		if after, known := value(made, property); known {
			return !after.DeepEquals(before)
		}
		key := resource.PropertyKey(property)
		return !slices.Equal(slices.Sorted(slices.Values(made.PropertyDependencies[key])), slices.Sorted(slices.Values(old.PropertyDependencies[key])))
	})
}

// value returns an input without what marks it as a secret, null where it is not set. known is false where
// only the operation will tell it.
func value(s *pkgresource.State, property string) (v resource.PropertyValue, known bool) {
	v = bare(s.Inputs[resource.PropertyKey(property)])
	if v.IsOutput() && v.OutputValue().Known {
		v = bare(v.OutputValue().Element)
	}
	return v, !v.ContainsUnknowns() && (!v.IsString() || v.StringValue() != plugin.UnknownStringValue)
}

func (c *collector) takeover(made, old *pkgresource.State) Takeover {
	t := Takeover{
		Element: c.element(made.URN), Of: c.element(old.URN), Type: string(made.Type), URN: string(made.URN), OfURN: string(old.URN),
	}
	for _, property := range c.identifying(made) {
		if v, ok := old.Inputs[resource.PropertyKey(property)]; ok && !v.IsNull() {
			t.By = append(t.By, fmt.Sprintf("%s %q", property, fmt.Sprint(plain(v))))
		}
	}
	return t
}

// kindOf is the first part of an element's address, such as "queue".
func kindOf(element string) string {
	kind, _, _ := strings.Cut(element, ".")
	return kind
}
