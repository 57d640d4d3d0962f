package spec

// A document is the YAML as it stands. Its types, with those of topology.go, clouds.go
// and identity.go that it is made of, are the schema: shape.go reads their tags, and
// the decoder, the merging of patches and the JSON Schema follow from them.
type document struct {
	Origin  `doc:"The topics, queues, subscriptions, services and permissions of a system, and the stacks that it is deployed to."`
	Version int                 `key:"version" required:"yes" enum:"1" verbatim:"yes" doc:"The version of this format."`
	Project string              `key:"project" required:"yes" pattern:"project" verbatim:"yes" doc:"The name of the system; physical names begin with it."`
	Include []string            `key:"include" pattern:"include" verbatim:"yes" applied:"yes" doc:"Files with more elements and permissions: paths below the spec's directory, in which * stands for any name or part of one."`
	Vars    map[string]variable `key:"vars" names:"variable" verbatim:"yes" applied:"yes" doc:"Values that ${var.NAME} stands for; a stack's own go before these."`
	State   State               `key:"state" doc:"Where state is kept."`
	Naming  string              `key:"naming" pattern:"naming" verbatim:"yes" doc:"How physical names are made, of ${project}, ${stack}, ${name} and other text. Default: ${project}-${stack}-${name}."`
	Labels  Labels              `key:"labels" names:"label" pattern:"labelValue" doc:"What everything is marked with in its cloud."`
	elements
	Uses     map[string]*use   `key:"uses" names:"project" doc:"What other projects have: their topics and queues, which subscriptions and permissions call PROJECT/NAME."`
	Defaults *defaults         `key:"defaults" applied:"yes" doc:"What holds for every topic, queue, subscription or service that does not say otherwise."`
	Stacks   map[string]*stack `key:"stacks" required:"yes" names:"stack" doc:"Where the system is deployed to: each stack is one deployment."`
}

// An included file holds elements and permissions, and nothing that is of the system as
// a whole.
type included struct {
	Origin `doc:"Elements and permissions of a system, in a file that its spec includes."`
	elements
}

// A variable is a string, a number, true or false.
type variable string

// defaults are laid under each element of their kind.
type defaults struct {
	Origin        `doc:"What holds for every element of a kind that does not say otherwise."`
	Topics        *Topic        `key:"topics" doc:"What holds for every topic."`
	Queues        *Queue        `key:"queues" doc:"What holds for every queue."`
	Subscriptions *subscription `key:"subscriptions" doc:"What holds for every subscription; retry and deadLetter only for those to services."`
	Services      *Service      `key:"services" doc:"What holds for every service."`
}

// elements is what a patch can change.
type elements struct {
	Topics        map[string]*Topic        `key:"topics" names:"element" patch:"existing" nulls:"yes" doc:"What is published on a topic is pushed to every subscription."`
	Queues        map[string]*Queue        `key:"queues" names:"element" patch:"existing" nulls:"yes" doc:"What is enqueued waits until a service dequeues and completes it."`
	Subscriptions map[string]*subscription `key:"subscriptions" names:"element" patch:"existing" nulls:"yes" doc:"A subscription binds a topic to a queue or a service."`
	Services      map[string]*Service      `key:"services" names:"element" patch:"existing" nulls:"yes" doc:"Whoever publishes, enqueues, dequeues or receives."`
	Permissions   map[string]*permission   `key:"permissions" names:"element" doc:"What each service may do: service, verb, names. NAME.deadLetter names the dead letters of a queue."`
}

// A stack is one deployment of the document.
type stack struct {
	Origin   `doc:"One deployment: a cloud, its settings, and a patch of the spec."`
	AWS      *AWSTarget          `key:"aws" choice:"cloud" doc:"Deploy to AWS."`
	GCP      *GCPTarget          `key:"gcp" choice:"cloud" doc:"Deploy to Google Cloud."`
	Azure    *AzureTarget        `key:"azure" choice:"cloud" doc:"Deploy to Azure."`
	NATS     *NATSTarget         `key:"nats" choice:"cloud" doc:"Deploy to NATS JetStream."`
	Protect  bool                `key:"protect" doc:"Refuse destroy and data loss for the whole stack."`
	State    State               `key:"state" doc:"Where the stack's state is kept."`
	Naming   string              `key:"naming" pattern:"naming" verbatim:"yes" doc:"How the stack's physical names are made, instead of the spec's naming."`
	Vars     map[string]variable `key:"vars" names:"variable" verbatim:"yes" applied:"yes" doc:"Values that ${var.NAME} stands for in this stack."`
	Identity *Identity           `key:"identity" applied:"yes" doc:"Who each service is that does not say so itself; ${name} is the service's name."`
	Patch    *patch              `key:"patch" applied:"yes" doc:"Changes of the spec for this stack: mappings merge, all else is replaced, null removes."`
}

