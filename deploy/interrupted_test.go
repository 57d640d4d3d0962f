package deploy

import "testing"

// A preview that starts from the journal of an operation that was cut off says so: the state that it was
// found against is in no file, and nobody can plan on it.
func TestResultInterrupted(t *testing.T) {
	t.Parallel()
	s := open(t, testOptions(t, newWorld()))
	up(t, s, thing{name: "aaa", value: "1"})
	interruptedRun(t, s, program(thing{name: "aaa", value: "2"}))
	found, err := s.Preview(t.Context(), program(thing{name: "aaa", value: "3"}))
	if err != nil {
		t.Fatal(err)
	}
	if !found.Interrupted {
		t.Error("the preview does not say that it starts from a journal")
	}
	up(t, s, thing{name: "aaa", value: "2"})
	if found, err = s.Preview(t.Context(), program(thing{name: "aaa", value: "3"})); err != nil || found.Interrupted {
		t.Errorf("interrupted %t (%v) once the journal is in the state", found.Interrupted, err)
	}
}
