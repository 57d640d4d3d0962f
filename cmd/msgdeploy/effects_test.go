package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// effect is what shows that a flag does something. A command is run with the flag, and with its variable,
// and each time it must show; with the variable, and another value of the flag, it must not: the command
// line is stronger.
type effect struct {
	// args are further arguments. DIR in them, and in the values, is the directory of the run.
	args string
	// deployed says that the spec has been deployed, with two messages in queue.jobs.
	deployed bool
	value    string
	// other is the flag's default unless set.
	other string
	// shows matches `exit CODE`, what was printed, and the spec that init has written; hides matches
	// without the flag alone.
	shows, hides string
	// by names what shows the effect instead: a test, or a script that uses the flag.
	by string
}

// shared are the effects of flags that are the same in all commands, by the flag.
func shared() map[string]effect {
	return map[string]effect{
		"backend":      {value: "nowhere://x", shows: "state on a remote backend needs"},
		"file":         {value: "DIR/wrong.yaml", other: "DIR/msgdeploy.yaml", shows: "Unknown key"},
		"lock-timeout": {by: "stacks-state.txtar"},
		"output":       {value: "json", shows: `(?m)^[{\[]`},
		"parallel":     {by: "TestEngineParallel"},
		"simulate":     {value: "true", shows: `\[simulated\]|"simulated": true`},
		"stack":        {value: "nosuch", other: "local", shows: "the spec has no stack nosuch"},
		"yes":          {value: "true", shows: "^exit 0"},
	}
}

// effects are those of one command, by the command and the flag.
func effects() map[string]effect {
	return map[string]effect{
		"msgdeploy color":            {args: "preview", value: "always", other: "never", shows: `\x1b\[`},
		"complete as":                {deployed: true, value: "nosuch", other: "worker", shows: "no service nosuch"},
		"dequeue as":                 {deployed: true, value: "nosuch", other: "worker", shows: "no service nosuch"},
		"dequeue lease":              {deployed: true, value: "true", shows: `jobs:\S+\tone`},
		"dequeue number":             {deployed: true, value: "1", other: "10", hides: `(?m)^two$`},
		"dequeue output":             {deployed: true, value: "json", shows: `"messages": \[`},
		"dequeue wait":               {deployed: true, value: "-1s", other: "30s", shows: "--wait takes a duration"},
		"destroy output":             {args: "--yes", deployed: true, value: "json", shows: `"operation": "destroy"`},
		"destroy yes":                {deployed: true, value: "true", shows: "^exit 0"},
		"dev allow-data-loss":        {args: "-f DIR/less.yaml", deployed: true, value: "queue.jobs", other: "queue.other", shows: "interrupt to stop"},
		"dev verbose":                {by: "TestVerboseRelay"},
		"dev watch":                  {by: "dev.txtar"},
		"enqueue as":                 {deployed: true, value: "nosuch", other: "worker", shows: "no service nosuch"},
		"enqueue attr":               {deployed: true, value: "noequals", other: "kind=card", shows: "--attr takes key=value"},
		"enqueue key":                {by: "TestSentKey"},
		"extend as":                  {deployed: true, value: "nosuch", other: "worker", shows: "no service nosuch"},
		"graph backend":              {args: "--diff", value: "nowhere://x", shows: "state on a remote backend needs"},
		"graph base":                 {by: "graph.txtar"},
		"graph diff":                 {by: "graph.txtar"},
		"graph element":              {by: "graph.txtar"},
		"graph offline":              {by: "graph.txtar"},
		"graph output":               {value: "dot", other: "mermaid", shows: "digraph"},
		"import from":                {by: "import.txtar"},
		"import output":              {by: "import.txtar"},
		"import yes":                 {by: "import.txtar"},
		"init force":                 {args: "DIR", value: "true", shows: "^exit 0"},
		"init from":                  {args: "DIR/init", value: "DIR/asyncapi.yaml", shows: "zebra-seen"},
		"init project":               {args: "DIR/init", value: "billing", other: "books", shows: "project: billing"},
		"outputs output":             {deployed: true, value: "json", shows: `(?m)^\{`},
		"outputs service":            {args: "-o env", deployed: true, value: "worker", other: "nosuch", shows: "MSG_PROVIDER"},
		"preview allow-data-loss":    {args: "-f DIR/less.yaml --plan DIR/plan.json", deployed: true, value: "queue.jobs", other: "queue.other", hides: "does not agree"},
		"preview base":               {args: "--offline", value: "DIR/nosuch.yaml", other: "DIR/msgdeploy.yaml", shows: "nosuch.yaml"},
		"preview detailed-exitcode":  {value: "true", shows: "^exit 2"},
		"preview expect-no-changes":  {value: "true", shows: "^exit 2"},
		"preview fail-on":            {value: "access-widened", other: "data-loss", shows: "^exit 4"},
		"preview offline":            {value: "true", shows: "drift"},
		"preview plan":               {value: "DIR/plan.json", shows: "wrote the plan to"},
		"publish as":                 {deployed: true, value: "nosuch", other: "worker", shows: "no service nosuch"},
		"publish attr":               {deployed: true, value: "noequals", other: "kind=card", shows: "--attr takes key=value"},
		"publish key":                {by: "publish.txtar"},
		"refresh detailed-exitcode":  {by: "refresh.txtar"},
		"refresh expect-no-changes":  {by: "refresh.txtar"},
		"refresh preview-only":       {by: "drift.txtar"},
		"refresh yes":                {by: "refresh.txtar"},
		"relay verbose":              {by: "TestVerboseRelay"},
		"resolve origins":            {value: "true", shows: `msgdeploy\.yaml:\d+`},
		"schema included":            {value: "true", hides: `"stacks"`},
		"stacks export output":       {by: "stacks-state.txtar"},
		"stacks import yes":          {by: "stacks-state.txtar"},
		"stacks recover keep":        {by: "TestRecoverCommandChooses"},
		"stacks resolve created":     {value: "id", shows: "name what was created"},
		"stacks resolve not-created": {by: "stacks-state.txtar"},
		"stacks rm backend":          {args: "--yes", value: "nowhere://x", shows: "state on a remote backend needs"},
		"stacks rm force":            {args: "--yes", deployed: true, value: "true", shows: "^exit 0"},
		"stacks rm yes":              {args: "--force", deployed: true, value: "true", shows: "^exit 0"},
		"test update":                {value: "true", shows: "wrote "},
		"unlock yes":                 {by: "unlock.txtar"},
		"up allow-data-loss":         {args: "-f DIR/less.yaml --yes", deployed: true, value: "queue.jobs", other: "queue.other", shows: "^exit 0"},
		"up base":                    {args: "--yes", value: "DIR/nosuch.yaml", other: "DIR/msgdeploy.yaml", shows: "nosuch.yaml"},
		"up expect-no-changes":       {value: "true", shows: "^exit 2"},
		"up fail-on":                 {args: "--yes", value: "access-widened", other: "data-loss", shows: "^exit 4"},
		"up output":                  {args: "--yes", value: "json", shows: `"operation": "up"`},
		"up plan":                    {args: "--yes", value: "DIR/nosuch.json", shows: "nosuch.json"},
	}
}

