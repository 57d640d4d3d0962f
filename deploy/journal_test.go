package deploy

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

func testJournal(t testing.TB) *journal {
	t.Helper()
	name := filepath.Join(t.TempDir(), "shop.local.journal")
	j, err := newJournal(t.Context(), machine{}, name, header{Version: journalVersion, Operation: OperationUp},
		&apitype.DeploymentV3{}, newKeyring(Options{}, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(j.close)
	return j
}

// TestConcurrentEntries demands that entries written at once are all there, whole, and no more than once.
func TestConcurrentEntries(t *testing.T) {
	t.Parallel()
	j := testJournal(t)
	const writers, each = 16, 25
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for n := range each {
				id := int64(i*each + n + 1)
				op := pkgresource.NewOperation(&pkgresource.State{URN: "urn:pulumi:local::shop::fake:index:Thing::a", Type: "fake:index:Thing", Custom: true}, pkgresource.OperationTypeCreating)
				if err := j.AddJournalEntry(engine.JournalEntry{Kind: engine.JournalEntryBegin, OperationID: id, SequenceID: id, Operation: &op}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	data, err := os.ReadFile(j.file.Name())
	if err != nil {
		t.Fatal(err)
	}
	told, ok := readStory(data)
	seen := map[int64]int{}
	for _, e := range told.entries {
		seen[e.OperationID]++
	}
	if !ok || len(seen) != writers*each || len(told.entries) != writers*each {
		t.Errorf("%d entries of %d operations, want %d of each", len(told.entries), len(seen), writers*each)
	}
}

func TestDamagedJournalEndsAtTheDamage(t *testing.T) {
	t.Parallel()
	journal := interruptedRun(t, open(t, testOptions(t, newWorld())), program(thing{name: "plain-a"}))
	whole, ok := readStory(journal)
	if !ok || len(whole.entries) < 3 {
		t.Fatalf("%d entries", len(whole.entries))
	}
	lines := bytes.SplitAfter(journal, []byte("\n"))
	lines[3] = bytes.Replace(lines[3], []byte("plain-a"), []byte("plain-b"), 1)
	damaged, ok := readStory(bytes.Join(lines, nil))
	if !ok {
		t.Fatal("the header was lost")
	}
	if diff := cmp.Diff(whole.entries[:2], damaged.entries); diff != "" {
		t.Errorf("entries before the damage (-want +got):\n%s", diff)
	}
	if want := len(bytes.Join(lines[:3], nil)); damaged.end != int64(want) {
		t.Errorf("the entries end at %d, want %d", damaged.end, want)
	}
}

func TestJournalThatCannotBeWrittenStopsTheEngine(t *testing.T) {
	t.Parallel()
	j := testJournal(t)
	j.close() // the disk is gone
	op := pkgresource.NewOperation(&pkgresource.State{URN: "urn:pulumi:local::shop::fake:index:Thing::a", Type: "fake:index:Thing", Custom: true}, pkgresource.OperationTypeCreating)
	e := engine.JournalEntry{Kind: engine.JournalEntryBegin, OperationID: 1, SequenceID: 1, Operation: &op}
	if err := j.AddJournalEntry(e); err == nil || !strings.Contains(err.Error(), "write journal") {
		t.Errorf("entry on a broken disk: %v", err)
	}
	if d, err := j.seal(); err != nil || len(d.Deployment.PendingOperations) != 0 {
		t.Errorf("what was not allowed to begin is pending: %+v, %v", d.Deployment, err)
	}
}

// FuzzJournal feeds recovery with what no run has written. It must neither
// panic nor lose what the state held before the journal without an entry that says so.
func FuzzJournal(f *testing.F) {
	base := apitype.DeploymentV3{Resources: []apitype.ResourceV3{
		{URN: "urn:pulumi:local::shop::pulumi:pulumi:Stack::shop-local", Type: resource.RootStackType},
		{URN: "urn:pulumi:local::shop::fake:index:Thing::kept", Type: "fake:index:Thing", Custom: true, ID: "kept"},
	}}
	one := int64(1)
	for _, entries := range [][]apitype.JournalEntry{
		nil,
		{{Kind: apitype.JournalEntryKindBegin, OperationID: 1, Operation: &apitype.OperationV2{Type: apitype.OperationTypeCreating, Resource: base.Resources[1]}}},
		{{Kind: apitype.JournalEntryKindSuccess, OperationID: 1, State: &base.Resources[1], RemoveOld: &one}},
		{{Kind: apitype.JournalEntryKindSuccess, OperationID: 1, DeleteNew: &one}},
		{{Kind: apitype.JournalEntryKindWrite}, {Kind: apitype.JournalEntryKindSecretsManager}, {Kind: apitype.JournalEntryKindExtensionParameterize}},
		{{Kind: apitype.JournalEntryKindRebuiltBaseState}, {Kind: apitype.JournalEntryKindSuccess, RemoveOld: &one}},
	} {
		text, err := json.Marshal(entries)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, 10)
	}
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		// Bytes as they come, and entries that pass the checksum: both must be survived.
		_, _ = readStory(text)
		var entries []apitype.JournalEntry
		if json.Unmarshal(text, &entries) != nil {
			return
		}
		file := appendLine(nil, mustMarshal(t, record{Header: &header{Version: 1}}))
		for _, e := range entries {
			file = appendLine(file, mustMarshal(t, record{Entry: &e}))
		}
		if cut >= 0 && cut < len(file) {
			file = file[:len(file)-cut]
		}
		told, ok := readStory(file)
		if !ok {
			return
		}
		fresh := base
		fresh.Resources = append([]apitype.ResourceV3(nil), base.Resources...)
		d, err := replayed(&fresh, told.entries)
		if err != nil {
			return
		}
		if _, err := encodeCheckpoint(stackKeys{"shop", "local"}, d); err != nil {
			return
		}
		for _, e := range told.entries {
			if e.RemoveOld != nil || e.NewSnapshot != nil {
				return // it says so
			}
		}
		kept := 0
		for _, r := range d.Deployment.Resources {
			if r.ID == "kept" {
				kept++
			}
		}
		if kept == 0 {
			t.Errorf("the base was lost to %s", text)
		}
	})
}

func mustMarshal(t *testing.T, v any) []byte {
	t.Helper()
	data, err := marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
