package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/spec"
)

// setting is one key of an element, and values that it may be changed to; nil is to leave it out.
type setting struct {
	path   []string
	values []any
}

// other returns the first of the values that is not the one that stands there.
func (c setting) other(element map[string]any) (any, bool) {
	now := any(element)
	for _, key := range c.path {
		m, _ := now.(map[string]any)
		now = m[key]
	}
	for _, v := range c.values {
		if fmt.Sprint(v) != fmt.Sprint(now) {
			return v, true
		}
	}
	return nil, false
}

// describe names the change of an element of a kind.
func (c setting) describe(kind string, value any) string {
	return fmt.Sprintf("%s.%s=%v", kind, strings.Join(c.path, "."), value)
}

func (c setting) set(element map[string]any, value any) {
	last := len(c.path) - 1
	m := document(element).at(c.path[:last]...)
	if m[c.path[last]] = value; value == nil {
		delete(m, c.path[last])
	}
}

func key(values []any, path ...string) setting { return setting{path, values} }

func these(values ...any) []any { return values }

// settings are those of a kind of element that are tried on a cloud.
func settings(kind string, cloud spec.Cloud) []setting {
	flip := these(true, nil)
	all := []setting{
		key(these("Edited"), "description"), key(these(map[string]any{"edited": "yes"}), "labels"), key(these("edited"), "owner"),
		key(flip, "protect"),
	}
	switch kind {
	case "topic":
		all = append(all, key(flip, "ordered"), key(these("raw", "cloudevents"), "format"), key(these("edited-topic"), "name"))
	case "queue":
		all = append(all, key(flip, "ordered"), key(these("45s"), "lease"), key(these("3d"), "retention"), key(these("2s"), "delay"),
			key(these("edited-queue"), "name"), key(these(false, nil), "deadLetter"),
			key(these(map[string]any{"maxAttempts": 7}), "deadLetter"), key(these(map[string]any{"maxAttempts": 9}), "deadLetter"))
	case "subscription":
		all = append(all, key(these(map[string]any{"edited": []any{"a", "b"}}), "filter"), key(these(nil), "filter"),
			key(these(6, 8), "retry", "maxAttempts"), key(these("20s"), "retry", "minBackoff"), key(these("5m"), "retry", "maxBackoff"),
			key(these(false, nil), "deadLetter"), key(these("native", nil), "deliver"))
	case "service":
		all = append(all, key(these("https://edited.example.com/events"), "endpoint"), key(these(nil), "identity"))
	}
	return append(all, cloudSettings(kind, cloud)...)
}

