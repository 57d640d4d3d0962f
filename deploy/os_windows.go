package deploy

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// errHeld says that another process holds the lock.
var errHeld = errors.New("held by another process")

// lockOffset is far behind what the file holds: Windows' locks are mandatory, and
// the holder's name at the file's start must stay readable.
const lockOffset = 1 << 30

// tryLock takes the kernel's lock on an open file; it ends with the file or the process.
func tryLock(f *os.File) error {
	err := windows.LockFileEx(windows.Handle(f.Fd()),
		windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{Offset: lockOffset})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errHeld
	}
	return err
}

// unlock gives the lock up.
func unlock(f *os.File) error {
	return windows.UnlockFileEx(windows.Handle(f.Fd()), 0, 1, 0, &windows.Overlapped{Offset: lockOffset})
}

// alive reports whether a process runs on this host. In doubt it does.
func alive(pid int) bool {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return !errors.Is(err, windows.ERROR_INVALID_PARAMETER)
	}
	defer func() { _ = windows.CloseHandle(h) }()
	var code uint32
	const stillActive = 259
	return windows.GetExitCodeProcess(h, &code) != nil || code == stillActive
}

// syncDir does nothing: Windows has no way to sync a directory, and NTFS journals its names.
func syncDir(string) error { return nil }
