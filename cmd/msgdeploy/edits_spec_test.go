package main

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/msgdeploy/msgdeploy/spec"
)

// document is a spec as its YAML, to be edited as a user would: without knowing what it means.
type document map[string]any

// edit is one change of a spec.
type edit struct {
	// kind says what is changed, such as "queue.lease=45s" or "remove topic", and what names the element.
	kind, what string
	apply      func(document)
	// back, if set, is what it takes to go back, apart from having the spec of before.
	back func(document)
}

func parsed(t *testing.T, text []byte) document {
	t.Helper()
	d := map[string]any{} // yaml.v3 makes inner mappings of the same type
	if err := yaml.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d document) copy() document {
	var deep func(any) any
	deep = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			out := make(map[string]any, len(v))
			for k, e := range v {
				out[k] = deep(e)
			}
			return out
		case []any:
			out := make([]any, len(v))
			for i, e := range v {
				out[i] = deep(e)
			}
			return out
		}
		return v
	}
	return deep(map[string]any(d)).(map[string]any)
}

func (d document) yaml() ([]byte, error) { return yaml.Marshal(map[string]any(d)) }

// at returns the mapping that a path of keys leads to, and makes what is missing of it.
func (d document) at(path ...string) map[string]any {
	m := map[string]any(d)
	for _, key := range path {
		next, ok := m[key].(map[string]any)
		if !ok {
			next = map[string]any{}
			m[key] = next
		}
		m = next
	}
	return m
}

// names are those of the elements of a section, sorted.
func (d document) names(section string) []string {
	m, _ := d[section].(map[string]any)
	return slices.Sorted(maps.Keys(m))
}

// some are the elements of a section that are not like one before them.
func (d document) some(section string) (out []string) {
	var seen []any
	for _, name := range d.names(section) {
		element, _ := d[section].(map[string]any)[name].(map[string]any)
		like := maps.Clone(element)
		for _, key := range []string{"description", "topic", "to"} {
			delete(like, key)
		}
		if !slices.ContainsFunc(seen, func(v any) bool { return reflect.DeepEqual(v, like) }) {
			seen = append(seen, like)
			out = append(out, name)
		}
	}
	return out
}

// sections are the kinds of elements, by the keys that they stand under.
var sections = []struct{ key, kind string }{
	{"topics", "topic"}, {"queues", "queue"}, {"subscriptions", "subscription"}, {"services", "service"},
}

// edits are all that can be done to a spec's stack in one change, as far as nobody has to think for it.
func (d document) edits(cloud spec.Cloud, stack string) (out []edit) {
	add := func(kind, what string, apply func(document)) {
		out = append(out, edit{kind: kind, what: what, apply: apply})
	}
	for _, s := range sections {
		for _, name := range d.some(s.key) {
			add("remove "+s.kind, name, func(d document) { d.remove(s.key, name) })
			add("rename "+s.kind, name, func(d document) { d.rename(s.key, name, "renamed-"+s.kind, false) })
			out = append(out, edit{
				kind: "move " + s.kind, what: name,
				apply: func(d document) { d.rename(s.key, name, "moved-"+s.kind, true) },
				// Whoever only took the move back would have something else made by the physical name that is taken.
				back: func(d document) { d.at(s.key, name)["movedFrom"] = "moved-" + s.kind },
			})
			for _, c := range settings(s.kind, cloud) {
				element := d.copy().at(s.key, name)
				if value, ok := c.other(element); ok {
					add(c.describe(s.kind, value), name, func(d document) { c.set(d.at(s.key, name), value) })
				}
			}
		}
	}
	out = append(out, d.additions()...)
	out = append(out, d.rewirings()...)
	out = append(out, d.grants()...)
	for _, c := range stackSettings(cloud) {
		if value, ok := c.other(d.copy().at("stacks", stack)); ok {
			add(c.describe("stack", value), "", func(d document) { c.set(d.at("stacks", stack), value) })
		}
	}
	add("labels", "", func(d document) { d.at("labels")["edited"] = "yes" })
	return out
}

func (d document) additions() (out []edit) {
	add := func(kind string, apply func(document)) { out = append(out, edit{kind: kind, apply: apply}) }
	add("add topic", func(d document) { d.at("topics")["added-topic"] = map[string]any{} })
	add("add queue", func(d document) { d.at("queues")["added-queue"] = map[string]any{} })
	topics, queues, services := d.names("topics"), d.names("queues"), d.names("services")
	if len(topics) > 0 {
		add("add service", func(d document) {
			d.at("services")["added-service"] = map[string]any{}
			d.at("permissions", "added-service")["publish"] = []any{topics[0]}
		})
	}
	if len(topics) > 0 && len(queues) > 0 {
		add("add subscription", func(d document) {
			d.at("subscriptions")["added-subscription"] = map[string]any{"topic": topics[0], "to": map[string]any{"queue": queues[0]}}
		})
	}
	for _, service := range services {
		if d.copy().at("services", service)["endpoint"] != nil && len(topics) > 0 {
			add("add push", func(d document) {
				d.at("subscriptions")["added-push"] = map[string]any{"topic": topics[0], "to": map[string]any{"service": service}}
			})
			break
		}
	}
	return out
}

