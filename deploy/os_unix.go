//go:build unix

package deploy

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// errHeld says that another process holds the lock.
var errHeld = errors.New("held by another process")

// tryLock takes the kernel's lock on an open file; it ends with the file or the process.
func tryLock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errHeld
	}
	return err
}

// unlock gives the lock up. To close the file is not enough: a process that is just being
// started may have inherited it, and would keep the lock for a moment.
func unlock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_UN) }

// alive reports whether a process runs on this host. In doubt it does.
func alive(pid int) bool {
	return !errors.Is(unix.Kill(pid, 0), unix.ESRCH)
}

// syncDir makes the names in a directory durable, as far as its file system can, and as far as
// whoever may write there may read it.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		err = nil // a file system of a network, which syncs names by itself or not at all
	}
	return errors.Join(err, d.Close())
}
