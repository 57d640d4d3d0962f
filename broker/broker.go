// Package broker is NATS JetStream as msgdeploy uses it. It knows no spec and no Pulumi.
//
// [Open] runs a broker in this process, or attaches to the one that `msgdeploy dev` runs;
// [LoadAccess] reads what gives access to somebody else's. Either way an [Access] is what
// it takes, and [Dial] connects with it.
//
// An [Admin] makes streams through its JetStream API. Where it has the rights of an operator
// it also gives each service an account of its own, which imports exactly the subjects that
// its permissions say, as services: what the service sends anywhere else reaches nobody, and a
// reply, wherever it is asked to go, does not leave the account. A change of permissions is a
// change of the account's claims, and reaches connected clients.
//
// A [Client] is a service with its own credentials. A [Relay] does what JetStream has not got.
package broker

// APIPrefix is where a service's account finds the JetStream API of the account that
// owns the streams. It cannot be $JS.API: in an account without JetStream the server
// answers that itself, with "not enabled for account".
const APIPrefix = "BROKER.API"
