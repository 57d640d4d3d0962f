package deploy

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
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

// TestRemoteChanged: an operation whose state or lock somebody else has taken meanwhile overwrites
// nothing and is on record. Where the state differs, the next one refuses to choose.
func TestRemoteChanged(t *testing.T) {
	t.Parallel()
	eachStore(t, remoteChanged)
}

func remoteChanged(t *testing.T, at store) {
	for name, says := range map[string]string{"state": "was changed by someone else", "lock": "ann@elsewhere"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			o := remoteOptions(t, w, at)
			o.Stack = name
			s := open(t, o)
			up(t, s, thing{name: "plain-a"})
			before := contentOf(t, s, s.keys.checkpoint())
			var once sync.Once
			w.after = func(string) {
				once.Do(func() {
					if name == "state" {
						before = append(before, '\n')
						takeState(t, s, before)
					} else {
						takeLock(t, s)
					}
				})
			}
			_, err := s.Up(t.Context(), program(thing{name: "plain-b"}), nil)
			if !taken(err) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), o.journalFile()) {
				t.Fatalf("up: %v", err)
			}
			if string(contentOf(t, s, s.keys.checkpoint())) != string(before) {
				t.Error("the state was overwritten")
			}
			if _, err := os.Stat(o.journalFile()); err != nil {
				t.Errorf("nothing is on record: %v", err)
			}
			w.after = nil
			_, err = s.Up(t.Context(), program(thing{name: "plain-b"}), nil)
			var refused *JournalError
			var locked *LockedError
			if name == "state" && !errors.As(err, &refused) || name == "lock" && !errors.As(err, &locked) {
				t.Errorf("the next up: %v", err)
			}
		})
	}
}

// TestRemoteTakenWhileRunning: who has lost the state to somebody else does not go on to work for long.
func TestRemoteTakenWhileRunning(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(*testing.T, *Stack){
		"state": func(t *testing.T, s *Stack) { takeState(t, s, []byte(`{"version":3,"checkpoint":{}}`)) },
		"lock":  takeLock,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			o := remoteOptions(t, newWorld(), store{s3URL(startS3(t).URL, "deep/down")})
			o.patience.between = time.Millisecond
			s := open(t, o)
			up(t, s, thing{name: "plain-a"})
			l, err := s.acquire(ctx, string(OperationUp))
			if err != nil {
				t.Fatal(err)
			}
			defer l.release(ctx)
			c, err := s.load(ctx)
			if err != nil {
				t.Fatal(err)
			}
			j, err := newJournal(ctx, s.opts.disk, s.opts.journalFile(), header{Version: journalVersion}, c.deployment, s.keyring(nil))
			if err != nil {
				t.Fatal(err)
			}
			defer j.close()
			k := s.keep(ctx, j, l, c.hash)
			take(t, s)
			j.mu.Lock()
			j.add(begin(1, "plain-b"))
			j.mu.Unlock()
			<-k.operation.Done()
			if err := k.pause(); !taken(err) {
				t.Errorf("the operation ended with %v", err)
			}
		})
	}
}

// begin is the journal's entry for a creation that begins.
func begin(id int64, name string) apitype.JournalEntry {
	return apitype.JournalEntry{Version: 1, Kind: apitype.JournalEntryKindBegin, OperationID: id,
		Operation: &apitype.OperationV2{Type: apitype.OperationTypeCreating, Resource: apitype.ResourceV3{
			URN: resource.URN("urn:pulumi:local::shop::fake:index:Thing::" + name), Type: "fake:index:Thing", Custom: true,
		}}}
}

func contentOf(t *testing.T, s *Stack, key string) []byte {
	t.Helper()
	data, err := s.bucket.read(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// takeState writes another state in the place of a stack's.
func takeState(t *testing.T, s *Stack, data []byte) {
	t.Helper()
	if err := s.bucket.write(t.Context(), s.keys.checkpoint(), data); err != nil {
		t.Error(err)
	}
}

// takeLock puts somebody else's lock in the place of those that are there.
func takeLock(t *testing.T, s *Stack) {
	t.Helper()
	held, err := s.locks(t.Context())
	if err != nil {
		t.Error(err)
	}
	writeLock(t, s, Holder{PID: 1, User: "ann", Host: "elsewhere", Time: time.Now()})
	for key := range held {
		if err := s.bucket.remove(t.Context(), key); err != nil {
			t.Error(err)
		}
	}
}
