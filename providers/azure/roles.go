package azure

import (
	"slices"
	"strings"
)

// role is a role definition: what it permits on the control plane (actions) and on the
// data itself (dataActions). A `*` stands for any text, slashes included, and the
// not… lists take away again.
type role struct {
	// id is the GUID that all subscriptions know a built-in role by.
	id   string
	name string

	actions, notActions         []string
	dataActions, notDataActions []string
}

const (
	queueMessages = "Microsoft.Storage/storageAccounts/queueServices/queues/messages/"
	blobs         = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/"
)

// The built-in roles that programs assign, as of 2026-11:
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage and
// …/built-in-roles/integration, compared with github.com/iann0036/iam-dataset
// azure/built-in-roles-raw.json at 2073fa5.

// eventSender may publish on Event Grid topics. That it may read them, too, cannot be helped.
func eventSender() role {
	return role{
		id: "d5a91429-5739-47e2-a06b-3470a27159e7", name: "EventGrid Data Sender",
		actions: []string{
			"Microsoft.Authorization/*/read",
			"Microsoft.EventGrid/topics/read",
			"Microsoft.EventGrid/domains/read",
			"Microsoft.EventGrid/partnerNamespaces/read",
			"Microsoft.Resources/subscriptions/resourceGroups/read",
			"Microsoft.EventGrid/namespaces/read",
		},
		dataActions: []string{"Microsoft.EventGrid/events/send/action"},
	}
}

// messageSender may put messages into Storage queues, and nothing else.
func messageSender() role {
	return role{
		id: "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a", name: "Storage Queue Data Message Sender",
		dataActions: []string{queueMessages + "add/action"},
	}
}

// messageProcessor may get and delete messages of Storage queues, and peek at them.
func messageProcessor() role {
	return role{
		id: "8a0f0c08-91a1-4084-bc3d-661d67233fed", name: "Storage Queue Data Message Processor",
		dataActions: []string{queueMessages + "read", queueMessages + "process/action"},
	}
}

// blobContributor is what Event Grid needs to write dead letters:
// https://learn.microsoft.com/azure/event-grid/add-identity-roles
func blobContributor() role {
	return role{
		id: "ba92f5b4-2d11-453d-a403-e96b0029c9fe", name: "Storage Blob Data Contributor",
		actions: []string{
			"Microsoft.Storage/storageAccounts/blobServices/containers/delete",
			"Microsoft.Storage/storageAccounts/blobServices/containers/read",
			"Microsoft.Storage/storageAccounts/blobServices/containers/write",
			"Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
		},
		dataActions: []string{blobs + "delete", blobs + "read", blobs + "write", blobs + "move/action", blobs + "add/action"},
	}
}

// busMetadata is what Service Bus's data roles may read besides.
func busMetadata() []string {
	return []string{
		"Microsoft.ServiceBus/*/queues/read",
		"Microsoft.ServiceBus/*/topics/read",
		"Microsoft.ServiceBus/*/topics/subscriptions/read",
	}
}

// busSender may send to Service Bus queues and topics.
func busSender() role {
	return role{
		id: "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39", name: "Azure Service Bus Data Sender",
		actions:     busMetadata(),
		dataActions: []string{"Microsoft.ServiceBus/*/send/action"},
	}
}

// busReceiver may receive, complete, renew and abandon messages of Service Bus queues,
// dead letters among them.
func busReceiver() role {
	return role{
		id: "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0", name: "Azure Service Bus Data Receiver",
		actions:     busMetadata(),
		dataActions: []string{"Microsoft.ServiceBus/*/receive/action"},
	}
}

// builtIn returns the roles above, in the order in which they are documented.
func builtIn() []role {
	return []role{eventSender(), messageSender(), messageProcessor(), blobContributor(), busSender(), busReceiver()}
}

// leaseExtender may get, delete and update messages of Storage queues: Update Message is
// what extends a lease. Its action permits Put Message as well, which cannot be
// separated: https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory
// (permissions for queue service operations). The id is the stack's own.
func leaseExtender(id string) role {
	return role{
		id: id, name: "Storage queue consumer with lease extension",
		dataActions: []string{queueMessages + "process/action", queueMessages + "write"},
	}
}

// permits reports whether the role permits an action of the control plane.
func (r role) permits(action string) bool {
	return matchAny(r.actions, action) && !matchAny(r.notActions, action)
}

// permitsData reports whether the role permits an action on data.
func (r role) permitsData(action string) bool {
	return matchAny(r.dataActions, action) && !matchAny(r.notDataActions, action)
}

// all returns what the role permits, data first.
func (r role) all() []string { return slices.Concat(r.dataActions, r.actions) }

func matchAny(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(strings.ToLower(p), strings.ToLower(action)) })
}

// matches reports whether action is what pattern stands for.
// https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions-format
func matches(pattern, action string) bool {
	head, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return action == pattern
	}
	after, ok := strings.CutPrefix(action, head)
	if !ok {
		return false
	}
	for i := range len(after) + 1 {
		if matches(rest, after[i:]) {
			return true
		}
	}
	return false
}

// covers reports whether an assignment on scope holds for a resource: scopes are
// prefixes of ids, whole segments of them, and their case does not matter.
func covers(scope, id string) bool {
	scope, id = strings.ToLower(scope), strings.ToLower(id)
	return id == scope || strings.HasPrefix(id, strings.TrimSuffix(scope, "/")+"/")
}
