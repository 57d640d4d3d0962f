package providers

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// CheckLabels reports every label of t that its cloud refuses, on the label's own line, and
// notes those that nothing in the cloud can keep. A label of the spec that
// all elements have is reported once.
func CheckLabels(t *spec.Topology) diag.Diagnostics {
	c := labelCheck{t: t, rules: RulesOfLabels(t.Target.Cloud()), seen: map[diag.Range]bool{}, bare: map[string][]diag.Range{}}
	c.key, c.value = compileRule(c.rules.Key), compileRule(c.rules.Value)
	c.check(permissions.Stack, spec.Origin{Range: t.Range}, t.Labels)
	for _, e := range t.Topics {
		c.element(permissions.TopicAddress(e.Name), e.Origin, e.Labels, e.Existing)
	}
	for _, e := range t.Queues {
		c.element(permissions.QueueAddress(e.Name), e.Origin, e.Labels, e.Existing)
	}
	for _, e := range t.Subscriptions {
		c.element(permissions.SubscriptionAddress(e.Name), e.Origin, e.Labels, nil)
	}
	for _, e := range t.Services {
		c.element(permissions.ServiceAddress(e.Name), e.Origin, e.Labels, nil)
	}
	for _, kind := range []string{"queue", "subscription", "service"} {
		c.lost(kind)
	}
	return c.diags
}

type labelCheck struct {
	t          *spec.Topology
	rules      LabelRules
	key, value *regexp.Regexp
	// seen are places of labels that were reported.
	seen map[diag.Range]bool
	// bare are, by kind, the labels that only elements have which take none.
	bare  map[string][]diag.Range
	diags diag.Diagnostics
}

func compileRule(r TextRule) *regexp.Regexp { return regexp.MustCompile(r.Expr) }

// element checks the labels of an element. One that was made elsewhere gets none.
func (c *labelCheck) element(a permissions.Address, o spec.Origin, labels spec.Labels, e *spec.Existing) {
	if e.In(c.t.Target.Cloud()) != "" {
		return
	}
	kind, _ := a.Split()
	if c.rules.Bare[kind] == "" {
		c.check(a, o, labels)
		return
	}
	for _, key := range sortedKeys(labels) {
		if of, everywhere := c.t.Labels[key]; !everywhere || of.Range != labels[key].Range {
			c.bare[kind] = append(c.bare[kind], labels[key].Range)
		}
	}
}

func (c *labelCheck) check(a permissions.Address, o spec.Origin, labels spec.Labels) {
	longest, most := c.rules.Key.Most, c.rules.Most
	if a == permissions.Stack {
		longest, most = cmp.Or(c.rules.Stack.Key, longest), cmp.Or(c.rules.Stack.Most, most)
	}
	folded := map[string]string{}
	for _, key := range sortedKeys(labels) {
		label := labels[key]
		if why := c.refusal(key, label.Value, longest); why != "" {
			c.refuse(label.Range, why)
		}
		if other, twice := folded[strings.ToLower(key)]; twice && c.rules.FoldCase {
			c.refuse(label.Range, fmt.Sprintf("the keys `%s` and `%s` are the same, as their case does not count", other, key))
		}
		folded[strings.ToLower(key)] = key
	}
	ours := len(c.rules.own(c.t, a))
	if n := len(labels); most > 0 && n+ours > most {
		at := o.At("labels")
		if a == permissions.Stack {
			at = labels[sortedKeys(labels)[n-1]].Range
		}
		c.refuse(at, fmt.Sprintf("a resource has at most %[3]d labels beside the %[4]d that msgdeploy adds, and %[1]s has %[2]d", a, n, most-ours, ours))
	}
}

// refusal says why the cloud does not take a label; "" if it does.
func (c *labelCheck) refusal(key, value string, longest int) string {
	r := c.rules
	for _, prefix := range append([]string{own}, r.Reserved...) {
		if strings.HasPrefix(strings.ToLower(key), prefix) {
			return fmt.Sprintf("keys that begin with `%s` are reserved, and `%s` is one", prefix, key)
		}
	}
	switch {
	case utf8.RuneCountInString(key) > longest:
		return fmt.Sprintf("the key of %s has at most %d characters, and `%s` has %d", r.What, longest, key, utf8.RuneCountInString(key))
	case !c.key.MatchString(key):
		return fmt.Sprintf("the key of %s has %s, unlike `%s`", r.What, r.Key.Words, key)
	case utf8.RuneCountInString(value) > r.Value.Most:
		return fmt.Sprintf("the value of %s has at most %d characters, and that of `%s` has %d", r.What, r.Value.Most, key, utf8.RuneCountInString(value))
	case !c.value.MatchString(value):
		return fmt.Sprintf("the value of %s has %s, unlike `%s`", r.What, r.Value.Words, value)
	}
	return ""
}

func (c *labelCheck) refuse(at diag.Range, why string) {
	if c.seen[at] {
		return
	}
	c.seen[at] = true
	c.diags = append(c.diags, Problem(CodeLabel, at, "A label that this cloud refuses",
		fmt.Sprintf("Stack %s is on %s, where %s. Change the label, or for this stack alone in its `patch`.", c.t.Stack, c.t.Target.Cloud(), why)))
}

// lost notes the labels of elements of a kind that has none in this cloud.
func (c *labelCheck) lost(kind string) {
	places := c.bare[kind]
	if len(places) == 0 {
		return
	}
	d := Remark(CodeLabelLost, places[0], "A label that nothing keeps",
		fmt.Sprintf("In stack %s the labels of %ss stand nowhere: %s.", c.t.Stack, kind, c.rules.Bare[kind]))
	const shown = 5
	for _, at := range places[1:min(len(places), shown)] {
		d.Related = append(d.Related, diag.Related{Range: at, Message: "nor this one"})
	}
	c.diags = append(c.diags, d)
}
