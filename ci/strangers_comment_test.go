//go:build strangers

package ci_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/internal/actions"
	"github.com/msgdeploy/msgdeploy/internal/forge"
)

// A msgdeploy that does what its files say: report.md is the report, exit the code of preview, and broken makes
// validate fail. It writes down what it was asked.
const fakeMsgdeploy = `#!/usr/bin/env bash
printf '<%s>' "$@" >> "$FAKE/asked"; echo >> "$FAKE/asked"
case $1 in
version) ;;
validate)
	[[ ! -e $FAKE/broken ]] || { echo '::error file=msgdeploy.yaml,line=3::It is wrong'; exit 3; } ;;
*)
	[[ ! -e $FAKE/broken ]] || echo '::error file=msgdeploy.yaml,line=3::It is wrong'
	[[ ! -e $FAKE/report.md ]] || cat "$FAKE/report.md" >> "$GITHUB_STEP_SUMMARY"
	printf 'has-changes=true\naccess-gained<<EOD\nworker dequeue queue.audit\nsignup enqueue queue.audit\nEOD\n' >> "$GITHUB_OUTPUT"
	exit "$(cat "$FAKE/exit" 2>/dev/null || echo 0)" ;;
esac
`

const previewWorkflow = `
name: preview
on: [pull_request]
permissions: {contents: read, pull-requests: write}
jobs:
  preview:
    runs-on: ubuntu-latest
    outputs:
      gained: ${{ steps.it.outputs.access-gained }}
    steps:
      - id: it
        uses: msgdeploy/msgdeploy@main
        with: {stack: prod, fail-on: "access-widened,data-loss"}
      - if: ${{ steps.it.outputs.has-changes == 'true' }}
        env: {GAINED: "${{ steps.it.outputs.access-gained }}", REPORT: "${{ steps.it.outputs.report }}"}
        run: printf 'gained %s\n' "$GAINED"; test -s "$REPORT"
`

// fake is a shop with the fake msgdeploy.
type fake struct {
	*shop
	dir  string
	pull actions.Event
	work *actions.Workflow
}

func newFake(t *testing.T) *fake {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "msgdeploy"), []byte(fakeMsgdeploy), 0o755); err != nil {
		t.Fatal(err)
	}
	f := &fake{shop: newShop(t, dir, map[string]string{"msgdeploy.yaml": "version: 1\n"}), dir: dir}
	f.runner.Env = append(f.runner.Env, "FAKE="+dir)
	f.pull = f.shop.pull(7, false, map[string]string{"msgdeploy.yaml": "version: 1\n# more\n"})
	w, err := actions.Parse([]byte(previewWorkflow))
	if err != nil {
		t.Fatal(err)
	}
	f.work = w
	return f
}

func (f *fake) says(name, content string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(content), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fake) asked() string {
	f.t.Helper()
	out, err := os.ReadFile(filepath.Join(f.dir, "asked"))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(out)
}

func (f *fake) preview(want string) *actions.JobResult {
	f.t.Helper()
	job := f.run(f.work, f.pull)["preview"]
	if job.Result != want {
		f.t.Fatalf("preview: %s, want %s\n%s", job.Result, want, job.Log())
	}
	return job
}

// mine returns the comments of the bot.
func (f *fake) mine() []forge.Comment {
	return slices.DeleteFunc(f.forge.Comments(7), func(c forge.Comment) bool { return c.Author != forge.Bot })
}

const marker = "<!-- msgdeploy-comment:msgdeploy.yaml#prod -->\n"

// TestStrangerComment: one comment, however often the preview runs and however much others say.
func TestStrangerComment(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	for i := range 250 {
		f.forge.AddComment(forge.Comment{Number: 7, Author: "somebody", Body: fmt.Sprintf("comment %d", i)})
	}
	copied := f.forge.AddComment(forge.Comment{Number: 7, Author: "somebody", Body: marker + "I quote the bot"})
	f.forge.AddComment(forge.Comment{Number: 7, Author: forge.Bot, Body: "another bot's, before " + marker})
	f.says("report.md", "<!-- msgdeploy:shop/prod -->\n### 1 to create \"quoted\" $(echo run) `echo run` é\n")
	job := f.preview("success")
	if !strings.Contains(job.Log(), "gained worker dequeue queue.audit\nsignup enqueue queue.audit\n") {
		t.Errorf("the outputs do not reach the next step:\n%s", job.Log())
	}
	if !strings.Contains(job.Summary, "1 to create") {
		t.Errorf("the job's summary is %q", job.Summary)
	}
	if want := "<preview><--file=msgdeploy.yaml><--output=github><--stack=prod><--fail-on=access-widened,data-loss>\n"; !strings.Contains(f.asked(), want) {
		t.Errorf("msgdeploy was asked\n%swant\n%s", f.asked(), want)
	}
	mine := f.mine()
	if len(mine) != 2 || mine[1].Body != marker+"<!-- msgdeploy:shop/prod -->\n### 1 to create \"quoted\" $(echo run) `echo run` é\n" {
		t.Fatalf("the bot's comments: %v", mine)
	}

	f.says("report.md", "<!-- msgdeploy:shop/prod -->\n### 2 to create\n")
	f.preview("success")
	before := f.forge.Requests()
	f.preview("success") // nothing is new, so nothing is sent
	again := f.mine()
	if len(again) != 2 || again[1].ID != mine[1].ID || !strings.Contains(again[1].Body, "2 to create") {
		t.Errorf("the bot's comments after three runs: %v", again)
	}
	if got := f.forge.Requests() - before; got != 3 {
		t.Errorf("%d requests for a comment that says so already, want its 3 pages of comments", got)
	}
	for _, c := range f.forge.Comments(7) {
		if c.ID == copied && c.Body != marker+"I quote the bot" {
			t.Errorf("somebody's comment was changed: %v", c)
		}
	}
}

