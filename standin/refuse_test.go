package standin

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	jobsURL  = "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs"
	jobsARN  = "arn:aws:sqs:eu-west-1:111122223333:jobs"
	ordersID = "arn:aws:sns:eu-west-1:111122223333:orders"
)

func statement(action, resource string) string {
	return `{"Effect":"Allow","Action":"` + action + `","Resource":"` + resource + `"}`
}

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// TestRefused: what AWS, or its plugin, would refuse is refused before anything is made.
func TestRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 9000)
	for name, c := range map[string]struct {
		token  string
		inputs map[string]any
		want   string // "" is nothing
	}{
		"a queue":                             {queueToken, map[string]any{"name": "jobs"}, ""},
		"a FIFO queue":                        {queueToken, map[string]any{"name": "jobs.fifo", "fifoQueue": true, "contentBasedDeduplication": true}, ""},
		"a property that there is not":        {queueToken, map[string]any{"name": "jobs", "timeout": 3.0}, "timeout: is not a property"},
		"a number as a string":                {queueToken, map[string]any{"name": "jobs", "delaySeconds": "3"}, "delaySeconds: must be a number"},
		"a name with a dot":                   {queueToken, map[string]any{"name": "jobs.v2"}, "name: may only hold"},
		"a long name":                         {queueToken, map[string]any{"name": strings.Repeat("x", 81)}, "name: is 81 characters long"},
		"a FIFO queue without the suffix":     {queueToken, map[string]any{"name": "jobs", "fifoQueue": true}, "name: must end in .fifo"},
		"the suffix without FIFO":             {queueToken, map[string]any{"name": "jobs.fifo"}, "name: ends in .fifo"},
		"a long delay":                        {queueToken, map[string]any{"name": "jobs", "delaySeconds": 901.0}, "delaySeconds: expected a whole number from 0 to 900"},
		"a short retention":                   {queueToken, map[string]any{"name": "jobs", "messageRetentionSeconds": 59.0}, "messageRetentionSeconds"},
		"a long lease":                        {queueToken, map[string]any{"name": "jobs", "visibilityTimeoutSeconds": 43201.0}, "visibilityTimeoutSeconds"},
		"deduplication without FIFO":          {queueToken, map[string]any{"name": "jobs", "contentBasedDeduplication": true}, "contentBasedDeduplication: is only valid with fifoQueue"},
		"two encryptions":                     {queueToken, map[string]any{"name": "jobs", "sqsManagedSseEnabled": true, "kmsMasterKeyId": "k"}, "kmsMasterKeyId: conflicts"},
		"throughput a group, scope the queue": {queueToken, map[string]any{"name": "jobs.fifo", "fifoQueue": true, "fifoThroughputLimit": "perMessageGroupId"}, "fifoThroughputLimit: perMessageGroupId needs"},

		"a queue's policy":             {"aws:sqs/queuePolicy:QueuePolicy", map[string]any{"queueUrl": jobsURL, "policy": document(statement("sqs:SendMessage", jobsARN))}, ""},
		"a policy that is missing":     {"aws:sqs/queuePolicy:QueuePolicy", map[string]any{"queueUrl": jobsURL}, "policy: is required"},
		"a policy of another queue":    {"aws:sqs/queuePolicy:QueuePolicy", map[string]any{"queueUrl": jobsURL, "policy": document(statement("sqs:SendMessage", jobsARN+"2"))}, "another resource"},
		"a policy that is no JSON":     {"aws:sqs/queuePolicy:QueuePolicy", map[string]any{"queueUrl": jobsURL, "policy": "{"}, "policy: contains an invalid JSON"},
		"a policy without a version":   {"aws:sqs/queuePolicy:QueuePolicy", map[string]any{"queueUrl": jobsURL, "policy": `{"Statement":[` + statement("sqs:SendMessage", jobsARN) + `]}`}, "policy: has no Version"},
		"a policy that is too large":   {"aws:sqs/queuePolicy:QueuePolicy", map[string]any{"queueUrl": jobsURL, "policy": document(statement("sqs:"+long, jobsARN))}, "of at most 8192"},
		"21 statements":                {"aws:sqs/queuePolicy:QueuePolicy", map[string]any{"queueUrl": jobsURL, "policy": document(strings.Split(strings.Repeat(statement("sqs:SendMessage", jobsARN)+";", 20)+statement("sqs:SendMessage", jobsARN), ";")...)}, "21 statements, of at most 20"},
		"a redrive policy":             {"aws:sqs/redrivePolicy:RedrivePolicy", map[string]any{"queueUrl": jobsURL, "redrivePolicy": `{"deadLetterTargetArn":"` + jobsARN + `-dlq","maxReceiveCount":5}`}, ""},
		"a count in quotes":            {"aws:sqs/redrivePolicy:RedrivePolicy", map[string]any{"queueUrl": jobsURL, "redrivePolicy": `{"deadLetterTargetArn":"` + jobsARN + `-dlq","maxReceiveCount":"5"}`}, "maxReceiveCount that is a number"},
		"FIFO's dead letters standard": {"aws:sqs/redrivePolicy:RedrivePolicy", map[string]any{"queueUrl": jobsURL + ".fifo", "redrivePolicy": `{"deadLetterTargetArn":"` + jobsARN + `-dlq","maxReceiveCount":5}`}, "must be FIFO"},
		"its own dead letters":         {"aws:sqs/redrivePolicy:RedrivePolicy", map[string]any{"queueUrl": jobsURL, "redrivePolicy": `{"deadLetterTargetArn":"` + jobsARN + `","maxReceiveCount":5}`}, "its own dead-letter queue"},
		"11 sources":                   {"aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", map[string]any{"queueUrl": jobsURL, "redriveAllowPolicy": `{"redrivePermission":"byQueue","sourceQueueArns":[` + strings.Repeat(`"a",`, 10) + `"a"]}`}, "11 sources"},

		"a topic's wildcard":             {"aws:sns/topicPolicy:TopicPolicy", map[string]any{"arn": ordersID, "policy": document(statement("sns:*", ordersID))}, "out of service scope: sns:*"},
		"a FIFO topic without suffix":    {topicToken, map[string]any{"name": "orders", "fifoTopic": true}, "name: must end in .fifo"},
		"a FIFO queue, a standard topic": {"aws:sns/topicSubscription:TopicSubscription", map[string]any{"topic": ordersID, "protocol": "sqs", "endpoint": jobsARN + ".fifo"}, "endpoint: a FIFO queue cannot"},
		"a FIFO topic, an endpoint":      {"aws:sns/topicSubscription:TopicSubscription", map[string]any{"topic": ordersID + ".fifo", "protocol": "https", "endpoint": "https://x"}, "protocol: a FIFO topic delivers"},
		"raw to a function":              {"aws:sns/topicSubscription:TopicSubscription", map[string]any{"topic": ordersID, "protocol": "lambda", "endpoint": "f", "rawMessageDelivery": true}, "rawMessageDelivery: is not possible"},
		"six keys in a filter":           {"aws:sns/topicSubscription:TopicSubscription", map[string]any{"topic": ordersID, "protocol": "sqs", "endpoint": jobsARN, "filterPolicy": `{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}`}, "more than 5 keys"},
		"a complex filter":               {"aws:sns/topicSubscription:TopicSubscription", map[string]any{"topic": ordersID, "protocol": "sqs", "endpoint": jobsARN, "filterPolicy": `{"a":[1,2,3,4,5,6,7,8,9,10,11,12,13],"b":[1,2,3,4,5,6,7,8,9,10,11,12]}`}, "too complex (156"},

		"a role's long name":         {"aws:iam/role:Role", map[string]any{"name": strings.Repeat("r", 65), "assumeRolePolicy": document(`{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda.amazonaws.com"}}`)}, "name: may hold up to 64"},
		"a principal in a grant":     {"aws:iam/rolePolicy:RolePolicy", map[string]any{"name": "p", "role": "worker", "policy": document(`{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*","Principal":"*"}`)}, "should not specify a principal"},
		"a managed policy too large": {"aws:iam/policy:Policy", map[string]any{"name": "p", "policy": document(statement("sqs:"+long, "*"))}, "of at most 6144"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			urn := resource.URN("urn:pulumi:prod::shop::" + c.token + "::res")
			res, err := New(AWS(), Options{}).Check(t.Context(), plugin.CheckRequest{URN: urn, News: resource.NewPropertyMapFromMap(c.inputs), RandomSeed: []byte("seed")})
			if err != nil {
				t.Fatal(err)
			}
			var reasons []string
			for _, f := range res.Failures {
				reasons = append(reasons, string(f.Property)+": "+f.Reason)
			}
			got := strings.Join(reasons, "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestUnknownsPass: what only the cloud will tell is not refused before it has told it.
func TestUnknownsPass(t *testing.T) {
	t.Parallel()
	unknown := resource.MakeComputed(resource.NewProperty(""))
	for token, properties := range AWS().Inputs {
		if strings.HasPrefix(token, "pulumi:") {
			continue
		}
		inputs := resource.PropertyMap{}
		for name, p := range properties {
			if p.Required {
				inputs[resource.PropertyKey(name)] = unknown
			}
		}
		urn := resource.URN("urn:pulumi:prod::shop::" + token + "::res")
		res, err := New(AWS(), Options{}).Check(t.Context(), plugin.CheckRequest{URN: urn, News: inputs, RandomSeed: []byte("seed")})
		if err != nil || len(res.Failures) > 0 {
			t.Errorf("%s: %v %v", token, res.Failures, err)
		}
	}
}
