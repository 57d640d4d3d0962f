package main

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"
)

var allEdits = flag.Bool("edits", false, "make all edits of all cases, not a sample: it takes an hour")

// TestEdits edits the stacks of the corpus, and sees for each edit that the offline preview says what an
// ordinary one says and the cloud does, there and back.
func TestEdits(t *testing.T) {
	t.Parallel()
	binary := buildFileCloud(t)
	for _, c := range cloudStacks(t) {
		t.Run(c.title, func(t *testing.T) {
			o := newOracle(t, binary, c.cloud, c.stack)
			if wrong, err := o.step(t.Context(), c.text); err != nil || wrong != "" {
				t.Fatal(err, wrong)
			}
			base := parsed(t, c.text)
			for _, e := range base.edits(c.cloud, c.stack) {
				d := base.copy()
				e.apply(d)
				text, err := d.yaml()
				if err != nil {
					t.Fatal(err)
				}
				wrong, err := o.step(t.Context(), text)
				fmt.Println("EDIT", c.title, e.kind, "|", e.what, "|", err == nil, wrong == "", why(err))
				if err != nil {
					continue // the spec may not say that
				}
				if wrong != "" {
					t.Errorf("%s %s: %s", e.kind, e.what, wrong)
				}
				wrong, err = o.step(t.Context(), c.text)
				if err != nil {
					t.Fatal(err)
				}
				if wrong != "" {
					t.Errorf("back from %s %s: %s", e.kind, e.what, wrong)
					o = newOracle(t, binary, c.cloud, c.stack)
					if wrong, err := o.step(t.Context(), c.text); err != nil || wrong != "" {
						t.Fatal(err, wrong)
					}
				}
			}
		})
	}
}

func why(err error) string {
	var invalid *specError
	if errors.As(err, &invalid) {
		var out []string
		for _, d := range invalid.diagnostics {
			out = append(out, d.Code+": "+d.Summary+": "+d.Detail)
		}
		return strings.Join(out, "; ")
	}
	return fmt.Sprint(err)
}
