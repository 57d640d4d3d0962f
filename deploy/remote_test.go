package deploy

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TestRemoteLife takes a stack from its first up to its removal, on each kind of store.
func TestRemoteLife(t *testing.T) {
	t.Parallel()
	eachStore(t, remoteLife)
}

func remoteLife(t *testing.T, at store) {
	w := newWorld()
	o := remoteOptions(t, w, at)
	s := open(t, o)
	if exists, err := s.Exists(t.Context()); exists || err != nil {
		t.Fatalf("a new stack exists: %v, %v", exists, err)
	}
	things := []thing{{name: "aaa", secret: "hidden"}, {name: "bbb", needs: []string{"aaa"}}}
	up(t, s, things...)
	assertStored(t, s, things...)
	w.asked()

	// Another machine sees the same, secrets included, and changes nothing.
	there := open(t, remoteOptions(t, w, at))
	r, err := there.Preview(t.Context(), program(things...))
	if err != nil || r.Summary != (Summary{Same: 2}) {
		t.Errorf("preview elsewhere: %+v, %v", r, err)
	}
	up(t, there, things...)
	if calls := w.asked(); len(calls) != 0 {
		t.Errorf("an up without changes did %q", calls)
	}
	secret, err := there.SecretOutput(t.Context(), "credentials")
	if diff := cmp.Diff(map[string]any{"aaa": "hidden"}, secret); err != nil || diff != "" {
		t.Errorf("credentials: %v (-want +got):\n%s", err, diff)
	}
	things[1].value = "2"
	up(t, there, things...)
	if diff := cmp.Diff([]string{"update bbb"}, w.asked()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	history, err := s.bucket.list(t.Context(), s.keys.history())
	if err != nil || len(history) != 6 {
		t.Errorf("the history is %q, %v; want two updates, each with a state, and in our words and in those of Pulumi", history, err)
	}

	// A lock is seen from everywhere, and removed by hand alone.
	holder := Holder{PID: 1, User: "ann", Host: "elsewhere", Time: time.Now(), Program: msgdeploy}
	writeLock(t, s, holder)
	var locked *LockedError
	if _, err := there.Up(t.Context(), program(things...), nil); !errors.As(err, &locked) || locked.Holder.User != "ann" {
		t.Errorf("up under a lock: %v, want ann's lock", err)
	}
	infos, err := Stacks(t.Context(), o)
	if err != nil || len(infos) != 1 || infos[0].Locked == nil || infos[0].Resources != 2 {
		t.Errorf("stacks %+v, %v; want one of two resources that is locked", infos, err)
	}
	if holders, err := Unlock(t.Context(), o); err != nil || len(holders) != 1 {
		t.Errorf("unlock: %v, %v", holders, err)
	}
	if _, err := s.Destroy(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	assertStored(t, s)
	if err := Remove(t.Context(), o, false); err != nil {
		t.Fatal(err)
	}
	left, err := s.bucket.list(t.Context(), ".pulumi/")
	if diff := cmp.Diff([]string{metaKey}, left); err != nil || diff != "" {
		t.Errorf("left behind: %v (-want +got):\n%s", err, diff)
	}
}

// writeLock puts a lock into a stack's store.
func writeLock(t *testing.T, s *Stack, h Holder) string {
	t.Helper()
	data, err := marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	key := s.keys.locks() + "someone.json"
	if err := s.bucket.write(t.Context(), key, data); err != nil {
		t.Fatal(err)
	}
	return key
}

// TestRemoteEight starts eight ups on as many machines at once. Each wants what all have wanted that
// came before it. They go one after the other, and nothing is lost: that would be made again.
func TestRemoteEight(t *testing.T) {
	t.Parallel()
	eachStore(t, remoteEight)
}

func remoteEight(t *testing.T, at store) {
	const runs = 8
	var mu sync.Mutex
	var wanted []thing
	running := -1
	w := newWorld()
	p := func(ctx *pulumi.Context) error {
		mu.Lock()
		all := slices.Clone(wanted)
		mu.Unlock()
		return program(all...)(ctx)
	}
	var wg sync.WaitGroup
	for i := range runs {
		wg.Go(func() {
			o := remoteOptions(t, w, at)
			o.Progress = func(Progress) {
				mu.Lock()
				defer mu.Unlock()
				if running != i {
					t.Errorf("run %d works while run %d holds the stack", i, running)
				}
			}
			s, err := Open(t.Context(), o)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			wanted = append(wanted, thing{name: fmt.Sprintf("plain-%d", i)})
			mu.Unlock()
			err = untilUnlocked(t.Context(), func() error {
				_, err := s.Up(t.Context(), p, func(*Result) error {
					mu.Lock()
					defer mu.Unlock()
					running = i
					return nil
				})
				return err
			})
			if err != nil {
				t.Errorf("run %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	s := open(t, remoteOptions(t, w, at))
	assertStored(t, s, wanted...)
	var want []string
	for i := range runs {
		want = append(want, fmt.Sprintf("create plain-%d", i))
	}
	if diff := cmp.Diff(want, w.asked()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if held, err := s.locks(t.Context()); err != nil || len(held) != 0 {
		t.Errorf("locks left behind: %v, %v", held, err)
	}
}

// untilUnlocked tries until somebody else's lock is no more in the way.
func untilUnlocked(ctx context.Context, try func() error) error {
	for n := 0; ; n++ {
		err := try()
		var locked *LockedError
		if !errors.As(err, &locked) || !wait(ctx, time.Duration(n%7+1)*5*time.Millisecond, nil) {
			return err
		}
	}
}

// TestRemoteKill kills an up whose state is elsewhere, after some of it was written there.
func TestRemoteKill(t *testing.T) {
	t.Parallel()
	eachStore(t, remoteKill)
}

func remoteKill(t *testing.T, at store) {
	for name, test := range map[string]struct {
		// again makes the options of the next run of those of the killed one.
		again func(o Options) Options
		note  string
	}{
		"same machine": {func(o Options) Options { return o }, "recorded steps are in the state now"},
		"other machine": {func(o Options) Options {
			o.Dir = t.TempDir() // the journal is lost with the machine
			return o
		}, "no longer running"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, w := t.TempDir(), newWorld()
			stack := strings.ReplaceAll(name, " ", "-")
			made := killRemote(t, dir, at, stack)
			for _, name := range made {
				w.things[name] = resource.PropertyMap{"name": resource.NewProperty(name),
					"value": resource.NewProperty("1"), "shape": resource.NewProperty("")}
			}
			o := remoteOptions(t, w, at)
			o.Dir = victimOptions(dir, w).Dir
			o.Stack = stack
			kept, err := open(t, o).Resources(t.Context())
			if err != nil || len(kept) == 0 {
				t.Fatalf("nothing of the killed run is in the store: %v", err)
			}
			var notes []string
			o.Warn = func(note string) { notes = append(notes, note) }
			s := open(t, test.again(o))
			up(t, s, numbered(victimThings)...)
			assertStored(t, s, numbered(victimThings)...)
			assertConverged(t, s, w, numbered(victimThings))
			if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, test.note) }) {
				t.Errorf("notes %q, want one with %q", notes, test.note)
			}
		})
	}
}

// TestRemoteStock: Pulumi's own backends and ours work on the same stack, before and after each other.
func TestRemoteStock(t *testing.T) {
	t.Parallel()
	eachStore(t, remoteStock)
}

func remoteStock(t *testing.T, at store) {
	w := newWorld()
	o := remoteOptions(t, w, at)
	things := []thing{{name: "aaa", secret: "hidden"}, {name: "bbb", needs: []string{"aaa"}}}
	openStock(t, at.url, o.Passphrase).up(t, w, program(things...))
	w.asked()
	s := open(t, o)
	if r := up(t, s, things...); r.Summary != (Summary{Same: 2}) {
		t.Errorf("after the stock engine: %+v, want no changes", r.Summary)
	}
	things[1].value = "2"
	up(t, s, things...)
	openStock(t, at.url, o.Passphrase).up(t, w, program(things...))
	if diff := cmp.Diff([]string{"update bbb"}, w.asked()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	stock := openStock(t, at.url, o.Passphrase)
	history, err := stock.GetHistory(t.Context(), stock.ref, 0, 0)
	if err != nil || len(history) != 3 {
		t.Errorf("the stock engine reads %d updates, %v; want 3", len(history), err)
	}
	if err := stock.Lock(t.Context(), stock.ref); err != nil {
		t.Fatalf("we left a lock: %v", err)
	}
	var locked *LockedError
	if _, err := s.Up(t.Context(), program(), nil); !errors.As(err, &locked) {
		t.Errorf("up under the stock engine's lock: %v, want a LockedError", err)
	}
}

// TestRemoteMissing: what cannot be looked into is no stack without state.
func TestRemoteMissing(t *testing.T) {
	t.Parallel()
	if _, err := gcsServer(); err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]string{
		"s3, no such bucket": strings.Replace(s3URL(startS3(t).URL, ""), testBucket, "elsewhere", 1),
		"gs, no such bucket": "gs://elsewhere",
		"s3, no such server": s3URL("http://127.0.0.1:1", ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := remoteOptions(t, newWorld(), store{at})
			o.patience.attempts = 1
			if exists, err := open(t, o).Exists(t.Context()); err == nil {
				t.Errorf("exists: %v", exists)
			}
			if _, err := open(t, o).Preview(t.Context(), program(thing{name: "plain-a"})); err == nil {
				t.Error("a preview made something of it")
			}
		})
	}
}

// TestRefusedBackends: what is no store says so, and shows no password.
func TestRefusedBackends(t *testing.T) {
	t.Parallel()
	for backend, want := range map[string]string{
		"https://api.pulumi.com":                    "does not speak the protocol of Pulumi Cloud",
		"ftp://ann:sesame@host/dir":                 "the scheme is none of file, s3, gs, azblob and postgres",
		"postgres://ann:sesame@host/db?table=a%20b": "the table's name",
		"postgres://ann:sesame@host:port/db":        "invalid port",
		"s3://bucket?disableSSL=maybe":              "disableSSL",
	} {
		o := testOptions(t, newWorld())
		o.Backend, o.Passphrase = backend, "correct horse"
		_, err := Open(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("open %s: %v, want %q", backend, err, want)
		}
	}
}

// TestLegacyS3 has what Pulumi's users have in their URLs of old.
func TestLegacyS3(t *testing.T) {
	t.Parallel()
	u, err := url.Parse("s3://bucket?endpoint=minio:9000&disableSSL=true&s3ForcePathStyle=true")
	if err != nil {
		t.Fatal(err)
	}
	if err := translateS3(u); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for k := range u.Query() {
		got[k] = u.Query().Get(k)
	}
	want := map[string]string{"endpoint": "http://minio:9000", "disable_https": "true", "s3ForcePathStyle": "true",
		"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
}
