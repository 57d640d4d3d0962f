package spec

import "time"

// The settings of the three clouds are typed and validated in every spec, whatever
// its stacks are; their programs live in providers/aws, gcp and azure.

// AWSTarget is a stack on AWS.
type AWSTarget struct {
	Origin `doc:"A stack on AWS."`
	Region string `key:"region" pattern:"awsRegion" required:"yes" doc:"The region, such as eu-west-1."`
	// Account guards the deployment and makes ARNs known; "" is whatever account the credentials are of.
	Account string `key:"account" pattern:"awsAccount" doc:"The account's twelve digits, quoted: no other is deployed to. Without it ARNs are known only after an update."`
	Profile string `key:"profile" pattern:"awsProfile" doc:"The profile of the AWS configuration files that credentials come from. Default: as the AWS SDKs find them."`
	// AssumeRole is nil where the credentials are used as they are.
	AssumeRole *AWSAssumeRole `key:"assumeRole" doc:"The role that is assumed to deploy."`
	// Endpoint is for emulators; "" is AWS itself.
	Endpoint string `key:"endpoint" pattern:"awsEndpoint" doc:"The URL of an emulator, for all services. Checks that an emulator cannot answer are left out."`
	// KMSKey holds for the topics and queues that name none.
	KMSKey string `key:"kmsKey" pattern:"kmsKey" doc:"The ARN of the KMS key that encrypts the messages of topics and queues that name no key. Default: AWS's own encryption."`
}

// AWSAssumeRole is the role that a deployment assumes.
type AWSAssumeRole struct {
	Origin      `whole:"yes" shorthand:"role" doc:"The role that is assumed to deploy."`
	Role        string `key:"role" pattern:"awsRoleARN" required:"yes" doc:"The ARN of the role."`
	ExternalID  string `key:"externalId" pattern:"awsExternalID" doc:"The external id that the role's trust policy asks for."`
	SessionName string `key:"sessionName" pattern:"awsSession" doc:"The name of the session in CloudTrail. Default: msgdeploy."`
}

// GCPTarget is a stack on Google Cloud.
type GCPTarget struct {
	Origin  `doc:"A stack on Google Cloud."`
	Project string `key:"project" pattern:"gcpProject" required:"yes" doc:"The project id."`
	Region  string `key:"region" pattern:"gcpRegion" required:"yes" doc:"The region, such as europe-west1."`
	// ProjectNumber is needed where a Cloud Run service is pushed to by its name alone.
	ProjectNumber string `key:"projectNumber" pattern:"gcpNumber" doc:"The project's number, quoted; the URL of a Cloud Run service follows from it."`
	// Impersonate is the email of a service account that deploys instead of who runs msgdeploy.
	Impersonate string `key:"impersonate" pattern:"gcpAccount" doc:"The email of the service account that deploys the stack, instead of your own identity."`
	// Endpoint is where an emulator of Pub/Sub listens: it has no IAM, so nothing of that is made.
	Endpoint string `key:"endpoint" pattern:"endpoint" doc:"The address of a Pub/Sub emulator, such as http://localhost:8085. It has no IAM, so no identity and no grant is made."`
	// EnableAPI enables the Pub/Sub API of the project, and leaves it enabled.
	EnableAPI bool `key:"enableApi" doc:"Enable the project's Pub/Sub API. It stays enabled when the stack is destroyed."`
}

// AzureTopics is the service of Azure that topics become.
type AzureTopics string

// AzureQueues is the service of Azure that queues become.
type AzureQueues string

// Azure's services; the first of each is the default.
const (
	EventGrid        AzureTopics = "eventGrid"
	ServiceBusTopics AzureTopics = "serviceBus"
	Storage          AzureQueues = "storage"
	ServiceBusQueues AzureQueues = "serviceBus"
)

// AzureTarget is a stack on Azure. Topics and Queues hold for elements that do not
// choose a service themselves.
type AzureTarget struct {
	Origin              `doc:"A stack on Azure."`
	Subscription        string              `key:"subscription" pattern:"uuid" required:"yes" doc:"The subscription id."`
	Location            string              `key:"location" pattern:"azureLocation" required:"yes" doc:"The location, such as westeurope."`
	Topics              AzureTopics         `key:"topics" enum:"eventGrid serviceBus" default:"eventGrid" doc:"The service that topics become."`
	Queues              AzureQueues         `key:"queues" enum:"storage serviceBus" default:"storage" doc:"The service that queues become."`
	ResourceGroup       *AzureResourceGroup `key:"resourceGroup" doc:"The resource group of everything in the stack. Default: one is made."`
	PublicNetworkAccess AzureNetworkAccess  `key:"publicNetworkAccess" enum:"enabled disabled" default:"enabled" doc:"Whether topics and queues can be reached from public networks; without, only through private endpoints."`
	Redundancy          AzureRedundancy     `key:"redundancy" enum:"zone local" default:"zone" doc:"How the storage account keeps copies: in three zones, or in one place where the location has no zones."`
}

