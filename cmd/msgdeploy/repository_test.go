package main

import (
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/msgdeploy/msgdeploy/internal/gittree/gittreetest"
)

// scriptT is a script as the maker of repositories wants it.
type scriptT struct{ *testscript.TestScript }

func (scriptT) Helper() {}

func (s scriptT) Cleanup(f func()) { s.Defer(f) }

// repositoryCommand makes a git repository of the script's directory:
//
//	repository init
//	repository commit MESSAGE
//	repository branch NAME
//	repository switch NAME
func repositoryCommand() func(*testscript.TestScript, bool, []string) {
	var repositories sync.Map // by directory
	return func(ts *testscript.TestScript, neg bool, args []string) {
		dir := ts.MkAbs(".")
		if len(args) == 1 && args[0] == "init" && !neg {
			repositories.Store(dir, gittreetest.Init(scriptT{ts}, dir))
			return
		}
		known, ok := repositories.Load(dir)
		if neg || len(args) != 2 || !ok {
			ts.Fatalf("usage: repository init|commit MESSAGE|branch NAME|switch NAME")
			return
		}
		r, _ := known.(*gittreetest.Repository)
		switch args[0] {
		case "commit":
			r.Commit(args[1])
		case "branch":
			r.Branch(args[1])
		case "switch":
			r.Switch(args[1])
		default:
			ts.Fatalf("repository has no command %s", args[0])
		}
	}
}
