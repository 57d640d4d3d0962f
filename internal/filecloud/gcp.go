package main

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The types of Google Cloud that the file cloud knows.
const (
	gcpTopic        = "gcp:pubsub/topic:Topic"
	gcpSubscription = "gcp:pubsub/subscription:Subscription"
	gcpAccount      = "gcp:serviceaccount/account:Account"
)

func (p place) projectOf(in resource.PropertyMap) string {
	if own := text(in, "project"); own != "" {
		return own
	}
	return p.project
}

// long is the full name of something in a project, of a name that may be that already.
func (p place) long(in resource.PropertyMap, collection, name string) string {
	if strings.HasPrefix(name, "projects/") {
		return name
	}
	return "projects/" + p.projectOf(in) + "/" + collection + "/" + name
}

func (p place) email(in resource.PropertyMap) string {
	return text(in, "accountId") + "@" + p.projectOf(in) + ".iam.gserviceaccount.com"
}

// labelled adds what the provider computes of labels. It does so while planning, so that a preview knows it.
func labelled(out, in resource.PropertyMap) resource.PropertyMap {
	if labels, ok := in["labels"]; ok {
		out["pulumiLabels"], out["effectiveLabels"] = labels, labels
	}
	return out
}

func gcpKinds() map[string]kind {
	name := matches("name", `^[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$`)
	unreserved := func(in resource.PropertyMap) string {
		if strings.HasPrefix(text(in, "name"), "goog") {
			return "names that begin with goog are Google's"
		}
		return ""
	}
	// A grant is one member of one role of one resource, and adds to those of others.
	grant := func(on, typ, collection string, replaces ...string) kind {
		return kind{
			required: []string{"member", "role", on},
			replaces: append([]string{"condition", "member", "role", on}, replaces...),
			computed: []string{"etag"},
			kept:     []string{"project"},
			links:    []string{on},
			uncased:  []string{"member"},
			adopts:   true,
			limits:   []limit{matches("member", `^.+:.+$`)},
			id: func(p place, in resource.PropertyMap) string {
				resource := text(in, on)
				if collection != "" {
					resource = p.long(in, collection, resource)
				}
				return resource + "/" + text(in, "role") + "/" + strings.ToLower(text(in, "member"))
			},
			tells: func(_ place, id string, generation int, _ resource.PropertyMap) resource.PropertyMap {
				return props("etag", "Bw"+serial(id, generation))
			},
			needs: func(in resource.PropertyMap) []need {
				if typ == "" {
					return nil
				}
				return []need{{typ, text(in, on)}}
			},
			source: "pulumi-gcp 7.38.0; magic-modules mmv1/third_party/terraform/tpgiamresource",
		}
	}
	return map[string]kind{
		gcpTopic: {
			replaces: []string{"name", "project"},
			computed: []string{"effectiveLabels", "pulumiLabels"},
			kept:     []string{"messageStoragePolicy", "name", "project"},
			sets:     []string{"messageStoragePolicy.allowedPersistenceRegions"},
			limits:   []limit{name},
			together: unreserved,
			id:       func(p place, in resource.PropertyMap) string { return p.long(in, "topics", text(in, "name")) },
			tells: func(p place, _ string, _ int, in resource.PropertyMap) resource.PropertyMap {
				return labelled(props("project", p.projectOf(in)), in)
			},
			source: "pulumi-gcp 7.38.0 pubsub.Topic; magic-modules mmv1/products/pubsub/Topic.yaml; pubsubpb",
		},
		gcpSubscription: {
			required: []string{"topic"},
			replaces: []string{"name", "topic", "project", "filter", "enableMessageOrdering"},
			computed: []string{"effectiveLabels", "pulumiLabels"},
			kept: []string{
				"ackDeadlineSeconds", "expirationPolicy", "retryPolicy.maximumBackoff", "retryPolicy.minimumBackoff", "name", "project",
			},
			defaults: map[string]any{"messageRetentionDuration": "604800s"},
			links:    []string{"topic"},
			limits:   []limit{name, between("ackDeadlineSeconds", 10, 600)},
			conflicts: [][2]string{
				{"pushConfig", "bigqueryConfig"}, {"pushConfig", "cloudStorageConfig"}, {"enableExactlyOnceDelivery", "pushConfig"},
			},
			together: unreserved,
			id:       func(p place, in resource.PropertyMap) string { return p.long(in, "subscriptions", text(in, "name")) },
			tells: func(p place, _ string, _ int, in resource.PropertyMap) resource.PropertyMap {
				return labelled(props("project", p.projectOf(in)), in)
			},
			needs: func(in resource.PropertyMap) []need {
				out := []need{{gcpTopic, text(in, "topic")}}
				if letters := text(within(in, "deadLetterPolicy"), "deadLetterTopic"); letters != "" {
					out = append(out, need{gcpTopic, letters})
				}
				return out
			},
			source: "pulumi-gcp 7.38.0 pubsub.Subscription; magic-modules mmv1/products/pubsub/Subscription.yaml; pubsubpb",
		},
		"gcp:pubsub/topicIAMMember:TopicIAMMember":               grant("topic", gcpTopic, "topics", "project"),
		"gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember": grant("subscription", gcpSubscription, "subscriptions", "project"),
		"gcp:serviceaccount/iAMMember:IAMMember":                 grant("serviceAccountId", gcpAccount, ""),
		"gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember":          grant("cryptoKeyId", "", ""),
		"gcp:cloudrunv2/serviceIamMember:ServiceIamMember":       grant("name", "", "services", "project", "location"),
		gcpAccount: {
			required: []string{"accountId"},
			replaces: []string{"accountId", "project"},
			computed: []string{"email", "member", "name", "uniqueId"},
			kept:     []string{"project"},
			defaults: map[string]any{"disabled": false},
			limits:   []limit{matches("accountId", `^[a-z]([-a-z0-9]{4,28}[a-z0-9])$`)},
			id:       func(p place, in resource.PropertyMap) string { return p.long(in, "serviceAccounts", p.email(in)) },
			tells: func(p place, id string, generation int, in resource.PropertyMap) resource.PropertyMap {
				return props("name", id, "email", p.email(in), "member", "serviceAccount:"+p.email(in),
					"uniqueId", number(id, generation), "project", p.projectOf(in))
			},
			source: "pulumi-gcp 7.38.0 serviceaccount.Account; terraform-provider-google resource_google_service_account.go",
		},
		"gcp:projects/service:Service": {
			required: []string{"service"},
			replaces: []string{"project", "service"},
			kept:     []string{"project"},
			defaults: map[string]any{"disableOnDestroy": true},
			adopts:   true,
			id:       func(p place, in resource.PropertyMap) string { return p.projectOf(in) + "/" + text(in, "service") },
			source:   "pulumi-gcp 7.38.0 projects.Service",
		},
		"gcp:projects/serviceIdentity:ServiceIdentity": {
			required: []string{"service"},
			replaces: []string{"project", "service"},
			computed: []string{"email", "member"},
			kept:     []string{"project"},
			adopts:   true,
			id:       func(p place, in resource.PropertyMap) string { return p.long(in, "services", text(in, "service")) },
			tells: func(p place, _ string, _ int, in resource.PropertyMap) resource.PropertyMap {
				agent := strings.TrimSuffix(text(in, "service"), ".googleapis.com")
				email := "service-" + number(p.projectOf(in), 1)[:12] + "@gcp-sa-" + agent + ".iam.gserviceaccount.com"
				return props("email", email, "member", "serviceAccount:"+email, "project", p.projectOf(in))
			},
			source: "pulumi-gcp 7.38.0 projects.ServiceIdentity",
		},
	}
}

// number is a string of digits that nobody but the cloud could have said.
func number(of string, generation int) string {
	return strconv.FormatUint(digest(of, generation)|1<<63, 10) + "0" // 20 digits
}