// AzureResourceGroup is a resource group to be made, or one that exists: exactly one is set.
type AzureResourceGroup struct {
	Origin `whole:"yes" doc:"The resource group of everything in the stack."`
	// Name is the name of one to be made, and removed with the stack.
	Name     string `key:"name" choice:"group" pattern:"azureGroup" doc:"The name of the resource group that is made. Default: it follows from the rule of names."`
	Existing string `key:"existing" choice:"group" pattern:"azureGroup" doc:"The name of a resource group that exists: it is not changed, and stays when the stack is destroyed."`
}

// AzureNetworkAccess says whether public networks can reach the stack.
type AzureNetworkAccess string

// AzureRedundancy is how a storage account keeps copies.
type AzureRedundancy string

// The values of the settings above; the first of each is the default.
const (
	AzurePublic          AzureNetworkAccess = "enabled"
	AzurePrivate         AzureNetworkAccess = "disabled"
	AzureZoneRedundancy  AzureRedundancy    = "zone"
	AzureLocalRedundancy AzureRedundancy    = "local"
)

// AWSTopic holds SNS's own settings.
type AWSTopic struct {
	Origin `doc:"SNS's settings of a topic."`
	// KMSKey is the ARN of a customer-managed key; "" is the key that AWS manages.
	KMSKey string `key:"kmsKey" pattern:"kmsKey" doc:"The ARN of the KMS key that encrypts messages. Default: the key that AWS manages."`
	// Tracing hands on AWS X-Ray's trace headers and samples messages without one.
	Tracing bool `key:"tracing" doc:"Sample messages for AWS X-Ray."`
}

// AWSQueue holds SQS's own settings.
type AWSQueue struct {
	Origin `doc:"SQS's settings of a queue."`
	// KMSKey is the ARN of a customer-managed key; "" is SQS's own encryption.
	KMSKey string `key:"kmsKey" pattern:"kmsKey" doc:"The ARN of the KMS key that encrypts messages. Default: SQS's own encryption."`
	// MaxMessageSize is in bytes.
	MaxMessageSize int64 `key:"maxMessageSize" default:"256KiB" min:"1KiB" max:"256KiB" doc:"The largest message that is accepted."`
	// ReceiveWait is how long a receive without messages waits, whole seconds.
	ReceiveWait time.Duration `key:"receiveWait" default:"20s" max:"20s" doc:"How long receiving waits for a message (long polling)."`
}

// AWSSubscription holds an SNS subscription's own settings.
type AWSSubscription struct {
	Origin `doc:"SNS's settings of a subscription."`
	// AutoConfirms says that the endpoint confirms the subscription by itself.
	AutoConfirms bool `key:"autoConfirms" doc:"The endpoint confirms the subscription by itself: wait for it."`
	// MaxPerSecond bounds deliveries to an endpoint; 0 is unbounded.
	MaxPerSecond int `key:"maxPerSecond" min:"1" max:"100000" doc:"How many messages a second an endpoint gets. Default: no limit."`
}

// GCPTopic holds a Pub/Sub topic's own settings.
type GCPTopic struct {
	Origin `doc:"Pub/Sub's settings of a topic."`
	// KMSKey is the resource name of a Cloud KMS key; "" is Google's own encryption.
	KMSKey string `key:"kmsKey" pattern:"gcpKey" doc:"The resource name of the Cloud KMS key that encrypts messages. Default: Google's own encryption."`
	// Regions are where messages may be stored; empty is anywhere.
	Regions []string `key:"regions" pattern:"gcpRegion" doc:"The regions in which messages may be stored. Default: any."`
	// Retention keeps what was published for subscriptions to go back to; 0 is not at all.
	Retention time.Duration `key:"retention" min:"10m" max:"31d" doc:"How long what was published is kept for subscriptions to go back to. Default: not beyond its delivery."`
	Schema    *GCPSchema    `key:"schema" doc:"The schema that what is published must conform to."`
}

// GCPSchema is a Pub/Sub schema that exists, and how messages are encoded by it.
type GCPSchema struct {
	Origin   `shorthand:"name" doc:"A Pub/Sub schema that exists."`
	Name     string            `key:"name" pattern:"gcpSchema" required:"yes" doc:"Its id: projects/PROJECT/schemas/SCHEMA."`
	Encoding GCPSchemaEncoding `key:"encoding" enum:"json binary" default:"json" doc:"How messages are encoded by it."`
}

// GCPSchemaEncoding is how messages are encoded by a schema.
type GCPSchemaEncoding string

// The encodings of messages with a schema.
const (
	GCPSchemaJSON   GCPSchemaEncoding = "json"
	GCPSchemaBinary GCPSchemaEncoding = "binary"
)

