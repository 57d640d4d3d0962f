package gcp_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/providers/gcp"
)

// A binding is one member's role on one resource.
type binding struct{ member, role, resource string }

// access is what a rendered program lets anybody do.
type access []binding

// accessOf reads the grants of a program. Members and service accounts that are made read
// as in the rendering.
func accessOf(t *testing.T, r *providers.Rendering) access {
	t.Helper()
	var all access
	for _, res := range r.Resources {
		in := res.Inputs
		project := "projects/" + text(in, "project")
		b := binding{text(in, "member"), text(in, "role"), ""}
		switch res.Type {
		case "gcp:pubsub/topicIAMMember:TopicIAMMember":
			b.resource = project + "/topics/" + text(in, "topic")
		case "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember":
			b.resource = project + "/subscriptions/" + text(in, "subscription")
		case "gcp:cloudrunv2/serviceIamMember:ServiceIamMember":
			b.resource = project + "/locations/" + text(in, "location") + "/services/" + text(in, "name")
		case "gcp:serviceaccount/iAMMember:IAMMember":
			b.resource = text(in, "serviceAccountId")
		case "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember":
			b.resource = text(in, "cryptoKeyId")
		default:
			if b.role != "" || b.member != "" {
				t.Errorf("%s grants something, and this test does not know what", res.Ref())
			}
			continue
		}
		if b.member == "" || b.role == "" || slices.Contains(all, b) {
			t.Errorf("%s grants nothing, or the same as another: %+v", res.Ref(), b)
		}
		if permissionsOf(b.role) == nil {
			t.Errorf("%s grants %s, which the table of roles has not", res.Ref(), b.role)
		}
		all = append(all, b)
	}
	return all
}

// kindOf is the kind of resource that a permission is checked on.
func kindOf(permission string) string {
	service, rest, _ := strings.Cut(permission, ".")
	kind, _, _ := strings.Cut(rest, ".")
	switch service + "." + kind {
	case "pubsub.topics":
		return "topic"
	case "pubsub.subscriptions":
		return "subscription"
	case "iam.serviceAccounts":
		return "service account"
	case "run.routes":
		return "Cloud Run service"
	case "cloudkms.cryptoKeyVersions":
		return "key"
	}
	return "" // of a project, a snapshot, a location: nothing that a stack grants on
}

// kindOfResource is the kind of a resource by its id.
func kindOfResource(id string) string {
	switch {
	case strings.Contains(id, "/topics/"):
		return "topic"
	case strings.Contains(id, "/subscriptions/"):
		return "subscription"
	case strings.Contains(id, "/services/"):
		return "Cloud Run service"
	case strings.Contains(id, "serviceaccount/account"):
		return "service account"
	default:
		return "key"
	}
}

// allows reports whether a member has a permission on a resource: one of its roles there
// holds it, and the permission is one that IAM checks on such a resource.
func (a access) allows(member, permission, resource string) bool {
	if kindOf(permission) != kindOfResource(resource) {
		return false
	}
	for _, b := range a {
		if b.member == member && b.resource == resource && slices.Contains(permissionsOf(b.role), permission) {
			return true
		}
	}
	return false
}

// permissionsOf expands a role; nil is a role that nobody has looked at.
func permissionsOf(role string) []string {
	for _, r := range gcp.Roles() {
		if r.Name == role {
			return r.Permissions
		}
	}
	return nil
}
