package aws

import "github.com/msgdeploy/msgdeploy/providers"

// identity returns the inputs by which AWS knows what is made, by type token.
//
// Sources: API references of SNS (CreateTopic and Subscribe give back what there is; SetTopicAttributes, one
// policy a topic), SQS (CreateQueue gives back what there is; SetQueueAttributes, one policy of each kind a
// queue), IAM (EntityAlreadyExists, of names in an account; PutRolePolicy and PutUserPolicy overwrite;
// AttachRolePolicy and AttachUserPolicy), Lambda (AddPermission, ResourceConflictException) and EKS
// (CreatePodIdentityAssociation, ResourceInUseException).
func identity() map[string][]string {
	return map[string][]string{
		"aws:sns/topic:Topic":                                   {"name"},
		"aws:sns/topicPolicy:TopicPolicy":                       {"arn"},
		"aws:sns/topicSubscription:TopicSubscription":           {"topic", "protocol", "endpoint"},
		"aws:sqs/queue:Queue":                                   {"name"},
		"aws:sqs/queuePolicy:QueuePolicy":                       {"queueUrl"},
		"aws:sqs/redrivePolicy:RedrivePolicy":                   {"queueUrl"},
		"aws:sqs/redriveAllowPolicy:RedriveAllowPolicy":         {"queueUrl"},
		"aws:lambda/permission:Permission":                      {"function", "qualifier", "statementId"},
		"aws:iam/role:Role":                                     {"name"},
		"aws:iam/policy:Policy":                                 {"name", "path"},
		"aws:iam/rolePolicy:RolePolicy":                         {"role", "name"},
		"aws:iam/userPolicy:UserPolicy":                         {"user", "name"},
		"aws:iam/rolePolicyAttachment:RolePolicyAttachment":     {"role", "policyArn"},
		"aws:iam/userPolicyAttachment:UserPolicyAttachment":     {"user", "policyArn"},
		"aws:eks/podIdentityAssociation:PodIdentityAssociation": {"clusterName", "namespace", "serviceAccount"},
	}
}

// adopting returns how to look for what AWS would give back in place of making it, by type token: CreateTopic and
// CreateQueue do, of the same name and attributes. Subscribe does too, but nothing finds a subscription by what
// it is between, as its ARN is random; one whose topic and queue are the stack's own is rarely somebody else's.
//
// To read a queue by its URL takes the plugin 20 seconds where there is none, since it waits for one that was just made
// (terraform-provider-aws, internal/service/sqs, queue.go: queueReadTimeout), so a queue is found by its name
// (queue_data_source.go), which asks once. How it says that there is none: retry.NotFoundError of terraform-plugin-sdk, and
// the codes of SQS API reference, GetQueueUrl.
func adopting() map[string]providers.Lookup {
	return map[string]providers.Lookup{
		"aws:sns/topic:Topic": {},
		"aws:sqs/queue:Queue": {
			Function: "aws:sqs/getQueue:getQueue", By: "name", ID: "url",
			Absent: []string{"couldn't find resource", "NonExistentQueue", "QueueDoesNotExist"},
		},
	}
}
