package spec

import "sync"

// look stands for a key that is no matter of trust itself, and may have such keys below.
const look Matter = "look"

// trustOf returns the matter of a key of a record, by the name of the record's Go type; below says
// that there is none, but that its own keys are to be looked at. [TestTrustTable] finds what is missing.
func trustOf(record, key string) (matter Matter, below bool) {
	switch m := trustTable()[record][key]; m {
	case look:
		return "", true
	default:
		return m, false
	}
}

// trustTable says of every key of a spec whether it is a matter of trust. "" is a key that is not: what
// it changes is seen in the resources, in who may do what, and in the messages that are lost. Below a
// key that is a matter everything is.
var trustTable = sync.OnceValue(func() map[string]map[string]Matter {
	return map[string]map[string]Matter{
		"document": {
			"version": "", "project": MatterName, "include": "" /* compared as it stands */, "vars": "", "state": MatterState,
			"naming": MatterName, "labels": "", "uses": look, "defaults": "" /* shows at each element */, "stacks": look,
			"topics": look, "queues": look, "subscriptions": look, "services": look, "permissions": look,
		},
		"stack": {
			"aws": look, "gcp": look, "azure": look, "nats": MatterPlace, "protect": MatterProtection, "state": MatterState,
			"naming": MatterName, "vars": "", "identity": "" /* shows at each service */, "patch": "", /* and at each element */
		},
		"AWSTarget": {
			"region": MatterPlace, "account": MatterPlace, "profile": MatterPlace, "assumeRole": MatterPlace,
			"endpoint": MatterPlace, "kmsKey": MatterKey,
		},
		"GCPTarget": {
			"project": MatterPlace, "region": MatterPlace, "projectNumber": MatterPlace, "impersonate": MatterPlace,
			"endpoint": MatterPlace, "enableApi": MatterPlace,
		},
		"AzureTarget": {
			"subscription": MatterPlace, "location": MatterPlace, "topics": "", "queues": "", "resourceGroup": MatterPlace,
			"publicNetworkAccess": MatterProtection, "redundancy": "",
		},
		"Topic": {
			"description": "", "labels": "", "owner": "", "name": MatterName, "movedFrom": "", "ordered": "", "format": "",
			"protect": MatterProtection, "existing": MatterForeign, "aws": look, "gcp": look, "azure": look, "nats": look,
		},
		"AWSTopic":   {"kmsKey": MatterKey, "tracing": ""},
		"GCPTopic":   {"kmsKey": MatterKey, "regions": MatterPlace, "retention": "", "schema": MatterForeign},
		"AzureTopic": {"service": "", "principalId": MatterIdentity},
		"NATSTopic":  {"retention": "", "maxBytes": ""},
		"Queue": {
			"description": "", "labels": "", "owner": "", "name": MatterName, "movedFrom": "", "lease": "", "retention": "", "delay": "",
			"ordered": "", "deadLetter": look, "protect": MatterProtection, "existing": MatterForeign, "aws": look, "gcp": look,
			"azure": look, "nats": look,
		},
		"DeadLetter": {"maxAttempts": "", "queue": ""},
		"AWSQueue":   {"kmsKey": MatterKey, "maxMessageSize": "", "receiveWait": ""},
		"GCPQueue":   {"kmsKey": MatterKey, "regions": MatterPlace, "exactlyOnce": ""},
		// With leaseExtension, whoever may dequeue may also write into the queue.
		"AzureQueue": {"service": "", "leaseExtension": MatterProtection},
		"NATSQueue":  {"maxBytes": ""},
		"subscription": {
			"description": "", "labels": "", "owner": "", "name": MatterName, "movedFrom": "", "topic": "", "to": look, "filter": "",
			"retry": look, "deadLetter": look, "deliver": "", "protect": MatterProtection, "aws": look, "gcp": look, "azure": look, "nats": look,
		},
		// What a service receives is seen in the resources; where it does, at the service.
		"target":                 {"queue": "", "service": ""},
		"Retry":                  {"maxAttempts": "", "minBackoff": "", "maxBackoff": ""},
		"subscriptionDeadLetter": {"queue": "", "blob": ""},
		"AWSSubscription":        {"autoConfirms": "", "maxPerSecond": ""},
		"GCPSubscription":        {"ackDeadline": ""},
		"AzureSubscription":      {"timeToLive": "", "maxEventsPerBatch": ""},
		"NATSSubscription":       {"maxInFlight": ""},
		"Service": {
			"description": "", "labels": "", "owner": "", "name": MatterName, "movedFrom": "", "protect": MatterProtection,
			"endpoint": MatterReceiver, "function": MatterReceiver, "identity": look,
		},
		"Identity": {"aws": MatterIdentity, "gcp": MatterIdentity, "azure": MatterIdentity},
		// Who may do what is a section of its own in every report.
		"permission": {"publish": "", "enqueue": "", "dequeue": ""},
		"use":        {"topics": MatterForeign, "queues": MatterForeign, "naming": MatterForeign},
	}
})
