package deploy

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestRemoteReplace: of two that have read the same, one writes.
func TestRemoteReplace(t *testing.T) {
	t.Parallel()
	eachStore(t, remoteReplace)
}

func remoteReplace(t *testing.T, at store) {
	ctx := t.Context()
	o := remoteOptions(t, newWorld(), at)
	b, err := openRemote(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	const key = ".pulumi/some_thing%"
	if _, _, err := b.fetch(ctx, key); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("fetch of nothing: %v", err)
	}
	if err := b.remove(ctx, key); err != nil {
		t.Errorf("remove of nothing: %v", err)
	}
	if err := b.replace(ctx, key, "", []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := b.replace(ctx, key, "", []byte("two")); !errors.Is(err, errChanged) {
		t.Errorf("replace of nothing, where there is something: %v", err)
	}
	data, version, err := b.fetch(ctx, key)
	if err != nil || string(data) != "one" {
		t.Fatalf("fetch: %q, %v", data, err)
	}
	if err := b.replace(ctx, key, version, []byte("three")); err != nil {
		t.Fatal(err)
	}
	if err := b.replace(ctx, key, version, []byte("four")); !errors.Is(err, errChanged) {
		t.Errorf("replace of what is there no more: %v", err)
	}
	if err := b.write(ctx, ".pulumi/someXthing%", []byte("other")); err != nil {
		t.Fatal(err)
	}
	keys, err := b.list(ctx, ".pulumi/some_")
	if err != nil || len(keys) != 1 || keys[0] != key {
		t.Errorf("list: %q, %v", keys, err)
	}
	if err := b.remove(ctx, key); err != nil {
		t.Fatal(err)
	}
	if err := b.replace(ctx, key, version, []byte("five")); !errors.Is(err, errChanged) {
		t.Errorf("replace of what is gone: %v", err)
	}
	if data, err := b.read(ctx, key); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read: %q, %v", data, err)
	}
}

// TestRemoteChanged: an operation whose state somebody else has written meanwhile stops, overwrites
// nothing, and is on record; the next one refuses to choose.
func TestRemoteChanged(t *testing.T) {
	t.Parallel()
	eachStore(t, remoteChanged)
}

func remoteChanged(t *testing.T, at store) {
	for name, test := range map[string]struct {
		meddle func(t *testing.T, s *Stack, foreign []byte)
		taken  func(error) bool
		says   string
	}{
		"state": {func(t *testing.T, s *Stack, foreign []byte) {
			if err := s.bucket.write(t.Context(), s.keys.checkpoint(), foreign); err != nil {
				t.Error(err)
			}
		}, func(err error) bool { var changed *ChangedError; return errors.As(err, &changed) }, "was changed by someone else"},
		"lock": {func(t *testing.T, s *Stack, _ []byte) {
			held, err := s.locks(t.Context())
			if err != nil {
				t.Error(err)
			}
			for key := range held {
				if err := s.bucket.remove(t.Context(), key); err != nil {
					t.Error(err)
				}
			}
			writeLock(t, s, Holder{PID: 1, User: "ann", Host: "elsewhere", Time: time.Now()})
		}, func(err error) bool { var stolen *StolenError; return errors.As(err, &stolen) }, "ann@elsewhere"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			o := remoteOptions(t, w, at)
			o.Stack = name
			o.patience.between = time.Millisecond
			s := open(t, o)
			up(t, s, thing{name: "plain-a"})
			before, err := s.bucket.read(t.Context(), s.keys.checkpoint())
			if err != nil {
				t.Fatal(err)
			}
			foreign := append(before, '\n')
			if name == "lock" {
				foreign = before
			}
			var once sync.Once
			w.after = func(string) { once.Do(func() { test.meddle(t, s, foreign) }) }
			_, err = s.Up(t.Context(), program(thing{name: "plain-b"}), nil)
			if !test.taken(err) || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), o.journalFile()) {
				t.Fatalf("up: %v", err)
			}
			now, err := s.bucket.read(t.Context(), s.keys.checkpoint())
			if err != nil || string(now) != string(foreign) {
				t.Errorf("the state was overwritten: %v", err)
			}
			if _, err := os.Stat(o.journalFile()); err != nil {
				t.Errorf("nothing is on record: %v", err)
			}
			if name == "lock" {
				return
			}
			var refused *JournalError
			if _, err := s.Up(t.Context(), program(thing{name: "plain-b"}), nil); !errors.As(err, &refused) {
				t.Errorf("the next up: %v, want a JournalError", err)
			}
		})
	}
}