// TestStrangerCommentTwice: two runs at once have each made a comment; the next makes one of them.
func TestStrangerCommentTwice(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	first := f.forge.AddComment(forge.Comment{Number: 7, Author: forge.Bot, Body: marker + "one"})
	f.forge.AddComment(forge.Comment{Number: 7, Author: forge.Bot, Body: marker + "two"})
	other := f.forge.AddComment(forge.Comment{Number: 7, Author: forge.Bot, Body: "<!-- msgdeploy-comment:msgdeploy.yaml#staging -->\nanother stack's"})
	f.says("report.md", "<!-- msgdeploy:shop/prod -->\nthree\n")
	f.preview("success")
	mine := f.mine()
	if len(mine) != 2 || mine[0].ID != first || !strings.HasSuffix(mine[0].Body, "three\n") || mine[1].ID != other {
		t.Errorf("the bot's comments: %v", mine)
	}
}

// TestStrangerCommentFailure: a preview that fails says so where the last one stood.
func TestStrangerCommentFailure(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		set  func(f *fake)
		says string
	}{
		"spec": {func(f *fake) {
			f.says("broken", "")
			f.says("exit", "3")
			f.says("report.md", "<!-- msgdeploy:shop/prod -->\nThe spec has 1 error\n")
		}, "The spec has 1 error"},
		"no report": {func(f *fake) { f.says("broken", ""); f.says("exit", "3") }, "msgdeploy preview: the spec has errors"},
		"locked":    {func(f *fake) { f.says("exit", "5") }, "msgdeploy preview: the stack is locked"},
		"failed":    {func(f *fake) { f.says("exit", "1") }, "the exit code is 1."},
		"guarded": {func(f *fake) {
			f.says("exit", "4")
			f.says("report.md", "<!-- msgdeploy:shop/prod -->\nrefused: access\n")
		}, "refused: access"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.says("report.md", "<!-- msgdeploy:shop/prod -->\n1 to create\n")
			f.preview("success")
			if err := os.Remove(filepath.Join(f.dir, "report.md")); err != nil {
				t.Fatal(err)
			}
			test.set(f)
			job := f.preview("failure")
			mine := f.mine()
			if len(mine) != 1 || !strings.Contains(mine[0].Body, test.says) || strings.Contains(mine[0].Body, "1 to create") {
				t.Errorf("the bot's comments: %v\n%s", mine, job.Log())
			}
			if n := strings.Count(job.Log(), "::error file=msgdeploy.yaml,line=3::It is wrong"); name == "spec" && n != 1 {
				t.Errorf("%d annotations, want one:\n%s", n, job.Log())
			}
		})
	}
}

// TestStrangerCommentRetry: what GitHub cannot do just now is asked again, but nothing is made twice.
func TestStrangerCommentRetry(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.says("report.md", "<!-- msgdeploy:shop/prod -->\n1 to create\n")
	f.forge.Fail(1)
	f.preview("success")
	if n := f.forge.Requests(); n != 3 || len(f.mine()) != 1 {
		t.Errorf("%d requests, want the list twice and the comment; comments: %v", n, f.mine())
	}
}

// TestStrangerCommentFork: the token of a fork's run may not comment, and nothing tries.
func TestStrangerCommentFork(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.says("report.md", "<!-- msgdeploy:shop/prod -->\n1 to create\n")
	f.pull = f.shop.pull(8, true, map[string]string{"msgdeploy.yaml": "version: 1\n# fork\n"})
	f.preview("success")
	if n := f.forge.Requests(); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}

// TestStrangerCommentPermission: without the permission the job fails, and its log says what GitHub said.
func TestStrangerCommentPermission(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.says("report.md", "<!-- msgdeploy:shop/prod -->\n1 to create\n")
	f.work.Permissions = map[string]string{"contents": "read"}
	job := f.preview("failure")
	if !strings.Contains(job.Log(), "Resource not accessible by integration") {
		t.Errorf("the log does not say why:\n%s", job.Log())
	}
	if strings.Contains(job.Log(), "token-") {
		t.Errorf("the log has the token:\n%s", job.Log())
	}
}

// TestStrangerInputs: what an input says is one argument, whatever is in it.
func TestStrangerInputs(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.says("report.md", "nothing changes\n")
	step := &f.work.Jobs["preview"].Steps[0]
	evil := "a b;$(touch ran)`touch ran`'\""
	step.With = map[string]string{
		"stack": evil, "file": "dir/spec file.yaml", "base": evil, "offline": "true", "plan": "p.json", "allow-data-loss": "queue.a,queue.b",
		"backend": "s3://b", "comment": "false",
	}
	job := f.preview("success")
	want := fmt.Sprintf("<preview><--file=dir/spec file.yaml><--output=github><--stack=%s><--offline><--base=%s><--plan=p.json><--allow-data-loss=queue.a,queue.b><--backend=s3://b>\n", evil, evil)
	if !strings.Contains(f.asked(), want) {
		t.Errorf("msgdeploy was asked\n%swant\n%s", f.asked(), want)
	}
	if _, err := os.Stat(filepath.Join(job.Workspace, "ran")); err == nil {
		t.Error("an input was run")
	}
	step.With = map[string]string{"command": "destroy"}
	if job := f.preview("failure"); !strings.Contains(job.Log(), "none of validate, preview and up") {
		t.Errorf("destroy was run:\n%s", job.Log())
	}
}
