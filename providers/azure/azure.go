// Package azure is the provider for Azure: Event Grid, Queue Storage, Service Bus and role
// assignments, over the azure-native provider of Pulumi.
//
// # Mapping
//
// A topic is an Event Grid custom topic for CloudEvents 1.0, or a Service Bus topic. A
// queue is a queue of the stack's one storage account, or of its one Service Bus
// namespace. A subscription of an Event Grid topic is an event subscription: to a Storage
// or Service Bus queue by the topic's own identity, to a service's endpoint as a webhook, to
// a service's function. A subscription of a Service Bus topic is one that forwards to a
// Service Bus queue. A service with permissions is a principal that exists, or a
// user-assigned identity. Which service an element becomes is said by the stack
// (`topics`, `queues`) or by the element (`azure: {service: …}`); nothing switches by itself.
//
// # Delivery semantics
//
// At least once. Event Grid tries for 24 hours, or as often as `retry.maxAttempts` says,
// by a schedule of its own, and keeps no order; what it gives up is put into a blob
// container. Storage queues have no order, delay, retention or dead letters, and consumers
// ask for the lease with each message they get. Service Bus has all of them but the delay,
// and keeps order per session.
//
// # Limits
//
// They are rows of the tables in limits.go, and each is a diagnostic on the line of the
// spec that passes it.
//
// # Permissions
//
// Each grant is the assignment of one built-in data role on one topic or queue. Extending
// leases on a Storage queue takes a custom role, as no built-in one permits it without
// more; it is made only where the spec asks. No keys: the storage account, the topics and
// the namespace refuse them.
package azure

import (
	"github.com/msgdeploy/msgdeploy/providers"
)

// Provider is Azure's public cloud. The zero Provider is ready to use.
type Provider struct{}

var _ providers.Provider = (*Provider)(nil)

// New returns the provider.
func New() *Provider { return &Provider{} }

// pluginVersion is that of the azure-native plugin which the SDK's modules were made from.
// Each module names its own version, and the engine would start a plugin for each; one
// explicit provider with the newest of them serves all.
const pluginVersion = "2.90.0"

// The types of resources, as the SDK's modules register them. Service Bus's are those of
// the API version that the plugin takes by default, 2022-01-01-preview.
const (
	typeGroup             = "azure-native:resources:ResourceGroup"
	typeTopic             = "azure-native:eventgrid:Topic"
	typeEventSubscription = "azure-native:eventgrid:EventSubscription"
	typeAccount           = "azure-native:storage:StorageAccount"
	typeQueue             = "azure-native:storage:Queue"
	typeContainer         = "azure-native:storage:BlobContainer"
	typeIdentity          = "azure-native:managedidentity:UserAssignedIdentity"
	typeFederation        = "azure-native:managedidentity:FederatedIdentityCredential"
	typeAssignment        = "azure-native:authorization:RoleAssignment"
	typeRole              = "azure-native:authorization:RoleDefinition"
	typeNamespace         = "azure-native:servicebus:Namespace"
	typeBusQueue          = "azure-native:servicebus:Queue"
	typeBusTopic          = "azure-native:servicebus:Topic"
	typeBusSubscription   = "azure-native:servicebus:Subscription"
	typeBusRule           = "azure-native:servicebus:Rule"
)

// mapped is a type of resource, what of a spec it is made for, and what is particular about it.
type mapped struct {
	providers.ResourceType
	of, sets string
}

// mapping is every type of resource that programs register, in the order in which
// docs/azure.md lists them.
func mapping() []mapped {
	kept := func(token string, computed ...string) providers.ResourceType {
		return providers.ResourceType{Token: token, Computed: computed, Stateful: true}
	}
	plain := func(token string, computed ...string) providers.ResourceType {
		return providers.ResourceType{Token: token, Computed: computed}
	}
	// lasting is for the ids of identities, of which a part that is not known would hide the whole: Entra makes them with the identity and never changes them, but in
	// a preview of an update azure-native knows nothing of a resource except its name and location
	// (https://github.com/pulumi/pulumi-azure-native, provider/pkg/provider/provider.go, stableOutputs).
	lasting := func(t providers.ResourceType, outputs ...string) providers.ResourceType {
		t.Lasting = outputs
		return t
	}
	return []mapped{
		{kept(typeGroup), "the stack", "unless `resourceGroup: {existing: …}`"},
		{lasting(kept(typeTopic, "endpoint", "identity.principalId"), "identity"), "a topic on Event Grid", "CloudEvents 1.0; no keys; an identity of its own, which delivers"},
		{kept(typeEventSubscription), "a subscription of it", "to queues by the topic's identity; to an endpoint as a webhook, with Entra's tokens where the endpoint has `entra`; to a function by its id; tried 24 h or `timeToLive`, `retry.maxAttempts` times"},
		{kept(typeAccount), "the Storage queues and dead letters of the stack", "one account; no keys, no public blobs, TLS 1.2, no replication into other tenants; copies in three zones, or one with `redundancy: local`"},
		{kept(typeQueue), "a queue on Storage", ""},
		{kept(typeContainer), "dead letters of a subscription to a service", "a container of its own, private"},
		{kept(typeNamespace), "the Service Bus queues and topics of the stack", "one namespace, Standard; no keys, TLS 1.2"},
		{kept(typeBusQueue), "a queue on Service Bus", "the lock is `lease`, the time to live `retention`, the delivery count `maxAttempts`; with sessions and 10 min of duplicate detection where `ordered`; dead letters within it, or forwarded to `deadLetter.queue`"},
		{kept(typeBusTopic), "a topic on Service Bus", "with duplicate detection where `ordered`"},
		{kept(typeBusSubscription), "a subscription of it", "forwards to the queue"},
		{plain(typeBusRule), "its filter", "there always, as one that lets everything pass, so that a filter can come and go"},
		{lasting(plain(typeIdentity, "principalId", "clientId"), "principalId", "clientId"), "a service with permissions, unless it has a `principalId`", "a user-assigned identity"},
		{plain(typeFederation), "`identity.azure.create.federated`", "one after the other"},
		{plain(typeAssignment), "a permission; a delivery by a topic's identity; its dead letters", "one role on one resource; its name is a UUID of scope, principal and role, and whatever of them changes replaces it"},
		{plain(typeRole), "`leaseExtension: true` on a queue that somebody dequeues", "the one custom role"},
	}
}

// Resources describes every type of resource that programs register.
func (*Provider) Resources() []providers.ResourceType {
	rows := mapping()
	types := make([]providers.ResourceType, len(rows))
	ids := identity()
	for i, row := range rows {
		types[i] = row.ResourceType
		types[i].Identity = ids[row.Token]
		types[i].Words = words(row.Token)
	}
	return types
}
