package deploy

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// interruptedRun does what [Stack.apply] does, but stops short of folding the
// journal, as if the process had died; it returns what the journal says by then.
func interruptedRun(t *testing.T, s *Stack, p Program) []byte {
	t.Helper()
	ctx := t.Context()
	if err := s.prepare(ctx); err != nil {
		t.Fatal(err)
	}
	c, err := s.load(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ensurePassphrase(c); err != nil {
		t.Fatal(err)
	}
	plan, err := s.plan(ctx, OperationUp, p, c)
	if err != nil {
		t.Fatal(err)
	}
	keys := s.keyring(plan.base.SecretsProviders)
	base, err := s.snapshot(ctx, plan.base, keys)
	if err != nil {
		t.Fatal(err)
	}
	j, err := newJournal(ctx, s.opts.disk, s.opts.journalFile(), s.header(OperationUp, plan), plan.base, keys)
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	if out := (run{stack: s, operation: OperationUp, program: p, base: base, journal: j, keys: keys}).do(ctx); out.err != nil {
		t.Fatal(out.err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.sync(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(s.opts.journalFile())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// begun returns what may exist when a journal ends where it does: before, and
// then all that the operations have begun to do.
func begun(journal []byte, before map[string]resource.PropertyMap) map[string]resource.PropertyMap {
	there := maps.Clone(before)
	told, _ := readStory(journal)
	for _, e := range told.entries {
		if e.Operation == nil || !e.Operation.Resource.Custom || e.Operation.Resource.Type.Package() != "fake" {
			continue
		}
		r := e.Operation.Resource
		switch e.Operation.Type {
		case apitype.OperationTypeCreating, apitype.OperationTypeUpdating:
			there[r.URN.Name()] = resource.NewPropertyMapFromMap(r.Inputs)
		case apitype.OperationTypeDeleting:
			delete(there, r.URN.Name())
		}
	}
	return there
}

// cuts returns where a crash may leave a journal: after each line, and inside of each.
func cuts(journal []byte) (ends []int) {
	start := 0
	for i, b := range journal {
		if b == '\n' {
			ends = append(ends, start, start+(i-start)/2)
			start = i + 1
		}
	}
	return append(ends, len(journal))
}

// TestCrashEverywhere kills an up at every point of its journal, and demands of
// the next command that it converges: nothing twice, nothing orphaned.
func TestCrashEverywhere(t *testing.T) {
	t.Parallel()
	first := []thing{{name: "plain-a", value: "1"}, {name: "plain-b", value: "1", needs: []string{"plain-a"}}, {name: "plain-c", value: "1"}}
	second := []thing{{name: "plain-a", value: "2"}, {name: "plain-b", value: "1", shape: "round", needs: []string{"plain-a"}}, {name: "plain-d", value: "1"}}
	for name, test := range map[string]struct{ before, then, next []thing }{
		"create, same program":      {nil, first, first},
		"create, other program":     {nil, first, second},
		"create, empty program":     {nil, first, nil},
		"change, same program":      {first, second, second},
		"change, back to the first": {first, second, first},
		"change, empty program":     {first, second, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			o := testOptions(t, w)
			s := open(t, o)
			if test.before != nil {
				up(t, s, test.before...)
			}
			before := w.all()
			checkpoint, err := os.ReadFile(o.Dir + "/" + s.keys.checkpoint())
			if err != nil && test.before != nil {
				t.Fatal(err)
			}
			journal := interruptedRun(t, s, program(test.then...))
			for _, cut := range cuts(journal) {
				restore(t, s, checkpoint, journal[:cut])
				w.set(begun(journal[:cut], before))
				w.asked()
				r, err := s.Up(t.Context(), program(test.next...), nil)
				if err != nil {
					t.Fatalf("cut at %d of %d: %v", cut, len(journal), err)
				}
				assertConverged(t, s, w, test.next)
				if t.Failed() {
					t.Fatalf("cut at %d of %d, changes %v, calls %v, last line:\n%s", cut, len(journal), rows(r.Changes), w.asked(), last(journal[:cut]))
				}
			}
		})
	}
}

func last(journal []byte) []byte {
	lines := bytes.Split(journal, []byte("\n"))
	return lines[max(0, len(lines)-2)]
}

// restore puts a stack's files back to where a crash left them.
func restore(t *testing.T, s *Stack, checkpoint, journal []byte) {
	t.Helper()
	state := s.opts.Dir + "/" + s.keys.checkpoint()
	var err error
	if checkpoint == nil {
		err = os.RemoveAll(state)
	} else {
		err = os.WriteFile(state, checkpoint, 0o600)
	}
	if err == nil {
		err = os.WriteFile(s.opts.journalFile(), journal, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// assertConverged demands that the world and the state hold the things and nothing else, once each.
func assertConverged(t *testing.T, s *Stack, w *world, things []thing) {
	t.Helper()
	var want []string
	for _, x := range things {
		want = append(want, x.name)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, w.names()); diff != "" {
		t.Errorf("the world (-want +got):\n%s", diff)
	}
	for _, x := range things {
		got, want := plainMap(w.all()[x.name]), map[string]any{"name": x.name, "value": x.value, "shape": x.shape}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s in the world (-want +got):\n%s", x.name, diff)
		}
	}
	c, err := s.load(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range c.deployment.Resources {
		if r.Custom && r.Type.Package() == "fake" {
			got = append(got, r.URN.Name())
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the state (-want +got):\n%s", diff)
	}
	if n := len(c.deployment.PendingOperations); n != 0 {
		t.Errorf("the state has %d pending operations", n)
	}
	if _, err := os.Stat(s.opts.journalFile()); err == nil {
		t.Error("the journal is still there")
	}
}

func TestJournalOfOtherState(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	s := open(t, o)
	up(t, s, thing{name: "plain-a"})
	interruptedRun(t, s, program(thing{name: "plain-a", value: "2"}))
	state := o.Dir + "/" + s.keys.checkpoint()
	data, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(data, []byte(`"value":""`), []byte(`"value":"x"`), 1)
	if err := os.WriteFile(state, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = s.Up(t.Context(), program(thing{name: "plain-a", value: "2"}), nil)
	var foreign *JournalError
	if !errors.As(err, &foreign) {
		t.Fatalf("up: %v, want a JournalError", err)
	}
	if foreign.Base != hash(data) || foreign.State != hash(changed) || !strings.Contains(err.Error(), s.opts.journalFile()) {
		t.Errorf("the error does not show both: %v", err)
	}
	if after, err := os.ReadFile(state); err != nil || !bytes.Equal(after, changed) {
		t.Errorf("the state was changed: %v", err)
	}
}

func TestCrashAfterCheckpoint(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	var notes []string
	o.Warn = func(note string) { notes = append(notes, note) }
	s := open(t, o)
	journal := interruptedRun(t, s, program(thing{name: "plain-a"}))
	// The first recovery stands for the run that wrote its checkpoint and died before it removed the journal.
	up(t, s, thing{name: "plain-a"})
	state, err := os.ReadFile(o.Dir + "/" + s.keys.checkpoint())
	if err != nil {
		t.Fatal(err)
	}
	line, err := marshal(record{Result: hash(state)})
	if err != nil {
		t.Fatal(err)
	}
	restore(t, s, state, appendLine(journal, line))
	w.asked()
	notes = nil
	r := up(t, s, thing{name: "plain-a"})
	if len(r.Changes) != 0 || len(w.asked()) != 0 || len(notes) != 0 {
		t.Errorf("a journal whose result is the state should just go: %v, %v", rows(r.Changes), notes)
	}
	assertConverged(t, s, w, []thing{{name: "plain-a"}})
}

func TestPreviewAfterCrash(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	var notes []string
	o.Warn = func(note string) { notes = append(notes, note) }
	s := open(t, o)
	interruptedRun(t, s, program(thing{name: "plain-a"}, thing{name: "plain-b"}))
	r, err := s.Preview(t.Context(), program(thing{name: "plain-a"}, thing{name: "plain-c"}))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"queue.plain-b fake:index:Thing plain-b: delete", "queue.plain-c fake:index:Thing plain-c: create"}
	if diff := cmp.Diff(want, rows(r.Changes)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "cut off") {
		t.Errorf("notes %q, want one that says so", notes)
	}
	if exists, err := s.Exists(t.Context()); exists || err != nil {
		t.Errorf("the preview wrote the state: %v", err)
	}
}
