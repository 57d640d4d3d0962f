package standin

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// GCP returns the tables of pulumi-gcp.
//
// What each type has, defaults and forces a replacement of: pulumi-gcp SDK v7.38.0 and
// GoogleCloudPlatform/magic-modules b2c4823, mmv1/products/{pubsub,iam} and
// third_party/terraform; names and ranges: pubsubpb of cloud.google.com/go/pubsub/v2.
func GCP() Package {
	return Package{
		Name: "gcp", Version: "7.38.0", Compares: AgainstOutputs, Inputs: gcpInputs(),
		Types: slices.Concat(pubsubTypes(), memberTypes(), projectTypes()),
	}
}

// gcpProject is the project of a resource: its own, or the provider's.
func gcpProject(m Made) string {
	if p := m.Inputs.String("project"); p != "" {
		return p
	}
	return m.Config.String("project")
}

// notFound is the error of Google's APIs for what is not there.
func notFound(id string) string {
	return "googleapi: Error 404: Resource not found (resource=" + id[strings.LastIndex(id, "/")+1:] + ")., notFound"
}

// alreadyExists is the error of Google's APIs for a name that is taken.
const alreadyExists = "googleapi: Error 409: Resource already exists in the project"

func pubsubTypes() []Type {
	name := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._~+%-]{2,254}$`)
	const rule = "expected 3 to 255 letters, digits and - . _ ~ + %, beginning with a letter and not with goog"
	named := func(t Type, kind string, more ...Check) Type {
		id := func(m Made) string { return "projects/" + gcpProject(m) + "/" + kind + "/" + m.Inputs.String("name") }
		t.Named, t.Identity, t.Taken = "name", id, alreadyExists
		t.Kept = append(t.Kept, "name", "project")
		t.Checks = append([]Check{Matches("name", name, rule), notGoog, labelCheck}, more...)
		t.Computed = []string{"effectiveLabels", "pulumiLabels"}
		t.Make = func(m Made) (string, map[string]any) {
			labels := map[string]any{}
			for key, value := range m.Inputs.Map("labels") {
				labels[key] = value
			}
			return id(m), map[string]any{"effectiveLabels": labels, "pulumiLabels": labels}
		}
		return t
	}
	return []Type{
		named(Type{
			Token:    "gcp:pubsub/topic:Topic",
			ForceNew: []string{"name", "project"},
			Kept:     []string{"messageStoragePolicy"},
		}, "topics",
			Span("messageRetentionDuration", 600, 31*24*3600),
			OneOf("schemaSettings.encoding", "ENCODING_UNSPECIFIED", "JSON", "BINARY")),
		named(Type{
			Token:    "gcp:pubsub/subscription:Subscription",
			Defaults: map[string]any{"messageRetentionDuration": "604800s"},
			ForceNew: []string{"name", "topic", "project", "filter", "enableMessageOrdering"},
			Kept:     []string{"ackDeadlineSeconds", "expirationPolicy", "retryPolicy.maximumBackoff", "retryPolicy.minimumBackoff"},
			Needs: func(m Made) []Need {
				var needs []Need
				for _, path := range []string{"topic", "deadLetterPolicy.deadLetterTopic"} {
					if id := m.Inputs.String(path); id != "" {
						needs = append(needs, Need{ID: gcpPath(m, "topics", id), Missing: notFound(id)})
					}
				}
				return needs
			},
		}, "subscriptions",
			Between("ackDeadlineSeconds", 10, 600),
			Span("messageRetentionDuration", 600, 31*24*3600),
			Between("deadLetterPolicy.maxDeliveryAttempts", 5, 100),
			Span("retryPolicy.minimumBackoff", 0, 600), Span("retryPolicy.maximumBackoff", 0, 600),
			AtMostBytes("filter", 256),
			Matches("pushConfig.pushEndpoint", regexp.MustCompile(`^https?://`), "expected a URL"),
			Conflict("pushConfig", "bigqueryConfig"), Conflict("pushConfig", "cloudStorageConfig"), Conflict("bigqueryConfig", "cloudStorageConfig"),
			exactlyOncePulls),
	}
}

// gcpPath is the id of a topic or a subscription that an input gives by id or by name.
func gcpPath(m Made, kind, id string) string {
	if strings.Contains(id, "/") {
		return id
	}
	return "projects/" + gcpProject(m) + "/" + kind + "/" + id
}

// notGoog: pubsubpb, field comments of Topic.name and Subscription.name.
func notGoog(v Values) []Problem {
	if strings.HasPrefix(v.String("name"), "goog") {
		return problem("name", "must not begin with goog")
	}
	return nil
}

// exactlyOncePulls: pubsubpb, Subscription.enable_exactly_once_delivery, for pull only.
func exactlyOncePulls(v Values) []Problem {
	if v.Bool("enableExactlyOnceDelivery") && v.Has("pushConfig") {
		return problem("enableExactlyOnceDelivery", "is for pull subscriptions only")
	}
	return nil
}

