package spec

import (
	"time"

	"github.com/msgdeploy/msgdeploy/diag"
)

// Topology is what one stack of a spec asks for: defaults and patches applied,
// references resolved, every value in its range. Slices are sorted by name, and
// Permissions by service and verb, so that all that is derived is deterministic.
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
	// Naming is the template of physical names; never empty, see [DefaultNaming].
	Naming string
	// NamingAt is where Naming stands; the zero Range where it is the default.
	NamingAt diag.Range
	// Labels are those of the spec, for what belongs to no element.
	Labels Labels

	Topics        []*Topic
	Queues        []*Queue
	Subscriptions []*Subscription
	Services      []*Service
	Permissions   []*Permission

	// ForeignTopics and ForeignQueues are those of other projects that `uses` names, sorted
	// by name. They are referred to, and never made or changed.
	ForeignTopics []*Topic
	ForeignQueues []*Queue
}

// DefaultNaming is the template of physical names unless `naming` is another.
const DefaultNaming = "${project}-${stack}-${name}"

// State is where a stack's state lives. The zero State is `.msgdeploy/` beside the spec.
type State struct {
	Origin `doc:"Where state is kept; a stack's own settings go before those at the top level."`
	// Backend is a Pulumi backend URL such as s3://bucket; "" is local.
	Backend string `key:"backend" pattern:"backend" doc:"Where the state is kept: the URL of a Pulumi backend. Default: .msgdeploy/ beside the spec."`
	// Secrets is a Pulumi secrets provider URL such as awskms://alias/x; "" is the passphrase.
	Secrets string `key:"secrets" pattern:"secrets" doc:"What encrypts secrets in the state: the URL of a key, or passphrase (the default)."`
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
	Origin `doc:"A topic: what is published on it is pushed to every subscription."`
	// Name is how the spec refers to it: of another project's, `accounts/user-created`.
	Name string
	// Project is the other project that has it; "" is this one.
	Project string
	// Naming is the template of the other project's physical names; "" is [DefaultNaming].
	Naming      string
	Description string `key:"description" doc:"What is published here, in a sentence."`
	Common
	// Ordered keeps the order of messages with the same key.
	Ordered  bool        `key:"ordered" doc:"Keep the order of messages with the same key."`
	Format   Format      `key:"format" enum:"cloudevents raw" default:"cloudevents" doc:"What publishers send and every receiver gets: a structured CloudEvents 1.0 JSON, or bytes as they are."`
	Protect  bool        `key:"protect" doc:"Refuse to delete or replace it."`
	Existing *Existing   `key:"existing" doc:"It was made elsewhere: refer to it, never change it."`
	AWS      *AWSTopic   `key:"aws" doc:"Settings of Amazon SNS."`
	GCP      *GCPTopic   `key:"gcp" doc:"Settings of Google Pub/Sub."`
	Azure    *AzureTopic `key:"azure" doc:"Settings of Azure Event Grid or Service Bus."`
	NATS     *NATSTopic  `key:"nats" doc:"Settings of NATS JetStream."`
}

// Queue holds what is enqueued until a service dequeues and completes it.
type Queue struct {
	Origin `doc:"A queue: what is enqueued waits until a service dequeues and completes it."`
	// Name is how the spec refers to it: of another project's, `accounts/jobs`.
	Name string
	// Project is the other project that has it; "" is this one.
	Project string
	// Naming is the template of the other project's physical names; "" is [DefaultNaming].
	Naming      string
	Description string `key:"description" doc:"What is enqueued here, in a sentence."`
	Common
	// Lease is how long a dequeued message stays hidden.
	Lease time.Duration `key:"lease" default:"30s" min:"1s" max:"7d" doc:"How long a dequeued message stays hidden from others until it is completed."`
	// Retention is how long a message that nobody completes is kept.
	Retention time.Duration `key:"retention" default:"4d" min:"1m" max:"365d" doc:"How long a message that nobody completes is kept."`
	// Delay is how long a message stays hidden after it was enqueued.
	Delay   time.Duration `key:"delay" default:"0s" max:"7d" doc:"How long a message stays hidden after it was enqueued."`
	Ordered bool          `key:"ordered" doc:"Keep the order of messages with the same key."`
	// DeadLetter is nil where the spec says `deadLetter: false`.
	DeadLetter *DeadLetter `key:"deadLetter" default:"{}" off:"false" doc:"Where messages go that were delivered in vain too often; false: nowhere."`
	Protect    bool        `key:"protect" doc:"Refuse to delete or replace it."`
	Existing   *Existing   `key:"existing" doc:"It was made elsewhere: refer to it, never change it."`
	AWS        *AWSQueue   `key:"aws" doc:"Settings of Amazon SQS."`
	GCP        *GCPQueue   `key:"gcp" doc:"Settings of Google Pub/Sub."`
	Azure      *AzureQueue `key:"azure" doc:"Settings of Azure Queue Storage or Service Bus."`
	NATS       *NATSQueue  `key:"nats" doc:"Settings of NATS JetStream."`
}

