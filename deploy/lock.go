package deploy

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	mathrand "math/rand/v2"
	"os"
	"os/user"
	"path/filepath"
	"time"
)

// msgdeploy marks our own locks among those of the stock CLI.
const msgdeploy = "msgdeploy"

// lock is a held stack. It is two locks: the kernel's on a local file, which
// decides between the runs on this machine and vanishes with its holder; and
// the file in the bucket that Pulumi's backends use, for everyone else.
type lock struct {
	bucket bucket
	key    string
	file   *os.File
}

// The pauses between two looks at a lock that somebody else has: the first, and the longest. They
// differ from run to run, so that two runs that step back from each other do not meet again.
const (
	firstPause   = 50 * time.Millisecond
	longestPause = 2 * time.Second
	// reminder is how often somebody who waits is told so.
	reminder = 30 * time.Second
)

// acquire locks the stack, or fails with a [LockedError]: at once, or after Options.LockTimeout. Locks
// of holders that died on this host are removed. Command is what the lock is for, for others to see.
func (s *Stack) acquire(ctx context.Context, command string) (*lock, error) {
	start := time.Now()
	told := time.Time{}
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		l, err := s.tryAcquire(ctx, command)
		var locked *LockedError
		waited := time.Since(start)
		if err == nil || !errors.As(err, &locked) || waited >= s.opts.LockTimeout {
			return l, err
		}
		if time.Since(told) >= reminder {
			told = time.Now()
			s.warn(fmt.Sprintf("%v; waiting for it for up to %s", locked, (s.opts.LockTimeout - waited).Round(time.Second)))
		}
		timer := time.NewTimer(min(pause/2+mathrand.N(pause), s.opts.LockTimeout-waited)) //nolint:gosec // no secret hangs on it
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, fmt.Errorf("wait for the lock of stack %s: %w", s.opts.Stack, ctx.Err())
		}
	}
}

func (s *Stack) tryAcquire(ctx context.Context, command string) (_ *lock, err error) {
	me, err := self(command)
	if err != nil {
		return nil, err
	}
	file, err := s.lockKernel(me)
	if err != nil {
		return nil, err
	}
	l := &lock{bucket: s.bucket, file: file}
	defer func() {
		if err != nil {
			l.release(context.WithoutCancel(ctx))
		}
	}()
	if err := s.checkLocks(ctx, me, ""); err != nil {
		return nil, err
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	key := s.keys.locks() + hex.EncodeToString(id) + ".json"
	content, err := json.Marshal(me)
	if err != nil {
		return nil, err
	}
	l.key = key
	if err := s.bucket.write(ctx, key, content); err != nil {
		return nil, fmt.Errorf("lock stack %s: %w", s.opts.Stack, err)
	}
	// Pulumi's protocol: whoever sees another's file after writing its own steps back.
	return l, s.checkLocks(ctx, me, key)
}

// lockKernel takes the kernel's lock and writes who holds it into the locked file.
func (s *Stack) lockKernel(me Holder) (*os.File, error) {
	name := s.opts.lockFile()
	if err := makeDirs(s.opts.disk, filepath.Dir(name)); err != nil {
		return nil, fmt.Errorf("lock stack %s: %w", s.opts.Stack, err)
	}
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock stack %s: %w", s.opts.Stack, err)
	}
	if err := tryLock(f); err != nil {
		defer func() { _ = f.Close() }()
		if !errors.Is(err, errHeld) {
			return nil, fmt.Errorf("lock stack %s: %w", s.opts.Stack, err)
		}
		var h Holder
		if data, err := io.ReadAll(f); err == nil {
			_ = json.Unmarshal(data, &h) // a holder that has not written yet stays anonymous
		}
		return nil, &LockedError{Stack: s.opts.Stack, Holder: h}
	}
	content, err := json.Marshal(me)
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt(content, 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock stack %s: %w", s.opts.Stack, err), f.Close())
	}
	return f, nil
}

// checkLocks fails if someone else holds the stack. It removes locks whose holders are gone.
func (s *Stack) checkLocks(ctx context.Context, me Holder, mine string) error {
	held, err := s.locks(ctx)
	if err != nil {
		return err
	}
	for key, h := range held {
		if key == mine {
			continue
		}
		if !s.stale(h, me) {
			return &LockedError{Stack: s.opts.Stack, Holder: h}
		}
		if err := s.bucket.remove(ctx, key); err != nil {
			return fmt.Errorf("remove the lock of %s: %w", h, err)
		}
		if h.torn {
			s.warn("removed a lock that cannot be read: the power was cut when it was written")
			continue
		}
		s.warn("removed the lock of " + h.String() + ", which is no longer running")
	}
	return nil
}

// stale reports whether a lock's holder is gone for certain. We hold the kernel's lock
// here, so on local state a lock of msgdeploy's own from this host has outlived its
// holder, even if its process id has been given to someone else since.
func (s *Stack) stale(h, me Holder) bool {
	if h.torn {
		return true
	}
	if h.Host != me.Host || h.PID == 0 {
		return false
	}
	if h.Program == msgdeploy && s.opts.local() {
		return true
	}
	return !alive(h.PID)
}

// locks reads who holds the stack, by the keys of their lock files.
func (s *Stack) locks(ctx context.Context) (map[string]Holder, error) {
	keys, err := s.bucket.list(ctx, s.keys.locks())
	if err != nil {
		return nil, fmt.Errorf("read the locks of stack %s: %w", s.opts.Stack, err)
	}
	held := map[string]Holder{}
	for _, key := range keys {
		data, err := s.bucket.read(ctx, key)
		if errors.Is(err, fs.ErrNotExist) {
			continue // released while we looked
		}
		if err != nil {
			return nil, fmt.Errorf("read the locks of stack %s: %w", s.opts.Stack, err)
		}
		var h Holder
		if json.Unmarshal(data, &h) != nil {
			// Still a lock. But lock files are put in their place whole: on a disk, half of one is what a power cut left.
			h = Holder{torn: s.opts.local()}
		}
		held[key] = h
	}
	return held, nil
}

// release gives the stack back. It is best effort: a lock that stays is known by its dead holder.
func (l *lock) release(ctx context.Context) {
	if l.key != "" {
		_ = l.bucket.remove(ctx, l.key)
	}
	// The file stays: removing a locked file lets the next two runs lock different ones.
	_ = l.file.Truncate(0)
	_ = unlock(l.file)
	_ = l.file.Close()
}

// self describes this process as a holder.
func self(command string) (Holder, error) {
	host, err := os.Hostname()
	if err != nil {
		return Holder{}, err
	}
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return Holder{PID: os.Getpid(), User: name, Host: host, Time: time.Now(), Program: msgdeploy, Command: command}, nil
}
