package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/plan"
	"github.com/msgdeploy/msgdeploy/spec"
)

// planSession is a session of a stack that is loaded, and not opened.
func planSession(t *testing.T, a *app, text string) *session {
	t.Helper()
	file := filepath.Join(t.TempDir(), "msgdeploy.yaml")
	write(t, file, text)
	st, err := a.loadStack(t.Context(), specFlags{file: file})
	if err != nil {
		t.Fatal(err)
	}
	return &session{app: a, stack: st, broker: &stackBroker{topology: st.Topology}}
}

const planSpec = "version: 1\nproject: shop\nqueues: {aaa: {deadLetter: false}, bbb: {deadLetter: false}}\nstacks: {local: {nats: {}}}\n"

// The state that a journal leads to holds a time, so no plan can name it in advance.
func TestPlanInterrupted(t *testing.T) {
	t.Parallel()
	a, _, _ := testApp("", nil)
	file := filepath.Join(t.TempDir(), "plan.json")
	err := planSession(t, a, planSpec).writePlan(operationOptions{plan: file}, &deploy.Result{Interrupted: true})
	if exitCode(err) != exitRefused || !strings.Contains(err.Error(), "msgdeploy refresh --stack local") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a plan was written: %v", err)
	}
}

// The guard with a plan: what is not in it is refused before anything else is asked.
func TestGuardPlan(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		now    *deploy.Result
		opts   operationOptions
		agreed []string
		want   int
		says   string
	}{
		"the same, all agreed to":   {now: losing(), agreed: []string{"queue.a", "queue.b"}, want: exitOK},
		"the same, one agreed to":   {now: losing(), agreed: []string{"queue.b"}, want: exitRefused, says: "--allow-data-loss queue.a\n"},
		"the other by the flag":     {now: losing(), agreed: []string{"queue.b"}, opts: operationOptions{allowDataLoss: []string{"queue.a"}}, want: exitOK},
		"yes is no agreement":       {now: losing(), opts: operationOptions{yes: true}, want: exitRefused, says: "--allow-data-loss queue.a --allow-data-loss queue.b"},
		"nothing happens any more":  {now: &deploy.Result{}, opts: operationOptions{yes: true}, want: exitRefused, says: "would not delete"},
		"it wins over changes":      {now: &deploy.Result{}, opts: operationOptions{expectNoChanges: true}, want: exitRefused, says: "would not delete"},
		"changes are not wanted":    {now: losing(), agreed: []string{"queue.a", "queue.b"}, opts: operationOptions{expectNoChanges: true}, want: exitPending},
		"something else would, too": {now: &deploy.Result{Changes: append(losing().Changes, narrowing().Changes...)}, want: exitRefused, says: "access: web would lose publish on topic.a"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, _, stderr := testApp("", nil)
			s := planSession(t, a, planSpec)
			planned, err := s.planOf("up", operationOptions{allowDataLoss: test.agreed}, losing())
			if err != nil {
				t.Fatal(err)
			}
			test.opts.output = "text"
			err = guard{app: a, session: s, verb: "up", opts: test.opts, plan: planned}.approve(t.Context(), test.now)
			a.explain(err)
			if got := exitCode(err); got != test.want {
				t.Errorf("exit code %d (%v), want %d", got, err, test.want)
			}
			if !strings.Contains(stderr.String(), test.says) {
				t.Errorf("it does not say %q:\n%s", test.says, stderr)
			}
		})
	}
}

// A plan says what makes changes of the spec: another version may make others.
func TestPlanVersions(t *testing.T) {
	t.Parallel()
	a, _, _ := testApp("", nil)
	s := planSession(t, a, "version: 1\nproject: shop\ntopics: {orders: {}}\nstacks: {prod: {aws: {region: eu-west-1, account: \"111122223333\"}}}\n")
	v := s.versions()
	want, _ := a.plugin(spec.AWS)
	if v.Msgdeploy != currentVersion() || v.Plugins["aws"] != want.Version || !strings.HasPrefix(v.Engine, "v3.") {
		t.Errorf("versions %+v, of the plugin %s", v, want.Version)
	}
}

// Thousands of differences do not bury what they begin with.
func TestListedDifferences(t *testing.T) {
	t.Parallel()
	many := make([]plan.Difference, longestDifference+7)
	for i := range many {
		many[i] = plan.Difference{About: "state", Text: "it is another"}
	}
	text := listed(many)
	if got := strings.Count(text, "\n") + 1; got != longestDifference+1 || !strings.HasSuffix(text, "\n  and 7 more") {
		t.Errorf("%d lines:\n%s", got, text)
	}
}
