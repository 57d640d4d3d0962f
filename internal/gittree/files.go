package gittree

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v6/plumbing/filemode"
	"github.com/go-git/go-git/v6/plumbing/object"
	"github.com/go-git/go-git/v6/plumbing/storer"
)

// maxLinks is how many links are followed on the way to one file, as in Linux (path_resolution(7)).
const maxLinks = 40

// errEscapes is what [os.Root] says of a link that leads out of it, which has no error to compare with.
var errEscapes = errors.New("path escapes from parent")

// tree is the files of a commit below one directory. Links are followed within it, and not out of it.
type tree struct {
	store    storer.EncodedObjectStorer
	root     *object.Tree
	modified time.Time
}

var (
	_ fs.StatFS     = tree{}
	_ fs.ReadDirFS  = tree{}
	_ fs.ReadLinkFS = tree{}
)

// node is a file or a directory.
type node struct {
	fs   tree
	name string
	mode filemode.FileMode
	dir  *object.Tree
	blob *object.Blob
}

// Open opens a file or directory.
func (t tree) Open(name string) (fs.File, error) {
	n, err := t.find("open", name, true)
	if err != nil {
		return nil, err
	}
	if n.dir != nil {
		return &directory{node: n, entries: t.entries(n)}, nil
	}
	f := &file{node: n, contents: strings.NewReader("")}
	if n.blob == nil {
		return f, nil // a commit of another repository
	}
	if f.contents, err = n.blob.Reader(); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return f, nil
}

// Stat describes a file or directory, at the end of links.
func (t tree) Stat(name string) (fs.FileInfo, error) {
	n, err := t.find("stat", name, true)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// Lstat describes a file, directory or link.
func (t tree) Lstat(name string) (fs.FileInfo, error) {
	n, err := t.find("lstat", name, false)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// ReadLink is where a link leads to.
func (t tree) ReadLink(name string) (string, error) {
	n, err := t.find("readlink", name, false)
	if err == nil && n.mode != filemode.Symlink {
		err = &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		return "", err
	}
	return target(n.blob)
}

// ReadDir lists a directory by name.
func (t tree) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := t.find("readdir", name, true)
	if err != nil {
		return nil, err
	}
	if n.dir == nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	return t.entries(n), nil
}

// find returns what a path leads to, at the end of a last link or not.
func (t tree) find(op, name string, follow bool) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	n, err := t.walk(name, follow)
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	n.name = path.Base(name)
	return n, nil
}

func (t tree) walk(name string, follow bool) (*node, error) {
	at := []*object.Tree{t.root} // where we are, below all that is above
	parts := strings.Split(name, "/")
	for links := 0; len(parts) > 0; {
		part := parts[0]
		parts = parts[1:]
		switch part {
		case "", ".":
			continue
		case "..": // in a link
			if at = at[:len(at)-1]; len(at) == 0 {
				return nil, errEscapes
			}
			continue
		}
		i := slices.IndexFunc(at[len(at)-1].Entries, func(e object.TreeEntry) bool { return e.Name == part })
		if i < 0 {
			return nil, fs.ErrNotExist
		}
		e := at[len(at)-1].Entries[i]
		switch {
		case e.Mode == filemode.Symlink && (follow || len(parts) > 0):
			if links++; links > maxLinks {
				return nil, errors.New("too many levels of symbolic links")
			}
			blob, err := object.GetBlob(t.store, e.Hash)
			if err != nil {
				return nil, err
			}
			to, err := target(blob)
			if err != nil {
				return nil, err
			}
			if path.IsAbs(to) {
				return nil, errEscapes
			}
			parts = append(strings.Split(to, "/"), parts...)
		case e.Mode == filemode.Dir:
			below, err := object.GetTree(t.store, e.Hash)
			if err != nil {
				return nil, err
			}
			at = append(at, below)
		case len(parts) > 0:
			return nil, fs.ErrNotExist
		default:
			return t.node(e)
		}
	}
	return &node{fs: t, mode: filemode.Dir, dir: at[len(at)-1]}, nil
}

// target is where a link leads to.
func target(link *object.Blob) (string, error) {
	r, err := link.Reader()
	if err != nil {
		return "", err
	}
	const longest = 4096 // PATH_MAX
	text, err := io.ReadAll(io.LimitReader(r, longest))
	return string(text), errors.Join(err, r.Close())
}

// node is what an entry of a directory is of.
func (t tree) node(e object.TreeEntry) (n *node, err error) {
	n = &node{fs: t, name: e.Name, mode: e.Mode}
	switch e.Mode {
	case filemode.Submodule:
	case filemode.Dir:
		n.dir, err = object.GetTree(t.store, e.Hash)
	default:
		n.blob, err = object.GetBlob(t.store, e.Hash)
	}
	return n, err
}

// entries lists a directory by name. Links are listed as such.
func (t tree) entries(n *node) []fs.DirEntry {
	list := make([]fs.DirEntry, len(n.dir.Entries))
	for i, e := range n.dir.Entries {
		list[i] = entry{t, e}
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return list
}

// entry is a line of a directory. What it is of is only read when that is asked for.
type entry struct {
	fs tree
	of object.TreeEntry
}

// Name is without the directory's.
func (e entry) Name() string { return e.of.Name }

// IsDir is false of links to directories.
func (e entry) IsDir() bool { return e.of.Mode == filemode.Dir }

// Type is that of what stands there, which may be a link.
func (e entry) Type() fs.FileMode { return (&node{mode: e.of.Mode}).Mode().Type() }

// Info reads what the line is of.
func (e entry) Info() (fs.FileInfo, error) {
	n, err := e.fs.node(e.of)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", e.of.Name, err)
	}
	return n, nil
}

// Name and the methods below make a node an [fs.FileInfo].
func (n *node) Name() string { return n.name }

// Size is 0 of what is no file.
func (n *node) Size() int64 {
	if n.blob == nil {
		return 0
	}
	return n.blob.Size
}

// Mode is that of git, which knows no more than these.
func (n *node) Mode() fs.FileMode {
	switch n.mode {
	case filemode.Dir:
		return fs.ModeDir | 0o755
	case filemode.Symlink:
		return fs.ModeSymlink | 0o777
	case filemode.Submodule:
		return fs.ModeIrregular
	case filemode.Executable:
		return 0o755
	default:
		return 0o644
	}
}

// ModTime is that of the commit.
func (n *node) ModTime() time.Time { return n.fs.modified }

// IsDir is that of the mode.
func (n *node) IsDir() bool { return n.Mode().IsDir() }

// Sys has nothing to give.
func (n *node) Sys() any { return nil }

// file is an open file.
type file struct {
	*node
	contents io.Reader
}

// Stat describes the file.
func (f *file) Stat() (fs.FileInfo, error) { return f.node, nil }

// Read reads on.
func (f *file) Read(p []byte) (int, error) { return f.contents.Read(p) }

// Close ends reading.
func (f *file) Close() error {
	if c, ok := f.contents.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// directory is an open directory.
type directory struct {
	*node
	entries []fs.DirEntry
}

// Stat describes the directory.
func (d *directory) Stat() (fs.FileInfo, error) { return d.node, nil }

// Read is not for directories.
func (d *directory) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errors.New("is a directory")}
}

// Close has nothing to end.
func (d *directory) Close() error { return nil }

// ReadDir lists on.
func (d *directory) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		list := d.entries
		d.entries = nil
		return list, nil
	}
	if len(d.entries) == 0 {
		return nil, io.EOF
	}
	list := d.entries[:min(n, len(d.entries))]
	d.entries = d.entries[len(list):]
	return list, nil
}
