package deploy

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// bucket is where state lives: flat keys with slashes, the layout of Pulumi's
// own file, S3, GCS and Azure backends. Writes are whole or not at all.
type bucket interface {
	// read fails with [fs.ErrNotExist] where there is no such key.
	read(ctx context.Context, key string) ([]byte, error)
	write(ctx context.Context, key string, data []byte) error
	// fetch is a read that also tells which version it was that it read. What is not there has the version "".
	fetch(ctx context.Context, key string) (data []byte, version string, err error)
	// replace writes data in the place of a version, or of nothing where that is "". It fails with
	// [errChanged] where something else is there by now. Once it has returned, data survives a power cut.
	replace(ctx context.Context, key, version string, data []byte) error
	// remove of an absent key is no error.
	remove(ctx context.Context, key string) error
	// list returns the keys that start with prefix, sorted.
	list(ctx context.Context, prefix string) ([]string, error)
}

// errChanged says that a key does not hold any more what its writer has read.
var errChanged = errors.New("it was changed in between")

// directory is a bucket on the local disk. The version of a file is the hash of its content.
type directory struct {
	root string
	disk disk
}

func (d directory) path(key string) string { return filepath.Join(d.root, filepath.FromSlash(key)) }

func (d directory) read(_ context.Context, key string) ([]byte, error) {
	return os.ReadFile(d.path(key))
}

func (d directory) write(_ context.Context, key string, data []byte) error {
	return writeFile(d.disk, d.path(key), data, false)
}

func (d directory) fetch(ctx context.Context, key string) ([]byte, string, error) {
	data, err := d.read(ctx, key)
	if err != nil {
		return nil, "", err
	}
	return data, hash(data), nil
}

// replace looks and then writes: nobody else does, for as long as the stack is locked.
func (d directory) replace(ctx context.Context, key, version string, data []byte) error {
	_, now, err := d.fetch(ctx, key)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case now != version:
		return errChanged
	}
	return writeFile(d.disk, d.path(key), data, true)
}

func (d directory) remove(_ context.Context, key string) error {
	if err := d.disk.remove(d.path(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (d directory) list(_ context.Context, prefix string) ([]string, error) {
	var keys []string
	start := d.path(path.Dir(prefix + "x"))
	err := filepath.WalkDir(start, func(p string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // nothing there, or gone while we looked
		case err != nil:
			return err
		case e.IsDir() || strings.HasPrefix(e.Name(), temporaryPrefix):
			return nil
		}
		rel, err := filepath.Rel(d.root, p)
		if err != nil {
			return err
		}
		if key := filepath.ToSlash(rel); strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
		return nil
	})
	slices.Sort(keys)
	return keys, err
}

func notExist(key string) error { return &fs.PathError{Op: "read", Path: key, Err: fs.ErrNotExist} }

func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }
