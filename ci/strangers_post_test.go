//go:build strangers

package ci_test

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"os/exec"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/internal/actions"
	"github.com/msgdeploy/msgdeploy/internal/forge"
)

const report = "<!-- msgdeploy:shop/prod -->\n### 1 to create\n<details><summary>queue.audit</summary>\n\n`retention`: 4d → 7d, a &lt; b, \\| c\n\n</details>\n"

// fork is a fork's pull request whose run has ended; post runs the workflow that posts.
type fork struct {
	*shop
	pull actions.Event
}

func newFork(t *testing.T, files map[string]string) *fork {
	t.Helper()
	f := &fork{shop: newForge(t, t.TempDir())}
	f.pull = f.opened(7, true, "change", strings.Repeat("c", 40), strings.Repeat("d", 40), files)
	return f
}

// left says what the pull request's run left.
func (f *fork) left(archive []byte) {
	f.forge.AddArtifact(forge.Artifact{RunID: f.pull.RunID, Name: "msgdeploy-report", Archive: archive})
}

func (f *fork) post(want string) *actions.JobResult {
	f.t.Helper()
	job := f.run(workflow(f.t, "messaging-post"), after(f.pull, "messaging of forks"))["post"]
	if job.Result != want {
		f.t.Fatalf("post: %s, want %s\n%s", job.Result, want, job.Log())
	}
	return job
}

var specOnly = map[string]string{"msgdeploy.yaml": "version: 1\n# fork\n"}

// TestStrangerPost: the report is posted on the pull request that GitHub says it is of, once.
func TestStrangerPost(t *testing.T) {
	t.Parallel()
	f := newFork(t, specOnly)
	f.forge.AddPull(forge.Pull{Number: 8, Open: true, Base: "main", Owner: "stranger", Branch: "change", SHA: strings.Repeat("a", 40), RepositoryID: 2})
	f.left(forge.Zip(t, map[string]string{"report.md": "<!-- msgdeploy:shop/prod -->\nof a run before\n"}))
	f.left(forge.Zip(t, map[string]string{"report.md": report}))
	f.post("success")
	f.post("success")
	comments := f.forge.Comments(7)
	if len(comments) != 1 {
		t.Fatalf("comments: %v", comments)
	}
	head, body, _ := strings.Cut(comments[0].Body, "do not copy values from here.</sub>\n\n")
	if want := strings.TrimPrefix(report, "<!-- msgdeploy:shop/prod -->\n"); body != want {
		t.Errorf("the report was changed:\n%s\nwant\n%s", body, want)
	}
	if !strings.HasPrefix(head, marker) || !strings.Contains(head, "/actions/runs/77)") || strings.Contains(head, "CAUTION") {
		t.Errorf("the comment begins with\n%s", head)
	}
	if others := f.forge.Comments(8); len(others) != 0 {
		t.Errorf("comments on another pull request: %v", others)
	}
	if refused := f.forge.Refused(); len(refused) != 0 {
		t.Errorf("the workflow lacks permissions for %v", refused)
	}
}

// TestStrangerPostWorkflows: who changes a workflow decides what its run says, and readers are told.
func TestStrangerPostWorkflows(t *testing.T) {
	t.Parallel()
	files := map[string]string{"msgdeploy.yaml": "version: 1\n# fork\n", ".github/workflows/messaging-fork.yml": "name: mine\n"}
	for i := range 150 {
		files["docs/"+string(rune('a'+i/26))+string(rune('a'+i%26))+".md"] = "x\n"
	}
	f := newFork(t, files)
	f.left(forge.Zip(t, map[string]string{"report.md": report}))
	f.post("success")
	if c := f.forge.Comments(7); len(c) != 1 || !strings.HasPrefix(c[0].Body, marker+"> [!CAUTION]\n> **This pull request changes files in `.github/`") {
		t.Errorf("comments: %v", c)
	}
}

