package spec

// The settings of the three clouds are typed and validated in every spec, whatever
// its stacks are; their programs live in providers/aws, gcp and azure.

// AWSTarget is a stack on AWS.
type AWSTarget struct {
	Origin
	Region  string
	Account string
}

// GCPTarget is a stack on Google Cloud.
type GCPTarget struct {
	Origin
	Project string
	Region  string
}

// AzureTarget is a stack on Azure.
type AzureTarget struct {
	Origin
	Subscription string
	Location     string
}

// Placeholders to be filled by the decoder's author.
type (
	// AWSTopic holds SNS's own settings.
	AWSTopic struct{ Origin }
	// AWSQueue holds SQS's own settings.
	AWSQueue struct{ Origin }
	// AWSSubscription holds an SNS subscription's own settings.
	AWSSubscription struct{ Origin }
	// GCPTopic holds a Pub/Sub topic's own settings.
	GCPTopic struct{ Origin }
	// GCPQueue holds the settings of a queue's Pub/Sub topic and subscription.
	GCPQueue struct{ Origin }
	// GCPSubscription holds a Pub/Sub subscription's own settings.
	GCPSubscription struct{ Origin }
	// AzureTopic holds an Event Grid or Service Bus topic's own settings.
	AzureTopic struct{ Origin }
	// AzureQueue holds a Storage or Service Bus queue's own settings.
	AzureQueue struct{ Origin }
	// AzureSubscription holds an event subscription's own settings.
	AzureSubscription struct{ Origin }
)

// Existing refers to a topic or queue that was made elsewhere: never changed here.
type Existing struct {
	Origin
	AWS   string
	GCP   string
	Azure string
}

// Endpoint is where a service receives pushed messages: https, or http to a loopback host.
type Endpoint struct {
	Origin
	URL      string
	Audience string
	Entra    *Entra
}

// Entra authenticates Event Grid's deliveries with Microsoft Entra ID.
type Entra struct {
	Origin
	Tenant      string
	Application string
}

// Function is a service's function of the cloud: an ARN, or a Cloud Run service.
type Function struct {
	Origin
	AWS   string
	GCP   string
	Azure string
}

// Identity is who a service is, per cloud.
type Identity struct {
	Origin
	AWS   *AWSIdentity
	GCP   *GCPIdentity
	Azure *AzureIdentity
}

type (
	// AWSIdentity is a role, a user, a policy only, or a role to be made.
	AWSIdentity struct{ Origin }
	// GCPIdentity is a member, or a service account to be made.
	GCPIdentity struct{ Origin }
	// AzureIdentity is a principal, or a managed identity to be made.
	AzureIdentity struct{ Origin }
)
