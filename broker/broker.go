// Package broker is NATS JetStream as msgdeploy uses it: the embedded server, the
// keys and accounts that decide who may reach what, the relay, and the client
// that tries out what was deployed. It knows no spec and no Pulumi.
package broker

// APIPrefix is where a service's account finds the JetStream API of the account that
// owns the streams. It cannot be $JS.API: in an account without JetStream the server
// answers that itself, with "not enabled for account".
const APIPrefix = "BROKER.API"