// GCPQueue holds the settings of a queue's Pub/Sub topic and subscription.
type GCPQueue struct {
	Origin `doc:"Pub/Sub's settings of a queue."`
	// KMSKey is the resource name of a Cloud KMS key; "" is Google's own encryption.
	KMSKey string `key:"kmsKey" pattern:"gcpKey" doc:"The resource name of the Cloud KMS key that encrypts messages. Default: Google's own encryption."`
	// Regions are where messages may be stored; empty is anywhere.
	Regions []string `key:"regions" pattern:"gcpRegion" doc:"The regions in which messages may be stored. Default: any."`
	// ExactlyOnce is about delivery: a message that was published twice is two messages.
	ExactlyOnce bool `key:"exactlyOnce" doc:"Never deliver a message again while it is leased or once it is completed."`
}

// GCPSubscription holds a Pub/Sub subscription's own settings.
type GCPSubscription struct {
	Origin `doc:"Pub/Sub's settings of a subscription."`
	// AckDeadline is also how long an endpoint may take to answer.
	AckDeadline time.Duration `key:"ackDeadline" default:"10s" min:"10s" max:"10m" doc:"How long the receiver may take to answer."`
}

// AzureTopic holds an Event Grid or Service Bus topic's own settings.
type AzureTopic struct {
	Origin `doc:"Azure's settings of a topic."`
	// Service is "" where the stack decides.
	Service AzureTopics `key:"service" enum:"eventGrid serviceBus" doc:"The service that the topic becomes. Default: the stack's choice."`
	// PrincipalID is that of the system-assigned identity of a topic that exists.
	PrincipalID string `key:"principalId" pattern:"uuid" doc:"Of an existing Event Grid topic, the object id of its system-assigned identity, which delivers into queues and writes dead letters."`
}

// AzureQueue holds a Storage or Service Bus queue's own settings.
type AzureQueue struct {
	Origin `doc:"Azure's settings of a queue."`
	// Service is "" where the stack decides.
	Service AzureQueues `key:"service" enum:"storage serviceBus" doc:"The service that the queue becomes. Default: the stack's choice."`
	// LeaseExtension lets services that dequeue from a Storage queue extend the lease,
	// which Azure cannot permit without permitting Put Message too.
	LeaseExtension bool `key:"leaseExtension" doc:"Let services extend a lease on a Storage queue, which permits them Put Message too."`
}

// AzureSubscription holds an event subscription's own settings.
type AzureSubscription struct {
	Origin `doc:"Event Grid's settings of a subscription."`
	// TimeToLive is how long delivery of an event is attempted, whole minutes.
	TimeToLive time.Duration `key:"timeToLive" default:"24h" min:"1m" max:"24h" doc:"How long delivery of an event is attempted."`
	// MaxEventsPerBatch is how many events an endpoint gets in one request.
	MaxEventsPerBatch int `key:"maxEventsPerBatch" default:"1" min:"1" max:"5000" doc:"How many events an endpoint gets in one request."`
}

// Existing refers to a topic or queue that was made elsewhere: never changed here.
// In a stack of a cloud that it does not name, the element is made as usual.
type Existing struct {
	Origin `whole:"yes" atLeast:"1" doc:"A topic or queue that was made elsewhere."`
	AWS    string `key:"aws" pattern:"arn" doc:"Its ARN."`
	GCP    string `key:"gcp" pattern:"gcpTopic" doc:"Its id: projects/PROJECT/topics/TOPIC, of a queue projects/PROJECT/subscriptions/SUBSCRIPTION."`
	// GCPTopic is what messages of an existing queue, which is a subscription, are enqueued into.
	GCPTopic string `key:"gcpTopic" with:"gcp" pattern:"gcpInbox" doc:"Of a queue, which is a subscription on Google Cloud: the topic that messages are enqueued into."`
	Azure    string `key:"azure" pattern:"azureID" doc:"Its resource id: /subscriptions/…"`
}

// Endpoint is where a service receives pushed messages: https, or http to a loopback host.
type Endpoint struct {
	Origin   `whole:"yes" shorthand:"url" doc:"Where pushed messages are received."`
	URL      string `key:"url" pattern:"endpoint" required:"yes" doc:"An https URL, or an http URL of a loopback host."`
	Audience string `key:"audience" doc:"The audience of the token that Google signs its deliveries with. Default: the URL."`
	Entra    *Entra `key:"entra" doc:"Authenticates Event Grid's deliveries with Microsoft Entra ID."`
}

// Entra authenticates Event Grid's deliveries with Microsoft Entra ID.
type Entra struct {
	Origin      `doc:"Authenticates Event Grid's deliveries with Microsoft Entra ID."`
	Tenant      string `key:"tenant" pattern:"uuid" required:"yes" doc:"The tenant id."`
	Application string `key:"application" required:"yes" doc:"The application's id or URI."`
}

// Function is a service's function of the cloud: an ARN, or a Cloud Run service.
type Function struct {
	Origin `whole:"yes" atLeast:"1" doc:"The function of a cloud that receives pushed messages."`
	AWS    string `key:"aws" pattern:"lambda" doc:"The ARN of a Lambda function."`
	GCP    string `key:"gcp" pattern:"cloudRun" doc:"A Cloud Run service: projects/PROJECT/locations/LOCATION/services/SERVICE."`
	Azure  string `key:"azure" pattern:"azureID" doc:"The resource id of an Azure function."`
}
