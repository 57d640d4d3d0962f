package spec

import (
	"fmt"

	"github.com/msgdeploy/msgdeploy/diag"
)

// In returns what e refers to in a cloud; "" where the element is made.
func (e *Existing) In(c Cloud) string {
	if e == nil {
		return ""
	}
	switch c {
	case AWS:
		return e.AWS
	case GCP:
		return e.GCP
	case Azure:
		return e.Azure
	default:
		return "" // NATS has no ids that would refer to anything.
	}
}

// unchanged warns of what is asked of an element that was made elsewhere and would change
// it. An existing queue has no dead letters of the stack's making.
func (r *resolver) unchanged() {
	cloud := r.topology.Target.Cloud()
	settings := string(cloud)
	if cloud == Azure {
		// Its other settings are about who may use the element, and how.
		settings = "azure.service"
	}
	for _, t := range r.topology.Topics {
		if t.Existing.In(cloud) != "" {
			r.noEffect("topic", t.Name, t.Origin, t.Existing, "labels", "owner", "name", "movedFrom", "protect", settings)
		}
	}
	for _, q := range r.topology.Queues {
		if q.Existing.In(cloud) == "" {
			continue
		}
		asked := []string{"retention", "delay", "labels", "owner", "name", "movedFrom", "protect", settings}
		if q.DeadLetter != nil {
			asked = append(asked, "deadLetter")
		}
		r.noEffect("queue", q.Name, q.Origin, q.Existing, asked...)
		q.DeadLetter = nil
	}
}

// noEffect warns of those keys that an existing element has.
func (r *resolver) noEffect(kind, name string, o Origin, e *Existing, keys ...string) {
	var asked []string
	for _, key := range keys {
		if o.Asked(key) {
			asked = append(asked, key)
		}
	}
	if len(asked) == 0 {
		return
	}
	d := semantic(CodeExisting, o.keyAt(asked[0]), "No effect on what exists",
		fmt.Sprintf("In the stack `%s` the %s `%s` exists already and is never changed: %s %s no effect there.",
			r.stack, kind, name, diag.AndList(quoted(asked)), plural(len(asked), "has", "have")))
	d.Severity = diag.Warning
	d.Related = []diag.Related{{Range: e.Range, Message: "it was made elsewhere"}}
	r.report(d)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
