package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// effectSpecs are the specs of a run's directory, by file. The first is deployed.
func effectSpecs() map[string]string {
	const rest = "topics: {zebra-seen: {}}\nservices: {worker: {}}\nstacks: {local: {nats: {}}}\n"
	return map[string]string{
		"msgdeploy.yaml": "version: 1\nproject: shop\nqueues: {jobs: {}}\n" + rest +
			"permissions: {worker: {publish: [zebra-seen], enqueue: [jobs], dequeue: [jobs]}}\n",
		"less.yaml":           "version: 1\nproject: shop\n" + rest + "permissions: {worker: {publish: [zebra-seen]}}\n",
		"wrong.yaml":          "version: 1\nproject: shop\nqueues: {jobs: {leese: 30s}}\n" + rest,
		"cases/one/spec.yaml": "version: 1\nproject: shop\n" + rest,
	}
}

// effectRun is one run of a command in a directory of its own.
type effectRun struct {
	dir string
	env map[string]string
}

// run runs a command line and returns what it shows. What waits for an interruption gets one.
func (r effectRun) run(t *testing.T, args []string) string {
	t.Helper()
	for i, arg := range args {
		args[i] = strings.ReplaceAll(arg, "DIR", r.dir)
	}
	env := map[string]string{}
	for name, value := range r.env {
		env[name] = strings.ReplaceAll(value, "DIR", r.dir)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a, stdout, _ := testApp("", env)
	stderr := &trigger{text: "interrupt to stop", call: cancel}
	a.stderr = stderr
	code := a.run(ctx, args)
	written, err := os.ReadFile(filepath.Join(r.dir, "init", "msgdeploy.yaml"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return fmt.Sprintf("exit %d\n%s%s%s", code, stdout, &stderr.seen, written)
}

// TestEffects runs each command with each of its flags.
func TestEffects(t *testing.T) {
	t.Parallel()
	fresh, deployed := effectTemplates(t)
	a, _, _ := testApp("", nil)
	commands(newRootCmd(a), func(cmd *cobra.Command) {
		ownFlags(cmd, func(f *pflag.Flag) {
			e, ok := effectOf(cmd, f)
			if !ok || e.by != "" { // which TestEffectsComplete sees to
				return
			}
			// One after the other: the copies of a broker have its port.
			t.Run(commandName(cmd)+" "+f.Name, func(t *testing.T) {
				template := fresh
				if e.deployed || needsBroker(cmd) {
					template = deployed
				}
				showsEffect(t, template, cmd, f, e)
			})
		})
	})
}

// needsBroker reports whether a command has nothing to do before something is deployed.
func needsBroker(cmd *cobra.Command) bool {
	switch commandName(cmd) {
	case "outputs", "publish", "enqueue", "dequeue", "complete", "extend":
		return true
	}
	return false
}

func showsEffect(t *testing.T, template string, cmd *cobra.Command, f *pflag.Flag, e effect) {
	t.Helper()
	flag := func(value string) string { return "--" + f.Name + "=" + value }
	for _, run := range []struct {
		name  string
		env   string
		flag  string
		shows bool
	}{
		{"the flag", "", flag(e.value), true},
		{"the variable", e.value, "", true},
		{"the flag against the variable", e.value, flag(e.other), false},
	} {
		r := effectRun{dir: filepath.Join(t.TempDir(), "run"), env: map[string]string{variableOf(f.Name): run.env}}
		if err := os.CopyFS(r.dir, os.DirFS(template)); err != nil {
			t.Fatal(err)
		}
		args := effectArgs(cmd, f, e)
		if run.flag != "" {
			args = append(args, run.flag)
		}
		text := r.run(t, args)
		if e.shows != "" && regexp.MustCompile(e.shows).MatchString(text) != run.shows {
			t.Errorf("%s: %q should match: %t. %v prints\n%s", run.name, e.shows, run.shows, args, text)
		}
		if e.hides != "" && regexp.MustCompile(e.hides).MatchString(text) == run.shows {
			t.Errorf("%s: %q should match: %t. %v prints\n%s", run.name, e.hides, !run.shows, args, text)
		}
	}
	if wrong, ok := wrongValue(f); ok {
		r := effectRun{dir: template, env: map[string]string{variableOf(f.Name): wrong}}
		text := r.run(t, effectArgs(cmd, f, e))
		if !strings.HasPrefix(text, "exit 64\n") || !strings.Contains(text, "variable "+variableOf(f.Name)) {
			t.Errorf("a wrong value of %s gives\n%s", variableOf(f.Name), text)
		}
	}
}

// effectArgs is the command line of a run but for the flag itself.
func effectArgs(cmd *cobra.Command, f *pflag.Flag, e effect) []string {
	var args []string
	if cmd.HasParent() {
		args = strings.Fields(commandName(cmd) + " " + operands()[commandName(cmd)])
	}
	args = append(args, strings.Fields(e.args)...)
	own := cmd.Flags().Lookup("file") != nil || !cmd.HasParent()
	if own && f.Name != "file" && !strings.Contains(e.args, "-f ") {
		args = append(args, "-f", "DIR/msgdeploy.yaml")
	}
	return args
}

// wrongValue returns a value that the flag does not take; ok is false where it takes every one.
func wrongValue(f *pflag.Flag) (wrong string, ok bool) {
	switch kind := f.Value.Type(); {
	case kind == "bool", kind == "int", kind == "duration", strings.Contains(kind, "|"):
		return "nosuch", true
	}
	return "", false
}

// effectTemplates returns a directory with the specs, and one where the first was deployed, too.
func effectTemplates(t *testing.T) (fresh, deployed string) {
	t.Helper()
	fresh, deployed = t.TempDir(), filepath.Join(t.TempDir(), "deployed")
	for name, text := range effectSpecs() {
		file := filepath.Join(fresh, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		write(t, file, text)
	}
	must := func(dir string, args ...string) string {
		a, stdout, stderr := testApp("", nil)
		if code := a.run(t.Context(), append(args, "-f", filepath.Join(dir, "msgdeploy.yaml"))); code != exitOK {
			t.Fatalf("%v: exit code %d\n%s", args, code, stderr)
		}
		return stdout.String()
	}
	write(t, filepath.Join(fresh, "asyncapi.yaml"), must(fresh, "asyncapi"))
	if err := os.CopyFS(deployed, os.DirFS(fresh)); err != nil {
		t.Fatal(err)
	}
	must(deployed, "up", "--yes")
	must(deployed, "enqueue", "jobs", "one", "two")
	return fresh, deployed
}

// shownBy reports whether a script uses the flag, or whether there is such a test.
func shownBy(t *testing.T, by string, f *pflag.Flag) bool {
	t.Helper()
	if strings.HasSuffix(by, ".txtar") {
		script, err := os.ReadFile(filepath.Join("../../testdata/script", by))
		return err == nil && bytes.Contains(script, []byte("--"+f.Name))
	}
	tests, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range tests {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(src, []byte("func "+by+"(")) {
			return true
		}
	}
	return false
}

// The number of operations at once comes from the flag, then from Pulumi's variable.
func TestEngineParallel(t *testing.T) {
	t.Parallel()
	a, _, _ := testApp("", map[string]string{"PULUMI_PARALLEL": "3"})
	if got := a.engineOptions(engineFlags{parallel: 5}, state{}).Parallel; got != 5 {
		t.Errorf("%d at once with --parallel 5", got)
	}
	if got := a.engineOptions(engineFlags{}, state{}).Parallel; got != 3 {
		t.Errorf("%d at once with PULUMI_PARALLEL=3", got)
	}
	if got := a.engineOptions(engineFlags{parallel: 5, simulate: true}, state{}).Parallel; got != 5 {
		t.Errorf("%d at once in a rehearsal with --parallel 5", got)
	}
}

// Without --verbose a relay keeps what goes wrong between it and the broker to itself.
func TestVerboseRelay(t *testing.T) {
	t.Parallel()
	a, _, stderr := testApp("", nil)
	if a.relayOptions(false).Logger != nil {
		t.Error("a relay logs without --verbose")
	}
	a.relayOptions(true).Logger.Warn("no answer")
	if !strings.Contains(stderr.String(), "no answer") {
		t.Errorf("with --verbose it says %q", stderr)
	}
}

// The key of a message is on the message that arrives.
func TestSentKey(t *testing.T) {
	t.Parallel()
	_, deployed := effectTemplates(t)
	file := filepath.Join(deployed, "msgdeploy.yaml")
	for _, step := range []struct{ args, shows string }{
		{"enqueue jobs three --key ann", ""},
		{"dequeue jobs -o json", `"key": "ann"`},
	} {
		a, stdout, stderr := testApp("", nil)
		if code := a.run(t.Context(), append(strings.Fields(step.args), "-f", file)); code != exitOK || !strings.Contains(stdout.String(), step.shows) {
			t.Errorf("%s: exit code %d\n%s%s", step.args, code, stdout, stderr)
		}
	}
}
