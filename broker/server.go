package broker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
)

const (
	loopback = "127.0.0.1"
	// jwtName is the directory of the accounts' claims.
	jwtName = "jwt"
	// portName is the file of the port that was chosen.
	portName = "port"

	startTimeout = 10 * time.Second
)

// start runs the server in this process. The caller holds the lock.
func (e *Embedded) start(opts EmbeddedOptions) error {
	keys, err := loadOrMakeKeys(e.dir)
	if err != nil {
		return err
	}
	port, err := opts.port()
	if err != nil {
		return err
	}
	if err := mend(e.dir); err != nil {
		return err
	}
	operator, err := keys.operatorClaims()
	if err != nil {
		return err
	}
	resolver, err := openResolver(filepath.Join(e.dir, jwtName), keys)
	if err != nil {
		return err
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "msgdeploy",
		Host:       loopback,
		Port:       port,
		NoSigs:     true, // signals belong to the command
		NoLog:      true, // and so do stdout and stderr
		JetStream:  true,
		StoreDir:   e.dir, // the server adds "jetstream"
		// A topic may have more subscriptions than the server's default of 1,000 consumers a stream.
		JetStreamLimits:  server.JSLimitOpts{DefaultMaxConsumers: -1},
		TrustedOperators: []*jwt.OperatorClaims{operator},
		AccountResolver:  resolver,
		SystemAccount:    keys.system.public,
	})
	if err != nil {
		return err
	}
	log := &serverLog{write: opts.Log}
	s.SetLoggerV2(log, false, false, false)
	s.Start()
	if log.fatal() != "" || !s.ReadyForConnections(startTimeout) {
		s.Shutdown()
		return fmt.Errorf("start server: %s", cmp.Or(log.fatal(), "it did not get ready in "+startTimeout.String()))
	}
	url := "nats://" + net.JoinHostPort(loopback, strconv.Itoa(port))
	if e.access, err = keys.access(url); err == nil {
		err = opts.keepPort(port)
	}
	if err == nil {
		err = writeHolder(e.dir, holder{PID: os.Getpid(), URL: url, Kind: opts.Kind})
	}
	if err != nil {
		s.Shutdown()
		return err
	}
	e.server = s
	return nil
}

// openResolver opens the directory of account claims and puts in what the server itself
// needs. Claims that are there stay: they have been added to.
func openResolver(dir string, keys keyring) (*server.DirAccResolver, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	// There is no other server to ask for an account that is not in the directory.
	resolver, err := server.NewDirAccResolver(dir, 0, time.Hour, server.HardDelete, server.FetchTimeout(time.Millisecond))
	if err != nil {
		return nil, err
	}
	accounts, err := keys.accounts()
	if err != nil {
		return nil, err
	}
	for public, token := range accounts {
		if _, err := resolver.LoadAcc(public); err == nil {
			continue
		}
		if err := resolver.Store(public, token); err != nil {
			return nil, err
		}
	}
	return resolver, nil
}

// Ports are chosen below what systems give to outgoing connections (32768 and up on
// Linux), which would take a kept port from time to time.
const (
	firstPort = 20000
	ports     = 10000
)

// port returns the port to listen on, which is free: the one asked for, the one kept, or
// one that is chosen now.
func (opts EmbeddedOptions) port() (int, error) {
	if opts.Port != 0 {
		return opts.Port, portFree(opts.Port)
	}
	path := filepath.Join(opts.Dir, portName)
	content, err := os.ReadFile(path)
	if err == nil {
		port, err := strconv.Atoi(strings.TrimSpace(string(content)))
		if err != nil || port < 1 || port > 65535 {
			return 0, fmt.Errorf("%s does not hold a port", path)
		}
		return port, portFree(port)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	// Where to begin follows from the directory, so that the brokers of one machine
	// start apart and a deleted one comes back where it was.
	hash := fnv.New32a()
	hash.Write([]byte(opts.Dir))
	begin := int(hash.Sum32() % ports)
	for i := range ports {
		if port := firstPort + (begin+i)%ports; portFree(port) == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d", firstPort, firstPort+ports-1)
}

// keepPort keeps the port that was chosen, now that it is known to do.
func (opts EmbeddedOptions) keepPort(port int) error {
	path := filepath.Join(opts.Dir, portName)
	if _, err := os.Stat(path); opts.Port != 0 || err == nil {
		return nil
	}
	return writeFile(path, []byte(strconv.Itoa(port)+"\n"))
}

// portFree says in the user's words why port cannot be listened on.
func portFree(port int) error {
	l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("port %d is taken by another program; stop that, or choose a port with `nats: {port: …}`: %w", port, err)
	}
	return l.Close()
}

const (
	// flushInterval is what the server may take to write a consumer's state after it
	// changed: its flush loop writes at most once in 100 ms.
	flushInterval = 120 * time.Millisecond
	// stopLimit bounds how long Stop waits for the server to end.
	stopLimit = 500 * time.Millisecond
)

// Stop ends the broker if it runs in this process; one that was attached to runs on.
//
// The server ends its consumers one after the other, about 10 ms each, which is 11 s for a
// thousand. Stop does not wait for that longer than half a second, and need not: messages
// and acknowledgements are written as they come, and consumers' leases and delivery counts
// within 100 ms, which Stop waits for once the clients are disconnected. What ending in
// order adds is an index that makes the next start faster. The lock is held until the
// server, or the process, has ended, so nobody opens the files before.
func (e *Embedded) Stop(ctx context.Context) error {
	if e.server == nil {
		return nil
	}
	s := e.server
	e.server = nil
	err := removeHolder(e.dir)
	quiesce(s)
	done := make(chan struct{})
	go func() {
		s.Shutdown()
		_ = e.lock.Close()
		close(done)
	}()
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
		quiesce(s) // clients try to come back
	case <-ctx.Done():
	}
	return err
}

// quiesce disconnects the clients, and waits until what they did is written.
func quiesce(s *server.Server) {
	connections, err := s.Connz(&server.ConnzOptions{Limit: s.NumClients() + 1})
	if err != nil || len(connections.Conns) == 0 {
		return
	}
	for _, c := range connections.Conns {
		// One that has gone meanwhile is what is wanted.
		_ = s.DisconnectClientByID(c.Cid)
	}
	time.Sleep(flushInterval)
}

// serverLog hands the server's log on. It replaces a logger that would end the process
// on a fatal error.
type serverLog struct {
	write func(string)

	mu   sync.Mutex
	last string
}

// fatal returns what the server could not start for, or nothing.
func (l *serverLog) fatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

func (l *serverLog) line(level, format string, v ...any) {
	if l.write != nil {
		l.write(level + " " + fmt.Sprintf(format, v...))
	}
}

func (l *serverLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	l.last = fmt.Sprintf(format, v...)
	l.mu.Unlock()
	l.line("FTL", format, v...)
}

func (l *serverLog) Noticef(format string, v ...any) { l.line("INF", format, v...) }
func (l *serverLog) Warnf(format string, v ...any)   { l.line("WRN", format, v...) }
func (l *serverLog) Errorf(format string, v ...any)  { l.line("ERR", format, v...) }
func (l *serverLog) Debugf(format string, v ...any)  { l.line("DBG", format, v...) }
func (l *serverLog) Tracef(format string, v ...any)  { l.line("TRC", format, v...) }
