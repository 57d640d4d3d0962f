package standin

import (
	"math"
	"slices"
	"strings"
)

const (
	queueToken = "aws:sqs/queue:Queue"
	noQueue    = "AWS.SimpleQueueService.NonExistentQueue: The specified queue does not exist"
)

func sqsTypes() []Type {
	redrive := map[string]Same{"policy": SamePolicy, "redrivePolicy": SameJSON, "redriveAllowPolicy": SameJSON}
	return []Type{
		{
			Token: queueToken,
			Defaults: map[string]any{
				"contentBasedDeduplication": false, "delaySeconds": 0.0, "fifoQueue": false, "maxMessageSize": 262144.0,
				"messageRetentionSeconds": 345600.0, "receiveWaitTimeSeconds": 0.0, "visibilityTimeoutSeconds": 30.0,
			},
			ForceNew: []string{"name", "namePrefix", "fifoQueue"},
			Kept: []string{
				"deduplicationScope", "fifoThroughputLimit", "kmsDataKeyReusePeriodSeconds", "name", "namePrefix",
				"policy", "redriveAllowPolicy", "redrivePolicy", "sqsManagedSseEnabled",
			},
			Named:     "name",
			Documents: redrive,
			Checks: []Check{
				fifoName("fifoQueue", 80),
				Between("delaySeconds", 0, 900),
				Between("maxMessageSize", 1024, 262144),
				Between("messageRetentionSeconds", 60, 1209600),
				Between("receiveWaitTimeSeconds", 0, 20),
				Between("visibilityTimeoutSeconds", 0, 43200),
				Between("kmsDataKeyReusePeriodSeconds", 60, 86400),
				OneOf("deduplicationScope", "messageGroup", "queue"),
				OneOf("fifoThroughputLimit", "perQueue", "perMessageGroupId"),
				OnlyWith("fifoQueue", "contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit"),
				Conflict("name", "namePrefix"),
				oneEncryption,
				highThroughput,
			},
			Computed: []string{"arn", "url"},
			Make: func(m Made) (string, map[string]any) {
				region := awsRegion(m.Config)
				_, domain := awsPartition(region)
				url := "https://sqs." + region + "." + domain + "/" + awsAccount(m.Config) + "/" + m.Inputs.String("name")
				return url, map[string]any{"arn": queueARN(m), "url": url}
			},
			Identity: queueARN,
			Taken:    "QueueAlreadyExists: A queue already exists with the same name",
		},
		ofQueue("aws:sqs/queuePolicy:QueuePolicy", "policy", SamePolicy, nil,
			// Source: SQS developer guide, sqs-limits: policies.
			policy("policy", 8192, 20, queueStatement)),
		ofQueue("aws:sqs/redrivePolicy:RedrivePolicy", "redrivePolicy", SameJSON, redriveTarget("redrivePolicy"), redriveCheck),
		ofQueue("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "redriveAllowPolicy", SameJSON, nil, redriveAllowCheck),
	}
}

func queueARN(m Made) string { return arn(m, "sqs", m.Inputs.String("name")) }

// ofQueue is a type that holds one attribute of a queue. A second resource for the same queue
// would overwrite what the first one wrote, without an error, and take it away when it is
// deleted (pulumi-aws#1923): that is refused here.
func ofQueue(token, attribute string, same Same, needs func(Made) []Need, check Check) Type {
	return Type{
		Token:     token,
		ForceNew:  []string{"queueUrl"},
		Documents: map[string]Same{attribute: same},
		Checks:    []Check{check},
		Make: func(m Made) (string, map[string]any) {
			return m.Inputs.String("queueUrl"), nil
		},
		Identity: func(m Made) string { return attribute + " of " + m.Inputs.String("queueUrl") },
		Taken:    "the queue has a resource for its " + attribute + " already: the last one to be written would win, and the first one to be deleted would take it away",
		Needs: func(m Made) []Need {
			all := []Need{{ID: m.Inputs.String("queueUrl"), Missing: noQueue}}
			if needs != nil {
				all = append(all, needs(m)...)
			}
			return all
		},
	}
}

// redriveTarget is the queue that a redrive policy leads to.
func redriveTarget(path string) func(Made) []Need {
	return func(m Made) []Need {
		document, _ := object(m.Inputs, path)
		target, _ := document["deadLetterTargetArn"].(string)
		if target == "" {
			return nil
		}
		return []Need{{ID: target, Missing: "InvalidParameterValue: Value for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist"}}
	}
}

// redriveCheck: botocore 1.43.11, sqs SetQueueAttributes; SQS developer guide, dead-letter queues.
func redriveCheck(v Values) []Problem {
	const path = "redrivePolicy"
	document, problems := object(v, path)
	if document == nil {
		return problems
	}
	n, ok := document["maxReceiveCount"].(float64)
	if !ok || n != math.Trunc(n) || n < 1 || n > 1000 {
		problems = append(problems, problem(path, "needs a maxReceiveCount that is a number from 1 to 1000")...)
	}
	target, _ := document["deadLetterTargetArn"].(string)
	if target == "" {
		return append(problems, problem(path, "needs a deadLetterTargetArn")...)
	}
	source := v.String("queueUrl")
	if source != "" && isFIFO(source) != isFIFO(target) {
		problems = append(problems, problem(path, "the dead-letter queue of a FIFO queue must be FIFO, and that of a standard queue standard")...)
	}
	if base(source) != "" && base(source) == base(target) {
		problems = append(problems, problem(path, "a queue cannot be its own dead-letter queue")...)
	}
	return problems
}

// base is the name in an ARN or a URL.
func base(id string) string { return id[strings.LastIndexAny(id, ":/")+1:] }

// redriveAllowCheck: botocore 1.43.11, sqs SetQueueAttributes.
func redriveAllowCheck(v Values) []Problem {
	const path = "redriveAllowPolicy"
	document, problems := object(v, path)
	if document == nil {
		return problems
	}
	sources := listOf(document["sourceQueueArns"])
	permission, _ := document["redrivePermission"].(string)
	if !slices.Contains([]string{"allowAll", "denyAll", "byQueue"}, permission) {
		problems = append(problems, problem(path, "needs a redrivePermission: allowAll, denyAll or byQueue")...)
	}
	if byQueue := permission == "byQueue"; byQueue != (len(sources) > 0) {
		problems = append(problems, problem(path, "sourceQueueArns go with byQueue, and with nothing else")...)
	}
	if len(sources) > 10 {
		problems = append(problems, problem(path, "has %d sources, of at most 10", len(sources))...)
	}
	return problems
}

// oneEncryption: terraform-provider-aws, internal/service/sqs/queue.go, ConflictsWith.
func oneEncryption(v Values) []Problem {
	if v.Bool("sqsManagedSseEnabled") && v.Has("kmsMasterKeyId") {
		return problem("kmsMasterKeyId", "conflicts with sqsManagedSseEnabled")
	}
	return nil
}

// highThroughput: botocore 1.43.11, sqs CreateQueue, FifoThroughputLimit.
func highThroughput(v Values) []Problem {
	if v.String("fifoThroughputLimit") == "perMessageGroupId" && v.String("deduplicationScope") != "messageGroup" {
		return problem("fifoThroughputLimit", "perMessageGroupId needs deduplicationScope messageGroup")
	}
	return nil
}

// queueStatement: SQS developer guide, policies: 50 principals, 10 conditions, 7 actions a statement;
// a policy speaks of its own queue.
func queueStatement(v Values, s map[string]any) string {
	if n := len(listOf(s["Action"])); n > 7 {
		return "has a statement with more than 7 actions"
	}
	principals, _ := s["Principal"].(map[string]any)
	n := 0
	for _, p := range principals {
		n += len(listOf(p))
	}
	if n > 50 {
		return "has a statement with more than 50 principals"
	}
	queue := base(v.String("queueUrl"))
	for _, r := range listOf(s["Resource"]) {
		if r, ok := r.(string); ok && queue != "" && r != "*" && base(r) != queue {
			return "has a statement about another resource than its queue"
		}
	}
	return ""
}
