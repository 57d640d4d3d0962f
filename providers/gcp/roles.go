package gcp

// The predefined roles that a stack grants.
const (
	rolePublisher  = "roles/pubsub.publisher"
	roleSubscriber = "roles/pubsub.subscriber"
	roleInvoker    = "roles/run.servicesInvoker"
	roleMinter     = "roles/iam.serviceAccountOpenIdTokenCreator"
	roleWorkload   = "roles/iam.workloadIdentityUser"
	roleKeyUser    = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
)

// Role is what one of Google's predefined roles comes down to.
type Role struct {
	Name string
	// Permissions are those that the role holds, sorted.
	Permissions []string
	// Idle are the permissions among them that have no effect where msgdeploy grants the
	// role: IAM checks them on another kind of resource.
	Idle []string
	// Why says what msgdeploy grants it for.
	Why string
}

// RolesAsOf is the state of the roles in [Roles], and where it was read.
const RolesAsOf = "iann0036/iam-dataset, gcp/roles/*.json, commit 2073fa5, read in November 2026"

// Roles are all roles that a stack can grant.
func Roles() []Role {
	return []Role{
		{
			Name:        rolePublisher,
			Permissions: []string{"pubsub.topics.publish"},
			Why:         "`publish` and `enqueue`, on the topic; dead letters: the Pub/Sub agent, on the topic that takes them",
		},
		{
			Name:        roleSubscriber,
			Permissions: []string{"pubsub.snapshots.seek", "pubsub.subscriptions.consume", "pubsub.topics.attachSubscription"},
			Idle:        []string{"pubsub.snapshots.seek", "pubsub.topics.attachSubscription"},
			Why:         "`dequeue`, on each subscription of the queue; dead letters: the Pub/Sub agent, on the subscription that they come from",
		},
		{
			Name:        roleInvoker,
			Permissions: []string{"run.routes.invoke"},
			Why:         "pushing to a Cloud Run service: the service account that signs, on that service",
		},
		{
			Name:        roleMinter,
			Permissions: []string{"iam.serviceAccounts.getOpenIdToken"},
			Why:         "pushing: the Pub/Sub agent, on the service account that signs",
		},
		{
			Name: roleWorkload,
			Permissions: []string{
				"iam.serviceAccounts.get", "iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken", "iam.serviceAccounts.list",
			},
			Why: "`workloadIdentity`: a Kubernetes service account, on the service account that it acts as",
		},
		{
			Name: roleKeyUser,
			Permissions: []string{
				"cloudkms.cryptoKeyVersions.useToDecrypt", "cloudkms.cryptoKeyVersions.useToEncrypt",
				"cloudkms.locations.get", "cloudkms.locations.list", "resourcemanager.projects.get",
			},
			Why: "`kmsKey`: the Pub/Sub agent, on the key; services need no permission on it",
		},
	}
}