// rewirings are subscriptions that are led elsewhere.
func (d document) rewirings() (out []edit) {
	for _, name := range d.some("subscriptions") {
		s := d.copy().at("subscriptions", name)
		for _, topic := range d.names("topics") {
			if topic != s["topic"] {
				out = append(out, edit{kind: "subscription.topic", what: name + ": " + topic, apply: func(d document) { d.at("subscriptions", name)["topic"] = topic }})
				break
			}
		}
		to, _ := s["to"].(map[string]any)
		for _, queue := range d.names("queues") {
			if to["queue"] != nil && queue != to["queue"] {
				out = append(out, edit{kind: "subscription.to", what: name + ": " + queue, apply: func(d document) {
					d.at("subscriptions", name)["to"] = map[string]any{"queue": queue}
				}})
				break
			}
		}
	}
	return out
}

// grants are permissions given and taken.
func (d document) grants() (out []edit) {
	verbs := []struct{ verb, section string }{{"publish", "topics"}, {"enqueue", "queues"}, {"dequeue", "queues"}}
	for _, service := range d.names("services") {
		for _, v := range verbs {
			had, _ := d.copy().at("permissions", service)[v.verb].([]any)
			for _, name := range d.names(v.section) {
				if !slices.Contains(had, any(name)) {
					out = append(out, edit{kind: "widen " + v.verb, what: service + ": " + name, apply: func(d document) {
						d.at("permissions", service)[v.verb] = append(slices.Clone(had), name)
					}})
					break
				}
			}
			if len(had) > 0 {
				out = append(out, edit{kind: "narrow " + v.verb, what: service, apply: func(d document) { d.keep(service, v.verb, had[1:]) }})
			}
		}
	}
	return out
}

// keep leaves a service with a verb on these, if there are any.
func (d document) keep(service, verb string, names []any) {
	may := d.at("permissions", service)
	if may[verb] = names; len(names) == 0 {
		delete(may, verb)
	}
	if len(may) == 0 {
		delete(d.at("permissions"), service)
	}
}

// remove takes an element away, and all that would refer to nothing then.
func (d document) remove(section, name string) {
	delete(d.at(section), name)
	for _, s := range d.names("subscriptions") {
		sub := d.at("subscriptions", s)
		to, _ := sub["to"].(map[string]any)
		if section == "topics" && sub["topic"] == name || section == "queues" && to["queue"] == name || section == "services" && to["service"] == name {
			delete(d.at("subscriptions"), s)
		}
	}
	if section == "services" {
		delete(d.at("permissions"), name)
	}
	d.renamed(section, name, "")
}

// rename calls an element something else, wherever it is called.
func (d document) rename(section, name, to string, moved bool) {
	elements := d.at(section)
	element := d.at(section, name)
	delete(elements, name)
	elements[to] = element
	if delete(element, "movedFrom"); moved {
		element["movedFrom"] = name
	}
	key := map[string]string{"queues": "queue", "services": "service"}[section]
	for _, s := range d.names("subscriptions") {
		sub := d.at("subscriptions", s)
		if section == "topics" && sub["topic"] == name {
			sub["topic"] = to
		}
		if target, ok := sub["to"].(map[string]any); ok && key != "" && target[key] == name {
			target[key] = to
		}
	}
	if may, ok := d.at("permissions")[name]; ok && section == "services" {
		delete(d.at("permissions"), name)
		d.at("permissions")[to] = may
	}
	d.renamed(section, name, to)
}

// renamed changes what an element is called in lists of permissions and as the queue of others' dead
// letters; "" takes it out.
func (d document) renamed(section, name, to string) {
	verbs := map[string][]string{"topics": {"publish"}, "queues": {"enqueue", "dequeue"}}[section]
	for _, service := range d.names("permissions") {
		for _, verb := range verbs {
			had, ok := d.at("permissions", service)[verb].([]any)
			if !ok {
				continue
			}
			var names []any
			for _, n := range had {
				called, _ := n.(string)
				own, letters := strings.CutSuffix(called, ".deadLetter")
				switch {
				case own != name:
					names = append(names, n)
				case to != "" && letters:
					names = append(names, to+".deadLetter")
				case to != "":
					names = append(names, to)
				}
			}
			d.keep(service, verb, names)
		}
	}
	if section != "queues" {
		return
	}
	for _, owners := range []string{"queues", "subscriptions"} {
		for _, owner := range d.names(owners) {
			letters, _ := d.at(owners, owner)["deadLetter"].(map[string]any)
			if letters["queue"] != name {
				continue
			}
			if letters["queue"] = to; to == "" {
				delete(letters, "queue")
			}
		}
	}
}
