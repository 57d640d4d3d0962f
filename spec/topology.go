package spec

import (
	"time"

	"github.com/msgdeploy/msgdeploy/diag"
)

// Topology is what one stack of a spec asks for: defaults and patches applied,
// references resolved, every value in its range. Slices are sorted by name, so
// that all that is derived from a Topology is deterministic.
type Topology struct {
	Origin
	Project string
	Stack   string
	// Dir is the directory of the spec; paths of files in it are relative to it.
	Dir    string
	Target Target
	// Protect refuses destroy and data loss for the whole stack.
	Protect bool
	State   State

	Topics        []*Topic
	Queues        []*Queue
	Subscriptions []*Subscription
	Services      []*Service
	Permissions   []*Permission
}

// State is where a stack's state lives. The zero State is `.msgdeploy/` beside the spec.
type State struct {
	Origin
	// Backend is a Pulumi backend URL such as s3://bucket; "" is local.
	Backend string
	// Secrets is a Pulumi secrets provider URL such as awskms://alias/x; "" is the passphrase.
	Secrets string
}

// Format is what publishers of a topic send and every receiver gets.
type Format string

// The formats of design.md §2: a structured CloudEvents 1.0 JSON, or bytes as they are.
const (
	CloudEvents Format = "cloudevents"
	Raw         Format = "raw"
)

// Topic pushes what is published on it to every subscription.
type Topic struct {
	Origin
	Name        string
	Description string
	// Ordered keeps the order of messages with the same key.
	Ordered  bool
	Format   Format
	Protect  bool
	Existing *Existing
	AWS      *AWSTopic
	GCP      *GCPTopic
	Azure    *AzureTopic
	NATS     *NATSTopic
}

// Queue holds what is enqueued until a service dequeues and completes it.
type Queue struct {
	Origin
	Name        string
	Description string
	// Lease is how long a dequeued message stays hidden.
	Lease time.Duration
	// Retention is how long a message that nobody completes is kept.
	Retention time.Duration
	// Delay is how long a message stays hidden after it was enqueued.
	Delay   time.Duration
	Ordered bool
	// DeadLetter is nil where the spec says `deadLetter: false`.
	DeadLetter *DeadLetter
	Protect    bool
	Existing   *Existing
	AWS        *AWSQueue
	GCP        *GCPQueue
	Azure      *AzureQueue
	NATS       *NATSQueue
}

// DeadLetter says where messages go that were delivered MaxAttempts times in vain.
type DeadLetter struct {
	Origin
	// MaxAttempts counts the first delivery.
	MaxAttempts int
	// Queue names the queue that takes the dead letters; "" is one made for the owner.
	Queue string
	// Blob sends dead letters to a blob container (Event Grid).
	Blob bool
}

// Subscription binds a topic to one target: exactly one of ToQueue and ToService is set.
type Subscription struct {
	Origin
	Name      string
	Topic     *Topic
	ToQueue   *Queue
	ToService *Service
	// Filter maps an attribute to the strings it may have: OR within a key, AND
	// across keys; a message without the attribute does not match.
	Filter map[string][]string
	// Retry is how delivery to a service is retried; nil towards queues.
	Retry *Retry
	// DeadLetter is nil towards queues and where the spec says `false`.
	DeadLetter *DeadLetter
	// NativeEnvelope asks for the cloud's own envelope (`deliver: native`).
	NativeEnvelope bool
	Protect        bool
	AWS            *AWSSubscription
	GCP            *GCPSubscription
	Azure          *AzureSubscription
	NATS           *NATSSubscription
}

// Retry is exponential: MinBackoff doubles with each attempt up to MaxBackoff.
type Retry struct {
	Origin
	MaxAttempts int
	MinBackoff  time.Duration
	MaxBackoff  time.Duration
}

// Service publishes, enqueues, dequeues or receives.
type Service struct {
	Origin
	Name        string
	Description string
	Endpoint    *Endpoint
	Function    *Function
	Identity    *Identity
}

// Verb is what a service may do with a topic or a queue.
type Verb string

