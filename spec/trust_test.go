package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestTrustTable: a key that nobody has thought about fails, and so does a row for a key that is gone.
func TestTrustTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	var walk func(s *shape)
	walk = func(s *shape) {
		for s.kind == list || s.kind == dict {
			s = s.elem
		}
		if s.kind != record || seen[s.name] {
			return
		}
		seen[s.name] = true
		row := trustTable()[s.name]
		if row == nil {
			t.Errorf("%s has no row in trustTable", s.name)
			return
		}
		for _, f := range s.fields {
			matter, known := row[f.key]
			if !known {
				t.Errorf("%s.%s: say in trustTable whether this is a matter of trust", s.name, f.key)
			}
			under := f.shape
			for under.kind == list || under.kind == dict {
				under = under.elem
			}
			switch {
			case matter == look && under.kind != record:
				t.Errorf("%s.%s: there is nothing below to look at", s.name, f.key)
			case matter == "" && under.kind == record && !f.applied:
				t.Errorf("%s.%s has keys of its own: each must be looked at", s.name, f.key)
			case matter == look:
				walk(f.shape)
			}
		}
		for key := range row {
			if s.byKey[key] == nil {
				t.Errorf("trustTable has %s.%s, which is no key", s.name, key)
			}
		}
	}
	walk(documentShape())
	for name := range trustTable() {
		if !seen[name] {
			t.Errorf("trustTable has %s, which nothing leads to", name)
		}
	}
}

const trusted = `version: 1
project: shop
include: [teams/*.yaml]
defaults: {queues: {aws: {kmsKey: "arn:aws:kms:eu-west-1:111122223333:key/one"}}}
topics: {news: {}}
queues:
  jobs: {}
  kept: {protect: true}
services:
  mailer: {endpoint: "https://mailer.example.com/events"}
  worker: {identity: {aws: {create: {trust: [{oidc: {provider: token.actions.githubusercontent.com, audience: sts.amazonaws.com, subject: "repo:acme/shop:ref:refs/heads/main"}}]}}}}
subscriptions: {mails: {topic: news, to: {service: mailer}}}
permissions: {worker: {dequeue: [jobs]}}
stacks:
  prod:
    aws: {region: eu-west-1, account: "111122223333"}
    protect: true
    state: {backend: "s3://state"}
`

func loadTrusted(t *testing.T, text string) *Spec {
	t.Helper()
	s, ds := LoadDir("msgdeploy.yaml", []byte(text), fstest.MapFS{
		"teams/a.yaml": {Data: []byte("queues: {more: {}}\n")}, "other/a.yaml": {Data: []byte("queues: {more: {}}\n")},
	})
	_, more := s.Resolve("prod")
	if ds = append(ds, more...); ds.HasErrors() {
		t.Fatalf("the spec has errors: %v", ds.Sorted())
	}
	return s
}

// TestCompareTrust: what somebody has to look at is found where it was said, and nothing else is.
func TestCompareTrust(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, new, want string }{
		{"nothing", "", "", ""},
		{"ordinary", "jobs: {}", "jobs: {lease: 1m, labels: {a: b}, deadLetter: false}\n  another: {}", ""},
		{"permission", "dequeue: [jobs]", "dequeue: [jobs, kept]", ""},
		{"written default", "protect: true\n    state", "protect: true\n    naming: \"${project}-${stack}-${name}\"\n    state", "stacks.prod.naming name  → \"${project}-${stack}-${name}\""},
		{"false", "jobs: {}", "jobs: {protect: false}", ""},
		{"account", `"111122223333"}` + "\n    protect", `"444455556666"}` + "\n    protect", `stacks.prod.aws.account place "111122223333" → "444455556666"`},
		{"role that deploys", "region: eu-west-1, account", "region: eu-west-1, assumeRole: {role: \"arn:aws:iam::111122223333:role/admin\"}, account",
			"stacks.prod.aws.assumeRole place  → {role: \"arn:aws:iam::111122223333:role/admin\"}"},
		{"state", "s3://state", "s3://mine", "stacks.prod.state state {backend: \"s3://state\"} → {backend: \"s3://mine\"}"},
		{"protection", "protect: true\n    state", "state", "stacks.prod.protect protection true → "},
		{"protection of an element", "kept: {protect: true}", "kept: {}", "queues.kept.protect protection true → "},
		{"subject", "heads/main", "heads/*", "services.worker.identity.aws identity {create:"},
		{"endpoint", "mailer.example.com", "evil.example.com", "services.mailer.endpoint receiver \"https://mailer.example.com/events\" → \"https://evil.example.com/events\""},
		{"key in defaults", "key/one", "key/two", "queues.jobs.aws.kmsKey key"},
		{"ignored", "topics: {news", "x-note: [1]\ntopics: {news", ""},
		{"name", "jobs: {}", "jobs: {name: somebody-elses}", "queues.jobs.name name  → somebody-elses"},
		{"existing", "news: {}", "news: {existing: {aws: \"arn:aws:sns:eu-west-1:999999999999:theirs\"}}", "topics.news.existing foreign"},
		{"files", "teams/*.yaml", "other/*.yaml", "include files [\"teams/*.yaml\"] → [\"other/*.yaml\"]"},
		{"uses", "topics: {news", "uses: {accounts: {topics: [users]}}\ntopics: {news", "uses.accounts.topics foreign  → [users]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(trusted, c.old) {
				t.Fatalf("the spec has no %q", c.old)
			}
			text := trusted
			if c.old != "" {
				text = strings.Replace(trusted, c.old, c.new, 1)
			}
			next := loadTrusted(t, text)
			changes := CompareTrust(loadTrusted(t, trusted), next, "prod")
			var got []string
			for _, change := range changes {
				got = append(got, fmt.Sprintf("%s %s %s → %s", change.Path, change.Matter, change.Before, change.After))
				if change.Range.File != "msgdeploy.yaml" || change.Range.Start.Line < 1 {
					t.Errorf("%s stands at %v", change.Path, change.Range)
				}
			}
			all := strings.Join(got, "\n")
			if c.want == "" && all != "" || !strings.HasPrefix(all, c.want) {
				t.Errorf("got:\n%s\nwant:\n%s", all, c.want)
			}
		})
	}
}

// TestCompareTrustOfOneSide: a stack that is new is trusted with all that it says, and one that goes with all it said.
func TestCompareTrustOfOneSide(t *testing.T) {
	t.Parallel()
	s := loadTrusted(t, trusted)
	added, removed := CompareTrust(nil, s, "prod"), CompareTrust(s, nil, "prod")
	if len(added) < 8 || len(added) != len(removed) {
		t.Errorf("%d matters of a new stack, %d of one that goes", len(added), len(removed))
	}
	for i := range added {
		if diff := cmp.Diff([]string{"", added[i].After}, []string{added[i].Before, removed[i].Before}); diff != "" {
			t.Errorf("%s:\n%s", added[i].Path, diff)
		}
	}
	if got := CompareTrust(nil, s, "other"); len(got) != 1 || got[0].Path != "include" {
		t.Errorf("a stack that is nowhere: %v", got)
	}
}

// TestCompareTrustOfCorpus: no spec differs from itself.
func TestCompareTrustOfCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "testdata", "cases", "*", "spec.yaml"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := LoadDir("spec.yaml", text, os.DirFS(filepath.Dir(file)))
		for _, stack := range s.Stacks() {
			if got := CompareTrust(s, s, stack); len(got) > 0 {
				t.Errorf("%s, %s: %v", file, stack, got)
			}
		}
	}
}
