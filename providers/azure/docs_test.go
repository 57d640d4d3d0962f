package azure

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/providers"
)

// update is `go test ./... -update`: what is generated is written anew.
var update = flag.Bool("update", false, "rewrite the generated parts of documentation")

// TestDocs compares the generated parts of docs/azure.md with the tables that the program
// and its checks go by. `go test ./providers/azure -update` writes them.
func TestDocs(t *testing.T) {
	t.Parallel()
	const file = "../../docs/azure.md"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := string(src)
	for _, part := range []struct{ name, text string }{
		{"mapping", mappingTable()},
		{"roles", rolesTable()},
		{"limits", limitsTable()},
		{"differences", differencesTable()},
	} {
		begin, end := "<!-- "+part.name+" -->\n", "<!-- end of "+part.name+" -->\n"
		before, rest, ok := strings.Cut(got, begin)
		_, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s has no part %q", file, part.name)
		}
		got = before + begin + part.text + end + after
	}
	if *update && got != string(src) {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(src), got); diff != "" {
		t.Errorf("%s says otherwise than the tables (-page +tables):\n%s", file, diff)
	}
}

func table(head ...string) *strings.Builder {
	var b strings.Builder
	b.WriteString("| " + strings.Join(head, " | ") + " |\n|" + strings.Repeat("---|", len(head)) + "\n")
	return &b
}

func row(b *strings.Builder, cells ...string) { fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | ")) }

func code(words ...string) string {
	if len(words) == 0 {
		return ""
	}
	return "`" + strings.Join(words, "`, `") + "`"
}

func mappingTable() string {
	b := table("of the spec", "resource", "how it is made")
	for _, m := range mapping() {
		row(b, m.of, code(m.Token), m.sets)
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
	b := table("for", "role", "actions on data", "and besides, which cannot be had apart")
	for _, r := range append(builtIn(), leaseExtender("")) {
		name := r.name + " `" + r.id + "`"
		if r.id == "" {
			name = r.name + " (made)"
		}
		row(b, uses[r.id], name, code(r.dataActions...), code(r.actions...))
	}
	return b.String()
}

func limitsTable() string {
	b := table("what", "limit", "source")
	for _, bound := range busBounds() {
		row(b, "`"+bound.Path+"` of a queue on Service Bus", bound.String(), bound.Source)
	}
	for _, l := range limits() {
		row(b, l.what, l.most, l.source)
	}
	return b.String()
}

func differencesTable() string {
	b := table("asked for", "of", "")
	words := map[providers.Support]string{providers.Refused: "An error. ", providers.Different: "A note. ", providers.Partial: "A warning. "}
	titles := map[string]string{"eventGrid": "Event Grid", "serviceBus": "Service Bus", "storage": "Storage"}
	services := providers.ServicesOfAzure()
	for _, r := range providers.Capabilities() {
		for _, service := range slices.Sorted(maps.Keys(services[r.Feature])) {
			if cell := services[r.Feature][service]; cell.Note != "" {
				row(b, r.Title, titles[service], words[cell.Support]+cell.Note)
			}
		}
	}
	return b.String()
}
