package spec

// Identity is who a service is, per cloud.
type Identity struct {
	Origin `doc:"Who the service is, in each cloud."`
	AWS    *AWSIdentity   `key:"aws" doc:"An IAM role or user."`
	GCP    *GCPIdentity   `key:"gcp" doc:"An IAM member."`
	Azure  *AzureIdentity `key:"azure" doc:"A principal of Microsoft Entra ID."`
}

// AWSIdentity is a role, a user, a policy only, or a role to be made: exactly one is set.
type AWSIdentity struct {
	Origin `whole:"yes" doc:"An IAM role or user."`
	// Role is a name or an ARN.
	Role string `key:"role" choice:"identity" pattern:"awsRole" doc:"The name or ARN of a role that exists."`
	User string `key:"user" choice:"identity" pattern:"awsUser" doc:"The name of a user who exists."`
	// PolicyOnly makes a policy that somebody else attaches.
	PolicyOnly bool     `key:"policyOnly" choice:"identity" enum:"true" doc:"Make a policy only; somebody else attaches it."`
	Create     *AWSRole `key:"create" choice:"identity" doc:"Make a role."`
}

// AWSRole is a role to be made.
type AWSRole struct {
	Origin `doc:"A role to be made."`
	// Trust says who may assume the role; never empty.
	Trust []AWSTrust `key:"trust" required:"yes" min:"1" doc:"Who may assume the role."`
	Path  string     `key:"path" pattern:"awsPath" doc:"The role's path, such as /service/."`
	// PermissionsBoundary is a policy's ARN.
	PermissionsBoundary string `key:"permissionsBoundary" pattern:"awsPolicy" doc:"The ARN of the policy that bounds the role's permissions."`
}

// AWSTrust is one party that may assume a role: exactly one is set.
type AWSTrust struct {
	Origin `doc:"One party that may assume the role."`
	// Service is the first part of a service principal: lambda, ecs-tasks.
	Service     string          `key:"service" choice:"party" pattern:"awsService" doc:"A service of AWS, such as lambda or ecs-tasks."`
	PodIdentity *AWSPodIdentity `key:"podIdentity" choice:"party" doc:"A service account of an EKS cluster (EKS Pod Identity)."`
	OIDC        *AWSOIDC        `key:"oidc" choice:"party" doc:"A subject of an OpenID Connect provider."`
}

// AWSPodIdentity is a Kubernetes service account of an EKS cluster.
type AWSPodIdentity struct {
	Origin         `doc:"A service account of an EKS cluster."`
	Cluster        string `key:"cluster" required:"yes" pattern:"eksCluster" doc:"The cluster's name."`
	Namespace      string `key:"namespace" required:"yes" pattern:"kubernetes" doc:"The Kubernetes namespace."`
	ServiceAccount string `key:"serviceAccount" required:"yes" pattern:"kubernetes" doc:"The Kubernetes service account."`
}

// AWSOIDC is a subject of an OpenID Connect provider of the account.
type AWSOIDC struct {
	Origin `doc:"A subject of an OpenID Connect provider."`
	// Provider is the issuer without its scheme.
	Provider string `key:"provider" required:"yes" pattern:"oidcProvider" doc:"The provider's issuer without https://, such as token.actions.githubusercontent.com."`
	Audience string `key:"audience" required:"yes" doc:"The audience that tokens must have."`
	Subject  string `key:"subject" required:"yes" doc:"The subject that tokens must have."`
}

// GCPIdentity is a member, or a service account to be made: exactly one is set.
type GCPIdentity struct {
	Origin `whole:"yes" doc:"An IAM member of Google Cloud."`
	// Member is never public: allUsers and allAuthenticatedUsers are refused.
	Member string             `key:"member" choice:"identity" pattern:"gcpMember" doc:"A member that exists, such as serviceAccount:NAME@PROJECT.iam.gserviceaccount.com."`
	Create *GCPServiceAccount `key:"create" choice:"identity" doc:"Make a service account."`
}

// GCPServiceAccount is a service account to be made.
type GCPServiceAccount struct {
	Origin `doc:"A service account to be made."`
	// AccountID is "" where it follows from the rule of names.
	AccountID        string                `key:"accountId" pattern:"gcpAccountID" doc:"Its id. Default: it follows from the rule of names."`
	WorkloadIdentity []GCPWorkloadIdentity `key:"workloadIdentity" doc:"Kubernetes service accounts of GKE that may act as it."`
}

// GCPWorkloadIdentity is a Kubernetes service account of GKE.
type GCPWorkloadIdentity struct {
	Origin         `doc:"A Kubernetes service account of GKE."`
	Namespace      string `key:"namespace" required:"yes" pattern:"kubernetes" doc:"The Kubernetes namespace."`
	ServiceAccount string `key:"serviceAccount" required:"yes" pattern:"kubernetes" doc:"The Kubernetes service account."`
}

// AzureIdentity is a principal, or a managed identity to be made: exactly one of
// PrincipalID and Create is set.
type AzureIdentity struct {
	Origin      `whole:"yes" doc:"A principal of Microsoft Entra ID."`
	PrincipalID string `key:"principalId" choice:"identity" pattern:"uuid" doc:"The object id of a principal that exists; not the client id."`
	// Type is what role assignments name; "" with Create.
	Type     AzurePrincipalType    `key:"type" with:"principalId" enum:"ServicePrincipal Group User" doc:"What the principal is. Default: ServicePrincipal."`
	ClientID string                `key:"clientId" with:"principalId" pattern:"uuid" doc:"The client id, which applications connect with."`
	Create   *AzureManagedIdentity `key:"create" choice:"identity" doc:"Make a managed identity."`
}

// AzurePrincipalType is what a principal is.
type AzurePrincipalType string

// The types of principals; a managed identity is a service principal.
const (
	AzureServicePrincipal AzurePrincipalType = "ServicePrincipal"
	AzureGroup            AzurePrincipalType = "Group"
	AzureUser             AzurePrincipalType = "User"
)

// AzureManagedIdentity is a user-assigned managed identity to be made.
type AzureManagedIdentity struct {
	Origin    `doc:"A managed identity to be made."`
	Federated []AzureFederation `key:"federated" doc:"Tokens of other issuers that are accepted for it."`
}

// AzureFederation accepts an issuer's tokens for a managed identity.
type AzureFederation struct {
	Origin   `doc:"Tokens of another issuer."`
	Issuer   string `key:"issuer" required:"yes" pattern:"https" doc:"The issuer's URL."`
	Subject  string `key:"subject" required:"yes" doc:"The subject that tokens must have."`
	Audience string `key:"audience" default:"api://AzureADTokenExchange" doc:"The audience that tokens must have."`
}
