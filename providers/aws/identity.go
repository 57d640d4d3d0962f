package aws

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
