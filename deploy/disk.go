package deploy

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// disk is what journals, state, locks and keys are written to: the operating system's, or in tests
// one that fills up, or that loses its power. What is read is read past it. Names are paths.
//
// What survives a power cut is what was synced: a file's bytes by its own sync, and a file's name,
// which is what create, rename, link and remove are about, by that of its directory.
type disk interface {
	// mkdir makes one directory that its owner alone can enter.
	mkdir(name string) error
	// create makes a file that its owner alone can read. It fails with [fs.ErrExist] where there is one.
	create(name string) (file, error)
	// reopen opens a file to write to it.
	reopen(name string) (file, error)
	rename(from, to string) error
	// link gives a file a second name. It fails with [fs.ErrExist] where that is taken.
	link(from, to string) error
	remove(name string) error
	syncDir(name string) error
}

// file is an open file of a [disk].
type file interface {
	Name() string
	WriteAt(data []byte, at int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// machine is the disk of this machine.
type machine struct{}

var _ disk = machine{}

func (machine) mkdir(name string) error      { return os.Mkdir(name, 0o700) }
func (machine) rename(from, to string) error { return os.Rename(from, to) }
func (machine) link(from, to string) error   { return os.Link(from, to) }
func (machine) remove(name string) error     { return os.Remove(name) }
func (machine) syncDir(name string) error    { return syncDir(name) }
func (m machine) create(name string) (file, error) {
	return opened(os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600))
}
func (m machine) reopen(name string) (file, error) { return opened(os.OpenFile(name, os.O_WRONLY, 0)) }

// opened keeps a nil file from becoming an interface that is not nil.
func opened(f *os.File, err error) (file, error) {
	if err != nil {
		return nil, err
	}
	return f, nil
}

// makeDirs makes a directory and those above it. The names of new ones are durable when it returns:
// a file that is synced in a directory that a power cut takes away is as lost as one that was not.
func makeDirs(d disk, dir string) error {
	switch info, err := os.Stat(dir); {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return fmt.Errorf("%s is not a directory", dir)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	above := filepath.Dir(dir)
	if err := makeDirs(d, above); err != nil {
		return err
	}
	if err := d.mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) { // another run may be as fast
		return err
	}
	return d.syncDir(above)
}

// temporaryPrefix starts the names of files that are still being written.
const temporaryPrefix = ".writing-"

// writeFile replaces the file at name with data, readable by its owner alone.
// Readers see the old content or the new one; a durable write survives a power cut.
func writeFile(d disk, name string, data []byte, durable bool) (err error) {
	dir := filepath.Dir(name)
	if err := makeDirs(d, dir); err != nil {
		return err
	}
	id := make([]byte, 8)
	_, _ = rand.Read(id) // never fails
	f, err := d.create(filepath.Join(dir, temporaryPrefix+hex.EncodeToString(id)))
	if err != nil {
		return err
	}
	_, err = f.WriteAt(data, 0)
	if err == nil && durable {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = d.rename(f.Name(), name)
	}
	if err != nil {
		_ = d.remove(f.Name())
		return fmt.Errorf("write %s: %w", name, err)
	}
	if durable {
		return d.syncDir(dir)
	}
	return nil
}

// removeFile removes a file that may be gone already, for good: a journal that came back after a
// power cut could meet a state that has gone on without it.
func removeFile(d disk, name string) error {
	err := d.remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.syncDir(filepath.Dir(name))
}