// A patch is laid over the document's elements; within it null stands for "remove".
type patch struct {
	Origin `nullable:"yes" doc:"Changes of the spec for one stack."`
	Labels Labels `key:"labels" names:"label" pattern:"labelValue" doc:"What everything is marked with in its cloud."`
	elements
	Add *additions `key:"add" doc:"Elements that only this stack has."`
}

// additions are the elements that only one stack has. None is there that null could
// remove.
type additions struct {
	Origin        `whole:"yes" doc:"Elements that only one stack has."`
	Topics        map[string]*Topic        `key:"topics" names:"element" nulls:"yes" doc:"Topics that only this stack has."`
	Queues        map[string]*Queue        `key:"queues" names:"element" nulls:"yes" doc:"Queues that only this stack has."`
	Subscriptions map[string]*subscription `key:"subscriptions" names:"element" nulls:"yes" doc:"Subscriptions that only this stack has."`
	Services      map[string]*Service      `key:"services" names:"element" nulls:"yes" doc:"Services that only this stack has."`
}

// A subscription before its names are resolved.
type subscription struct {
	Origin      `doc:"A subscription binds a topic to a queue or a service."`
	Description string `key:"description" doc:"What the subscription is for, in a sentence."`
	Common
	Topic      string                  `key:"topic" needed:"yes" doc:"The topic."`
	To         *target                 `key:"to" needed:"yes" doc:"Where messages go."`
	Filter     map[string][]string     `key:"filter" names:"attribute" min:"1" doc:"The values that an attribute may have: OR within an attribute, AND across them."`
	Retry      *Retry                  `key:"retry" default:"{}" doc:"How delivery to a service is retried."`
	DeadLetter *subscriptionDeadLetter `key:"deadLetter" default:"{}" off:"false" doc:"Where messages go that were delivered to a service in vain too often; false: nowhere."`
	Deliver    string                  `key:"deliver" enum:"native" doc:"native: in the cloud's own envelope."`
	Protect    bool                    `key:"protect" doc:"Refuse to delete or replace it."`
	AWS        *AWSSubscription        `key:"aws" doc:"Settings of Amazon SNS."`
	GCP        *GCPSubscription        `key:"gcp" doc:"Settings of Google Pub/Sub."`
	Azure      *AzureSubscription      `key:"azure" doc:"Settings of Azure Event Grid."`
	NATS       *NATSSubscription       `key:"nats" doc:"Settings of NATS JetStream."`
}

// A target is where a subscription's messages go.
type target struct {
	Origin  `whole:"yes" doc:"A queue, or a service: its endpoint, or its function of the cloud."`
	Queue   string `key:"queue" choice:"target" doc:"The queue that gets the messages."`
	Service string `key:"service" choice:"target" doc:"The service that gets the messages."`
}

// A subscriptionDeadLetter has no attempts of its own: retry counts them.
type subscriptionDeadLetter struct {
	Origin `whole:"yes" doc:"The dead letters of a subscription to a service."`
	Queue  string `key:"queue" choice:"deadLetter?" doc:"The queue of this spec that takes the dead letters, instead of one made for them."`
	Blob   bool   `key:"blob" choice:"deadLetter?" enum:"true" doc:"Keep dead letters in a blob container (Event Grid)."`
}

// A permission is what one service may do.
type permission struct {
	Origin  `doc:"What one service may do."`
	Publish []string `key:"publish" doc:"Topics on which the service may publish."`
	Enqueue []string `key:"enqueue" doc:"Queues into which the service may enqueue."`
	Dequeue []string `key:"dequeue" doc:"Queues, or their dead letters (NAME.deadLetter), from which the service may dequeue."`
}
