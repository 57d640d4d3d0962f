package aws

import (
	"slices"
	"strings"
)

// existsCodes are the error codes by which AWS says that a name is taken:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html#API_CreateQueue_Errors
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html#API_CreateRole_Errors
func existsCodes() []string {
	return []string{"QueueAlreadyExists", "QueueNameExists", "EntityAlreadyExists"}
}

// Exists recognizes the errors of SQS and IAM for a name that is taken. SNS has none: CreateTopic gives the
// topic that is there.
func (*Provider) Exists(message string) bool {
	return slices.ContainsFunc(existsCodes(), func(code string) bool { return strings.Contains(message, code) })
}