// TestStrangerPostNothing: there is nothing to post for a pull request that was closed, has
// a newer commit, or whose run left nothing.
func TestStrangerPostNothing(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(f *fork){
		"nothing left": func(*fork) {},
		"expired": func(f *fork) {
			f.forge.AddArtifact(forge.Artifact{RunID: 77, Name: "msgdeploy-report", Expired: true, Archive: forge.Zip(f.t, map[string]string{"report.md": report})})
		},
		"newer commit": func(f *fork) {
			f.left(forge.Zip(f.t, map[string]string{"report.md": report}))
			head := f.pull.Payload["pull_request"].(map[string]any)["head"].(map[string]any)
			head["sha"] = strings.Repeat("b", 40)
		},
		"same branch, another repository": func(f *fork) {
			f.left(forge.Zip(f.t, map[string]string{"report.md": report}))
			head := f.pull.Payload["pull_request"].(map[string]any)["head"].(map[string]any)
			head["repo"].(map[string]any)["id"] = 3.0
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFork(t, specOnly)
			prepare(f)
			f.post("success")
			if c := f.forge.Comments(7); len(c) != 0 {
				t.Errorf("comments: %v", c)
			}
		})
	}
}

// TestStrangerPostRefused: an artifact that is no report is refused, and nothing of it is posted.
func TestStrangerPostRefused(t *testing.T) {
	t.Parallel()
	const first = "<!-- msgdeploy:shop/prod -->\n"
	for name, test := range map[string]struct {
		archive func(t *testing.T) []byte
		says    string
	}{
		"no archive":        {raw("not a zip"), "no archive"},
		"another name":      {one("evil.sh", report), "something else than report.md"},
		"two files":         {zipped(entry{name: "report.md", content: report}, entry{name: "x", content: "x"}), "something else than report.md"},
		"twice":             {zipped(entry{name: "report.md", content: report}, entry{name: "report.md", content: report}), "something else than report.md"},
		"a way out":         {one("../report.md", report), "something else than report.md"},
		"a link":            {zipped(entry{name: "report.md", content: "/etc/passwd", mode: fs.ModeSymlink | 0o777}), "no regular file"},
		"empty":             {one("report.md", ""), "is empty"},
		"a bomb":            {one("report.md", first+strings.Repeat("0", 64<<20)), "longer than any report"},
		"large":             {raw(strings.Repeat("x", 300_000)), "larger than any report"},
		"no marker":         {one("report.md", "### hello\n"), "no report"},
		"marker later":      {one("report.md", "hello\n"+first), "no report"},
		"a marker too many": {one("report.md", "<!-- msgdeploy:shop/prod --> hidden <!-- -->\nx\n"), "no report"},
		"not UTF-8":         {one("report.md", first+"\xff\xfe\n"), "no report"},
		"control":           {one("report.md", first+"\x1b[2J\n"), "no report"},
		"NUL":               {one("report.md", first+"a\x00b\n"), "no report"},
		"many controls":     {one("report.md", first+strings.Repeat("\x01", 100_000)+"\n"), "no report"},
		"C1 control":        {one("report.md", first+"\u009b2J\n"), "no report"},
		"turned around":     {one("report.md", first+"\u202egnihton\n"), "no report"},
		"a runner command":  {one("report.md", "::set-output name=x::y\n"), "no report"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFork(t, specOnly)
			f.left(test.archive(t))
			job := f.post("failure")
			if !strings.Contains(job.Log(), test.says) {
				t.Errorf("the log does not say %q:\n%s", test.says, job.Log())
			}
			if strings.Contains(job.Log(), "set-output") {
				t.Errorf("the log repeats what a stranger wrote:\n%s", job.Log())
			}
			if c := f.forge.Comments(7); len(c) != 0 {
				t.Errorf("comments: %v", c)
			}
		})
	}
}

// TestStrangerPostAmbiguous: one branch in pull requests into two branches is no reason to guess.
func TestStrangerPostAmbiguous(t *testing.T) {
	t.Parallel()
	f := newFork(t, specOnly)
	head := f.pull.Payload["pull_request"].(map[string]any)["head"].(map[string]any)
	f.forge.AddPull(forge.Pull{Number: 9, Open: true, Base: "release", Owner: "stranger", Branch: "change", SHA: head["sha"].(string), RepositoryID: 2})
	f.left(forge.Zip(t, map[string]string{"report.md": report}))
	f.post("success") // the workflow says base-branch: main
	w := workflow(t, "messaging-post")
	delete(w.Jobs["post"].Steps[0].With, "base-branch")
	job := f.run(w, after(f.pull, "messaging of forks"))["post"]
	if job.Result != "failure" || !strings.Contains(job.Log(), "base-branch") {
		t.Errorf("post: %s\n%s", job.Result, job.Log())
	}
	if c := f.forge.Comments(9); len(c) != 0 {
		t.Errorf("comments: %v", c)
	}
}

