package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/spec"
)

// brokerWait is how long a command waits for another one that runs the stack's
// embedded broker.
const brokerWait = 30 * time.Second

// stackBroker is the broker of one stack: connected to, and, where it is embedded and
// nobody else runs it, run by this process, from the first use to close.
type stackBroker struct {
	topology *spec.Topology
	// home is the directory that an embedded broker is in.
	home string
	kind broker.Kind
	warn func(string)

	mu       sync.Mutex
	embedded *broker.Embedded
	admin    *broker.Admin
}

// dir holds an embedded broker.
func (b *stackBroker) dir() string {
	return filepath.Join(b.home, "nats", b.topology.Stack)
}

// open returns the connection that owns the stack's streams.
func (b *stackBroker) open(ctx context.Context) (*broker.Admin, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.admin != nil {
		return b.admin, nil
	}
	access, err := b.access(ctx)
	if err != nil {
		return nil, err
	}
	b.admin, err = broker.Dial(ctx, access)
	return b.admin, err
}

// url is where clients connect. An embedded broker is running when it returns.
func (b *stackBroker) url(ctx context.Context) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if url := b.topology.Target.NATS.URL; url != "" {
		return url, nil
	}
	if err := b.start(ctx); err != nil {
		return "", err
	}
	return b.embedded.URL(), nil
}

// owned says whether this process runs the broker.
func (b *stackBroker) owned() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.embedded != nil && b.embedded.Owned()
}

func (b *stackBroker) access(ctx context.Context) (broker.Access, error) {
	n := b.topology.Target.NATS
	if !n.Embedded() {
		return b.external(n)
	}
	if err := b.start(ctx); err != nil {
		return broker.Access{}, err
	}
	return b.embedded.Access(), nil
}

// start opens the embedded broker. The caller holds the mutex.
func (b *stackBroker) start(ctx context.Context) error {
	if b.embedded != nil {
		return nil
	}
	embedded, err := broker.Open(ctx, broker.EmbeddedOptions{
		Dir: b.dir(), Port: b.topology.Target.NATS.Port, Kind: b.kind, Wait: brokerWait, Warn: b.warn,
	})
	b.embedded = embedded
	return err
}

// closeInto closes even if ctx has ended. What goes wrong with that is the command's
// error unless it has one.
func (b *stackBroker) closeInto(ctx context.Context, err *error) {
	if e := b.close(context.WithoutCancel(ctx)); *err == nil {
		*err = e
	}
}

// close ends the connection, and the broker if this process runs it.
func (b *stackBroker) close(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.admin != nil {
		b.admin.Close()
		b.admin = nil
	}
	if b.embedded == nil {
		return nil
	}
	err := b.embedded.Stop(ctx)
	b.embedded = nil
	return err
}

// external reads the files that give access to a server or cluster of the user's.
func (b *stackBroker) external(n *spec.NATSTarget) (broker.Access, error) {
	access, warnings, err := b.load(n)
	if err != nil {
		return broker.Access{}, fmt.Errorf("read the keys of stack %s: %w", b.topology.Stack, err)
	}
	for _, w := range warnings {
		b.warn(w)
	}
	return access, nil
}

func (b *stackBroker) load(n *spec.NATSTarget) (broker.Access, []string, error) {
	path := func(p string) string {
		if p == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(b.topology.Dir, p)
	}
	files := broker.Files{Credentials: path(n.Credentials), SigningKey: path(n.SigningKey)}
	if n.System != nil {
		files.SystemCredentials, files.OperatorKey = path(n.System.Credentials), path(n.System.OperatorKey)
	}
	return broker.LoadAccess(n.URL, files)
}

// refuseForeign refuses, before anything is deleted, to take the embedded broker away
// from a dev process that runs it.
func (b *stackBroker) refuseForeign(ctx context.Context) error {
	n := b.topology.Target.NATS
	if n == nil || !n.Embedded() || !broker.Exists(b.dir()) {
		return nil
	}
	if _, err := b.open(ctx); err != nil {
		return err
	}
	if b.owned() {
		return nil
	}
	return fmt.Errorf("`msgdeploy dev` runs the broker of stack %s, which goes with the stack: stop that first", b.topology.Stack)
}
