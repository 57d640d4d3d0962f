package main

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/msgdeploy/msgdeploy/broker/brokertest"
)

var update = flag.Bool("update", false, "rewrite golden files and what scripts and pages expect")

// TestMain lets scripts run msgdeploy: it is this very binary.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"msgdeploy": main, lonelyName: lonely})
}

// TestScript runs testdata/script, one file a command or a promise.
func TestScript(t *testing.T) {
	t.Parallel()
	commands := scriptCommands()
	commands["external"] = externalCommand(sync.OnceValue(func() *brokertest.Broker { return brokertest.StartServer(t) }))
	commands["fakeplugin"] = fakePluginCommand(buildFakePlugin(t))
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                commands,
	})
}

// readIfThere returns the content of a file of a script, "" while it does not exist.
func readIfThere(ts *testscript.TestScript, name string) string {
	data, err := os.ReadFile(ts.MkAbs(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Check(err)
	}
	return string(data)
}