// DeadLetter says where messages go that were delivered MaxAttempts times in vain.
//
// A queue's can say MaxAttempts and Queue. A subscription's takes MaxAttempts from
// its [Retry], and can say Queue or Blob.
type DeadLetter struct {
	Origin `whole:"yes" doc:"The dead letters of a queue."`
	// MaxAttempts counts the first delivery.
	MaxAttempts int `key:"maxAttempts" default:"5" min:"1" max:"1000" doc:"After how many deliveries in vain a message is a dead letter; the first one counts."`
	// Queue names the queue that takes the dead letters; "" is one made for the owner.
	Queue string `key:"queue" doc:"The queue of this spec that takes the dead letters, instead of one made for them."`
	// Blob sends dead letters to a blob container (Event Grid).
	Blob bool
}

// Subscription binds a topic to one target: exactly one of ToQueue and ToService is set.
type Subscription struct {
	Origin
	Name        string
	Description string
	Common
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
	Origin      `doc:"How delivery to a service is retried."`
	MaxAttempts int           `key:"maxAttempts" default:"10" min:"1" max:"100" doc:"How often delivery is attempted; the first attempt counts."`
	MinBackoff  time.Duration `key:"minBackoff" default:"10s" min:"1s" max:"1h" doc:"The pause after the first attempt; it doubles with each further one."`
	MaxBackoff  time.Duration `key:"maxBackoff" default:"10m" min:"1s" max:"1h" doc:"The longest pause between two attempts."`
}

// Service publishes, enqueues, dequeues or receives.
type Service struct {
	Origin      `doc:"A service: whoever publishes, enqueues, dequeues or receives."`
	Name        string
	Description string `key:"description" doc:"What the service does, in a sentence."`
	Common
	Protect  bool      `key:"protect" doc:"Refuse to delete or replace it."`
	Endpoint *Endpoint `key:"endpoint" doc:"Where pushed messages are received."`
	Function *Function `key:"function" doc:"The function of a cloud that receives; on that cloud it goes before the endpoint."`
	Identity *Identity `key:"identity" doc:"Who the service is, in each cloud."`
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
	Origin `doc:"NATS JetStream: {} is a broker embedded in msgdeploy; with url, a server or cluster in JWT mode."`
	// Port of the embedded broker; 0 is one chosen once and kept.
	Port int `key:"port" min:"1" max:"65535" doc:"The port of the embedded broker. Default: one that is free, chosen once and kept."`
	// URL of a server or a comma-separated list of a cluster's; "" is embedded.
	URL string `key:"url" pattern:"natsURL" doc:"The server, or the cluster's servers separated by commas."`
	// Credentials is the .creds file of a user in the account that owns the streams.
	Credentials string `key:"credentials" pattern:"path" doc:"Path of the .creds file of a user in the account that owns the streams."`
	// SigningKey is the seed file of a signing key of that account.
	SigningKey string `key:"signingKey" pattern:"path" doc:"Path of the seed file of a signing key of that account."`
	// Replicas of every stream, 1 to 5; 0 is 1.
	Replicas int `key:"replicas" min:"1" max:"5" doc:"How many servers keep each stream. Default: 1."`
	// System is what lets each service have an account of its own; nil shares one account.
	System *NATSSystem `key:"system" doc:"What is needed to give each service an account of its own; without it one account is shared."`
}

// Embedded reports whether the broker runs in msgdeploy's own process.
func (t *NATSTarget) Embedded() bool { return t.URL == "" }

// NATSSystem is what is needed to make and change accounts.
type NATSSystem struct {
	Origin `doc:"What is needed to make and change accounts."`
	// Credentials is the .creds file of a user of the system account.
	Credentials string `key:"credentials" pattern:"path" required:"yes" doc:"Path of the .creds file of a user of the system account."`
	// OperatorKey is the seed file of the operator or of one of its signing keys.
	OperatorKey string `key:"operatorKey" pattern:"path" required:"yes" doc:"Path of the seed file of the operator, or of one of its signing keys."`
}

// NATSTopic holds JetStream's own settings of a topic.
type NATSTopic struct {
	Origin `doc:"JetStream's settings of a topic."`
	// Retention is how long a published message can still be delivered; 24 h unless set.
	Retention time.Duration `key:"retention" default:"24h" min:"1s" max:"365d" doc:"How long a published message can still be delivered."`
	// MaxBytes bounds the stream; 0 is unbounded. The oldest messages go first.
	MaxBytes int64 `key:"maxBytes" min:"1KiB" max:"16TiB" doc:"The size of the stream; the oldest messages go first. Default: unbounded."`
}

// NATSQueue holds JetStream's own settings of a queue.
type NATSQueue struct {
	Origin `doc:"JetStream's settings of a queue."`
	// MaxBytes bounds the stream; 0 is unbounded. New messages are refused when full.
	MaxBytes int64 `key:"maxBytes" min:"1KiB" max:"16TiB" doc:"The size of the stream; when it is full, new messages are refused. Default: unbounded."`
}

// NATSSubscription holds JetStream's own settings of a subscription.
type NATSSubscription struct {
	Origin `doc:"JetStream's settings of a subscription."`
	// MaxInFlight bounds how many messages are being delivered to a service at once; 0 is the relay's default.
	MaxInFlight int `key:"maxInFlight" min:"1" max:"65536" doc:"How many messages are delivered to a service at once."`
}
