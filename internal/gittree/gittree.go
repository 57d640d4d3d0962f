// Package gittree reads the files of a revision out of a git repository's objects: in this process, without
// a work tree of its own, without running git, hooks, filters or anything else that a configuration
// names, and without a network.
package gittree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v6/osfs"
	"github.com/go-git/go-git/v6/plumbing/cache"
	"github.com/go-git/go-git/v6/plumbing/object"
	"github.com/go-git/go-git/v6/storage/filesystem"
	"github.com/go-git/go-git/v6/storage/filesystem/dotgit"
)

// ErrNoRepository is that a directory is in no work tree of git.
var ErrNoRepository = errors.New("not in a git repository")

// Repository is a repository, opened for reading. It is not safe for concurrent use.
type Repository struct {
	// Root is the top of the work tree: an absolute path without links.
	Root  string
	store *filesystem.Storage
}

// Open opens the repository of the work tree that dir is in; the error is [ErrNoRepository] if it is in
// none. Linked work trees, packed objects and references, and alternates are understood. The caller
// closes it.
func Open(dir string) (*Repository, error) {
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("look for a git repository: %w", err)
	}
	for {
		at, err := gitDir(filepath.Join(dir, ".git"))
		if err == nil {
			return open(dir, at)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("open the git repository of %s: %w", dir, err)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return nil, ErrNoRepository
		}
		dir = parent
	}
}

// gitDir is where the repository is that stands at path: there, or where a file at path says, as in
// linked work trees and submodules.
func gitDir(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		// An empty directory called .git is none: git looks further up, and so do we.
		_, err := os.Stat(filepath.Join(path, "HEAD"))
		return path, err
	}
	return pointer(path, "gitdir: ")
}

// pointer reads a file of one line that names a path, relative to the file's directory.
func pointer(file, prefix string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	line, ok := strings.CutPrefix(strings.TrimRight(string(text), "\r\n"), prefix)
	if !ok || line == "" || strings.ContainsAny(line, "\r\n") {
		return "", fmt.Errorf("%s does not say where the repository is", file)
	}
	if !filepath.IsAbs(line) {
		line = filepath.Join(filepath.Dir(file), line)
	}
	return line, nil
}

func open(root, at string) (*Repository, error) {
	files := osfs.New(at, osfs.WithBoundOS())
	switch common, err := pointer(filepath.Join(at, "commondir"), ""); {
	case err == nil:
		files = dotgit.NewRepositoryFilesystem(files, osfs.New(common, osfs.WithBoundOS()))
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("open the git repository of %s: %w", root, err)
	}
	return &Repository{Root: root, store: filesystem.NewStorageWithOptions(files, cache.NewObjectLRUDefault(), filesystem.Options{
		AlternatesFS: osfs.New("/"),
	})}, nil
}

// Close lets the repository's files go.
func (r *Repository) Close() error { return r.store.Close() }

// Files returns the files of a commit below dir, a directory at or below [Repository.Root]. The error is
// [fs.ErrNotExist] if the commit has no such directory.
func (r *Repository) Files(c Commit, dir string) (fs.FS, error) {
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c, err)
	}
	rel, err := filepath.Rel(r.Root, dir)
	if err != nil || !filepath.IsLocal(rel) {
		return nil, fmt.Errorf("read %s: %s is not in the work tree %s", c, dir, r.Root)
	}
	commit, err := object.GetCommit(r.store, c.hash)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c, err)
	}
	root, err := commit.Tree()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c, err)
	}
	if rel != "." {
		root, err = root.Tree(filepath.ToSlash(rel))
		if errors.Is(err, object.ErrDirectoryNotFound) {
			return nil, fmt.Errorf("read %s: %s: %w", c, filepath.ToSlash(rel), fs.ErrNotExist)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", c, err)
		}
	}
	return tree{store: r.store, root: root, modified: commit.Committer.When}, nil
}