// operands are what commands need beside flags.
func operands() map[string]string {
	return map[string]string{
		"complete": "jobs:abc", "dequeue": "jobs", "enqueue": "jobs hello", "extend": "jobs:abc", "import": "queue.jobs abc",
		"publish": "zebra-seen hello", "stacks export": "local", "stacks import": "local DIR/nosuch.json", "stacks recover": "local", "stacks resolve": "local",
		"stacks rm": "local", "test": "DIR/cases",
	}
}

// commandName is the name of a command in the tables: without the program's.
func commandName(cmd *cobra.Command) string {
	_, name, found := strings.Cut(cmd.CommandPath(), " ")
	if !found {
		return cmd.Name()
	}
	return name
}

// effectOf returns the row of a flag.
func effectOf(cmd *cobra.Command, f *pflag.Flag) (e effect, ok bool) {
	if e, ok = effects()[commandName(cmd)+" "+f.Name]; !ok {
		e, ok = shared()[f.Name]
	}
	if e.other == "" {
		e.other = f.DefValue
	}
	if e.other == "[]" { // how an empty list reads
		e.other = ""
	}
	return e, ok
}

// ownFlags calls visit for the flags that a command has itself. Those that cobra adds do what it says.
func ownFlags(cmd *cobra.Command, visit func(*pflag.Flag)) {
	own := pflag.NewFlagSet("", pflag.ContinueOnError)
	own.AddFlagSet(cmd.LocalNonPersistentFlags())
	if !cmd.HasParent() {
		own.AddFlagSet(cmd.PersistentFlags())
	}
	own.VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && f.Name != "version" {
			visit(f)
		}
	})
}

// Every flag has a row that shows its effect, and every row a flag.
func TestEffectsComplete(t *testing.T) {
	t.Parallel()
	a, _, _ := testApp("", nil)
	unused := effects()
	commands(newRootCmd(a), func(cmd *cobra.Command) {
		ownFlags(cmd, func(f *pflag.Flag) {
			key := commandName(cmd) + " " + f.Name
			delete(unused, key)
			e, ok := effectOf(cmd, f)
			switch {
			case !ok:
				t.Errorf("%q has no row in effects_test.go: a value that shows what --%s does", key, f.Name)
			case e.by != "" && !shownBy(t, e.by, f):
				t.Errorf("%q: %s does not show what --%s does", key, e.by, f.Name)
			case e.by == "" && (e.value == e.other || (e.shows == "") == (e.hides == "")):
				t.Errorf("%q: the row shows nothing: %+v", key, e)
			}
		})
	})
	for key := range unused {
		t.Errorf("%q is a row in effects_test.go of a flag that is not there", key)
	}
}
