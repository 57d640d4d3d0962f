package main

import (
	"cmp"
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/spec"
)

var allEdits = flag.Bool("edits", false, "make all edits of the corpus, not a sample: that takes an hour (`make edits`)")

// TestEdits edits stacks of the corpus. For each edit the offline preview says what an ordinary one says,
// the cloud takes it, and nothing changes any more after that. With -edits so it is on the way back, too;
// a sample goes from edit to edit.
func TestEdits(t *testing.T) {
	t.Parallel()
	binary := buildFileCloud(t)
	stacks := cloudStacks(t)
	if !*allEdits {
		stacks = sample(t, stacks)
	}
	for _, c := range stacks {
		t.Run(c.title, func(t *testing.T) {
			t.Parallel()
			o := newOracle(t, binary, c.cloud, c.stack)
			o.must(t, c.text)
			for _, e := range c.edits {
				ok := t.Run(strings.TrimSpace(e.kind+" "+e.what), func(t *testing.T) { o.check(t, c, e) })
				if !ok { // nobody knows where that has left it
					o = newOracle(t, binary, c.cloud, c.stack)
					o.must(t, c.text)
				}
			}
		})
	}
}

// must makes a step that has to succeed.
func (o *oracle) must(t *testing.T, text []byte) {
	t.Helper()
	wrong, err := o.step(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	if wrong != "" {
		t.Fatal(wrong)
	}
}

// check makes an edit, and takes it back where there is time for that.
func (o *oracle) check(t *testing.T, c cloudStack, e edit) {
	t.Helper()
	text := e.of(t, c)
	wrong, err := o.step(t.Context(), text)
	if err != nil {
		return // the spec must not say that: [sample] takes none of these
	}
	if wrong != "" {
		t.Fatalf("%s\n%s", wrong, text)
	}
	if e.back != nil {
		o.must(t, edit{apply: e.back}.of(t, c))
	}
	if *allEdits {
		o.must(t, c.text)
	}
}

// setting is the kind without the value.
func (e edit) setting() string {
	name, _, _ := strings.Cut(e.kind, "=")
	return name
}

// of is the text of a stack's spec with the edit made.
func (e edit) of(t *testing.T, c cloudStack) []byte {
	t.Helper()
	d := parsed(t, c.text)
	e.apply(d)
	text, err := d.yaml()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// sample takes each kind of edit once, in turn on each cloud where the spec may say that, and so that few
// stacks are needed, and small ones.
func sample(t *testing.T, stacks []cloudStack) []cloudStack {
	t.Helper()
	slices.SortStableFunc(stacks, func(a, b cloudStack) int { return cmp.Compare(len(a.text), len(b.text)) })
	var kinds []string
	for _, c := range stacks {
		for _, e := range c.edits {
			kinds = append(kinds, e.setting())
		}
	}
	slices.Sort(kinds)
	kinds = slices.Compact(kinds)
	clouds := []spec.Cloud{spec.AWS, spec.GCP, spec.Azure}
	chosen := make([][]edit, len(stacks))
	for i, kind := range kinds {
		choose(t, stacks, chosen, kind, clouds[i%3], clouds[(i+1)%3], clouds[(i+2)%3])
	}
	var out []cloudStack
	for i, c := range stacks {
		if c.edits = chosen[i]; len(c.edits) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// choose adds an edit of a kind to one of the stacks: of the first cloud that has it, and rather to one that
// is taken already.
func choose(t *testing.T, stacks []cloudStack, chosen [][]edit, kind string, clouds ...spec.Cloud) {
	t.Helper()
	for _, cloud := range clouds {
		for _, taken := range []bool{true, false} {
			for i, c := range stacks {
				if c.cloud != cloud || taken != (len(chosen[i]) > 0) {
					continue
				}
				for _, e := range c.edits {
					if e.setting() == kind && valid(t, c, e) {
						chosen[i] = append(chosen[i], e)
						return
					}
				}
			}
		}
	}
}

// valid reports whether the spec may say what an edit makes of it.
func valid(t *testing.T, c cloudStack, e edit) bool {
	t.Helper()
	s, ds := spec.Load(caseSpec, e.of(t, c))
	if ds.HasErrors() {
		return false
	}
	a, _, _ := testApp("", nil)
	return !a.checkStack(s, c.stack).HasErrors()
}
