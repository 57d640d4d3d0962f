//go:build strangers

package aws_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/msgdeploy/msgdeploy/providers"
)

// applier makes a rendered program's resources in an emulator, as Pulumi's plugin would in
// AWS: over the SDK, with every input that the emulator knows.
type applier struct {
	*emulator
	// made holds what only the cloud can tell, by its placeholder without the braces.
	made map[string]string
}

// steps are the types of resources in the order in which they can be made. A step that is
// nil needs nothing of the emulator: it has no identities, and accepts no
// RedriveAllowPolicy.
func (a *applier) steps() []step {
	return []step{
		{"aws:sns/topic:Topic", a.topic},
		{"aws:sqs/queue:Queue", a.queue},
		{"aws:sns/topicPolicy:TopicPolicy", a.topicPolicy},
		{"aws:sqs/queuePolicy:QueuePolicy", a.queueAttribute("Policy", "policy")},
		{"aws:sqs/redrivePolicy:RedrivePolicy", a.queueAttribute("RedrivePolicy", "redrivePolicy")},
		{"aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", nil},
		{"aws:sns/topicSubscription:TopicSubscription", a.subscription},
	}
}

type step struct {
	typ  string
	make func(providers.Rendered)
}

// apply makes every resource of r, each after the types that it may refer to.
func (a *applier) apply(r *providers.Rendering) {
	a.t.Helper()
	steps := a.steps()
	for _, s := range steps {
		for _, res := range r.Resources {
			if res.Type == s.typ && s.make != nil {
				s.make(res)
			}
		}
	}
	for _, res := range r.Resources {
		known := slices.ContainsFunc(steps, func(s step) bool { return s.typ == res.Type })
		if !known && !strings.HasPrefix(res.Type, "msgdeploy:") && !strings.HasPrefix(res.Type, "aws:iam/") && !strings.HasPrefix(res.Type, "pulumi:providers:") {
			a.t.Errorf("the emulator was not given %s", res.Ref())
		}
	}
}

// text returns an input as the API takes it, with what was made in place of placeholders.
func (a *applier) text(v any) string {
	a.t.Helper()
	var s string
	switch v := v.(type) {
	case float64:
		s = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		s = fmt.Sprint(v)
	}
	return placeholder.ReplaceAllStringFunc(s, func(p string) string {
		got, ok := a.made[strings.TrimSuffix(strings.TrimPrefix(p, "${"), "}")]
		if !ok {
			a.t.Fatalf("%s is not made", p)
		}
		return got
	})
}

// attributes turns inputs into the API's attributes. An input that is in neither list is
// an error of the test: nothing that the program says is left out unseen.
func (a *applier) attributes(res providers.Rendered, names map[string]string, rest ...string) map[string]string {
	a.t.Helper()
	out := map[string]string{}
	for input, value := range res.Inputs {
		switch name, ok := names[input]; {
		case ok:
			out[name] = a.text(value)
		case !slices.Contains(rest, input):
			a.t.Errorf("%s has an input that the test does not apply: %s", res.Ref(), input)
		}
	}
	return out
}

func (a *applier) topic(res providers.Rendered) {
	a.t.Helper()
	attributes := a.attributes(res, map[string]string{
		"fifoTopic": "FifoTopic", "contentBasedDeduplication": "ContentBasedDeduplication", "fifoThroughputScope": "FifoThroughputScope",
		"kmsMasterKeyId": "KmsMasterKeyId", "signatureVersion": "SignatureVersion", "tracingConfig": "TracingConfig",
	}, "name", "tags")
	if attributes["FifoTopic"] == "false" {
		delete(attributes, "FifoTopic")
	}
	out, err := a.sns.CreateTopic(a.t.Context(), &sns.CreateTopicInput{Name: aws.String(a.text(res.Inputs["name"])), Attributes: attributes})
	if err != nil {
		a.t.Fatalf("%s: %v", res.Ref(), err)
	}
	for _, property := range []string{"arn", "id"} {
		a.made[res.Ref()+"."+property] = aws.ToString(out.TopicArn)
	}
}

