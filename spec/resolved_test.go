package spec_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/spec"
	"github.com/msgdeploy/msgdeploy/spec/spectest"
)

// TestResolvedMeansTheSame resolves every sound stack of the corpus, and reads what was
// resolved again, in each of its forms.
func TestResolvedMeansTheSame(t *testing.T) {
	t.Parallel()
	compared := 0
	for dir := range corpus(t) {
		s, ds, err := spectest.Load(filepath.Join(dir, "spec.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if ds.HasErrors() {
			continue
		}
		for _, stack := range s.Stacks() {
			want, ds := s.Resolve(stack)
			if ds.HasErrors() {
				continue
			}
			compared++
			r, _ := s.Resolved(stack)
			for form, text := range map[string][]byte{"YAML": r.YAML(false), "YAML with origins": r.YAML(true), "JSON": r.JSON()} {
				if err := meansTheSame(s.File(), text, want, r); err != nil {
					t.Errorf("%s, stack %s, %s: %v\n%s", filepath.Base(dir), stack, form, err, text)
				}
			}
		}
	}
	if compared < 20 {
		t.Errorf("only %d stacks were compared", compared)
	}
}

// meansTheSame reads a resolved spec again and compares what it asks for.
func meansTheSame(file string, text []byte, want *spec.Topology, r *spec.Resolved) error {
	again, ds := spec.Load(file, text)
	if len(ds) > 0 {
		return ds
	}
	if diff := cmp.Diff([]string{r.Stack}, again.Stacks()); diff != "" {
		return fmt.Errorf("stacks (-want +got)\n%s", diff)
	}
	got, ds := again.Resolve(r.Stack)
	if len(ds) > 0 {
		return ds
	}
	if diff := cmp.Diff(want, got, ignoreOrigins); diff != "" {
		return fmt.Errorf("topology (-want +got)\n%s", diff)
	}
	twice, _ := again.Resolved(r.Stack)
	if diff := cmp.Diff(string(r.YAML(false)), string(twice.YAML(false))); diff != "" {
		return fmt.Errorf("resolved twice (-once +twice)\n%s", diff)
	}
	return nil
}

// TestOrigins names for each layer one value that it says.
func TestOrigins(t *testing.T) {
	t.Parallel()
	origins := map[string]string{}
	for _, stack := range []string{"local", "second"} {
		r, ds := loadCase(t, "layers").Resolved(stack)
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		for _, s := range r.Settings() {
			origin := string(s.Layer)
			if !s.Range.IsZero() {
				origin += fmt.Sprintf(" %d", s.Range.Start.Line)
			}
			if !s.Var.IsZero() {
				origin += fmt.Sprintf(" var %d", s.Var.Start.Line)
			}
			origins[stack+" "+s.Path+" = "+s.Value] = origin
		}
	}
	for setting, want := range map[string]string{
		"local queues.jobs.lease = 1m":                                                           "element 15",
		"local queues.audit.lease = 5m":                                                          "defaults 5",
		"local queues.audit.retention = 5d":                                                      "defaults 8 var 3",
		"local queues.audit.delay = 0s":                                                          "default",
		"local queues.failures.deadLetter.maxAttempts = 5":                                       "default",
		"local topics.orders.nats.maxBytes = 1MiB":                                               "element 12",
		"local topics.orders.description = \"orders of shop\"":                                   "defaults 7",
		"local services.worker.identity.aws.create.trust[0].podIdentity.serviceAccount = worker": "template 30",
		"local services.mailer.identity.aws.role = mailer":                                       "element 22",
		"local services.mailer.identity.gcp.create.accountId = shop-mailer":                      "defaults 10",
		"local permissions.worker.dequeue[1] = failures":                                         "element 25 var 29",
		"local stacks.local.nats.port = 4998":                                                    "stack 28 var 29",
		"local state.backend = \"file:///srv/shop-local\"":                                       "spec 4",
		"second queues.jobs.lease = 2m":                                                          "patch 36 var 33",
		"second queues.jobs.retention = 4d":                                                      "default",
		"second queues.extra.delay = 5s":                                                         "patch 40",
		"second queues.extra.deadLetter.maxAttempts = 9":                                         "defaults 8 var 33",
		"second subscriptions.push-orders.to.queue = extra":                                      "patch 37",
		"second subscriptions.push-orders.retry.maxAttempts = 10":                                "",
	} {
		if got := origins[setting]; got != want {
			t.Errorf("%s: got %q, want %q", setting, got, want)
		}
	}
}

// loadCase loads a case without mistakes.
func loadCase(tb testing.TB, name string) *spec.Spec {
	tb.Helper()
	s, ds, err := spectest.Load(filepath.Join("..", "testdata", "cases", name, "spec.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	if len(ds) > 0 {
		tb.Fatal(ds)
	}
	return s
}

// TestResolvedQuotes makes sure that no reader of YAML takes a string for something else.
func TestResolvedQuotes(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"plain-text":      "plain-text",
		"two words":       `"two words"`,
		"12":              `"12"`,
		"true":            `"true"`,
		"null":            `"null"`,
		"no":              `"no"`,
		"1e3":             `"1e3"`,
		"2001-01-01":      `"2001-01-01"`,
		"a: b":            `"a: b"`,
		"[a, b]":          `"[a, b]"`,
		"# a":             `"# a"`,
		"":                `""`,
		"$${x}":           `"$${x}"`,
		"line\nbreak":     `"line\nbreak"`,
		"\u0080 \ufeff":   "\"\\u0080 \ufeff\"",
		"quote \" and \\": `"quote \" and \\"`,
		"<&>":             `"<&>"`,
	} {
		text := fmt.Sprintf("version: 1\nproject: demo\ntopics: {orders: {description: %s}}\nstacks: {local: {nats: {}}}\n", yamlQuoted(value))
		s, ds := spec.Load("spec.yaml", []byte(text))
		if len(ds) > 0 {
			t.Fatal(ds)
		}
		r, ds := s.Resolved("local")
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		if !strings.Contains(string(r.YAML(false)), "description: "+want+"\n") {
			t.Errorf("%q is not written %s:\n%s", value, want, r.YAML(false))
		}
		before, _ := s.Resolve("local")
		if err := meansTheSame("spec.yaml", r.YAML(false), before, r); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// yamlQuoted writes a string between YAML's double quotes, all that is not plain escaped.
func yamlQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r > '~' || r < ' ' || r == '"' || r == '\\' {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}
