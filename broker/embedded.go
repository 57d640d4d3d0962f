package broker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// EmbeddedOptions says which embedded broker to open, and how.
type EmbeddedOptions struct {
	// Dir holds all of the broker: keys, account claims, messages. It is made with mode 0700.
	Dir string
	// Port to listen on, on 127.0.0.1 only; 0 takes one that is chosen once and kept in Dir.
	Port int
	// Kind is what other processes are told about this one while it runs the broker; empty
	// is [Command].
	Kind Kind
	// Wait is how long to wait for another command that runs the broker; 0 means not at all.
	Wait time.Duration
	// Warn is told once when there is something to wait for. It may be nil.
	Warn func(note string)
	// Log gets the server's log, a line a call, from several goroutines. It may be nil.
	Log func(line string)
}

// Embedded is an open embedded broker: run by this process, or by another one whose
// broker this process may use.
type Embedded struct {
	dir    string
	access Access
	lock   *os.File
	server *server.Server // nil where another process runs the broker
}

// How often a held lock is tried again, and after what time the user is told.
const (
	lockRetry = 25 * time.Millisecond
	lockNote  = time.Second
)

// Open opens the embedded broker in opts.Dir, which it makes if it does not exist. A broker
// that a [Dev] process runs is attached to; for one that a command runs Open waits, up to
// opts.Wait; otherwise the broker runs in this process until [Embedded.Stop], or the end of
// the process, however that comes: an acknowledged message is on disk.
func Open(ctx context.Context, opts EmbeddedOptions) (*Embedded, error) {
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, err
	}
	opts.Dir = dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open broker: %w", err)
	}
	opts.Kind = cmp.Or(opts.Kind, Command)
	lock, running, err := opts.acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("open broker %s: %w", dir, err)
	}
	if lock == nil {
		access, err := attach(dir, running)
		if err != nil {
			return nil, fmt.Errorf("open the broker of %s: %w", process(running.PID), err)
		}
		return &Embedded{dir: dir, access: access}, nil
	}
	e := &Embedded{dir: dir, lock: lock}
	if err := e.start(opts); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("open broker %s: %w", dir, err)
	}
	return e, nil
}

func attach(dir string, running holder) (Access, error) {
	keys, err := loadKeys(dir)
	if err != nil {
		return Access{}, err
	}
	return keys.access(running.URL)
}

// acquire takes the lock, or returns the dev process that has it.
func (opts EmbeddedOptions) acquire(ctx context.Context) (*os.File, holder, error) {
	began := time.Now()
	noted := false
	for {
		lock, err := acquire(opts.Dir)
		if err == nil {
			// What a killed holder left behind is no invitation.
			return lock, holder{}, removeHolder(opts.Dir)
		}
		if !errors.Is(err, errHeld) {
			return nil, holder{}, err
		}
		h, known := readHolder(opts.Dir)
		if known && h.Kind == Dev {
			return nil, h, nil
		}
		waited := time.Since(began)
		if waited >= opts.Wait {
			return nil, holder{}, &BusyError{Dir: opts.Dir, PID: h.PID, Waited: opts.Wait}
		}
		if waited >= lockNote && !noted && opts.Warn != nil {
			noted = true
			opts.Warn(fmt.Sprintf("waiting for %s, which is using this stack's broker", process(h.PID)))
		}
		select {
		case <-ctx.Done():
			return nil, holder{}, ctx.Err()
		case <-time.After(lockRetry):
		}
	}
}

// BusyError says that another process runs the broker and cannot be attached to.
type BusyError struct {
	Dir string
	// PID of the process, or 0 where it does not say.
	PID    int
	Waited time.Duration
}

func (e *BusyError) Error() string {
	text := process(e.PID) + " is using this broker"
	if e.Waited > 0 {
		text += fmt.Sprintf("; waited %s for it", e.Waited)
	}
	return text
}

func process(pid int) string {
	if pid == 0 {
		return "another process"
	}
	return fmt.Sprintf("process %d", pid)
}

// URL is where clients connect.
func (e *Embedded) URL() string { return e.access.URL }

// Owned says whether the broker runs in this process.
func (e *Embedded) Owned() bool { return e.server != nil }

// Access returns the right to administer the broker.
func (e *Embedded) Access() Access { return e.access }

// Exists says whether there is an embedded broker in dir, running or not.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, keysName))
	return err == nil
}

// removeWait is how long Remove waits for a broker that is about to stop.
const removeWait = 10 * time.Second

// Remove deletes the broker in dir with all its keys and messages. It refuses, with a
// [BusyError], while a process runs it. A broker that does not exist is no error.
func Remove(ctx context.Context, dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	lock, running, err := EmbeddedOptions{Dir: dir, Wait: removeWait}.acquire(ctx)
	if err != nil {
		return fmt.Errorf("remove broker %s: %w", dir, err)
	}
	if lock == nil {
		return fmt.Errorf("remove broker %s: %w", dir, &BusyError{Dir: dir, PID: running.PID})
	}
	defer lock.Close() //nolint:errcheck // the end of the lock, whatever it says
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("remove broker: %w", err)
	}
	// The lock goes last: until then nobody can open what is half gone.
	for _, entry := range entries {
		if entry.Name() == lockName {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
			return fmt.Errorf("remove broker: %w", err)
		}
	}
	if err := removeLock(lock); err != nil {
		return fmt.Errorf("remove broker: %w", err)
	}
	// Somebody may have opened a new broker here by now, which is not ours to remove.
	if err := os.Remove(dir); err != nil && !Exists(dir) && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove broker: %w", err)
	}
	return nil
}