func (a *applier) queue(res providers.Rendered) {
	a.t.Helper()
	attributes := a.attributes(res, map[string]string{
		"visibilityTimeoutSeconds": "VisibilityTimeout", "messageRetentionSeconds": "MessageRetentionPeriod",
		"receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds", "maxMessageSize": "MaximumMessageSize", "delaySeconds": "DelaySeconds",
		"fifoQueue": "FifoQueue", "contentBasedDeduplication": "ContentBasedDeduplication",
		"deduplicationScope": "DeduplicationScope", "fifoThroughputLimit": "FifoThroughputLimit",
		"kmsMasterKeyId": "KmsMasterKeyId", "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
	}, "name", "tags", "sqsManagedSseEnabled") // the last is an attribute that the emulator refuses
	if attributes["FifoQueue"] == "false" {
		delete(attributes, "FifoQueue")
	}
	out, err := a.sqs.CreateQueue(a.t.Context(), &sqs.CreateQueueInput{QueueName: aws.String(a.text(res.Inputs["name"])), Attributes: attributes})
	if err != nil {
		a.t.Fatalf("%s: %v", res.Ref(), err)
	}
	got, err := a.sqs.GetQueueAttributes(a.t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: out.QueueUrl, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn}})
	if err != nil {
		a.t.Fatalf("%s: %v", res.Ref(), err)
	}
	a.made[res.Ref()+".arn"] = got.Attributes["QueueArn"]
	for _, property := range []string{"url", "id"} {
		a.made[res.Ref()+"."+property] = aws.ToString(out.QueueUrl)
	}
}

func (a *applier) topicPolicy(res providers.Rendered) {
	a.t.Helper()
	if _, err := a.sns.SetTopicAttributes(a.t.Context(), &sns.SetTopicAttributesInput{
		TopicArn: aws.String(a.text(res.Inputs["arn"])), AttributeName: aws.String("Policy"), AttributeValue: aws.String(a.text(res.Inputs["policy"])),
	}); err != nil {
		a.t.Fatalf("%s: %v", res.Ref(), err)
	}
}

func (a *applier) queueAttribute(attribute, input string) func(providers.Rendered) {
	return func(res providers.Rendered) {
		a.t.Helper()
		if _, err := a.sqs.SetQueueAttributes(a.t.Context(), &sqs.SetQueueAttributesInput{
			QueueUrl: aws.String(a.text(res.Inputs["queueUrl"])), Attributes: map[string]string{attribute: a.text(res.Inputs[input])},
		}); err != nil {
			a.t.Fatalf("%s: %v", res.Ref(), err)
		}
	}
}

func (a *applier) subscription(res providers.Rendered) {
	a.t.Helper()
	attributes := a.attributes(res, map[string]string{
		"rawMessageDelivery": "RawMessageDelivery", "filterPolicy": "FilterPolicy", "filterPolicyScope": "FilterPolicyScope",
		"redrivePolicy": "RedrivePolicy", "deliveryPolicy": "DeliveryPolicy",
	}, "topic", "protocol", "endpoint", "endpointAutoConfirms", "confirmationTimeoutInMinutes")
	if _, err := a.sns.Subscribe(a.t.Context(), &sns.SubscribeInput{
		TopicArn: aws.String(a.text(res.Inputs["topic"])), Protocol: aws.String(a.text(res.Inputs["protocol"])),
		Endpoint: aws.String(a.text(res.Inputs["endpoint"])), Attributes: attributes,
	}); err != nil {
		a.t.Fatalf("%s: %v", res.Ref(), err)
	}
}

// output returns one of the stack's outputs, as an application gets it.
func (a *applier) output(t *testing.T, r *providers.Rendering, section, name, key string) string {
	t.Helper()
	sections, _ := r.Outputs["outputs"].(map[string]any)
	entries, _ := sections[section].(map[string]any)
	entry, _ := entries[name].(map[string]any)
	value, ok := entry[key]
	if !ok {
		t.Fatalf("outputs have no %s.%s.%s", section, name, key)
	}
	return a.text(value)
}
