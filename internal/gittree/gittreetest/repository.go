// Package gittreetest makes git repositories for tests, in this process.
package gittreetest

import (
	"testing"
	"time"

	"github.com/go-git/go-git/v6"
	"github.com/go-git/go-git/v6/plumbing"
	"github.com/go-git/go-git/v6/plumbing/object"
)

// Repository is a repository with a work tree.
type Repository struct {
	t   testing.TB
	git *git.Repository
	// commits counts them: each is a minute after the one before, so that hashes are the same each time.
	commits int
}

// Init makes a repository of a directory, on branch main.
func Init(t testing.TB, dir string) *Repository {
	t.Helper()
	r, err := git.PlainInit(dir, false, git.WithDefaultBranch(plumbing.NewBranchReferenceName("main")))
	if err != nil {
		t.Fatalf("make a repository: %v", err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return &Repository{t: t, git: r}
}

// Commit commits all that is in the work tree, and returns the commit's hash.
func (r *Repository) Commit(message string) string {
	r.t.Helper()
	w, err := r.git.Worktree()
	if err == nil {
		err = w.AddWithOptions(&git.AddOptions{All: true})
	}
	if err != nil {
		r.t.Fatalf("add files: %v", err)
	}
	r.commits++
	who := &object.Signature{Name: "Somebody", Email: "somebody@example.com", When: time.Unix(int64(r.commits)*60, 0).UTC()}
	h, err := w.Commit(message, &git.CommitOptions{Author: who, Committer: who, AllowEmptyCommits: true})
	if err != nil {
		r.t.Fatalf("commit: %v", err)
	}
	return h.String()
}

// Branch makes a branch at HEAD and switches to it.
func (r *Repository) Branch(name string) {
	r.t.Helper()
	r.checkout(&git.CheckoutOptions{Branch: plumbing.NewBranchReferenceName(name), Create: true})
}

// Switch switches to a branch, and makes the work tree what it has.
func (r *Repository) Switch(name string) {
	r.t.Helper()
	r.checkout(&git.CheckoutOptions{Branch: plumbing.NewBranchReferenceName(name), Force: true})
}

func (r *Repository) checkout(o *git.CheckoutOptions) {
	r.t.Helper()
	w, err := r.git.Worktree()
	if err == nil {
		err = w.Checkout(o)
	}
	if err != nil {
		r.t.Fatalf("switch to %s: %v", o.Branch, err)
	}
}

// Ref sets a reference by its full name, such as refs/remotes/origin/main.
func (r *Repository) Ref(name, hash string) {
	r.t.Helper()
	if err := r.git.Storer.SetReference(plumbing.NewHashReference(plumbing.ReferenceName(name), plumbing.NewHash(hash))); err != nil {
		r.t.Fatalf("set %s: %v", name, err)
	}
}

// Tag makes an annotated tag.
func (r *Repository) Tag(name, hash string) {
	r.t.Helper()
	who := &object.Signature{Name: "Somebody", Email: "somebody@example.com", When: time.Unix(1, 0).UTC()}
	if _, err := r.git.CreateTag(name, plumbing.NewHash(hash), &git.CreateTagOptions{Tagger: who, Message: name}); err != nil {
		r.t.Fatalf("tag %s: %v", name, err)
	}
}

// Pack moves all objects into one pack, and all references into one file.
func (r *Repository) Pack() {
	r.t.Helper()
	if err := r.git.RepackObjects(&git.RepackConfig{}); err != nil {
		r.t.Fatalf("pack objects: %v", err)
	}
	packer, ok := r.git.Storer.(interface{ PackRefs() error })
	if !ok {
		r.t.Fatal("references cannot be packed")
	}
	if err := packer.PackRefs(); err != nil {
		r.t.Fatalf("pack references: %v", err)
	}
}
