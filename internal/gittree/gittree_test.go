package gittree_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/internal/gittree"
	"github.com/msgdeploy/msgdeploy/internal/gittree/gittreetest"
)

func write(t *testing.T, parts ...string) {
	t.Helper()
	name, text := filepath.Join(parts[:len(parts)-1]...), parts[len(parts)-1]
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target string, parts ...string) {
	t.Helper()
	if err := os.Symlink(target, filepath.Join(parts...)); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *gittree.Repository {
	t.Helper()
	r, err := gittree.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// read returns the text of a file of a revision; "" where it is not there.
func read(t *testing.T, r *gittree.Repository, revision, dir, name string) string {
	t.Helper()
	c, err := r.Resolve(revision)
	if err != nil {
		t.Fatalf("%s: %v", revision, err)
	}
	files, err := r.Files(c, dir)
	if err != nil {
		t.Fatalf("%s: %v", revision, err)
	}
	text, err := fs.ReadFile(files, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%s: %v", revision, err)
	}
	return string(text)
}

// history makes a repository with a commit on main, one more on it, and one on a branch off the first.
func history(t *testing.T) (repository *gittreetest.Repository, dir string, hashes [3]string) {
	t.Helper()
	dir = t.TempDir()
	repository = gittreetest.Init(t, dir)
	write(t, dir, "app", "spec", "first")
	hashes[0] = repository.Commit("first")
	repository.Branch("feature")
	write(t, dir, "app", "spec", "feature")
	hashes[2] = repository.Commit("feature")
	repository.Switch("main")
	write(t, dir, "app", "spec", "second")
	hashes[1] = repository.Commit("second")
	repository.Tag("v1", hashes[0])
	repository.Ref("refs/remotes/origin/next", hashes[2])
	repository.Switch("feature")
	return repository, dir, hashes
}

// TestRevisions: names mean what they mean to git, loose and packed, in the work tree and in linked ones.
func TestRevisions(t *testing.T) {
	t.Parallel()
	repository, dir, hashes := history(t)
	names := []struct{ revision, want string }{
		{"HEAD", "feature"}, {"@", "feature"}, {"main", "second"}, {"refs/heads/main", "second"}, {"heads/main", "second"},
		{"main~1", "first"}, {"main~", "first"}, {"main^", "first"}, {"main^0", "second"}, {"main~0", "second"}, {"@~1", "first"},
		{"v1", "first"}, {"origin/next", "feature"}, {hashes[1], "second"}, {hashes[1][:9], "second"}, {hashes[0][:12], "first"},
		{"main...", "first"}, {"main...feature", "first"}, {"...main", "first"}, {"main...main~1", "first"}, {"main...main", "second"},
	}
	linked := t.TempDir()
	git := filepath.Join(dir, ".git")
	write(t, linked, ".git", "gitdir: "+filepath.Join(git, "worktrees", "linked")+"\n")
	write(t, git, "worktrees", "linked", "HEAD", "ref: refs/heads/feature\n")
	write(t, git, "worktrees", "linked", "commondir", "../..\n")
	write(t, linked, "app", "spec", "not committed")
	borrowed := t.TempDir()
	write(t, borrowed, ".git", "HEAD", hashes[2]+"\n")
	write(t, borrowed, ".git", "objects", "info", "alternates", filepath.Join(git, "objects")+"\n")
	write(t, borrowed, "app", "spec", "not committed")
	for _, packed := range []bool{false, true} {
		if packed {
			repository.Pack()
		}
		for _, n := range names {
			for _, at := range []string{dir, linked} {
				if got := read(t, open(t, filepath.Join(at, "app")), n.revision, filepath.Join(at, "app"), "spec"); got != n.want {
					t.Errorf("%s in %s, packed %t: %q, not %q", n.revision, at, packed, got, n.want)
				}
			}
		}
		if got := read(t, open(t, borrowed), "HEAD", borrowed, "app/spec"); got != "feature" {
			t.Errorf("with alternates, packed %t: %q", packed, got)
		}
	}
}

// TestUnknownRevisions: what is not there is said, with what may have been meant.
func TestUnknownRevisions(t *testing.T) {
	t.Parallel()
	_, dir, hashes := history(t)
	r := open(t, dir)
	for _, revision := range []string{"nothing", "main~9", "main^2", "main~x", "main^{tree}", "", "abcd", "../main", "main..feature", "-x", "main@{1}", hashes[0] + "0"} {
		_, err := r.Resolve(revision)
		var unknown *gittree.UnknownError
		if !errors.As(err, &unknown) {
			t.Errorf("%q: %v", revision, err)
		}
	}
	_, err := r.Resolve("next")
	var unknown *gittree.UnknownError
	if !errors.As(err, &unknown) || !cmp.Equal(unknown.Near, []string{"origin/next"}) || unknown.Shallow {
		t.Errorf("next: %+v", err)
	}

	// As actions/checkout leaves it.
	write(t, dir, ".git", "shallow", hashes[1]+"\n")
	if err := os.Remove(filepath.Join(dir, ".git", "objects", hashes[0][:2], hashes[0][2:])); err != nil {
		t.Fatal(err)
	}
	for _, revision := range []string{"main~1", "main...feature"} {
		if _, err := open(t, dir).Resolve(revision); !errors.As(err, &unknown) || !unknown.Shallow {
			t.Errorf("%s of a shallow clone: %v", revision, err)
		}
	}
}

// TestAmbiguousRevision: a name with two meanings is none; one with two names is one.
func TestAmbiguousRevision(t *testing.T) {
	t.Parallel()
	repository, dir, hashes := history(t)
	repository.Ref("refs/tags/main", hashes[0])
	repository.Ref("refs/tags/feature", hashes[2])
	repository.Ref("refs/heads/"+hashes[0][:6], hashes[1])
	r := open(t, dir)
	for name, means := range map[string][]string{
		"main":        {"refs/heads/main", "refs/tags/main"},
		hashes[0][:6]: {hashes[0], "refs/heads/" + hashes[0][:6]},
	} {
		_, err := r.Resolve(name + "~1")
		var ambiguous *gittree.AmbiguousError
		if !errors.As(err, &ambiguous) || ambiguous.Revision != name {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(means, ambiguous.Means); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, name := range []string{"feature", "refs/heads/main"} {
		if _, err := r.Resolve(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoRepository: a directory need not be in one.
func TestNoRepository(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := gittree.Open(dir); !errors.Is(err, gittree.ErrNoRepository) {
		t.Errorf("got %v", err)
	}
	write(t, dir, "sub", ".git", "nonsense")
	if _, err := gittree.Open(filepath.Join(dir, "sub")); err == nil || !strings.Contains(err.Error(), "does not say where") {
		t.Errorf("got %v", err)
	}
}

// TestFiles: the files of a commit are a file system as Go knows them, and nothing leads out of it.
func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	repository := gittreetest.Init(t, dir)
	write(t, dir, "secret", "outside")
	write(t, dir, "app", "spec.yaml", "spec")
	write(t, dir, "app", "teams", "a", "messaging.yaml", "a")
	write(t, dir, "app", "teams", "b.yaml", "b")
	link(t, "teams/a/messaging.yaml", dir, "app", "to-file")
	link(t, "teams", dir, "app", "to-dir")
	link(t, "../b.yaml", dir, "app", "teams", "a", "up")
	link(t, "../secret", dir, "app", "out")
	link(t, "teams/../../secret", dir, "app", "around")
	link(t, "/etc/passwd", dir, "app", "absolute")
	link(t, "loop", dir, "app", "loop")
	repository.Commit("all")
	r := open(t, dir)
	c, err := r.Resolve("HEAD")
	if err != nil {
		t.Fatal(err)
	}
	files, err := r.Files(c, filepath.Join(dir, "app"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"spec.yaml": "spec", "to-file": "a", "to-dir/b.yaml": "b", "to-dir/a/up": "b", "teams/a/up": "b",
	} {
		if got, err := fs.ReadFile(files, name); string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"out", "around", "absolute"} {
		if _, err := fs.ReadFile(files, name); err == nil || !strings.Contains(err.Error(), "escapes from parent") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := fs.Stat(files, "loop"); err == nil || !strings.Contains(err.Error(), "too many levels") {
		t.Errorf("loop: %v", err)
	}
	for _, name := range []string{"nothing", "spec.yaml/x", "teams/c.yaml"} {
		if _, err := fs.Stat(files, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	teams, err := fs.Sub(files, "teams")
	if err == nil {
		err = fstest.TestFS(teams, "b.yaml", "a/messaging.yaml")
	}
	if err != nil {
		t.Error(err)
	}
	if _, err := r.Files(c, filepath.Join(dir, "app", "teams", "a")); err != nil {
		t.Error(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "new"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Files(c, filepath.Join(dir, "new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory that the commit has not: %v", err)
	}
	if _, err := r.Files(c, t.TempDir()); err == nil {
		t.Error("a directory outside of the work tree was read")
	}
}