// cloudSettings are those that one cloud alone has.
func cloudSettings(kind string, cloud spec.Cloud) []setting {
	const uuid = "11111111-2222-4333-8444-555555555555"
	flip := these(true, nil)
	switch kind + " " + string(cloud) {
	case "topic aws":
		return []setting{key(flip, "aws", "tracing"), key(these("arn:aws:kms:eu-west-1:111122223333:key/edited00-0000-4000-8000-000000000000", nil), "aws", "kmsKey")}
	case "queue aws":
		return []setting{key(these("64KiB"), "aws", "maxMessageSize"), key(these("5s"), "aws", "receiveWait"),
			key(these("arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-00000000ffff"), "aws", "kmsKey"), key(these(nil), "aws", "kmsKey")}
	case "subscription aws":
		return []setting{key(these(10, 20), "aws", "maxPerSecond"), key(flip, "aws", "autoConfirms")}
	case "service aws":
		return []setting{
			key(these(map[string]any{"role": "edited-role"}), "identity", "aws"), key(these(map[string]any{"policyOnly": true}), "identity", "aws"),
			key(these(map[string]any{"create": map[string]any{"trust": []any{map[string]any{"service": "lambda"}}}}), "identity", "aws"),
			key(these(map[string]any{"create": map[string]any{"path": "/edited/", "trust": []any{map[string]any{"service": "ecs-tasks"}}}}), "identity", "aws"),
			key(these("arn:aws:lambda:eu-west-1:111122223333:function:edited"), "function", "aws"),
		}
	case "topic gcp":
		return []setting{key(these([]any{"europe-west3"}), "gcp", "regions"), key(these("2d"), "gcp", "retention"), key(these(nil), "gcp", "retention"),
			key(these("projects/acme-keys/locations/europe/keyRings/main/cryptoKeys/edited", nil), "gcp", "kmsKey"),
			key(these(map[string]any{"name": "projects/acme-prod/schemas/edited"}), "gcp", "schema"), key(these(nil), "gcp", "schema")}
	case "queue gcp":
		return []setting{key(flip, "gcp", "exactlyOnce"), key(these([]any{"europe-west3"}), "gcp", "regions"), key(these(nil), "gcp", "regions")}
	case "subscription gcp":
		return []setting{key(these("20s"), "gcp", "ackDeadline")}
	case "service gcp":
		return []setting{
			key(these(map[string]any{"member": "serviceAccount:edited@acme-prod.iam.gserviceaccount.com"}), "identity", "gcp"),
			key(these(map[string]any{"create": map[string]any{}}), "identity", "gcp"),
			key(these(map[string]any{"create": map[string]any{"workloadIdentity": []any{map[string]any{"namespace": "edited", "serviceAccount": "edited"}}}}), "identity", "gcp"),
			key(these(map[string]any{"url": "https://edited.example.com/events", "audience": "https://edited.example.com"}), "endpoint"),
		}
	case "topic azure":
		return []setting{key(these("serviceBus", "eventGrid"), "azure", "service")}
	case "queue azure":
		return []setting{key(these("serviceBus", "storage"), "azure", "service"), key(flip, "azure", "leaseExtension")}
	case "subscription azure":
		return []setting{key(these("2h"), "azure", "timeToLive"), key(these(5, 6), "azure", "maxEventsPerBatch"), key(these(map[string]any{"blob": true}), "deadLetter")}
	case "service azure":
		return []setting{
			key(these(map[string]any{"principalId": uuid}), "identity", "azure"), key(these(map[string]any{"principalId": uuid, "type": "Group"}), "identity", "azure"),
			key(these(map[string]any{"create": map[string]any{}}), "identity", "azure"),
			key(these(map[string]any{"create": map[string]any{"federated": []any{map[string]any{"issuer": "https://edited.example.com", "subject": "edited"}}}}), "identity", "azure"),
		}
	}
	return nil
}

// stackSettings are those of a stack on a cloud: also where it is.
func stackSettings(cloud spec.Cloud) []setting {
	all := []setting{
		key(these("${project}-${stack}-edited-${name}"), "naming"), key(these(true, nil), "protect"),
	}
	in := func(values []any, path ...string) setting {
		return key(values, slices.Concat([]string{string(cloud)}, path)...)
	}
	switch cloud {
	case spec.AWS:
		return append(all, in(these("eu-central-1"), "region"), in(these("999988887777"), "account"), in(these("edited"), "profile"),
			in(these("arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-00000000eeee"), "kmsKey"))
	case spec.GCP:
		return append(all, in(these("europe-west4"), "region"), in(these("edited-project"), "project"), in(these(true, nil), "enableApi"),
			in(these("edited@acme-prod.iam.gserviceaccount.com"), "impersonate"))
	default:
		return append(all, in(these("northeurope"), "location"), in(these("11111111-1111-4111-8111-111111111111"), "subscription"),
			in(these("serviceBus", "eventGrid"), "topics"), in(these("serviceBus", "storage"), "queues"),
			in(these("disabled", "enabled"), "publicNetworkAccess"), in(these("local", "zone"), "redundancy"),
			in(these(map[string]any{"name": "edited-group"}), "resourceGroup"), in(these(map[string]any{"existing": "edited-existing"}), "resourceGroup"))
	}
}
