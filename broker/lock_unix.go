//go:build unix

package broker

import (
	"errors"
	"os"
	"syscall"
)

// lockFile takes the kernel's exclusive lock on f without waiting. The kernel drops it
// with the process, so a killed holder never blocks anybody.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errHeld
	}
	return err
}

// removeLock removes the lock file while it is locked, so that nobody locks it in between.
func removeLock(f *os.File) error { return os.Remove(f.Name()) }
