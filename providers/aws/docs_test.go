package aws

import (
	"slices"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/providertest"
	"github.com/msgdeploy/msgdeploy/spec"
)

// TestDocs compares the generated parts of docs/aws.md with the tables that the program
// and its checks go by. `go test ./providers/aws -update` writes them.
func TestDocs(t *testing.T) {
	t.Parallel()
	providertest.Page(t, "../../docs/aws.md", *update,
		providertest.Part{Name: "mapping", Text: mappingTable()},
		providertest.Part{Name: "actions", Text: actionsTable()},
		providertest.Part{Name: "trust", Text: trustTable()},
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
	b := providertest.NewTable("verb", "on", "actions", "on a customer's key, if one encrypts it")
	on := map[string]string{"publish": "the topic's ARN", "enqueue": "the queue's ARN", "dequeue": "the queue's ARN, or that of its dead letters"}
	for _, v := range verbTable() {
		b.Row(code(string(v.verb)), on[string(v.verb)], code(v.actions...), code(v.key...))
	}
	return b.String()
}

func trustTable() string {
	b := providertest.NewTable("service", "source")
	services := sayForWhom()
	names := make([]string, 0, len(services))
	for name := range services {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b.Row(code(servicePrincipal(name)), services[name])
	}
	return b.String()
}

func limitsTable() string {
	b := providertest.NewTable("what", "limit", "source")
	for _, bound := range queueBounds() {
		b.Row("`"+bound.Path+"` of a queue", bound.String(), bound.Source)
	}
	for _, l := range limits() {
		b.Row(l.what, l.most, l.source)
	}
	return b.String()
}

func differencesTable() string {
	b := providertest.NewTable("asked for", "on AWS")
	words := map[providers.Support]string{providers.Refused: "An error. ", providers.Different: "A note. "}
	for _, r := range providers.Capabilities() {
		if cell := r.Clouds[spec.AWS]; cell.Support != providers.Native {
			b.Row(r.Title, words[cell.Support]+cell.Note)
		}
	}
	return b.String()
}
