package deploy

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// misfit returns a stack whose state was changed behind the journal's back, the options it was opened
// with, and that state. Before, there was "plain-a"; the journal made "plain-b" besides.
func misfit(t *testing.T) (s *Stack, o Options, w *world, state []byte) {
	t.Helper()
	w = newWorld()
	o = testOptions(t, w)
	s = open(t, o)
	up(t, s, thing{name: "plain-a", value: "1"})
	interruptedRun(t, s, program(thing{name: "plain-a", value: "1"}, thing{name: "plain-b", value: "1"}))
	name := filepath.Join(o.Dir, s.keys.checkpoint())
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	state = bytes.Replace(data, []byte(`"value":"1"`), []byte(`"value":"x"`), 1)
	if err := os.WriteFile(name, state, 0o600); err != nil {
		t.Fatal(err)
	}
	return s, o, w, state
}

func TestRecoverShowsBoth(t *testing.T) {
	t.Parallel()
	_, o, _, state := misfit(t)
	s := open(t, o)
	l, err := s.Leftover(t.Context())
	if err != nil || l == nil {
		t.Fatalf("leftover: %v, %v", l, err)
	}
	if l.Fits || l.State != hash(state) || l.Base == "" || l.Operation != OperationUp || l.By == nil || l.By.PID != os.Getpid() {
		t.Errorf("leftover %+v", l)
	}
	if want := "creating plain-b"; len(l.Steps) != 1 || l.Steps[0] != want {
		t.Errorf("steps %q, want %q", l.Steps, want)
	}
	_, err = Recover(t.Context(), o, "")
	var refused *JournalError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "--keep state") || !strings.Contains(err.Error(), "--keep journal") {
		t.Errorf("recover without a choice: %v", err)
	}
	if held, err := s.locks(t.Context()); err != nil || len(held) != 0 {
		t.Errorf("locks left behind: %v, %v", held, err)
	}
}

func TestRecoverKeepsTheState(t *testing.T) {
	t.Parallel()
	s, o, w, state := misfit(t)
	r, err := Recover(t.Context(), o, SideState)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(r.Backup); err != nil || !bytes.Contains(data, []byte("plain-b")) {
		t.Errorf("the journal is not kept: %v", err)
	}
	if now, err := os.ReadFile(filepath.Join(o.Dir, s.keys.checkpoint())); err != nil || !bytes.Equal(now, state) {
		t.Errorf("the state was changed: %v", err)
	}
	things := []thing{{name: "plain-a", value: "1"}, {name: "plain-b", value: "1"}}
	up(t, s, things...)
	assertConverged(t, s, w, things)
	if names, err := stackNames(t.Context(), s.bucket, s.opts); err != nil || len(names) != 1 {
		t.Errorf("the journal that was put aside counts as a stack: %v, %v", names, err)
	}
}

func TestRecoverKeepsTheJournal(t *testing.T) {
	t.Parallel()
	s, o, w, state := misfit(t)
	r, err := Recover(t.Context(), o, SideJournal)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := s.bucket.read(t.Context(), r.Backup); err != nil || !bytes.Equal(data, state) {
		t.Errorf("the state is not kept: %v", err)
	}
	assertConverged(t, s, w, []thing{{name: "plain-a", value: "1"}, {name: "plain-b", value: "1"}})
	w.asked()
	if up(t, s); len(w.names()) != 0 {
		t.Errorf("the state did not know of %v", w.names())
	}
}

func TestRecoverNeedsTheBase(t *testing.T) {
	t.Parallel()
	s, o, _, _ := misfit(t)
	if err := os.RemoveAll(filepath.Join(o.Dir, s.keys.history())); err != nil {
		t.Fatal(err)
	}
	if _, err := Recover(t.Context(), o, SideJournal); err == nil || !strings.Contains(err.Error(), "only the state can be kept") {
		t.Errorf("recover without the state that the journal starts from: %v", err)
	}
	if !s.interrupted() {
		t.Error("the journal is gone")
	}
}

// TestRecoverWhatFits demands that recovery alone does what the next up would do about a journal.
func TestRecoverWhatFits(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	s := open(t, o)
	if r, err := Recover(t.Context(), o, ""); err != nil || r.Leftover != nil {
		t.Errorf("nothing to recover: %+v, %v", r, err)
	}
	interruptedRun(t, s, program(thing{name: "plain-a"}))
	if _, err := Recover(t.Context(), o, SideState); err != nil { // it fits, so there is nothing to choose
		t.Fatal(err)
	}
	assertConverged(t, s, w, []thing{{name: "plain-a"}})
}

// TestDamagedJournal demands that a journal of which the beginning cannot be read is not taken for one
// that had not begun: what it tells of was done.
func TestDamagedJournal(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	s := open(t, o)
	journal := interruptedRun(t, s, program(thing{name: "plain-a"}))
	journal[20]++
	restore(t, s, nil, journal)
	_, err := s.Up(t.Context(), program(), nil)
	var damaged *JournalError
	if !errors.As(err, &damaged) || !strings.Contains(err.Error(), "damaged") {
		t.Fatalf("up: %v, want a JournalError", err)
	}
	if _, err := Recover(t.Context(), o, SideJournal); err == nil {
		t.Error("a journal whose beginning nobody knows was replayed")
	}
	r, err := Recover(t.Context(), o, SideState)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(r.Backup); err != nil || !bytes.Equal(data, journal) {
		t.Errorf("the journal is not kept: %v", err)
	}
}

// TestEveryReaderTellsOfTheJournal demands a note of whoever shows a state that is not all.
func TestEveryReaderTellsOfTheJournal(t *testing.T) {
	t.Parallel()
	readers := map[string]func(*Stack) error{
		"outputs": func(s *Stack) error { _, err := s.Outputs(t.Context()); return err },
		"preview": func(s *Stack) error { _, err := s.Preview(t.Context(), program(thing{name: "plain-a"})); return err },
		"export":  func(s *Stack) error { _, err := s.Export(t.Context()); return err },
		"pending": func(s *Stack) error { _, err := s.Pending(t.Context()); return err },
	}
	fits := testOptions(t, newWorld())
	up(t, open(t, fits), thing{name: "plain-a"})
	interruptedRun(t, open(t, fits), program(thing{name: "plain-b"}))
	_, misfits, _, _ := misfit(t)
	for name, read := range readers {
		for what, o := range map[string]Options{"cut off": fits, "does not fit": misfits} {
			var notes []string
			o.Warn = func(note string) { notes = append(notes, note) }
			if err := read(open(t, o)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if len(notes) != 1 || !strings.Contains(notes[0], what) {
				t.Errorf("%s: notes %q, want one that says %q", name, notes, what)
			}
		}
	}
}
