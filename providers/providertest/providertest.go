// Package providertest is the suite that every provider passes: what it says here
// holds on every cloud, so that a provider's own tests are about its cloud only.
package providertest

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// Run renders t's program with p and checks what holds for all clouds: the rendering is
// the same each time; each element of the spec has its component, and resources below it
// where it needs any; references resolve and have no cycle; each grant comes down to
// actions on one scope; and the outputs name every element.
func Run(t *testing.T, p providers.Provider, top *spec.Topology) {
	t.Helper()
	if ds := p.Check(top); ds.HasErrors() {
		t.Fatalf("the topology is not one that the provider accepts: %v", ds)
	}
	grants := permissions.Derive(top)
	r := render(t, p, top, grants)
	t.Run("deterministic", func(t *testing.T) {
		for range 3 {
			if diff := cmp.Diff(r, render(t, p, top, grants)); diff != "" {
				t.Fatalf("a second rendering differs:\n%s", diff)
			}
		}
	})
	t.Run("elements", func(t *testing.T) { elements(t, r, top, grants) })
	t.Run("references", func(t *testing.T) { references(t, r) })
	t.Run("types", func(t *testing.T) { types(t, p, r) })
	t.Run("identity", func(t *testing.T) { identity(t, p, r) })
	t.Run("grants", func(t *testing.T) { actions(t, p, top, grants) })
	t.Run("outputs", func(t *testing.T) { outputs(t, r, top) })
}

func render(t *testing.T, p providers.Provider, top *spec.Topology, grants []permissions.Grant) *providers.Rendering {
	t.Helper()
	r, err := providers.Render(t.Context(), p, top, grants)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func elements(t *testing.T, r *providers.Rendering, top *spec.Topology, grants []permissions.Grant) {
	component, below := map[string]bool{}, map[string]int{}
	for _, res := range r.Resources {
		if strings.HasPrefix(res.Type, "msgdeploy:index:") {
			component[res.Element] = true
		} else {
			below[res.Element]++
		}
	}
	expect := func(a permissions.Address, resources bool) {
		if !component[string(a)] {
			t.Errorf("%s has no component", a)
		}
		if resources && below[string(a)] == 0 {
			t.Errorf("%s has no resource", a)
		}
	}
	cloud := top.Target.Cloud()
	for _, topic := range top.Topics {
		expect(permissions.TopicAddress(topic.Name), topic.Existing.In(cloud) == "")
	}
	for _, q := range top.Queues {
		expect(permissions.QueueAddress(q.Name), q.Existing.In(cloud) == "")
	}
	for _, s := range top.Subscriptions {
		// A cloud may bind a topic to a queue within the queue itself.
		expect(permissions.SubscriptionAddress(s.Name), false)
	}
	for _, s := range top.Services {
		a := permissions.ServiceAddress(s.Name)
		expect(a, len(permissions.Of(grants, a)) > 0)
	}
}

var placeholder = regexp.MustCompile(`\$\{([^{}]+::[^{}]+)\.[^{}.]+\}`)

func references(t *testing.T, r *providers.Rendering) {
	edges := map[string][]string{}
	for _, res := range r.Resources {
		edges[res.Ref()] = nil
	}
	for _, res := range r.Resources {
		refs := slices.Clone(res.DependsOn)
		if res.Parent != "" {
			refs = append(refs, res.Parent)
		}
		for _, m := range placeholder.FindAllStringSubmatch(string(marshal(t, res.Inputs)), -1) {
			ref := m[1] // and perhaps a part of the property's path, as names have dots, too
			for _, ok := edges[ref]; !ok && strings.LastIndex(ref, ".") > strings.Index(ref, "::"); _, ok = edges[ref] {
				ref = ref[:strings.LastIndex(ref, ".")]
			}
			refs = append(refs, ref)
		}
		for _, ref := range refs {
			if _, ok := edges[ref]; !ok {
				t.Errorf("%s refers to %s, which is not in the program", res.Ref(), ref)
			}
		}
		edges[res.Ref()] = refs
	}
	const visiting, done = 1, 2
	state := map[string]int{}
	var visit func(string)
	visit = func(ref string) {
		switch state[ref] {
		case visiting:
			t.Errorf("%s depends on itself", ref)
		case 0:
			state[ref] = visiting
			for _, next := range edges[ref] {
				visit(next)
			}
			state[ref] = done
		}
	}
	for ref := range edges {
		visit(ref)
	}
}

func types(t *testing.T, p providers.Provider, r *providers.Rendering) {
	known := map[string]bool{}
	for _, rt := range p.Resources() {
		if known[rt.Token] {
			t.Errorf("%s is described twice", rt.Token)
		}
		known[rt.Token] = true
	}
	for _, res := range r.Resources {
		if !known[res.Type] && !strings.HasPrefix(res.Type, "msgdeploy:index:") && !strings.HasPrefix(res.Type, "pulumi:providers:") {
			t.Errorf("%s has a type that the provider does not describe", res.Ref())
		}
	}
}

// identity holds the inputs by which a cloud knows things against what programs set: two resources of one
// program that came to the same would be one in the cloud, and what holds messages has to be known by something.
func identity(t *testing.T, p providers.Provider, r *providers.Rendering) {
	by := map[string][]string{}
	for _, rt := range p.Resources() {
		by[rt.Token] = rt.Identity
		if rt.Stateful && len(rt.Identity) == 0 {
			t.Errorf("%s holds messages, and nothing says by what the cloud knows it", rt.Token)
		}
	}
	first := map[string]string{}
	for _, res := range r.Resources {
		if len(by[res.Type]) == 0 {
			continue
		}
		var values []any
		set := 0
		for _, property := range by[res.Type] {
			v := res.Inputs[property]
			if values = append(values, v); v != nil {
				set++
			}
		}
		if set == 0 {
			t.Errorf("%s sets none of the inputs by which the cloud knows it, %v", res.Ref(), by[res.Type])
		}
		key := res.Type + string(marshal(t, values))
		if other, taken := first[key]; taken {
			t.Errorf("%s and %s would be the same in the cloud", res.Ref(), other)
		}
		first[key] = res.Ref()
	}
}

func actions(t *testing.T, p providers.Provider, top *spec.Topology, grants []permissions.Grant) {
	for _, g := range grants {
		actions, scope := p.Actions(top, g)
		if len(actions) == 0 || scope == "" {
			t.Errorf("%s: %s comes down to actions %v on scope %q", g.Principal, g, actions, scope)
		}
		if slices.Contains(actions, "*") || scope == "*" {
			t.Errorf("%s: %s is not limited: actions %v on scope %q", g.Principal, g, actions, scope)
		}
	}
}

func outputs(t *testing.T, r *providers.Rendering, top *spec.Topology) {
	out, ok := r.Outputs["outputs"].(map[string]any)
	if !ok {
		t.Fatalf("stack output \"outputs\" is %T, want a map", r.Outputs["outputs"])
	}
	expect := func(section string, names []string) {
		got, _ := out[section].(map[string]any)
		for _, name := range names {
			if _, ok := got[name]; !ok {
				t.Errorf("outputs.%s lacks %s", section, name)
			}
		}
		if len(got) != len(names) {
			t.Errorf("outputs.%s has %d entries, want %d", section, len(got), len(names))
		}
	}
	var topics, queues []string
	for _, topic := range slices.Concat(top.Topics, top.ForeignTopics) {
		topics = append(topics, topic.Name)
	}
	for _, q := range slices.Concat(top.Queues, top.ForeignQueues) {
		queues = append(queues, q.Name)
	}
	expect("topics", topics)
	expect("queues", queues)
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
