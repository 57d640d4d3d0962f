package deploy

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/pkg/v3/backend"
	"github.com/pulumi/pulumi/pkg/v3/backend/display"
	"github.com/pulumi/pulumi/pkg/v3/backend/diy"
	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/secrets"
	"github.com/pulumi/pulumi/pkg/v3/secrets/passphrase"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// stock is Pulumi's own file backend on a directory, as its CLI uses it.
type stock struct {
	diy.Backend
	ref    backend.StackReference
	proj   *workspace.Project
	phrase string
}

func openStock(t testing.TB, backendURL, phrase string) *stock {
	t.Helper()
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	proj := &workspace.Project{Name: tokens.PackageName("shop"), Runtime: workspace.NewProjectRuntimeInfo(runtimeName, nil)}
	be, err := diy.New(t.Context(), sink, backendURL, proj)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := be.ParseStackReference("organization/shop/local")
	if err != nil {
		t.Fatal(err)
	}
	return &stock{Backend: be, ref: ref, proj: proj, phrase: phrase}
}

// OfType finds the state's keys as the stock CLI does, given the passphrase.
func (s *stock) OfType(_ context.Context, ty string, state json.RawMessage) (secrets.Manager, error) {
	if ty != passphrase.Type {
		return nil, errors.New("not a passphrase: " + ty)
	}
	var salt struct{ Salt string }
	if err := json.Unmarshal(state, &salt); err != nil {
		return nil, err
	}
	return passphrase.GetPassphraseSecretsManager(s.phrase, salt.Salt)
}

// up is what `pulumi up` does.
func (s *stock) up(t testing.TB, w *world, p Program) {
	t.Helper()
	stk, err := s.GetStack(t.Context(), s.ref)
	if err == nil && stk == nil {
		stk, err = s.CreateStack(t.Context(), s.ref, t.TempDir(), nil, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, manager, err := passphrase.NewPassphraseSecretsManager(s.phrase)
	if err != nil {
		t.Fatal(err)
	}
	plugins := &hosts{program: p, plugins: testOptions(t, w).Plugins}
	_, err = backend.UpdateStack(t.Context(), stk, backend.UpdateOperation{
		Proj: s.proj, Root: t.TempDir(), M: &backend.UpdateMetadata{},
		SecretsManager: manager, SecretsProvider: s,
		StackConfiguration: backend.StackConfiguration{Config: config.Map{}, Decrypter: manager.Decrypter()},
		Scopes:             backend.CancellationScopes,
		Opts: backend.UpdateOptions{
			AutoApprove: true, SkipPreview: true,
			Display: display.Options{Color: colors.Never, SummaryJSON: true, Stdout: io.Discard, Stderr: io.Discard},
			Engine:  engine.UpdateOptions{Parallel: 16, SkipPluginPreInstall: true, HostFactory: plugins.new},
		},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

func key(t testing.TB, o Options) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(o.Dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

func TestStockReadsOurState(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	up(t, open(t, o), thing{name: "aaa", secret: "hidden"})

	s := openStock(t, "file://"+o.Dir, key(t, o))
	stk, err := s.GetStack(t.Context(), s.ref)
	if err != nil || stk == nil {
		t.Fatalf("no stack: %v", err)
	}
	snap, err := stk.Snapshot(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, r := range snap.Resources {
		if r.URN.Name() != "aaa" || !r.Custom {
			continue
		}
		found = true
		if v := r.Inputs["secret"]; !v.IsSecret() || v.SecretValue().Element.StringValue() != "hidden" {
			t.Error("the secret cannot be read")
		}
	}
	if !found {
		t.Error("the resource is not in the snapshot")
	}
	history, err := s.GetHistory(t.Context(), s.ref, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(history) != 1 || history[0].Kind != apitype.UpdateUpdate || history[0].Result != backend.SucceededResult || history[0].ResourceChanges["create"] == 0 {
		t.Errorf("history %+v, want one update that created something", history)
	}
	if err := s.Lock(t.Context(), s.ref); err != nil {
		t.Errorf("we left a lock: %v", err)
	}
	var locked *LockedError
	if _, err := open(t, o).Up(t.Context(), program(), nil); !errors.As(err, &locked) {
		t.Errorf("up under the stock CLI's lock: %v, want a LockedError", err)
	}
}

func TestWeReadStockState(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	o.Passphrase = "correct horse"
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	things := []thing{{name: "aaa", secret: "hidden"}, {name: "bbb", needs: []string{"aaa"}}}
	openStock(t, "file://"+o.Dir, o.Passphrase).up(t, w, program(things...))
	w.asked()

	s := open(t, o)
	r := up(t, s, things...)
	if len(r.Changes) != 0 || r.Summary != (Summary{Same: 2}) {
		t.Errorf("changes %v, summary %+v, want none", rows(r.Changes), r.Summary)
	}
	got, err := s.SecretOutput(t.Context(), "credentials")
	if diff := cmp.Diff(map[string]any{"aaa": "hidden"}, got); err != nil || diff != "" {
		t.Errorf("credentials: %v (-want +got):\n%s", err, diff)
	}
	things[1].value = "2"
	up(t, s, things...)
	openStock(t, "file://"+o.Dir, o.Passphrase).up(t, w, program(things...))
	if diff := cmp.Diff([]string{"update bbb"}, w.asked()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(o.keyFile()); err == nil {
		t.Error("a passphrase was made though one was given")
	}
}

func TestStateIsSmaller(t *testing.T) {
	t.Parallel()
	things := numbered(40)
	w := newWorld()
	o := testOptions(t, w)
	up(t, open(t, o), things...)
	dir := t.TempDir()
	openStock(t, "file://"+dir, "correct horse").up(t, newWorld(), program(things...))

	size := func(dir string) int64 {
		t.Helper()
		info, err := os.Stat(filepath.Join(dir, ".pulumi/stacks/shop/local.json"))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	ours, theirs := size(o.Dir), size(dir)
	if ours*100 > theirs*60 {
		t.Errorf("our state has %d bytes, that is %d %% of the stock engine's %d", ours, ours*100/theirs, theirs)
	}
	t.Logf("%d bytes, %d %% of the stock engine's", ours, ours*100/theirs)
}

// TestSharedDirectory: two checkouts that keep their state in one directory share the journal and the locks too.
func TestSharedDirectory(t *testing.T) {
	t.Parallel()
	shared := "file://" + t.TempDir()
	w := newWorld()
	here, there := testOptions(t, w), testOptions(t, w)
	for _, o := range []*Options{&here, &there} {
		o.Backend, o.Passphrase = shared, "correct horse"
	}
	interruptedRun(t, open(t, here), program(thing{name: "aaa"}))
	w.asked()
	infos, err := Stacks(t.Context(), there)
	if err != nil || len(infos) != 1 || !infos[0].Interrupted {
		t.Errorf("stacks there %+v, %v; want one that was cut off", infos, err)
	}
	up(t, open(t, there), thing{name: "aaa"})
	if calls := w.asked(); len(calls) > 0 {
		t.Errorf("what was on record was done again: %q", calls)
	}
}
