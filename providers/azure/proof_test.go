package azure

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// oracle is what one verb on one service must allow and must not, written down apart from this package.
type oracle struct {
	Role                             string
	AllowData, DenyData, DenyActions []string
}

func oracles(t *testing.T) map[string]oracle {
	t.Helper()
	src, err := os.ReadFile("testdata/oracle.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Azure map[string]oracle }
	if err := json.Unmarshal(src, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Azure) != 6 {
		t.Fatalf("the oracle has %d verbs of Azure", len(doc.Azure))
	}
	return doc.Azure
}

// unavoidable are the actions that come with a verb whether one wants them or not: what
// the oracle says in words.
func unavoidable(verb string) (actions, data []string) {
	metadata := []string{"Microsoft.ServiceBus/namespaces/queues/read", "Microsoft.ServiceBus/namespaces/topics/read", "Microsoft.ServiceBus/namespaces/topics/subscriptions/read"}
	switch verb {
	case "publish.eventgrid":
		return []string{
			"Microsoft.EventGrid/topics/read", "Microsoft.EventGrid/domains/read", "Microsoft.EventGrid/namespaces/read",
			"Microsoft.EventGrid/partnerNamespaces/read", "Microsoft.Resources/subscriptions/resourceGroups/read",
			"Microsoft.Authorization/roleAssignments/read",
		}, nil
	case "dequeue.storage":
		return nil, []string{queueMessages + "read"}
	case "enqueue.servicebus", "dequeue.servicebus":
		return metadata, nil
	default:
		return nil, nil
	}
}

// universe is every action that the oracle names or that comes along, on either plane.
func universe(t *testing.T) (actions, data []string) {
	for verb, o := range oracles(t) {
		a, d := unavoidable(verb)
		actions = slices.Concat(actions, o.DenyActions, a)
		data = slices.Concat(data, o.AllowData, o.DenyData, d)
	}
	data = append(data, blobs+"read", blobs+"write", blobs+"delete")
	slices.Sort(actions)
	slices.Sort(data)
	return slices.Compact(actions), slices.Compact(data)
}

// held is one assignment of a rendered program.
type held struct {
	principal, scope string
	role             role
}

func assignmentsOf(t *testing.T, top *spec.Topology, r *providers.Rendering) []held {
	t.Helper()
	roles := append(builtIn(), layoutOf(top).leaseExtender())
	var all []held
	for _, res := range of(r, typeAssignment) {
		id := res.Inputs["roleDefinitionId"].(string)
		i := slices.IndexFunc(roles, func(r role) bool { return strings.HasSuffix(id, "/"+r.id) })
		if i < 0 {
			t.Fatalf("%s assigns a role that nobody knows: %s", res.Name, id)
		}
		if res.Inputs["principalType"] == "" || res.Inputs["principalType"] == nil {
			t.Errorf("%s has no type of principal", res.Name)
		}
		all = append(all, held{res.Inputs["principalId"].(string), res.Inputs["scope"].(string), roles[i]})
	}
	return all
}

func allowed(all []held, principal, action, resource string, data bool) bool {
	return slices.ContainsFunc(all, func(h held) bool {
		permits := h.role.permits
		if data {
			permits = h.role.permitsData
		}
		return h.principal == principal && covers(h.scope, resource) && permits(action)
	})
}

// wanted is what the spec grants, said without the program: by principal and resource the
// oracle's verbs.
type wanted map[[2]string][]string

func (w wanted) add(principal, resource, verb string) {
	key := [2]string{principal, resource}
	w[key] = append(w[key], verb)
}

const blobWriter = "dead-letter.blob"

func wantedOf(top *spec.Topology) wanted {
	l, w := layoutOf(top), wanted{}
	queue := func(verb spec.Verb, q *spec.Queue) (resource, of string) {
		of = string(verb) + ".storage"
		if l.queued(q) {
			of = string(verb) + ".servicebus"
		} else if verb == spec.Dequeue && q.Azure != nil && q.Azure.LeaseExtension {
			of += "+leaseExtend"
		}
		return l.queueID(q), of
	}
	for _, p := range top.Permissions {
		principal := "${" + typeIdentity + "::" + p.Service.Name + ".principalId}"
		if id := p.Service.Identity; id != nil && id.Azure != nil && id.Azure.PrincipalID != "" {
			principal = id.Azure.PrincipalID
		}
		switch {
		case p.Topic != nil && l.onBus(p.Topic):
			w.add(principal, l.topicID(p.Topic), "enqueue.servicebus")
		case p.Topic != nil:
			w.add(principal, l.topicID(p.Topic), "publish.eventgrid")
		default:
			q := p.Queue
			if p.DeadLetter && q.DeadLetter.Queue != "" {
				q = top.Queue(q.DeadLetter.Queue)
			}
			resource, verb := queue(p.Verb, q)
			w.add(principal, resource, verb)
		}
	}
	for _, s := range top.Subscriptions {
		if l.onBus(s.Topic) {
			continue
		}
		topic := "${" + typeTopic + "::" + s.Topic.Name + ".identity.principalId}"
		if s.Topic.Azure != nil && s.Topic.Azure.PrincipalID != "" {
			topic = s.Topic.Azure.PrincipalID
		}
		if s.ToQueue != nil {
			resource, verb := queue(spec.Enqueue, s.ToQueue)
			w.add(topic, resource, verb)
		} else if s.DeadLetter != nil {
			w.add(topic, l.containerID(s), blobWriter)
		}
	}
	return w
}

// TestLeastPrivilege: over the corpus, each principal may do each action on each resource
// exactly if the spec grants it, or if it comes with what the spec grants. The resources are
// the spec's, one of the same kind beside each, and everything above them.
func TestLeastPrivilege(t *testing.T) {
	t.Parallel()
	checked := 0
	for name, top := range cases(t) {
		n, wrong := prove(t, top, assignmentsOf(t, top, render(t, top)))
		checked += n
		for _, w := range wrong {
			t.Errorf("%s: %s", name, w)
		}
	}
	if checked < 10000 {
		t.Errorf("%d decisions: what was proved?", checked)
	}
}

// prove compares what assignments allow with what the spec grants.
func prove(t *testing.T, top *spec.Topology, all []held) (checked int, wrong []string) {
	t.Helper()
	w, verbs := wantedOf(top), oracles(t)
	resources := resourcesOf(top)
	principals := map[string]bool{"77777777-7777-7777-7777-777777777777": true}
	for key := range w {
		principals[key[0]] = true
	}
	for _, h := range all {
		principals[h.principal] = true
	}
	may := func(principal, resource, action string, data bool) bool {
		return slices.ContainsFunc(w[[2]string{principal, resource}], func(verb string) bool {
			if verb == blobWriter {
				return data && strings.HasPrefix(action, blobs)
			}
			actions, along := unavoidable(verb)
			if data {
				return slices.Contains(verbs[verb].AllowData, action) || slices.Contains(along, action)
			}
			return slices.Contains(actions, action)
		})
	}
	actions, dataActions := universe(t)
	for principal := range principals {
		for _, resource := range resources {
			for _, plane := range []struct {
				data    bool
				actions []string
			}{{false, actions}, {true, dataActions}} {
				for _, action := range plane.actions {
					checked++
					want := may(principal, resource, action, plane.data)
					if got := allowed(all, principal, action, resource, plane.data); got != want {
						wrong = append(wrong, principal+" "+action+" on "+resource+": "+map[bool]string{true: "allowed", false: "denied"}[got])
					}
				}
			}
		}
	}
	return checked, wrong
}

// resourcesOf are the ids of the spec's topics, queues and containers, of their like, and
// of what they are in.
func resourcesOf(top *spec.Topology) []string {
	l := layoutOf(top)
	ids := []string{l.groupID(), l.accountID(), l.namespaceID(), "/subscriptions/" + top.Target.Azure.Subscription}
	for _, t := range slices.Concat(top.Topics, top.ForeignTopics) {
		ids = append(ids, l.topicID(t), l.topicID(t)+"-other")
	}
	for _, q := range slices.Concat(top.Queues, top.ForeignQueues) {
		ids = append(ids, l.queueID(q), l.queueID(q)+"-other")
	}
	for _, s := range top.Subscriptions {
		ids = append(ids, l.containerID(s))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// TestProofNotices: a wider scope, a wider role and a missing assignment do not pass.
func TestProofNotices(t *testing.T) {
	t.Parallel()
	top := resolve(t, "queues: {jobs: {deadLetter: false}, audit: {deadLetter: false}}\nservices: {worker: {}}\npermissions: {worker: {dequeue: [jobs]}}\n")
	right := assignmentsOf(t, top, render(t, top))
	if len(right) != 1 {
		t.Fatalf("assignments = %v", right)
	}
	if _, wrong := prove(t, top, right); len(wrong) > 0 {
		t.Fatalf("the program is not what the spec says: %v", wrong)
	}
	wider, role, twice := right[0], right[0], right[0]
	wider.scope = layoutOf(top).accountID()
	role.role = busSender()
	twice.principal = "77777777-7777-7777-7777-777777777777"
	for what, all := range map[string][]held{
		"the account as scope": {wider}, "another role": {role}, "none": nil, "somebody else besides": {right[0], twice},
	} {
		if _, wrong := prove(t, top, all); len(wrong) == 0 {
			t.Errorf("%s passes", what)
		}
	}
}

// TestOracleRoles: the roles that verbs come down to are those that the oracle names.
func TestOracleRoles(t *testing.T) {
	t.Parallel()
	top := resolve(t, `topics: {events: {}, bus: {azure: {service: serviceBus}}}
queues: {jobs: {deadLetter: false}, leased: {deadLetter: false, azure: {leaseExtension: true}}, billing: {azure: {service: serviceBus}}}
`)
	l, verbs := layoutOf(top), oracles(t)
	for _, c := range []struct {
		verb     permissions.Verb
		resource permissions.Address
		oracle   string
	}{
		{permissions.Publish, "topic.events", "publish.eventgrid"},
		{permissions.Publish, "topic.bus", "enqueue.servicebus"},
		{permissions.Enqueue, "queue.jobs", "enqueue.storage"},
		{permissions.Dequeue, "queue.jobs", "dequeue.storage"},
		{permissions.Enqueue, "queue.billing", "enqueue.servicebus"},
		{permissions.Dequeue, "queue.billing", "dequeue.servicebus"},
	} {
		if got, want := l.roleFor(c.verb, c.resource).id, verbs[c.oracle].Role; got != want {
			t.Errorf("%s %s takes role %s, want %s", c.verb, c.resource, got, want)
		}
	}
	if got := l.roleFor(permissions.Dequeue, "queue.leased").dataActions; !slices.Equal(got, verbs["dequeue.storage+leaseExtend"].AllowData) {
		t.Errorf("dequeue of a queue with lease extension takes %v", got)
	}
}
