package main

import (
	"encoding/json"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The types of AWS that the file cloud knows.
const (
	awsTopic      = "aws:sns/topic:Topic"
	awsTopicRules = "aws:sns/topicPolicy:TopicPolicy"
	awsSubscribed = "aws:sns/topicSubscription:TopicSubscription"
	awsQueue      = "aws:sqs/queue:Queue"
	awsQueueRules = "aws:sqs/queuePolicy:QueuePolicy"
	awsRedrive    = "aws:sqs/redrivePolicy:RedrivePolicy"
	awsAllow      = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
	awsRole       = "aws:iam/role:Role"
	awsRolePolicy = "aws:iam/rolePolicy:RolePolicy"
	awsPolicy     = "aws:iam/policy:Policy"
	awsUserPolicy = "aws:iam/userPolicy:UserPolicy"
	awsRoleAttach = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	awsUserAttach = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
	awsPermission = "aws:lambda/permission:Permission"
	awsIdentity   = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
	awsUser       = "aws:iam/user:User" // never made, only referred to
)

// arn is the name of a thing in its partition (terraform-provider-aws, internal/service/sqs and sns).
func (p place) arn(service, region, resource string) string {
	partition := "aws"
	switch {
	case strings.HasPrefix(p.region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(p.region, "us-gov-"):
		partition = "aws-us-gov"
	}
	return strings.Join([]string{"arn", partition, service, region, p.account, resource}, ":")
}

func (p place) queueURL(name string) string {
	suffix := "amazonaws.com"
	if strings.HasPrefix(p.region, "cn-") {
		suffix += ".cn"
	}
	return "https://sqs." + p.region + "." + suffix + "/" + p.account + "/" + name
}

// byProperty is an id that is one of the inputs.
func byProperty(names ...string) func(place, resource.PropertyMap) string {
	return func(_ place, in resource.PropertyMap) string {
		parts := make([]string, len(names))
		for i, name := range names {
			parts[i] = text(in, name)
		}
		return strings.Join(parts, ":")
	}
}

// needing are things whose names stand in inputs, as type and input.
func needing(typesAndInputs ...string) func(resource.PropertyMap) []need {
	return func(in resource.PropertyMap) (out []need) {
		for i := 0; i < len(typesAndInputs); i += 2 {
			if name := text(in, typesAndInputs[i+1]); name != "" {
				out = append(out, need{typesAndInputs[i], name})
			}
		}
		return out
	}
}

// targetOf is the queue that a document sends dead letters to.
func targetOf(document string) string {
	var d struct {
		DeadLetterTargetArn string `json:"deadLetterTargetArn"`
	}
	if json.Unmarshal([]byte(document), &d) != nil {
		return ""
	}
	return d.DeadLetterTargetArn
}

func tagged(out, in resource.PropertyMap) resource.PropertyMap {
	if tags, ok := in["tags"]; ok {
		out["tagsAll"] = tags
	}
	return out
}

// ordered is what holds for the properties of FIFO topics and queues alone.
func ordered(flag string, only ...string) func(resource.PropertyMap) string {
	return func(in resource.PropertyMap) string {
		fifo := in[resource.PropertyKey(flag)].IsBool() && in[resource.PropertyKey(flag)].BoolValue()
		if fifo != strings.HasSuffix(text(in, "name"), ".fifo") {
			return "the name ends in .fifo, or " + flag + " is not set"
		}
		for _, name := range only {
			if set(in, name) && !fifo {
				return name + " is for FIFO alone"
			}
		}
		return ""
	}
}

func awsKinds() map[string]kind {
	kinds := map[string]kind{}
	for _, part := range []map[string]kind{snsKinds(), sqsKinds(), iamKinds()} {
		for name, k := range part {
			kinds[name] = k
		}
	}
	return kinds
}

func snsKinds() map[string]kind {
	return map[string]kind{
		awsTopic: {
			replaces: []string{"name", "namePrefix", "fifoTopic"},
			computed: []string{"arn", "owner", "beginningArchiveTime", "tagsAll"},
			kept:     []string{"policy", "fifoThroughputScope", "signatureVersion", "tracingConfig", "name", "namePrefix"},
			defaults: map[string]any{"fifoTopic": false, "contentBasedDeduplication": false},
			limits: []limit{
				matches("name", `^[0-9A-Za-z_-]{1,251}(\.fifo|[0-9A-Za-z_-]{0,5})$`),
				oneOf("tracingConfig", "PassThrough", "Active"),
				oneOf("fifoThroughputScope", "Topic", "MessageGroup"),
				oneOf("signatureVersion", 1.0, 2.0),
			},
			together: ordered("fifoTopic", "contentBasedDeduplication", "fifoThroughputScope"),
			adopts:   true,
			id:       func(p place, in resource.PropertyMap) string { return p.arn("sns", p.region, text(in, "name")) },
			tells: func(p place, id string, _ int, in resource.PropertyMap) resource.PropertyMap {
				return tagged(props("arn", id, "owner", p.account, "beginningArchiveTime", ""), in)
			},
			takes: func(t, o *thing) bool {
				return o.Type == awsTopicRules && o.ID == t.ID || o.Type == awsSubscribed && o.Inputs["topic"] == t.ID
			},
			source: "pulumi-aws 6.83.4 sns.Topic; terraform-provider-aws internal/service/sns; CloudFormation AWS::SNS::Topic",
		},
		awsTopicRules: {
			required: []string{"arn", "policy"},
			replaces: []string{"arn"},
			computed: []string{"owner"},
			policies: []string{"policy"},
			id:       byProperty("arn"),
			tells: func(p place, _ string, _ int, _ resource.PropertyMap) resource.PropertyMap {
				return props("owner", p.account)
			},
			needs:  needing(awsTopic, "arn"),
			source: "pulumi-aws 6.83.4 sns.TopicPolicy; terraform-provider-aws topic_policy.go",
		},
		awsSubscribed: {
			required:  []string{"endpoint", "protocol", "topic"},
			replaces:  []string{"endpoint", "protocol", "topic"},
			computed:  []string{"arn", "confirmationWasAuthenticated", "ownerId", "pendingConfirmation"},
			kept:      []string{"filterPolicyScope"},
			documents: []string{"filterPolicy", "redrivePolicy", "deliveryPolicy"},
			defaults:  map[string]any{"confirmationTimeoutInMinutes": 1, "endpointAutoConfirms": false, "rawMessageDelivery": false},
			limits: []limit{
				oneOf("protocol", "sqs", "sms", "lambda", "firehose", "application", "email", "email-json", "http", "https"),
				oneOf("filterPolicyScope", "MessageAttributes", "MessageBody"),
			},
			confirm: "pendingConfirmation",
			id: func(_ place, in resource.PropertyMap) string {
				return text(in, "topic") + ":" + guid(text(in, "protocol"), text(in, "endpoint"))
			},
			tells: func(p place, id string, _ int, in resource.PropertyMap) resource.PropertyMap {
				out := props("arn", id, "ownerId", p.account)
				asked := strings.HasPrefix(text(in, "protocol"), "http") || strings.HasPrefix(text(in, "protocol"), "email")
				answers := in["endpointAutoConfirms"].IsBool() && in["endpointAutoConfirms"].BoolValue()
				out["pendingConfirmation"] = resource.NewBoolProperty(asked && !answers)
				out["confirmationWasAuthenticated"] = resource.NewBoolProperty(!asked)
				return out
			},
			needs: func(in resource.PropertyMap) []need {
				out := needing(awsTopic, "topic")(in)
				if queue := targetOf(text(in, "redrivePolicy")); queue != "" {
					out = append(out, need{awsQueue, queue})
				}
				return out
			},
			source: "pulumi-aws 6.83.4 sns.TopicSubscription; terraform-provider-aws topic_subscription.go; sns developer guide, dead-letter queues",
		},
		awsPermission: {
			required: []string{"action", "function", "principal"},
			replaces: []string{
				"action", "eventSourceToken", "function", "functionUrlAuthType", "principal", "principalOrgId",
				"qualifier", "sourceAccount", "sourceArn", "statementId", "statementIdPrefix",
			},
			kept:   []string{"statementId", "statementIdPrefix"},
			limits: []limit{matches("statementId", `^[a-zA-Z0-9_-]{1,100}$`)},
			id:     byProperty("function", "qualifier", "statementId"),
			source: "CloudFormation AWS::Lambda::Permission: every property is create-only",
		},
	}
}

func sqsKinds() map[string]kind {
	// A queue has one of each: a second would take the first one's place.
	attribute := func(document string, with kind) kind {
		with.required = []string{"queueUrl", document}
		with.replaces = []string{"queueUrl"}
		with.id = byProperty("queueUrl")
		with.source = "pulumi-aws 6.83.4 sqs; terraform-provider-aws internal/service/sqs"
		return with
	}
	of := func(in resource.PropertyMap) []need { return []need{{awsQueue, text(in, "queueUrl")}} }
	return map[string]kind{
		awsQueue: {
			replaces: []string{"name", "namePrefix", "fifoQueue"},
			computed: []string{"arn", "url", "tagsAll"},
			kept: []string{
				"deduplicationScope", "fifoThroughputLimit", "kmsDataKeyReusePeriodSeconds", "policy", "redrivePolicy",
				"redriveAllowPolicy", "sqsManagedSseEnabled", "name", "namePrefix",
			},
			defaults: map[string]any{
				"delaySeconds": 0, "maxMessageSize": 262144, "messageRetentionSeconds": 345600, "receiveWaitTimeSeconds": 0,
				"visibilityTimeoutSeconds": 30, "fifoQueue": false, "contentBasedDeduplication": false,
			},
			limits: []limit{
				matches("name", `^[0-9A-Za-z_-]{1,75}(\.fifo|[0-9A-Za-z_-]{0,5})$`),
				between("delaySeconds", 0, 900), between("maxMessageSize", 1024, 262144),
				between("messageRetentionSeconds", 60, 1209600), between("receiveWaitTimeSeconds", 0, 20),
				between("visibilityTimeoutSeconds", 0, 43200), between("kmsDataKeyReusePeriodSeconds", 60, 86400),
				oneOf("deduplicationScope", "messageGroup", "queue"), oneOf("fifoThroughputLimit", "perQueue", "perMessageGroupId"),
			},
			conflicts: [][2]string{{"name", "namePrefix"}, {"kmsMasterKeyId", "sqsManagedSseEnabled"}},
			together:  ordered("fifoQueue", "contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit"),
			adopts:    true,
			id:        func(p place, in resource.PropertyMap) string { return p.queueURL(text(in, "name")) },
			tells: func(p place, id string, _ int, in resource.PropertyMap) resource.PropertyMap {
				return tagged(props("url", id, "arn", p.arn("sqs", p.region, text(in, "name"))), in)
			},
			takes: func(t, o *thing) bool {
				return o.ID == t.ID && (o.Type == awsQueueRules || o.Type == awsRedrive || o.Type == awsAllow)
			},
			source: "pulumi-aws 6.83.4 sqs.Queue; terraform-provider-aws internal/service/sqs; sqs developer guide",
		},
		awsQueueRules: attribute("policy", kind{policies: []string{"policy"}, needs: of}),
		awsAllow:      attribute("redriveAllowPolicy", kind{documents: []string{"redriveAllowPolicy"}, needs: of}),
		awsRedrive: attribute("redrivePolicy", kind{documents: []string{"redrivePolicy"}, needs: func(in resource.PropertyMap) []need {
			return append(of(in), need{awsQueue, targetOf(text(in, "redrivePolicy"))})
		}}),
	}
}

func iamKinds() map[string]kind {
	named := matches("name", `^[\w+=,.@-]{1,128}$`)
	inline := func(owner, typ string) kind {
		return kind{
			required: []string{"policy", owner}, replaces: []string{"name", "namePrefix", owner}, kept: []string{"name", "namePrefix"},
			policies: []string{"policy"}, limits: []limit{named}, id: byProperty(owner, "name"), needs: needing(typ, owner),
			source: "pulumi-aws 6.83.4 iam; CloudFormation AWS::IAM",
		}
	}
	attachment := func(owner, typ string) kind {
		return kind{
			required: []string{"policyArn", owner}, replaces: []string{"policyArn", owner}, id: byProperty(owner, "policyArn"),
			needs: needing(awsPolicy, "policyArn", typ, owner), source: "pulumi-aws 6.83.4 iam; terraform-provider-aws internal/service/iam",
		}
	}
	return map[string]kind{
		awsRole: {
			required: []string{"assumeRolePolicy"},
			replaces: []string{"name", "namePrefix", "path"},
			computed: []string{"arn", "createDate", "uniqueId", "tagsAll"},
			kept:     []string{"name", "namePrefix", "inlinePolicies", "managedPolicyArns"},
			defaults: map[string]any{"maxSessionDuration": 3600, "path": "/", "forceDetachPolicies": false},
			policies: []string{"assumeRolePolicy"},
			limits:   []limit{matches("name", `^[\w+=,.@-]{1,64}$`), between("maxSessionDuration", 3600, 43200)},
			id:       byProperty("name"),
			tells: func(p place, id string, generation int, in resource.PropertyMap) resource.PropertyMap {
				return tagged(props("arn", p.arn("iam", "", "role"+text(in, "path")+id),
					"uniqueId", "AROA"+serial(id, generation), "createDate", "2026-01-01T00:00:00Z"), in)
			},
			holds: func(c *cloud, t *thing) string {
				if c.any(func(o *thing) bool { return o.Type == awsRolePolicy && o.Inputs["role"] == t.ID }) {
					return "DeleteConflict: it has inline policies"
				}
				return ""
			},
			source: "pulumi-aws 6.83.4 iam.Role; terraform-provider-aws internal/service/iam; CloudFormation AWS::IAM::Role",
		},
		awsRolePolicy: inline("role", awsRole),
		awsUserPolicy: inline("user", awsUser),
		awsRoleAttach: attachment("role", awsRole),
		awsUserAttach: attachment("user", awsUser),
		awsPolicy: {
			required: []string{"policy"},
			replaces: []string{"name", "namePrefix", "path", "description"},
			computed: []string{"arn", "attachmentCount", "policyId", "tagsAll"},
			kept:     []string{"name", "namePrefix"},
			defaults: map[string]any{"path": "/"},
			policies: []string{"policy"},
			limits:   []limit{named},
			id: func(p place, in resource.PropertyMap) string {
				return p.arn("iam", "", "policy"+text(in, "path")+text(in, "name"))
			},
			tells: func(_ place, id string, generation int, in resource.PropertyMap) resource.PropertyMap {
				out := tagged(props("arn", id, "policyId", "ANPA"+serial(id, generation)), in)
				out["attachmentCount"] = resource.NewNumberProperty(0)
				return out
			},
			holds: func(c *cloud, t *thing) string {
				if c.any(func(o *thing) bool { return o.Inputs["policyArn"] == t.ID }) {
					return "DeleteConflict: it is attached"
				}
				return ""
			},
			source: "pulumi-aws 6.83.4 iam.Policy; CloudFormation AWS::IAM::ManagedPolicy",
		},
		awsIdentity: {
			required: []string{"clusterName", "namespace", "roleArn", "serviceAccount"},
			replaces: []string{"clusterName", "namespace", "serviceAccount"},
			computed: []string{"associationArn", "associationId", "tagsAll"},
			id: func(_ place, in resource.PropertyMap) string {
				return "a-" + strings.ToLower(serial(text(in, "clusterName")+"/"+text(in, "namespace")+"/"+text(in, "serviceAccount"), 1))
			},
			tells: func(p place, id string, _ int, in resource.PropertyMap) resource.PropertyMap {
				return tagged(props("associationId", id,
					"associationArn", p.arn("eks", p.region, "podidentityassociation/"+text(in, "clusterName")+"/"+id)), in)
			},
			needs:  needing(awsRole, "roleArn"),
			source: "pulumi-aws 6.83.4 eks.PodIdentityAssociation; CloudFormation AWS::EKS::PodIdentityAssociation",
		},
	}
}
