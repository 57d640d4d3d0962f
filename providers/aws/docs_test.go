package aws

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// TestDocs compares the generated parts of docs/aws.md with the tables that the program
// and its checks go by. `go test ./providers/aws -update` writes them.
func TestDocs(t *testing.T) {
	t.Parallel()
	const file = "../../docs/aws.md"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := string(src)
	for _, part := range []struct{ name, text string }{
		{"mapping", mappingTable()},
		{"actions", actionsTable()},
		{"trust", trustTable()},
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

func row(b *strings.Builder, cells ...string) {
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(strings.TrimSpace(cell), "|", `\|`)
	}
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

func code(words ...string) string { return "`" + strings.Join(words, "`, `") + "`" }

func mappingTable() string {
	b := table("of the spec", "resource", "how it is made")
	for _, m := range mapping() {
		row(b, m.of, code(m.Token), m.sets)
	}
	return b.String()
}

func actionsTable() string {
	b := table("verb", "on", "actions", "on a customer's key, if one encrypts it")
	on := map[string]string{"publish": "the topic's ARN", "enqueue": "the queue's ARN", "dequeue": "the queue's ARN, or that of its dead letters"}
	for _, v := range verbTable() {
		row(b, code(string(v.verb)), on[string(v.verb)], code(v.actions...), code(v.key...))
	}
	return b.String()
}

func trustTable() string {
	b := table("service", "source")
	services := sayForWhom()
	names := make([]string, 0, len(services))
	for name := range services {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		row(b, code(servicePrincipal(name)), services[name])
	}
	return b.String()
}

func limitsTable() string {
	b := table("what", "limit", "source")
	for _, bound := range queueBounds() {
		row(b, "`"+bound.Path+"` of a queue", bound.String(), bound.Source)
	}
	for _, l := range limits() {
		row(b, l.what, l.most, l.source)
	}
	return b.String()
}

func differencesTable() string {
	b := table("asked for", "on AWS")
	words := map[providers.Support]string{providers.Refused: "An error. ", providers.Different: "A note. "}
	for _, r := range providers.Capabilities() {
		if cell := r.Clouds[spec.AWS]; cell.Support != providers.Native {
			row(b, r.Title, words[cell.Support]+cell.Note)
		}
	}
	return b.String()
}
