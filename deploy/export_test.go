package deploy

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

func export(t *testing.T, s *Stack) []byte {
	t.Helper()
	data, err := s.Export(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func agreed(ImportPreview) error { return nil }

func TestExportAndImport(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	o.Passphrase = "correct horse"
	s := open(t, o)
	things := []thing{{name: "aaa", secret: "hidden"}, {name: "bbb", needs: []string{"aaa"}}}
	up(t, s, things...)
	data := export(t, s)
	if bytes.Contains(data, []byte("hidden")) {
		t.Error("the export has a secret in the clear")
	}

	// Elsewhere, it is the same state to the byte, and an up finds nothing to do.
	there := o
	there.Dir = filepath.Join(t.TempDir(), ".msgdeploy")
	moved := open(t, there)
	if err := moved.Import(t.Context(), data, agreed); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(data), string(export(t, moved))); diff != "" {
		t.Errorf("the way there and back (-before +after):\n%s", diff)
	}
	w.asked()
	if r := up(t, moved, things...); len(r.Changes) != 0 || len(w.asked()) != 0 {
		t.Errorf("an up after the import changes %v", rows(r.Changes))
	}
	if target, err := moved.target(t.Context()); err != nil || target["provider"] != "fake" {
		t.Errorf("the target is not recorded: %v, %v", target, err)
	}
}

// TestImportReplaces demands that an import says what it forgets, waits for an answer, and keeps a backup.
func TestImportReplaces(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	s := open(t, o)
	up(t, s, thing{name: "plain-a"})
	old := export(t, s)
	up(t, s, thing{name: "plain-a"}, thing{name: "plain-b"})
	name := filepath.Join(o.Dir, s.keys.checkpoint())
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	refusal := errors.New("no")
	err = s.Import(t.Context(), old, func(p ImportPreview) error {
		if diff := cmp.Diff(ImportPreview{Resources: 1, Forgotten: []string{"queue.plain-b (fake:index:Thing)"}}, p); diff != "" {
			t.Errorf("preview (-want +got):\n%s", diff)
		}
		return refusal
	})
	if !errors.Is(err, refusal) {
		t.Errorf("import: %v, want %v", err, refusal)
	}
	if now, err := os.ReadFile(name); err != nil || !bytes.Equal(now, before) {
		t.Errorf("refused, and the state has changed: %v", err)
	}
	if err := s.Import(t.Context(), old, agreed); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(export(t, s), old) {
		t.Error("the state is not the one that was imported")
	}
	backups, err := s.bucket.list(t.Context(), s.keys.backups())
	if err != nil || len(backups) != 1 {
		t.Fatalf("backups %v, %v", backups, err)
	}
	kept, err := s.bucket.read(t.Context(), backups[0])
	if err != nil || !bytes.Equal(kept, before) {
		t.Errorf("the backup is not the state before: %v", err)
	}
	if err := s.Import(t.Context(), kept, agreed); err != nil {
		t.Fatal(err)
	}
	if now, err := os.ReadFile(name); err != nil || !bytes.Equal(now, before) {
		t.Errorf("a backup does not bring the state before back: %v", err)
	}
}

func TestImportRefusesWhatIsForeign(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	o.Passphrase = "correct horse"
	o.Target = map[string]string{"provider": "fake", "region": "north"}
	s := open(t, o)
	up(t, s, thing{name: "aaa", secret: "hidden"})
	good := string(export(t, s))
	in := func(region string) string {
		return strings.Replace(good, `"type": "pulumi:providers:fake",
                "inputs": {`, `"type": "pulumi:providers:fake",
                "inputs": {"region": "`+region+`",`, 1)
	}
	for name, test := range map[string]struct {
		export, reason string
		options        func(*Options)
	}{
		"another stack":      {strings.ReplaceAll(good, "urn:pulumi:local::", "urn:pulumi:prod::"), "resources of stack prod", nil},
		"another project":    {strings.ReplaceAll(good, "::shop::", "::crm::"), "of project crm", nil},
		"another region":     {in("south"), "region=south", nil},
		"another passphrase": {good, "secrets cannot be read", func(o *Options) { o.Passphrase = "wrong horse" }},
		"no export":          {`{"topics": {}}`, "not what", nil},
		"no JSON":            {"version: 1", "not what", nil},
		"a hole":             {strings.Replace(good, `"parent": "urn:pulumi:local::shop::msgdeploy:index:Queue::aaa"`, `"parent": "urn:pulumi:local::shop::msgdeploy:index:Queue::zzz"`, 1), "inconsistent", nil},
	} {
		there := o
		there.Dir = filepath.Join(t.TempDir(), ".msgdeploy")
		if test.options != nil {
			test.options(&there)
		}
		err := open(t, there).Import(t.Context(), []byte(test.export), agreed)
		var refused *ImportError
		if !errors.As(err, &refused) || !strings.Contains(refused.Reason, test.reason) {
			t.Errorf("%s: %v, want an ImportError that says %q", name, err, test.reason)
		}
		if _, err := os.Stat(there.Dir); err == nil {
			t.Errorf("%s: refused, but something was written", name)
		}
	}
	there := o
	there.Dir = filepath.Join(t.TempDir(), ".msgdeploy")
	if err := open(t, there).Import(t.Context(), []byte(in("north")), agreed); err != nil {
		t.Errorf("the same region: %v", err)
	}
}

// TestStockTakesOurExport hands states to and from the engine's own file backend.
func TestStockTakesOurExport(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	o.Passphrase = "correct horse"
	things := []thing{{name: "aaa", secret: "hidden"}, {name: "bbb", needs: []string{"aaa"}}}
	s := open(t, o)
	up(t, s, things...)

	stock := openStock(t, "file://"+t.TempDir(), o.Passphrase)
	stk, err := stock.CreateStack(t.Context(), stock.ref, t.TempDir(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var ours apitype.UntypedDeployment
	if err := json.Unmarshal(export(t, s), &ours); err != nil {
		t.Fatal(err)
	}
	if err := stock.ImportDeployment(t.Context(), stk, &ours); err != nil {
		t.Fatal(err)
	}
	w.asked()
	stock.up(t, w, program(things...))
	if calls := w.asked(); len(calls) != 0 {
		t.Errorf("the stock engine finds work in our state: %v", calls)
	}
	theirs, err := stock.ExportDeployment(t.Context(), stk)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(theirs)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Import(t.Context(), data, agreed); err != nil {
		t.Fatal(err)
	}
	if r := up(t, s, things...); len(r.Changes) != 0 || len(w.asked()) != 0 {
		t.Errorf("an up of what the stock engine exported changes %v", rows(r.Changes))
	}
}
