package main

type testCase struct {
	name   string
	token  string
	inputs map[string]any
	then   []step
}

// step is another program for the resource that a case has made.
type step struct {
	name   string
	inputs map[string]any
	// drift is what was changed in the cloud since, as a refresh finds it.
	drift map[string]any
}

type m = map[string]any

func cases() []testCase {
	const document = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-west-1:1:jobs"}]}`
	const spaced = `{ "Statement": [{"Action":"sqs:SendMessage","Effect":"Allow","Resource":"arn:aws:sqs:eu-west-1:1:jobs"}], "Version":"2012-10-17" }`
	const other = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-west-1:1:jobs"}]}`
	return []testCase{
		{
			"queue", "aws:sqs/queue:Queue", m{"name": "jobs", "sqsManagedSseEnabled": true, "tags": m{"team": "a"}},
			[]step{
				{name: "the same", inputs: m{"name": "jobs", "sqsManagedSseEnabled": true, "tags": m{"team": "a"}}},
				{name: "a default is written out", inputs: m{"name": "jobs", "sqsManagedSseEnabled": true, "tags": m{"team": "a"}, "delaySeconds": 0.0, "visibilityTimeoutSeconds": 30.0}},
				{name: "a timeout", inputs: m{"name": "jobs", "sqsManagedSseEnabled": true, "tags": m{"team": "a"}, "visibilityTimeoutSeconds": 60.0}},
				{name: "another name", inputs: m{"name": "tasks", "sqsManagedSseEnabled": true, "tags": m{"team": "a"}}},
				{name: "FIFO", inputs: m{"name": "jobs", "fifoQueue": true, "sqsManagedSseEnabled": true, "tags": m{"team": "a"}}},
				{name: "a kept value is not set any more", inputs: m{"name": "jobs", "tags": m{"team": "a"}}},
				{name: "a tag changes", inputs: m{"name": "jobs", "sqsManagedSseEnabled": true, "tags": m{"team": "b"}}},
				{name: "a tag more", inputs: m{"name": "jobs", "sqsManagedSseEnabled": true, "tags": m{"team": "a", "owner": "x"}}},
				{name: "no tags", inputs: m{"name": "jobs", "sqsManagedSseEnabled": true}},
				{name: "a key", inputs: m{"name": "jobs", "sqsManagedSseEnabled": true, "tags": m{"team": "a"}, "kmsMasterKeyId": "arn:aws:kms:eu-west-1:1:key/k"}},
				{name: "no name", inputs: m{"sqsManagedSseEnabled": true, "tags": m{"team": "a"}}},
				{name: "changed by hand", inputs: m{"name": "jobs", "sqsManagedSseEnabled": true, "tags": m{"team": "a"}}, drift: m{"visibilityTimeoutSeconds": 99.0}},
				{name: "an alarm that was never set", inputs: m{"name": "jobs", "sqsManagedSseEnabled": true, "tags": m{"team": "a"}}, drift: m{"kmsMasterKeyId": "", "policy": "", "kmsDataKeyReusePeriodSeconds": 300.0}},
			},
		},
		{
			"queue without a name", "aws:sqs/queue:Queue", m{},
			[]step{
				{name: "the same", inputs: m{}},
				{name: "FIFO", inputs: m{"fifoQueue": true}},
				{name: "a name", inputs: m{"name": "jobs"}},
			},
		},
		{
			"queue with a key", "aws:sqs/queue:Queue", m{"name": "jobs", "kmsMasterKeyId": "arn:aws:kms:eu-west-1:1:key/k", "redrivePolicy": `{"deadLetterTargetArn":"a","maxReceiveCount":5}`},
			[]step{
				{name: "no key", inputs: m{"name": "jobs", "redrivePolicy": `{"deadLetterTargetArn":"a","maxReceiveCount":5}`}},
				{name: "a number in quotes", inputs: m{"name": "jobs", "kmsMasterKeyId": "arn:aws:kms:eu-west-1:1:key/k", "redrivePolicy": `{"deadLetterTargetArn":"a","maxReceiveCount":"5"}`}},
			},
		},
		{
			"queue policy", "aws:sqs/queuePolicy:QueuePolicy", m{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/1/jobs", "policy": document},
			[]step{
				{name: "the same", inputs: m{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/1/jobs", "policy": document}},
				{name: "other spaces and order", inputs: m{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/1/jobs", "policy": spaced}},
				{name: "another policy", inputs: m{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/1/jobs", "policy": other}},
				{name: "another queue", inputs: m{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/1/tasks", "policy": document}},
			},
		},
		{
			"topic", "aws:sns/topic:Topic", m{"name": "orders", "kmsMasterKeyId": "alias/aws/sns"},
			[]step{
				{name: "the same", inputs: m{"name": "orders", "kmsMasterKeyId": "alias/aws/sns"}},
				{name: "FIFO", inputs: m{"name": "orders.fifo", "fifoTopic": true, "kmsMasterKeyId": "alias/aws/sns"}},
				{name: "a signature version", inputs: m{"name": "orders", "kmsMasterKeyId": "alias/aws/sns", "signatureVersion": 2.0}},
				{name: "no key", inputs: m{"name": "orders"}},
				{name: "a display name", inputs: m{"name": "orders", "kmsMasterKeyId": "alias/aws/sns", "displayName": "Orders"}},
			},
		},
		{
			"subscription", "aws:sns/topicSubscription:TopicSubscription",
			m{"topic": "arn:aws:sns:eu-west-1:1:orders", "protocol": "sqs", "endpoint": "arn:aws:sqs:eu-west-1:1:jobs", "rawMessageDelivery": true, "filterPolicy": `{"kind":["card"]}`},
			[]step{
				{name: "the same", inputs: m{"topic": "arn:aws:sns:eu-west-1:1:orders", "protocol": "sqs", "endpoint": "arn:aws:sqs:eu-west-1:1:jobs", "rawMessageDelivery": true, "filterPolicy": `{ "kind": ["card"] }`}},
				{name: "no filter", inputs: m{"topic": "arn:aws:sns:eu-west-1:1:orders", "protocol": "sqs", "endpoint": "arn:aws:sqs:eu-west-1:1:jobs", "rawMessageDelivery": true}},
				{name: "another endpoint", inputs: m{"topic": "arn:aws:sns:eu-west-1:1:orders", "protocol": "sqs", "endpoint": "arn:aws:sqs:eu-west-1:1:tasks", "rawMessageDelivery": true, "filterPolicy": `{"kind":["card"]}`}},
				{name: "not raw", inputs: m{"topic": "arn:aws:sns:eu-west-1:1:orders", "protocol": "sqs", "endpoint": "arn:aws:sqs:eu-west-1:1:jobs", "filterPolicy": `{"kind":["card"]}`}},
			},
		},
		{
			"role policy", "aws:iam/rolePolicy:RolePolicy", m{"name": "publish", "role": "worker", "policy": document},
			[]step{
				{name: "another policy", inputs: m{"name": "publish", "role": "worker", "policy": other}},
				{name: "another role", inputs: m{"name": "publish", "role": "mailer", "policy": document}},
			},
		},
	}
}
