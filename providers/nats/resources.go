package nats

import (
	"github.com/msgdeploy/msgdeploy/providers"
)

// The types of resources. A type of its own tells the same thing apart where its loss
// means something else: an [Advisories] stream and a queue's [Consumer] hold no message
// that is not elsewhere, a topic's stream and a subscription's consumer do.
const (
	typeBroker       = "nats:index:Broker"
	typeStream       = "nats:index:Stream"
	typeAdvisories   = "nats:index:Advisories"
	typeConsumer     = "nats:index:Consumer"
	typeSubscription = "nats:index:Subscription"
	typeSource       = "nats:index:Source"
	typeAccount      = "nats:index:Account"
	typeUser         = "nats:index:User"
)

// Resources describes the types of resources of a NATS stack.
func (*Provider) Resources() []providers.ResourceType {
	// JetStream knows streams by their names and consumers by theirs in a stream, and takes a second creation for
	// the first where both are alike. Source: NATS documentation, JetStream API reference, STREAM.CREATE and
	// CONSUMER.DURABLE.CREATE. Accounts and users are known by keys that are made with them.
	named, inStream := []string{"name"}, []string{"stream", "name"}
	return []providers.ResourceType{
		{Token: typeBroker, Computed: []string{"account", "url"}},
		{Token: typeStream, Identity: named, Stateful: true, Words: streamWords(), Asides: besideTheElement()},
		{Token: typeAdvisories, Identity: named},
		{Token: typeConsumer, Identity: inStream, Words: consumerWords(), Asides: besideTheElement()},
		{Token: typeSubscription, Identity: inStream, Stateful: true, Words: subscriptionWords()},
		{Token: typeSource, Identity: []string{"stream", "topic"}, Computed: []string{"since"}, Stateful: true},
		{Token: typeAccount, Computed: []string{"publicKey", "seed"}},
		{Token: typeUser, Computed: []string{"credentials", "publicKey"}},
	}
}

// The structs below are the inputs of the resources as the program gives them, and their
// states as the plugin keeps them: a state is the inputs and what only the broker tells.

// mode says how a stack gets its broker, and with it how services are told apart.
type mode string

const (
	// embedded brokers run in msgdeploy's own process and belong to one stack.
	embedded mode = "embedded"
	// external servers are run by others; each service has an account of its own.
	external mode = "external"
	// shared is an external server of which msgdeploy has one account for all services.
	shared mode = "shared"
)

// brokerArgs are a stack's place on a broker: what the owner account exports to the
// accounts of its services.
type brokerArgs struct {
	Mode mode `json:"mode"`
	// URL is empty for embedded brokers: it is known when they run.
	URL string `json:"url,omitempty"`
	// Port of an embedded broker; 0 is one chosen once and kept.
	Port    int      `json:"port,omitempty"`
	Exports []string `json:"exports,omitempty"`
	// Access holds, in shared mode, what each service may do. There it can only grow: a
	// user's permissions are in its credentials, and nothing can take those back.
	Access map[string][]string `json:"access,omitempty"`
}

type brokerState struct {
	brokerArgs
	// Account is the public key of the account that owns the streams.
	Account string `json:"account"`
}

// retention says when a stream's messages are deleted.
type retention string

const (
	// limits keeps messages until they are too old, or too many: topics.
	limits retention = "limits"
	// workQueue keeps each message until it is completed, once: queues.
	workQueue retention = "workqueue"
)

type streamArgs struct {
	// Name is the stream's name on the broker.
	Name string `json:"name"`
	// Element is the address in the spec that the stream belongs to, or "stack".
	Element     string `json:"element"`
	Description string `json:"description,omitempty"`
	// Labels are those of the spec: metadata beside what says whose the stream is.
	Labels    map[string]string `json:"labels,omitempty"`
	Subjects  []string          `json:"subjects"`
	Retention retention         `json:"retention"`
	MaxAge    duration          `json:"maxAge"`
	// MaxBytes is 0 where the stream is unbounded.
	MaxBytes int64 `json:"maxBytes,omitempty"`
	Replicas int   `json:"replicas"`
	// Drift is never set by the program: it is what a refresh found in settings that
	// are none of the above.
	Drift []string `json:"drift,omitempty"`
}

type consumerArgs struct {
	Stream  string   `json:"stream"`
	Name    string   `json:"name"`
	Element string   `json:"element"`
	AckWait duration `json:"ackWait"`
	// MaxDeliver is how often a message is delivered; -1 is for ever.
	MaxDeliver int `json:"maxDeliver"`
	// MaxAckPending is how many messages are leased at once; -1 is any number.
	MaxAckPending int `json:"maxAckPending"`
	// New starts with what is published after the consumer was made.
	New         bool   `json:"new,omitempty"`
	Description string `json:"description,omitempty"`
	// Labels are those of the spec: metadata beside what says whose the consumer is.
	Labels map[string]string `json:"labels,omitempty"`
	// Relay holds what the relay does with the messages. JetStream knows nothing of it:
	// it is here to be seen, in previews and on the broker.
	Relay map[string]string `json:"relay,omitempty"`
	Drift []string          `json:"drift,omitempty"`
}

// sourceArgs copy what is published on a topic into a queue.
type sourceArgs struct {
	Stream string `json:"stream"`
	Topic  string `json:"topic"`
}

type sourceState struct {
	sourceArgs
	// Since is the time on the server at which the subscription was made, RFC 3339. What
	// was published before is not copied.
	Since string `json:"since"`
}

// accountArgs are the account of one service.
type accountArgs struct {
	Name string `json:"name"`
	// Imports are the subjects of the owner account that the service may use, sorted.
	Imports []string `json:"imports"`
}

type accountState struct {
	accountArgs
	PublicKey string `json:"publicKey"`
	// Seed is the account's private key, a secret.
	Seed string `json:"seed"`
}

// userArgs are the credentials of one service: a user of the service's own account or,
// in shared mode, of the owner account with permissions.
type userArgs struct {
	Name string `json:"name"`
	// Account is the seed of the service's own account, a secret; "" is the owner account.
	Account     string `json:"account,omitempty"`
	InboxPrefix string `json:"inboxPrefix"`
	// Publish are the subjects that the user may publish on, sorted; nil is all of its account.
	Publish []string `json:"publish,omitempty"`
}

type userState struct {
	userArgs
	PublicKey string `json:"publicKey"`
	// Credentials is the content of a .creds file, a secret.
	Credentials string `json:"credentials"`
}
