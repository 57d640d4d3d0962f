package spec

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// deadLetterSuffix ends the name of a queue's dead letters in permissions.
const deadLetterSuffix = ".deadLetter"

// permission resolves what one service may do.
func (r *resolver) permission(name string, y *permission) {
	service := find(r, reference{name: name, at: y.Range, section: "services"}, r.elements.Services)
	for _, verb := range []struct {
		verb  Verb
		names []string
	}{{Publish, y.Publish}, {Enqueue, y.Enqueue}, {Dequeue, y.Dequeue}} {
		seen := make(map[string]bool, len(verb.names))
		for i, element := range verb.names {
			p := &Permission{Origin: r.item(y.node, string(verb.verb), i), Service: service, Verb: verb.verb}
			if seen[element] {
				continue // reported as listed twice.
			}
			seen[element] = true
			if r.grants(p, element) && service != nil {
				r.topology.Permissions = append(r.topology.Permissions, p)
			}
		}
	}
}

// item is the origin of the i-th item that a mapping lists under a key.
func (r *resolver) item(mapping *yaml.Node, key string, i int) Origin {
	_, list := entry(mapping, key)
	return Origin{Range: r.src.rangeOf(list.Content[i]), node: list.Content[i], src: r.src}
}

// named is a name that a permission lists.
func (p *Permission) named(name, section string) reference {
	return reference{name, p.Range, section, p.node}
}

// grants sets what p is about; false if that is nothing.
func (r *resolver) grants(p *Permission, name string) bool {
	if isForeign(name) {
		return r.grantsForeign(p, name)
	}
	e := r.elements
	if p.Verb == Publish {
		if e.Topics[name] == nil && (e.Queues[name] != nil || strings.HasSuffix(name, deadLetterSuffix)) {
			return r.wrongVerb(p, name, "a queue", "Topics are published on; messages are put into queues with `enqueue`.")
		}
		p.Topic = find(r, p.named(name, "topics"), e.Topics)
		return p.Topic != nil
	}
	owner, deadLetter := strings.CutSuffix(name, deadLetterSuffix)
	if e.Queues[owner] == nil && e.Topics[owner] != nil {
		why := "Queues are enqueued into; messages are put on topics with `publish`."
		if p.Verb == Dequeue {
			why = "Queues are dequeued from; what is published on a topic reaches a queue through a subscription."
		}
		return r.wrongVerb(p, owner, "a topic", why)
	}
	p.Queue = find(r, p.named(owner, "queues"), e.Queues)
	p.DeadLetter = deadLetter
	switch {
	case p.Queue == nil:
		return false
	case deadLetter && p.Verb == Enqueue:
		return r.wrongVerb(p, name, "a queue of dead letters", "Only msgdeploy's own deliveries put messages there; services can `dequeue` them.")
	case deadLetter && p.Queue.DeadLetter == nil:
		r.noDeadLetters(p, owner)
		return false
	}
	return true
}

func (r *resolver) wrongVerb(p *Permission, name, kind, why string) bool {
	r.report(semantic(CodeWrongVerb, p.Range, "The verb does not fit",
		fmt.Sprintf("`%s` is %s, on which `%s` is not possible. %s", name, kind, p.Verb, why)))
	return false
}
