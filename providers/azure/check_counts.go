package azure

import (
	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// sharedPrincipal reports that two services are one principal and are granted the same:
// Azure keeps one assignment for the three of scope, principal and role, and the services
// would take it from each other.
func (c *check) sharedPrincipal(p, first *spec.Permission) {
	d := providers.Problem(providers.CodeSharedMember, p.Range, "Two services are one principal",
		c.on("`%s` and `%s` have the same principal, and Azure keeps one assignment of a role to a principal on a resource. Remove the permission from one of them.",
			first.Service.Name, p.Service.Name))
	d.Related = []diag.Related{{Range: first.Range, Message: string(permissions.ServiceAddress(first.Service.Name)) + " is granted it here"}}
	c.add(d)
}

// counts checks how many of everything the stack has.
func (c *check) counts() {
	events := 0
	for _, t := range c.t.Topics {
		if isMade(t.Existing) && !c.onBus(t) {
			if events++; events == maxEventTopics+1 {
				c.warn(t.Range, "A subscription of Azure has at most %d Event Grid topics in a region unless its quota is raised, and this stack has more.", maxEventTopics)
			}
		}
	}
	of := map[string]int{}
	for _, s := range c.t.Subscriptions {
		most := maxEventSubscriptions
		if c.onBus(s.Topic) {
			most = maxBusSubscriptions
		}
		if of[s.Topic.Name]++; of[s.Topic.Name] == most+1 {
			c.limit(s.Range, "A topic has at most %d subscriptions, and `%s` has more.", most, s.Topic.Name)
		}
	}
	if n := c.assignments(); n > maxAssignments {
		c.limit(c.target.Range, "A subscription of Azure has at most %d role assignments, which cannot be raised, and this stack needs %d.", maxAssignments, n)
	}
}

// assignments is how many role assignments the stack needs.
func (c *check) assignments() int {
	grants := permissions.Derive(c.t)
	n := 0
	for _, s := range c.t.Services {
		n += len(assignable(c.t, permissions.Of(grants, permissions.ServiceAddress(s.Name))))
	}
	delivered := map[[2]string]bool{}
	for _, s := range c.t.Subscriptions {
		switch {
		case c.onBus(s.Topic):
		case s.ToQueue != nil:
			delivered[[2]string{s.Topic.Name, s.ToQueue.Name}] = true
		case c.deadLettersToBlob(s):
			n++
		}
	}
	return n + len(delivered)
}
