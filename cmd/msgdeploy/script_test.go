package main

import (
	"flag"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite golden files and what scripts and pages expect")

// TestMain lets scripts run msgdeploy: it is this very binary.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"msgdeploy": main})
}

// TestScript runs testdata/script, one file a command or a promise.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}