// The verbs of a spec. Delivery from a topic and to dead letters is implied, see package permissions.
const (
	Publish Verb = "publish"
	Enqueue Verb = "enqueue"
	Dequeue Verb = "dequeue"
)

// Permission lets one service use one verb on one element. Exactly one of Topic and Queue is set.
type Permission struct {
	Origin
	Service *Service
	Verb    Verb
	Topic   *Topic
	Queue   *Queue
	// DeadLetter means the dead letters of Queue (`transactions.deadLetter`).
	DeadLetter bool
}

// Target is a stack's cloud and its settings: exactly one field is set.
type Target struct {
	Origin
	AWS   *AWSTarget
	GCP   *GCPTarget
	Azure *AzureTarget
	NATS  *NATSTarget
}

// Cloud names a provider: "aws", "gcp", "azure" or "nats".
type Cloud string

// The clouds, in the order in which they are documented.
const (
	AWS   Cloud = "aws"
	GCP   Cloud = "gcp"
	Azure Cloud = "azure"
	NATS  Cloud = "nats"
)

// Cloud returns which field is set.
func (t Target) Cloud() Cloud {
	switch {
	case t.AWS != nil:
		return AWS
	case t.GCP != nil:
		return GCP
	case t.Azure != nil:
		return Azure
	default:
		return NATS
	}
}

// NATSTarget is `nats: {}` (the embedded broker) or a server in JWT mode. All paths are
// relative to the spec's directory, and name files: no secret stands in a spec.
type NATSTarget struct {
	Origin
	// Port of the embedded broker; 0 is one chosen once and kept.
	Port int
	// URL of a server or a comma-separated list of a cluster's; "" is embedded.
	URL string
	// Credentials is the .creds file of a user in the account that owns the streams.
	Credentials string
	// SigningKey is the seed file of a signing key of that account.
	SigningKey string
	// Replicas of every stream, 1 to 5; 0 is 1.
	Replicas int
	// System is what lets each service have an account of its own; nil shares one account.
	System *NATSSystem
}

// Embedded reports whether the broker runs in msgdeploy's own process.
func (t *NATSTarget) Embedded() bool { return t.URL == "" }

// NATSSystem is what is needed to make and change accounts.
type NATSSystem struct {
	Origin
	// Credentials is the .creds file of a user of the system account.
	Credentials string
	// OperatorKey is the seed file of the operator or of one of its signing keys.
	OperatorKey string
}

// NATSTopic holds JetStream's own settings of a topic.
type NATSTopic struct {
	Origin
	// Retention is how long a published message can still be delivered; 24 h unless set.
	Retention time.Duration
	// MaxBytes bounds the stream; 0 is unbounded. The oldest messages go first.
	MaxBytes int64
}

// NATSQueue holds JetStream's own settings of a queue.
type NATSQueue struct {
	Origin
	// MaxBytes bounds the stream; 0 is unbounded. New messages are refused when full.
	MaxBytes int64
}

// NATSSubscription holds JetStream's own settings of a subscription.
type NATSSubscription struct {
	Origin
	// MaxInFlight bounds how many messages are being delivered to a service at once; 0 is the relay's default.
	MaxInFlight int
}

// Origin is where an element stands in the YAML, and where each of its keys does.
type Origin struct {
	// Range is the element itself: its name where it has one.
	Range diag.Range
	// fields maps the dotted path of a key below the element to its value's place.
	fields map[string]diag.Range
}

// At returns the place of the value at a dotted path below the element, such as
// "deadLetter.maxAttempts", or the nearest enclosing place that the YAML has.
func (o Origin) At(path string) diag.Range {
	for {
		if r, ok := o.fields[path]; ok {
			return r
		}
		i := len(path) - 1
		for i > 0 && path[i] != '.' {
			i--
		}
		if i <= 0 {
			return o.Range
		}
		path = path[:i]
	}
}

// Asked reports whether the YAML sets path itself, rather than a built-in default.
func (o Origin) Asked(path string) bool {
	_, ok := o.fields[path]
	return ok
}
