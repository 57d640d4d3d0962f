package gcp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/providertest"
	"github.com/msgdeploy/msgdeploy/spec"
)

// TestDocs compares the generated parts of docs/gcp.md with the tables that the program
// and its checks go by. `go test ./providers/gcp -update` writes them.
func TestDocs(t *testing.T) {
	t.Parallel()
	providertest.Page(t, "../../docs/gcp.md", *update,
		providertest.Part{Name: "mapping", Text: mappingTable()},
		providertest.Part{Name: "actions", Text: actionsTable()},
		providertest.Part{Name: "roles", Text: rolesTable()},
		providertest.Part{Name: "limits", Text: limitsTable()},
		providertest.Part{Name: "differences", Text: differencesTable()},
	)
}

func code(words ...string) string { return "`" + strings.Join(words, "`, `") + "`" }

func mappingTable() string {
	b := providertest.NewTable("of the spec", "resource", "how it is made")
	for _, m := range mapping() {
		b.Row(m.of, code(m.Token), m.sets)
	}
	return b.String()
}

func actionsTable() string {
	b := providertest.NewTable("verb", "on", "role", "permissions that it gives there")
	for _, v := range []struct {
		verb permissions.Verb
		on   string
	}{
		{permissions.Publish, "the topic"},
		{permissions.Enqueue, "the queue's topic"},
		{permissions.Dequeue, "every subscription of the queue, or that of its dead letters"},
	} {
		name := Verbs()[v.verb]
		b.Row(code(string(v.verb)), v.on, code(name), code(role(name).Effective()...))
	}
	return b.String()
}

func rolesTable() string {
	b := providertest.NewTable("role", "granted for", "permissions", "of which without effect there")
	for _, r := range Roles() {
		idle := ""
		if len(r.Idle) > 0 {
			idle = code(r.Idle...)
		}
		b.Row(code(r.Name), r.Why, code(r.Permissions...), idle)
	}
	return fmt.Sprintf("%s\nAs of %s.\n", b, RolesAsOf)
}

func limitsTable() string {
	b := providertest.NewTable("what", "limit", "source")
	for _, l := range Limits() {
		b.Row(l.Of, l.Range, l.Source)
	}
	return b.String()
}

func differencesTable() string {
	b := providertest.NewTable("asked for", "on Google Cloud")
	words := map[providers.Support]string{providers.Refused: "An error. ", providers.Different: "A note. "}
	for _, r := range providers.Capabilities() {
		if cell := r.Clouds[spec.GCP]; cell.Support != providers.Native {
			b.Row(r.Title, words[cell.Support]+cell.Note)
		}
	}
	return b.String()
}
