package deploy

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// toldUpdates returns the updates of a stack as lines, the newest first.
func toldUpdates(t *testing.T, s *Stack) []string {
	t.Helper()
	updates, _, err := s.History(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, u := range updates {
		lines = append(lines, fmt.Sprintf("%d %s %s %q %v", u.Number, u.Operation, u.Result, rows(u.Changes), u.Summary))
		if u.User == "" || u.Host == "" || u.Start.IsZero() || u.End.Before(u.Start) || u.After == "" {
			t.Errorf("update %d does not say who did what, and when: %+v", u.Number, u)
		}
	}
	return lines
}

func TestHistory(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	word := "first"
	o.Source = func() Source {
		return Source{Spec: []byte("spec " + word), Hash: hash([]byte(word)), Commit: "c0ffee", Modified: []string{"a.yaml"}}
	}
	s := open(t, o)
	if lines := toldUpdates(t, s); len(lines) != 0 {
		t.Errorf("a stack without a state has a history: %q", lines)
	}
	up(t, s, thing{name: "aaa", value: "1"})
	up(t, s, thing{name: "aaa", value: "1"}) // changes nothing, and is no update
	word = "second"
	up(t, s, thing{name: "aaa", value: "2"}, thing{name: "bbb", value: "1"})
	word = "first"
	up(t, s, thing{name: "aaa", value: "1"})
	if _, err := s.Destroy(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`4 destroy succeeded ["queue.aaa fake:index:Thing aaa: delete"] {0 0 0 1 0}`,
		`3 up succeeded ["queue.aaa fake:index:Thing aaa: update" "queue.bbb fake:index:Thing bbb: delete"] {0 1 0 1 0}`,
		`2 up succeeded ["queue.aaa fake:index:Thing aaa: update" "queue.bbb fake:index:Thing bbb: create"] {1 1 0 0 0}`,
		`1 up succeeded ["queue.aaa fake:index:Thing aaa: create"] {1 0 0 0 0}`,
	}
	if diff := cmp.Diff(want, toldUpdates(t, s)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	for n, text := range map[int]string{1: "spec first", 2: "spec second", 3: "spec first", 4: ""} {
		u, err := s.Update(t.Context(), n)
		if err != nil || string(u.Source.Spec) != text {
			t.Errorf("update %d has the spec %q, %v; want %q", n, u.Source.Spec, err, text)
		}
	}
	if u, err := s.Update(t.Context(), 2); err != nil || u.Source.Commit != "c0ffee" || len(u.Source.Modified) != 1 {
		t.Errorf("update 2: %+v, %v", u, err)
	}
	var none *NoUpdateError
	if _, err := s.Update(t.Context(), 9); !errors.As(err, &none) || none.First != 1 || none.Last != 4 {
		t.Errorf("update 9: %v", err)
	}

	if n, err := s.Prune(t.Context(), 2); err != nil || n != 2 {
		t.Fatalf("pruned %d, %v", n, err)
	}
	if diff := cmp.Diff(want[:2], toldUpdates(t, s)); diff != "" {
		t.Errorf("history after a prune (-want +got):\n%s", diff)
	}
	if u, err := s.Update(t.Context(), 3); err != nil || string(u.Source.Spec) != "spec first" {
		t.Errorf("update 3 after a prune: %v", err)
	}
	keys, err := s.bucket.list(t.Context(), s.keys.history())
	if err != nil || len(keys) != 2*3+1 { // an entry of ours and two of Pulumi's for each, and one spec
		t.Errorf("the history has %q, %v", keys, err)
	}
}

func TestHistoryOfFailures(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := open(t, testOptions(t, w))
	w.fail = func(call string) error {
		if call == "create bbb" {
			return errBroken
		}
		return nil
	}
	if _, err := s.Up(t.Context(), program(thing{name: "aaa"}, thing{name: "bbb", needs: []string{"aaa"}}), nil); err == nil {
		t.Fatal("it did not fail")
	}
	if diff := cmp.Diff([]string{`1 up failed ["queue.aaa fake:index:Thing aaa: create"] {1 0 0 0 0}`}, toldUpdates(t, s)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

// TestHistoryOfTheCutOff kills an update before its state is written, and one between its state and the end of
// its journal, which may have written its entry or not: each has one.
func TestHistoryOfTheCutOff(t *testing.T) {
	t.Parallel()
	o := testOptions(t, newWorld())
	o.Source = func() Source { return Source{Spec: []byte("spec"), Hash: "sha256:00"} }
	s := open(t, o)
	journal := interruptedRun(t, s, program(thing{name: "plain-a", value: "1"}))
	up(t, s, thing{name: "plain-a", value: "2"})
	cutOff := `1 up interrupted ["queue.plain-a fake:index:Thing plain-a: create"] {1 0 0 0 0}`
	then := `2 up succeeded ["queue.plain-a fake:index:Thing plain-a: update"] {0 1 0 0 0}`
	if diff := cmp.Diff([]string{then, cutOff}, toldUpdates(t, s)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if u, err := s.Update(t.Context(), 1); err != nil || string(u.Source.Spec) != "spec" {
		t.Errorf("the spec of what was cut off: %+v, %v", u, err)
	}

	// The journal of the first came back, or never went: its result is the state of then.
	for _, written := range []bool{true, false} {
		o := testOptions(t, newWorld())
		s := open(t, o)
		if err := os.MkdirAll(o.journalDir(), 0o700); err != nil {
			t.Fatal(err)
		}
		told1, _ := readStory(journal)
		up(t, s, thing{name: "plain-a", value: "1"})
		updates, _, err := s.History(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if written {
			told1.header.Run = updates[0].run
		}
		told1.header.Base = ""
		var left []byte
		for _, r := range []record{{Header: &told1.header}, {Entry: &told1.entries[0]}, {Result: updates[0].After}} {
			line, err := marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			left = appendLine(left, line)
		}
		if err := os.WriteFile(o.journalFile(), bytes.Clone(left), 0o600); err != nil {
			t.Fatal(err)
		}
		up(t, s, thing{name: "plain-a", value: "1"})
		want := []string{`1 up succeeded ["queue.plain-a fake:index:Thing plain-a: create"] {1 0 0 0 0}`}
		if !written {
			want = append([]string{`2 up interrupted ["queue.plain-a fake:index:Thing plain-a: create"] {1 0 0 0 0}`}, want...)
		}
		if diff := cmp.Diff(want, toldUpdates(t, s)); diff != "" {
			t.Errorf("written %v (-want +got):\n%s", written, diff)
		}
	}
}
