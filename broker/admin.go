package broker

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
)

// Access is what it takes to administer a broker: an account that owns the streams,
// and, where each service has an account of its own, what makes accounts.
type Access struct {
	// URL of the server, or a comma-separated list of a cluster's.
	URL string
	// Credentials is the content of the .creds file of a user in the owner account.
	Credentials []byte
	// Account is the public key of the owner account.
	Account string
	// SigningKey signs users and activation tokens of the owner account.
	SigningKey nkeys.KeyPair
	// System is nil where one account is shared by all services.
	System *System
}

// System is what it takes to make and change accounts.
type System struct {
	// Credentials is the content of the .creds file of a user of the system account.
	Credentials []byte
	// OperatorKey signs account claims.
	OperatorKey nkeys.KeyPair
	// Closed is set where all accounts are msgdeploy's, as on the embedded broker. The
	// owner account's exports need no tokens there, which keeps claims small.
	Closed bool
}

// Admin is an open connection to a broker with the rights of an [Access]. It may be used
// by several goroutines.
type Admin struct {
	Access Access
	// Conn is connected as the owner account. It reconnects for as long as it is open.
	Conn *nats.Conn
	// JetStream is the owner account's API.
	JetStream jetstream.JetStream

	system *systemConn // nil without Access.System
}

const (
	// connectTimeout bounds one attempt to connect to one server.
	connectTimeout = 5 * time.Second
	// apiTimeout bounds one request to JetStream. A busy cluster takes seconds to agree
	// on a replicated stream.
	apiTimeout = 30 * time.Second
)

// Dial connects to the broker that access is for.
func Dial(ctx context.Context, access Access) (*Admin, error) {
	conn, err := connect(ctx, access.URL, access.Credentials, nats.MaxReconnects(-1), nats.ReconnectWait(250*time.Millisecond))
	if err != nil {
		return nil, fmt.Errorf("connect to broker %s: %w", access.URL, err)
	}
	js, err := jetstream.New(conn, jetstream.WithDefaultTimeout(apiTimeout))
	if err != nil {
		conn.Close()
		return nil, err
	}
	admin := &Admin{Access: access, Conn: conn, JetStream: js}
	if access.System != nil {
		admin.system, err = dialSystem(ctx, access)
		if err != nil {
			conn.Close()
			return nil, err
		}
	}
	return admin, nil
}

// Close ends the connections.
func (a *Admin) Close() {
	a.Conn.Close()
	if a.system != nil {
		a.system.conn.Close()
	}
}

func connect(ctx context.Context, url string, credentials []byte, options ...nats.Option) (*nats.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	timeout := connectTimeout
	if deadline, ok := ctx.Deadline(); ok {
		timeout = min(timeout, time.Until(deadline))
	}
	return nats.Connect(url, append([]nats.Option{
		nats.Name("msgdeploy"),
		nats.UserCredentialBytes(credentials),
		nats.Timeout(timeout),
		// The library's own handler prints to stderr.
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}, options...)...)
}
