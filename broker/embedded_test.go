package broker_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/msgdeploy/msgdeploy/broker"
)

func TestEmbeddedKeepsEverythingBetweenRuns(t *testing.T) {
	t.Parallel()
	dir := brokerDir(t)
	if broker.Exists(dir) {
		t.Error("a broker exists before it was made")
	}
	first := openEmbedded(t, broker.EmbeddedOptions{Dir: dir})
	if !first.Owned() || !broker.Exists(dir) {
		t.Errorf("owned %v, exists %v", first.Owned(), broker.Exists(dir))
	}
	admin := dial(t, first.Access())
	h := buildHouse(t, admin, 1)
	api := h.service("api", send(ordersSubject))
	url, account := first.URL(), first.Access().Account
	admin.Close()
	stop(t, first)

	again := openEmbedded(t, broker.EmbeddedOptions{Dir: dir})
	if again.URL() != url || again.Access().Account != account {
		t.Errorf("after a restart: %s, account %s; before: %s, %s", again.URL(), again.Access().Account, url, account)
	}
	h = &house{t, dial(t, again.Access())}
	if err := h.client(api).Publish(t.Context(), ordersSubject, []broker.Message{{Data: []byte("x")}}); err != nil {
		t.Errorf("a service's credentials after a restart: %v", err)
	}
	if n := h.stored(ordersStream); n != 1 {
		t.Errorf("the topic's stream holds %d messages", n)
	}
}

func TestEmbeddedFilesArePrivate(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // has no such modes
	}
	dir := brokerDir(t)
	openEmbedded(t, broker.EmbeddedOptions{Dir: dir})
	for path, want := range map[string]fs.FileMode{
		".": fs.ModeDir | 0o700, "keys": fs.ModeDir | 0o700, "keys/operator.nk": 0o600, "keys/system.nk": 0o600, "keys/owner.nk": 0o600,
		"jwt": fs.ModeDir | 0o700, "broker.json": 0o600, "lock": 0o600, "port": 0o600,
	} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil {
			t.Error(err)
		} else if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode(), want)
		}
	}
}

func TestDevBrokerIsAttachedTo(t *testing.T) {
	t.Parallel()
	dir := brokerDir(t)
	dev := openEmbedded(t, broker.EmbeddedOptions{Dir: dir, Kind: broker.Dev})
	command := openEmbedded(t, broker.EmbeddedOptions{Dir: dir})
	if command.Owned() || command.URL() != dev.URL() {
		t.Errorf("owned %v at %s, want an attachment to %s", command.Owned(), command.URL(), dev.URL())
	}
	buildHouse(t, dial(t, command.Access()), 1)
	stop(t, command)
	if n := (&house{t, dial(t, dev.Access())}).stored(ordersStream); n != 0 {
		t.Errorf("a new stream holds %d messages", n)
	}
	if err := broker.Remove(t.Context(), dir); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) {
		t.Errorf("remove while dev runs: %v, want an error that names the process", err)
	}
	if !broker.Exists(dir) {
		t.Error("the refused removal removed the broker")
	}
}

func TestCommandIsWaitedFor(t *testing.T) {
	t.Parallel()
	dir := brokerDir(t)
	first := openEmbedded(t, broker.EmbeddedOptions{Dir: dir})
	var busy *broker.BusyError
	if _, err := broker.Open(t.Context(), broker.EmbeddedOptions{Dir: dir, Kind: broker.Command}); !errors.As(err, &busy) || busy.PID != os.Getpid() {
		t.Fatalf("without waiting: %v, want a BusyError that names this process", err)
	}
	// It is told that there is something to wait for, and ends the wait by stopping.
	var notes atomic.Int32
	second := openEmbedded(t, broker.EmbeddedOptions{Dir: dir, Wait: time.Minute, Warn: func(string) {
		if notes.Add(1) == 1 {
			stop(t, first)
		}
	}})
	if !second.Owned() || notes.Load() != 1 {
		t.Errorf("owned %v after %d notes", second.Owned(), notes.Load())
	}
}

func TestWaitEndsWithContext(t *testing.T) {
	t.Parallel()
	dir := brokerDir(t)
	openEmbedded(t, broker.EmbeddedOptions{Dir: dir})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := broker.Open(ctx, broker.EmbeddedOptions{Dir: dir, Wait: time.Hour}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
}

// What a killed dev process leaves behind does not look like a running one.
func TestStaleHolderIsIgnored(t *testing.T) {
	t.Parallel()
	dir := brokerDir(t)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	stale := `{"pid": 1, "url": "nats://127.0.0.1:1", "kind": "dev"}`
	if err := os.WriteFile(filepath.Join(dir, "broker.json"), []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	if e := openEmbedded(t, broker.EmbeddedOptions{Dir: dir}); !e.Owned() {
		t.Errorf("attached to %s", e.URL())
	}
}

func TestTakenPortIsNamed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // the port is free again either way
	port := l.Addr().(*net.TCPAddr).Port
	dir := brokerDir(t)
	_, err = broker.Open(t.Context(), broker.EmbeddedOptions{Dir: dir, Port: port})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("port %d is taken", port)) || !strings.Contains(err.Error(), "nats: {port: …}") {
		t.Errorf("error is %v, want the port and the setting", err)
	}
	// The failure gave the lock back.
	openEmbedded(t, broker.EmbeddedOptions{Dir: dir})
}

func TestPortAskedFor(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	e := openEmbedded(t, broker.EmbeddedOptions{Port: port})
	if want := fmt.Sprintf("nats://127.0.0.1:%d", port); e.URL() != want {
		t.Errorf("URL is %s, want %s", e.URL(), want)
	}
}

func TestUnusableStoreIsAnError(t *testing.T) {
	t.Parallel()
	dir := brokerDir(t)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "jetstream"), []byte("a file, not a directory"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log atomic.Int32
	_, err := broker.Open(t.Context(), broker.EmbeddedOptions{Dir: dir, Log: func(string) { log.Add(1) }})
	if err == nil || !strings.Contains(err.Error(), "start server: Can't start JetStream") {
		t.Errorf("error is %v, want the server's reason", err)
	}
	if log.Load() == 0 {
		t.Error("the server logged nothing")
	}
}

func TestUnreadableKeyIsNamed(t *testing.T) {
	t.Parallel()
	dir := brokerDir(t)
	stop(t, openEmbedded(t, broker.EmbeddedOptions{Dir: dir}))
	path := filepath.Join(dir, "keys", "owner.nk")
	if err := os.WriteFile(path, []byte("SAhalf"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := broker.Open(t.Context(), broker.EmbeddedOptions{Dir: dir, Wait: patience})
	if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "SAhalf") {
		t.Errorf("error is %v, want it to name the file and nothing of its content", err)
	}
}

func TestRemoveLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := brokerDir(t)
	if err := broker.Remove(t.Context(), dir); err != nil {
		t.Errorf("remove what is not there: %v", err)
	}
	e := openEmbedded(t, broker.EmbeddedOptions{Dir: dir})
	buildHouse(t, dial(t, e.Access()), 1)
	stop(t, e)
	if err := broker.Remove(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory is still there: %v", err)
	}
}
