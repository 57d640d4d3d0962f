package broker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// errHeld is what a lock says that another process, or another broker of this one, has.
var errHeld = errors.New("held by another process")

// A broker's directory is owned by whoever holds the lock on its lock file; broker.json
// says who that is and where to connect.
const (
	lockName   = "lock"
	holderName = "broker.json"
)

// Kind says what a broker is started for.
type Kind string

const (
	// Dev is a broker that runs until its user stops it: other commands connect to it.
	Dev Kind = "dev"
	// Command is a broker that runs for the time of one command: others wait for it.
	Command Kind = "command"
)

// holder is the content of broker.json.
type holder struct {
	PID  int    `json:"pid"`
	URL  string `json:"url"`
	Kind Kind   `json:"kind"`
}

// acquire locks dir, or says errHeld. The file is the lock: closing it gives it back.
func acquire(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, err
		}
		if err := lockFile(f); err != nil {
			_ = f.Close()
			if errors.Is(err, errHeld) {
				return nil, errHeld
			}
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		// Whoever removes a broker unlinks the file that it has locked: a lock on the
		// unlinked file would exclude nobody.
		if current, err := os.Stat(path); err == nil {
			if mine, err := f.Stat(); err == nil && os.SameFile(current, mine) {
				return f, nil
			}
		}
		_ = f.Close()
	}
}

// readHolder returns who runs the broker in dir; ok is false while nobody says so.
func readHolder(dir string) (h holder, ok bool) {
	content, err := os.ReadFile(filepath.Join(dir, holderName))
	if err != nil {
		return holder{}, false
	}
	if json.Unmarshal(content, &h) != nil || h.URL == "" {
		return holder{}, false
	}
	return h, true
}

func writeHolder(dir string, h holder) error {
	content, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, holderName), append(content, '\n'))
}

func removeHolder(dir string) error {
	err := os.Remove(filepath.Join(dir, holderName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// writeFile replaces path as a whole: a reader sees the old content or the new.
func writeFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
