// Package brokertest runs NATS servers for tests as an operator would run them: JWT mode,
// JetStream, a resolver of type full, alone or as a cluster, with the files that
// `nats: {url, credentials, signingKey, system}` names. It shares no code with what it
// is there to test.
package brokertest

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// Broker is a running server or cluster. The files have mode 0600.
type Broker struct {
	// URL of the server, or a comma-separated list of the cluster's.
	URL string
	// Account is the public key of the account that is to own the streams.
	Account string
	// Credentials is the path of the .creds file of a user in it.
	Credentials string
	// SigningKey is the path of the seed of a signing key of it, not its own key.
	SigningKey string
	// SystemCredentials is the path of the .creds file of a user in the system account.
	SystemCredentials string
	// OperatorKey is the path of the seed of a signing key of the operator.
	OperatorKey string
	// Servers are what answers at URL, in its order.
	Servers []*server.Server
}

// Options are for what most tests need not say.
type Options struct {
	// Servers is the size of the cluster; 0 and 1 are a single server.
	Servers int
	// NoDelete has the resolver keep accounts for ever, which is what nats-server does
	// unless its configuration says `allow_delete: true`.
	NoDelete bool
	// ResolverPreload has accounts fixed in the configuration (`resolver: MEMORY`), so
	// that none can be added.
	ResolverPreload bool
	// FeatureFlags are set as in a configuration file.
	FeatureFlags map[string]bool
}

// StartServer starts a single server, which ends with the test.
func StartServer(t testing.TB) *Broker { return Start(t, Options{}) }

// StartCluster starts a cluster of n servers, which end with the test.
func StartCluster(t testing.TB, n int) *Broker { return Start(t, Options{Servers: n}) }

// Start starts what opts ask for; it ends with the test.
func Start(t testing.TB, opts Options) *Broker {
	t.Helper()
	b, err := start(t, t.TempDir(), opts)
	if err != nil {
		t.Fatalf("start broker: %v", err)
	}
	return b
}

const readyTimeout = 30 * time.Second

func start(t testing.TB, dir string, opts Options) (*Broker, error) {
	o, err := newOperator()
	if err != nil {
		return nil, err
	}
	b, err := o.writeFiles(dir)
	if err != nil {
		return nil, err
	}
	routes, err := clusterRoutes(opts.Servers)
	if err != nil {
		return nil, err
	}
	for i := range max(opts.Servers, 1) {
		options, err := o.serverOptions(filepath.Join(dir, fmt.Sprintf("server-%d", i+1)), opts)
		if err != nil {
			return nil, err
		}
		options.ServerName = fmt.Sprintf("server-%d", i+1)
		if len(routes) > 0 {
			// A cluster has a name of its own: were a port that was free taken by
			// another test's, the two would otherwise become one.
			options.Cluster = server.ClusterOpts{Name: "test-" + routes[0].Port(), Host: routes[i].Hostname(), Port: portOf(routes[i])}
			options.Routes = routes
		}
		s, err := server.NewServer(options)
		if err != nil {
			return nil, err
		}
		b.Servers = append(b.Servers, s)
		go s.Start()
		t.Cleanup(func() {
			s.Shutdown()
			s.WaitForShutdown()
		})
	}
	var urls []string
	for _, s := range b.Servers {
		if !s.ReadyForConnections(readyTimeout) {
			return nil, fmt.Errorf("server %s is not ready", s.Name())
		}
		urls = append(urls, s.ClientURL())
	}
	b.URL = strings.Join(urls, ",")
	return b, b.waitUntilReady()
}

// waitUntilReady waits until every server knows the others, JetStream has a leader, and
// the account that is to own the streams is loaded everywhere: a server otherwise loads it
// with the first request, and may refuse that.
func (b *Broker) waitUntilReady() error {
	for deadline := time.Now().Add(readyTimeout); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		ready := 0
		for _, s := range b.Servers {
			account, err := s.LookupAccount(b.Account)
			if err == nil && account.JetStreamEnabled() && s.JetStreamIsCurrent() {
				ready++
			}
		}
		if ready == len(b.Servers) && b.hasLeader() {
			return nil
		}
	}
	return fmt.Errorf("the servers are not ready after %s", readyTimeout)
}

// hasLeader says whether one of the servers leads all of them.
func (b *Broker) hasLeader() bool {
	if len(b.Servers) == 1 {
		return true
	}
	for _, s := range b.Servers {
		if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == len(b.Servers) {
			return true
		}
	}
	return false
}

// serverOptions are those of one server with its own directory of account claims.
func (o *operator) serverOptions(dir string, opts Options) (*server.Options, error) {
	resolver, err := o.resolver(filepath.Join(dir, "jwt"), opts)
	if err != nil {
		return nil, err
	}
	return &server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: dir,
		TrustedOperators: []*jwt.OperatorClaims{o.claims},
		AccountResolver:  resolver,
		SystemAccount:    o.system.public,
		FeatureFlags:     opts.FeatureFlags,
	}, nil
}

func (o *operator) resolver(dir string, opts Options) (server.AccountResolver, error) {
	if opts.ResolverPreload {
		memory := &server.MemAccResolver{}
		for public, token := range o.accounts {
			if err := memory.Store(public, token); err != nil {
				return nil, err
			}
		}
		return memory, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	deletes := server.HardDelete
	if opts.NoDelete {
		deletes = server.NoDelete
	}
	full, err := server.NewDirAccResolver(dir, 0, time.Minute, deletes)
	if err != nil {
		return nil, err
	}
	for public, token := range o.accounts {
		if err := full.Store(public, token); err != nil {
			return nil, err
		}
	}
	return full, nil
}

// clusterRoutes finds n free ports for the servers to find each other at.
func clusterRoutes(n int) ([]*url.URL, error) {
	if n < 2 {
		return nil, nil
	}
	var routes []*url.URL
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		// Held until all are found, so that they differ.
		defer l.Close() //nolint:errcheck // the port is free again either way
		routes = append(routes, &url.URL{Scheme: "nats-route", Host: l.Addr().String()})
	}
	return routes, nil
}

func portOf(u *url.URL) int {
	addr, err := net.ResolveTCPAddr("tcp", u.Host)
	if err != nil {
		return 0
	}
	return addr.Port
}

// key is a key pair with its public key.
type key struct {
	pair   nkeys.KeyPair
	public string
}

func newKey(create func() (nkeys.KeyPair, error)) (key, error) {
	pair, err := create()
	if err != nil {
		return key{}, err
	}
	public, err := pair.PublicKey()
	return key{pair, public}, err
}
