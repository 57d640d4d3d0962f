package azure

import (
	"flag"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/providertest"
)

// update is `go test ./... -update`: what is generated is written anew.
var update = flag.Bool("update", false, "rewrite the generated parts of documentation")

// TestDocs compares the generated parts of docs/azure.md with the tables that the program
// and its checks go by. `go test ./providers/azure -update` writes them.
func TestDocs(t *testing.T) {
	t.Parallel()
	providertest.Page(t, "../../docs/azure.md", *update,
		providertest.Part{Name: "mapping", Text: mappingTable()},
		providertest.Part{Name: "roles", Text: rolesTable()},
		providertest.Part{Name: "limits", Text: limitsTable()},
		providertest.Part{Name: "differences", Text: differencesTable()},
	)
}

func code(words ...string) string {
	if len(words) == 0 {
		return ""
	}
	return "`" + strings.Join(words, "`, `") + "`"
}

func mappingTable() string {
	b := providertest.NewTable("of the spec", "resource", "how it is made")
	for _, m := range mapping() {
		b.Row(m.of, code(m.Token), m.sets)
	}
	return b.String()
}

func rolesTable() string {
	uses := map[string]string{
		eventSender().id:      "`publish` on Event Grid",
		messageSender().id:    "`enqueue` on Storage, and a topic's delivery there",
		messageProcessor().id: "`dequeue` on Storage",
		blobContributor().id:  "a topic's dead letters, on their container",
		busSender().id:        "`publish` and `enqueue` on Service Bus, and a topic's delivery there",
		busReceiver().id:      "`dequeue` on Service Bus",
		"":                    "`dequeue` on Storage with `leaseExtension: true`",
	}
	b := providertest.NewTable("for", "role", "actions on data", "and besides, which cannot be had apart")
	for _, r := range append(builtIn(), leaseExtender("")) {
		name := r.name + " `" + r.id + "`"
		if r.id == "" {
			name = r.name + " (made)"
		}
		b.Row(uses[r.id], name, code(r.dataActions...), code(r.actions...))
	}
	return b.String()
}

func limitsTable() string {
	b := providertest.NewTable("what", "limit", "source")
	for _, bound := range busBounds() {
		b.Row("`"+bound.Path+"` of a queue on Service Bus", bound.String(), bound.Source)
	}
	for _, l := range limits() {
		b.Row(l.what, l.most, l.source)
	}
	return b.String()
}

func differencesTable() string {
	b := providertest.NewTable("asked for", "of", "")
	words := map[providers.Support]string{providers.Refused: "An error. ", providers.Different: "A note. ", providers.Partial: "A warning. "}
	titles := map[string]string{"eventGrid": "Event Grid", "serviceBus": "Service Bus", "storage": "Storage"}
	services := providers.ServicesOfAzure()
	for _, r := range providers.Capabilities() {
		for _, service := range slices.Sorted(maps.Keys(services[r.Feature])) {
			if cell := services[r.Feature][service]; cell.Note != "" {
				b.Row(r.Title, titles[service], words[cell.Support]+cell.Note)
			}
		}
	}
	return b.String()
}