// TestStrangerPostLong: a report of 65,000 characters, msgdeploy's own limit, is posted; one
// that leaves no room for what has to stand above it is not posted in part.
func TestStrangerPostLong(t *testing.T) {
	t.Parallel()
	for length, fits := range map[int]bool{64_900: true, 65_400: false} {
		f := newFork(t, specOnly)
		f.left(forge.Zip(t, map[string]string{"report.md": "<!-- msgdeploy:shop/prod -->\n" + strings.Repeat("é", length) + "\n"}))
		f.post("success")
		if c := f.forge.Comments(7); len(c) != 1 || strings.Count(c[0].Body, "é") != map[bool]int{true: length}[fits] || strings.Contains(c[0].Body, "too long") == fits {
			t.Errorf("%d characters: comments: %.400v", length, c)
		}
	}
}

// TestStrangerHarmless: what could mention, link, load or hide loses its meaning to GitHub.
func TestStrangerHarmless(t *testing.T) {
	t.Parallel()
	const j = "\u2060"
	for text, want := range map[string]string{
		"@octocat and @acme/team":             "@" + j + "octocat and @" + j + "acme/team",
		"a&#64;b &#x40;c &commat;d":           "a&" + j + "#" + j + "64;b &" + j + "#x40;c &" + j + "commat;d",
		"fixes #1, gh-2, a/b#3":               "fixes #" + j + "1, gh-" + j + "2, a/b#" + j + "3",
		"https://evil.example www.evil.com":   "https:" + j + "//evil.example www" + j + ".evil.com",
		"[x](y) ![i](z) [a][b][c]":            "[x]" + j + "(y) ![i]" + j + "(z) [a]" + j + "[b]" + j + "[c]",
		"[b]: https://e":                      "[b]" + j + ": https:" + j + "//e",
		"<img src=x> <a href=y>z</a>":         "<" + j + "img src=x> <" + j + "a href=y>z<" + j + "/a>",
		"<!-- hidden -->":                     "<" + j + "!-- hidden -->",
		"<details open><summary>s</summary>":  "<details open><summary>s</summary>",
		"<details onclick=x></details>":       "<" + j + "details onclick=x></details>",
		"a &amp; b &lt;c&gt; &#124; \\| `x` ": "a &amp; b &lt;c&gt; &#124; \\| `x` ",
		"::error::$(id) `id`":                 "::error::$(id) `id`",
	} {
		cmd := exec.CommandContext(t.Context(), "./harmless.sh")
		cmd.Stdin = strings.NewReader("<!-- msgdeploy:shop/prod -->\n" + text + "\n")
		got, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if string(got) != want+"\n" {
			t.Errorf("%s\nbecomes %q\nwant    %q", text, got, want+"\n")
		}
	}
}

type entry struct {
	name, content string
	mode          fs.FileMode
}

// zipped returns an archive of entries, as an attacker would write it.
func zipped(entries ...entry) func(t *testing.T) []byte {
	return func(t *testing.T) []byte {
		t.Helper()
		var buf bytes.Buffer
		w := zip.NewWriter(&buf)
		for _, e := range entries {
			header := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
			if e.mode == 0 {
				e.mode = 0o644
			}
			header.SetMode(e.mode)
			out, err := w.CreateHeader(header)
			if err == nil {
				_, err = io.WriteString(out, e.content)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return buf.Bytes()
	}
}

func one(name, content string) func(t *testing.T) []byte {
	return zipped(entry{name: name, content: content})
}

func raw(content string) func(t *testing.T) []byte {
	return func(*testing.T) []byte { return []byte(content) }
}
