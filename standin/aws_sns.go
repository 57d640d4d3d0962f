package standin

import (
	"encoding/json"
	"slices"
	"strings"
)

const (
	topicToken = "aws:sns/topic:Topic"
	noTopic    = "NotFound: Topic does not exist"
)

func snsTypes() []Type {
	return []Type{
		{
			Token:    topicToken,
			Defaults: map[string]any{"contentBasedDeduplication": false, "fifoTopic": false},
			ForceNew: []string{"name", "namePrefix", "fifoTopic"},
			Kept:     []string{"policy", "fifoThroughputScope", "signatureVersion", "tracingConfig", "name", "namePrefix"},
			Named:    "name",
			Documents: map[string]Same{
				"policy": SamePolicy, "deliveryPolicy": SameJSON, "archivePolicy": SameJSON,
			},
			Checks: []Check{
				fifoName("fifoTopic", 256),
				Between("signatureVersion", 1, 2),
				OneOf("tracingConfig", "PassThrough", "Active"),
				OneOf("fifoThroughputScope", "Topic", "MessageGroup"),
				OnlyWith("fifoTopic", "contentBasedDeduplication", "archivePolicy", "fifoThroughputScope"),
				Conflict("name", "namePrefix"),
			},
			Computed: []string{"arn", "beginningArchiveTime", "owner"},
			Make: func(m Made) (string, map[string]any) {
				return topicARN(m), map[string]any{
					"arn": topicARN(m), "beginningArchiveTime": "", "owner": awsAccount(m.Config),
				}
			},
			// CreateTopic gives back the topic of that name, whoever made it: two resources would share it.
			Identity: topicARN,
			Taken:    "a topic of this name exists already, and CreateTopic would take it over",
		},
		{
			Token:     "aws:sns/topicPolicy:TopicPolicy",
			ForceNew:  []string{"arn"},
			Documents: map[string]Same{"policy": SamePolicy},
			// Source: SNS developer guide, sns-access-policy-language: 30 KB, 100 statements.
			Checks:   []Check{policy("policy", 30720, 100, topicStatement)},
			Computed: []string{"owner"},
			Make: func(m Made) (string, map[string]any) {
				return m.Inputs.String("arn"), map[string]any{"owner": awsAccount(m.Config)}
			},
			Identity: func(m Made) string { return "policy of " + m.Inputs.String("arn") },
			Taken:    "the topic has a policy resource already: the last one to be written would win, and the first one to be deleted would take it away",
			Needs:    func(m Made) []Need { return []Need{{ID: m.Inputs.String("arn"), Missing: noTopic}} },
		},
		{
			Token: "aws:sns/topicSubscription:TopicSubscription",
			Defaults: map[string]any{
				"confirmationTimeoutInMinutes": 1.0, "endpointAutoConfirms": false, "rawMessageDelivery": false,
			},
			ForceNew: []string{"endpoint", "protocol", "topic"},
			Kept:     []string{"filterPolicyScope"},
			Documents: map[string]Same{
				"filterPolicy": SameJSON, "redrivePolicy": SameJSON, "deliveryPolicy": SameJSON,
			},
			Checks:   []Check{OneOf("protocol", protocols()...), OneOf("filterPolicyScope", "MessageAttributes", "MessageBody"), subscriptionCheck, filterCheck},
			Computed: []string{"arn", "confirmationWasAuthenticated", "ownerId", "pendingConfirmation"},
			Make: func(m Made) (string, map[string]any) {
				h := m.Hash(32)
				id := m.Inputs.String("topic") + ":" + strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
				return id, map[string]any{
					"arn": id, "confirmationWasAuthenticated": true, "ownerId": awsAccount(m.Config), "pendingConfirmation": false,
				}
			},
			Unconfirmed: func(m Made) map[string]any {
				if !asksEndpoint(m.Inputs) {
					return nil
				}
				return map[string]any{"confirmationWasAuthenticated": false, "pendingConfirmation": true}
			},
			// Subscribe gives back the subscription that there is: two resources would share it.
			Identity: func(m Made) string {
				return strings.Join([]string{"subscription", m.Inputs.String("topic"), m.Inputs.String("protocol"), m.Inputs.String("endpoint")}, " ")
			},
			Taken: "the topic has a subscription for this endpoint already, and Subscribe would take it over",
			Needs: func(m Made) []Need {
				return append([]Need{{ID: m.Inputs.String("topic"), Missing: noTopic}}, redriveTarget("redrivePolicy")(m)...)
			},
		},
	}
}