// labelCheck: https://cloud.google.com/pubsub/docs/labels.
func labelCheck(v Values) []Problem {
	key := regexp.MustCompile(`^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$`)
	value := regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$`)
	labels := v.Map("labels")
	if len(labels) > 64 {
		return problem("labels", "are %d, of at most 64", len(labels))
	}
	for k, label := range labels {
		s, known := label.(string)
		if !key.MatchString(k) || known && !value.MatchString(s) {
			return problem("labels", "have a key or a value that is no label")
		}
	}
	return nil
}

// Span refuses a duration, in seconds with an s, outside of a range. Its ends are allowed.
func Span(path string, least, most int) Check {
	return func(v Values) []Problem {
		s := v.String(path)
		if s == "" {
			return nil
		}
		n, err := strconv.Atoi(strings.TrimSuffix(s, "s"))
		if err != nil || !strings.HasSuffix(s, "s") || n < least || n > most {
			return problem(path, "expected a duration from %ds to %ds, got %s", least, most, s)
		}
		return nil
	}
}

// memberTypes are grants: one member's role on one resource. IAM has each of them once, so
// that a second resource for one would lose its grant when the first is deleted: that is
// refused here.
func memberTypes() []Type {
	member := func(token string, of func(Made) string, needs func(Made) []Need, forceNew ...string) Type {
		id := func(m Made) string {
			return of(m) + "/" + m.Inputs.String("role") + "/" + strings.ToLower(m.Inputs.String("member"))
		}
		return Type{
			Token: token, ForceNew: []string{"*"}, Kept: forceNew,
			Checks:   []Check{Matches("member", regexp.MustCompile(`^.+:.+$`), "expected KIND:NAME"), notPublic, predefined},
			Computed: []string{"etag"},
			Make: func(m Made) (string, map[string]any) {
				return id(m), map[string]any{"etag": "BwY" + m.Hash(9)}
			},
			Identity: id,
			Taken:    "the grant is there already, by another resource: the first one to be deleted would take it away",
			Needs:    needs,
		}
	}
	on := func(kind, path string) (of func(Made) string, needs func(Made) []Need) {
		of = func(m Made) string { return gcpPath(m, kind, m.Inputs.String(path)) }
		return of, func(m Made) []Need { return []Need{{ID: of(m), Missing: notFound(of(m))}} }
	}
	topic, topicNeeds := on("topics", "topic")
	subscription, subscriptionNeeds := on("subscriptions", "subscription")
	account := func(m Made) string { return m.Inputs.String("serviceAccountId") }
	return []Type{
		member("gcp:pubsub/topicIAMMember:TopicIAMMember", topic, topicNeeds, "project"),
		member("gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember", subscription, subscriptionNeeds, "project"),
		member("gcp:serviceaccount/iAMMember:IAMMember", account,
			func(m Made) []Need { return []Need{{ID: account(m), Missing: notFound(account(m))}} }),
		// Keys and Cloud Run services are made elsewhere.
		member("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", func(m Made) string { return m.Inputs.String("cryptoKeyId") }, nil),
		member("gcp:cloudrunv2/serviceIamMember:ServiceIamMember", func(m Made) string {
			return "projects/" + gcpProject(m) + "/locations/" + m.Inputs.String("location") + "/services/" + m.Inputs.String("name")
		}, nil, "location", "name", "project"),
	}
}

// notPublic: no stack grants anything to everybody.
func notPublic(v Values) []Problem {
	if m := v.String("member"); strings.HasPrefix(m, "allUsers") || strings.HasPrefix(m, "allAuthenticatedUsers") || strings.HasPrefix(m, "deleted:") {
		return problem("member", "%s is nobody in particular", m)
	}
	return nil
}

func predefined(v Values) []Problem {
	if r := v.String("role"); r != "" && !strings.HasPrefix(r, "roles/") && !strings.Contains(r, "/roles/") {
		return problem("role", "expected roles/NAME, or one of a project or an organization")
	}
	return nil
}

// gcpNumber is the number of every project: the cloud alone knows the real one.
const gcpNumber = "000000000000"

func projectTypes() []Type {
	// Source: pulumi-gcp v7.38.0, serviceaccount.AccountArgs.AccountId.
	accountID := regexp.MustCompile(`^[a-z]([-a-z0-9]{4,28}[a-z0-9])$`)
	email := func(m Made) string {
		project := gcpProject(m)
		if domain, name, scoped := strings.Cut(project, ":"); scoped {
			project = name + "." + domain
		}
		return m.Inputs.String("accountId") + "@" + project + ".iam.gserviceaccount.com"
	}
	return []Type{
		{
			Token:    "gcp:serviceaccount/account:Account",
			Defaults: map[string]any{"disabled": false},
			ForceNew: []string{"accountId", "project"},
			Kept:     []string{"project"},
			Checks: []Check{
				Matches("accountId", accountID, "expected 6 to 30 lower-case letters, digits and hyphens, beginning with a letter"),
				AtMostBytes("description", 256), AtMostBytes("displayName", 100),
			},
			Computed: []string{"email", "member", "name", "uniqueId"},
			Make: func(m Made) (string, map[string]any) {
				id := "projects/" + gcpProject(m) + "/serviceAccounts/" + email(m)
				return id, map[string]any{"email": email(m), "member": "serviceAccount:" + email(m), "name": id, "uniqueId": "1" + digits(m.Hash(20))}
			},
			Identity: email, Taken: alreadyExists,
		},
		{
			Token:    "gcp:projects/service:Service",
			Defaults: map[string]any{"disableOnDestroy": true},
			ForceNew: []string{"service", "project"},
			Kept:     []string{"project"},
			Make: func(m Made) (string, map[string]any) {
				return gcpProject(m) + "/" + m.Inputs.String("service"), nil
			},
		},
		{
			Token:    "gcp:projects/serviceIdentity:ServiceIdentity",
			ForceNew: []string{"service", "project"},
			Kept:     []string{"project"},
			Computed: []string{"email", "member"},
			Make: func(m Made) (string, map[string]any) {
				agent, _, _ := strings.Cut(m.Inputs.String("service"), ".")
				email := "service-" + gcpNumber + "@gcp-sa-" + agent + ".iam.gserviceaccount.com"
				return "projects/" + gcpProject(m) + "/services/" + m.Inputs.String("service"),
					map[string]any{"email": email, "member": "serviceAccount:" + email}
			},
		},
	}
}

// digits turns hexadecimal digits into decimal ones.
func digits(hex string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' {
			return r - 'a' + '0'
		}
		return r
	}, hex)
}
