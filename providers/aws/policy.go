package aws

import (
	"bytes"
	"encoding/json"
	"slices"
)

// policyVersion is the version of IAM's policy language. A policy without it is read as
// the version of 2008, and makes SQS hang for minutes (hashicorp/terraform-provider-aws#29497).
const policyVersion = "2012-10-17"

// policy is an IAM policy. Its JSON is the same each time: fields in declared order,
// keys of conditions sorted, no white space.
type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string     `json:",omitempty"`
	Effect    effect     //
	Principal *principal `json:",omitempty"`
	Action    oneOrMore
	Resource  oneOrMore `json:",omitempty"`
	Condition condition `json:",omitempty"`
}

type effect string

const (
	allow effect = "Allow"
	deny  effect = "Deny"
)

// principal is whom a statement of a resource's policy is about. The zero principal is
// everybody, which only a Deny may say.
type principal struct {
	Service   string `json:",omitempty"`
	Federated string `json:",omitempty"`
}

// condition maps an operator to condition keys and the values that each may have.
type condition map[string]map[string]oneOrMore

// oneOrMore is written as a string where it is one, as AWS itself writes it.
type oneOrMore []string

// MarshalJSON writes one value as a string and several as a list.
func (v oneOrMore) MarshalJSON() ([]byte, error) {
	if len(v) == 1 {
		return compact(v[0])
	}
	return compact([]string(v))
}

// MarshalJSON writes everybody as "*".
func (p principal) MarshalJSON() ([]byte, error) {
	if p == (principal{}) {
		return []byte(`"*"`), nil
	}
	type fields principal
	return compact(fields(p))
}

// document makes a policy of statements.
func document(statements ...statement) policy {
	return policy{Version: policyVersion, Statement: statements}
}

// String returns the policy as JSON.
func (p policy) String() string { return jsonText(p) }

// jsonText is the JSON of a document that is made of strings, numbers, lists and maps,
// which cannot fail.
func jsonText(v any) string {
	b, err := compact(v)
	if err != nil {
		panic("aws: " + err.Error())
	}
	return string(b)
}

// compact is JSON without white space and without escapes for HTML, which would count
// towards the limits of policies.
func compact(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// sorted returns values in order and each once.
func sorted(values []string) oneOrMore {
	out := slices.Clone(values)
	slices.Sort(out)
	return slices.Compact(out)
}

// The service principals that deliver and invoke.
const snsPrincipal = "sns.amazonaws.com"

// topicActions are those that a topic's policy can name: SNS refuses `sns:*`. From the
// SNS developer guide, "Amazon SNS API permissions".
var topicActions = [...]string{
	"sns:AddPermission", "sns:DeleteTopic", "sns:GetDataProtectionPolicy", "sns:GetTopicAttributes",
	"sns:ListSubscriptionsByTopic", "sns:Publish", "sns:PutDataProtectionPolicy", "sns:RemovePermission",
	"sns:SetTopicAttributes", "sns:Subscribe",
}

// topicPolicy is the whole policy of a topic. It takes the place of the one that SNS
// makes, which lets the account's principals do all; who may publish is said by the
// policies of the services, which suffice within an account.
func topicPolicy(topic string) policy {
	return document(denyInsecure(topic, topicActions[:]...))
}

// queuePolicy is the whole policy of a queue: nothing without TLS, and deliveries of the
// topics in one statement, so that as many as possible fit into the 8 KiB that SQS allows.
func (p *place) queuePolicy(queue string, topics []string) policy {
	statements := []statement{denyInsecure(queue, "sqs:*")}
	if len(topics) > 0 {
		statements = append(statements, statement{
			Sid: "AllowDeliveries", Effect: allow, Principal: &principal{Service: snsPrincipal},
			Action: oneOrMore{"sqs:SendMessage"}, Resource: oneOrMore{queue},
			Condition: p.fromTopics(topics),
		})
	}
	return document(statements...)
}

// fromTopics is the condition that the service acts for one of the topics: without it
// anybody could have SNS deliver (the confused deputy).
func (p *place) fromTopics(topics []string) condition {
	c := condition{"ArnEquals": {"aws:SourceArn": sorted(topics)}}
	if p.accountKnown() {
		var accounts []string
		for _, topic := range topics {
			accounts = append(accounts, parseARN(topic).account)
		}
		c["StringEquals"] = map[string]oneOrMore{"aws:SourceAccount": sorted(accounts)}
	}
	return c
}

func denyInsecure(resource string, actions ...string) statement {
	return statement{
		Sid: "DenyInsecureTransport", Effect: deny, Principal: &principal{},
		Action: actions, Resource: oneOrMore{resource},
		Condition: condition{"Bool": {"aws:SecureTransport": {"false"}}},
	}
}

// keyStatement is what the policy of a customer's key must have for SNS to deliver to
// queues that the key encrypts. The key is the customer's, so that msgdeploy can only say so.
func (p *place) keyStatement(topics []string) statement {
	return statement{
		Sid: "AllowDeliveries", Effect: allow, Principal: &principal{Service: snsPrincipal},
		Action: oneOrMore{"kms:Decrypt", "kms:GenerateDataKey"}, Resource: oneOrMore{"*"},
		Condition: p.fromTopics(topics),
	}
}
