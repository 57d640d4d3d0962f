package main

import (
	"flag"
	"testing"
)

var allEdits = flag.Bool("edits", false, "make all edits of all cases, not a sample: it takes an hour")

func TestEdits(t *testing.T) {
	t.Parallel()
	binary := buildFileCloud(t)
	for _, c := range cloudStacks(t) {
		t.Run(c.title, func(t *testing.T) {
			o := newOracle(t, binary, c.cloud, c.stack)
			wrong, err := o.step(t.Context(), c.text)
			if err != nil {
				t.Fatal(err)
			}
			if wrong != "" {
				t.Error(wrong)
			}
		})
	}
}