// asksEndpoint reports whether a subscription is made before its receiver has confirmed it. The
// plugin waits for the answer of all others.
// Source: terraform-provider-aws, internal/service/sns/topic_subscription.go.
func asksEndpoint(v Values) bool {
	protocol := v.String("protocol")
	return strings.Contains(protocol, "http") && !v.Bool("endpointAutoConfirms")
}

func topicARN(m Made) string { return arn(m, "sns", m.Inputs.String("name")) }

// protocols: terraform-provider-aws, internal/service/sns/topic_subscription.go.
func protocols() []string {
	return []string{"application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs"}
}

// topicStatement: SNS developer guide, the actions that a topic's policy may name; any other is
// "out of service scope".
func topicStatement(v Values, s map[string]any) string {
	actions := []string{
		"sns:AddPermission", "sns:DeleteTopic", "sns:GetDataProtectionPolicy", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic",
		"sns:Publish", "sns:PutDataProtectionPolicy", "sns:Receive", "sns:RemovePermission", "sns:SetTopicAttributes", "sns:Subscribe",
	}
	for _, a := range listOf(s["Action"]) {
		name, _ := a.(string)
		if !slices.ContainsFunc(actions, func(known string) bool { return strings.EqualFold(known, name) }) {
			return "InvalidParameter: Policy statement action out of service scope: " + name
		}
	}
	topic := v.String("arn")
	for _, r := range listOf(s["Resource"]) {
		if topic != "" && r != topic {
			return "has a statement about another resource than its topic"
		}
	}
	return ""
}

// subscriptionCheck: SNS developer guide, FIFO message delivery and raw message delivery;
// terraform-provider-aws, internal/service/sns/topic_subscription.go.
func subscriptionCheck(v Values) []Problem {
	topic, protocol, endpoint := v.String("topic"), v.String("protocol"), v.String("endpoint")
	var found []Problem
	if isFIFO(topic) && protocol != "" && protocol != "sqs" {
		found = append(found, problem("protocol", "a FIFO topic delivers to queues only")...)
	}
	if topic != "" && !isFIFO(topic) && protocol == "sqs" && isFIFO(endpoint) {
		found = append(found, problem("endpoint", "a FIFO queue cannot be subscribed to a standard topic")...)
	}
	if v.Bool("rawMessageDelivery") && protocol != "" && !slices.Contains([]string{"sqs", "http", "https", "firehose"}, protocol) {
		found = append(found, problem("rawMessageDelivery", "is not possible with protocol %s", protocol)...)
	}
	if v.Has("deliveryPolicy") && protocol != "" && protocol != "http" && protocol != "https" {
		found = append(found, problem("deliveryPolicy", "is only valid with protocols http and https")...)
	}
	if protocol == "firehose" && !v.Has("subscriptionRoleArn") {
		found = append(found, problem("subscriptionRoleArn", "is needed with protocol firehose")...)
	}
	if v.String("filterPolicyScope") != "" && !v.Has("filterPolicy") {
		found = append(found, problem("filterPolicyScope", "is only valid with filterPolicy")...)
	}
	redrive, problems := object(v, "redrivePolicy")
	found = append(found, problems...)
	// Source: SNS developer guide, sns-dead-letter-queues; FIFO topics may have standard queues too.
	if target, _ := redrive["deadLetterTargetArn"].(string); topic != "" && target != "" && isFIFO(target) && !isFIFO(topic) {
		found = append(found, problem("redrivePolicy", "the dead-letter queue of a standard topic's subscription must be standard")...)
	}
	return found
}

// filterCheck: SNS developer guide, constraints of filter policies: 5 names, 150 combinations, 256 KB.
func filterCheck(v Values) []Problem {
	const path = "filterPolicy"
	s := v.String(path)
	if s == "" {
		return nil
	}
	var names map[string]json.RawMessage
	if err := json.Unmarshal([]byte(s), &names); err != nil {
		return problem(path, "contains an invalid JSON: %s", err)
	}
	if len(s) > 256<<10 {
		return problem(path, "is %d bytes long, of at most %d", len(s), 256<<10)
	}
	if len(names) > 5 {
		return problem(path, "InvalidParameter: FilterPolicy: Filter policy can not have more than 5 keys")
	}
	combinations := 1
	for _, raw := range names {
		var values []any
		if json.Unmarshal(raw, &values) == nil {
			combinations *= max(len(values), 1)
		}
	}
	if combinations > 150 {
		return problem(path, "InvalidParameter: FilterPolicy: Filter policy is too complex (%d combinations, of at most 150)", combinations)
	}
	return nil
}
