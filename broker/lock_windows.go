package broker

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockFile takes the kernel's exclusive lock on f without waiting. The kernel drops it
// with the process, so a killed holder never blocks anybody.
func lockFile(f *os.File) error {
	err := windows.LockFileEx(windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errHeld
	}
	return err
}

// removeLock gives the lock back first: an open file cannot be removed here.
func removeLock(f *os.File) error {
	f.Close()
	return os.Remove(f.Name())
}
