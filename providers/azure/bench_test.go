package azure

import (
	"fmt"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// BenchmarkRender renders 300 topics that feed 300 queues, with what services need for both.
func BenchmarkRender(b *testing.B) {
	const n = 300
	var text strings.Builder
	text.WriteString("version: 1\nproject: shop\nstacks: {eu: {azure: {subscription: 00000000-0000-0000-0000-000000000000, location: westeurope}}}\n")
	section := func(name, line string) {
		fmt.Fprintf(&text, "%s:\n", name)
		for i := range n {
			fmt.Fprintf(&text, strings.ReplaceAll(line, "#", "%[1]d")+"\n", i)
		}
	}
	section("topics", "  topic-#: {}")
	section("queues", "  queue-#: {deadLetter: false}")
	section("subscriptions", "  sub-#: {topic: topic-#, to: {queue: queue-#}}")
	section("services", "  service-#: {}")
	section("permissions", "  service-#: {publish: [topic-#], dequeue: [queue-#]}")
	s, ds := spec.Load("spec.yaml", []byte(text.String()))
	if ds.HasErrors() {
		b.Fatal(ds)
	}
	top, ds := s.Resolve("eu")
	if ds.HasErrors() {
		b.Fatal(ds)
	}
	grants := permissions.Derive(top)
	resources := 0
	for b.Loop() {
		r, err := providers.Render(b.Context(), New(), top, grants)
		if err != nil {
			b.Fatal(err)
		}
		resources += len(r.Resources)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(resources), "µs/resource")
}
