// Package broker is NATS JetStream as msgdeploy uses it: the embedded server, the
// keys and accounts that decide who may reach what, the relay, and the client
// that tries out what was deployed. It knows no spec and no Pulumi.
package broker

import (
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
)

// APIPrefix is where a service's account finds the JetStream API of the account that
// owns the streams. It cannot be $JS.API: in an account without JetStream the server
// answers that itself, with "not enabled for account".
const APIPrefix = "BROKER.API"

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
}

// Admin is an open connection to a broker with the rights of an [Access].
type Admin struct {
	Access Access
	// Conn is connected as the owner account.
	Conn *nats.Conn
	// JetStream is the owner account's API.
	JetStream jetstream.JetStream

	system *nats.Conn
}

// Import is one subject of the owner account that a service's account may use, as a
// service import: replies come back to the account itself and nowhere else.
type Import struct {
	// Subject is in the owner account; Local is what the service calls it.
	Subject string
	Local   string
	// Stream is set where one request may get several replies (MSG.NEXT).
	Stream bool
}
