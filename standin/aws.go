package standin

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// AWS returns the tables of pulumi-aws.
//
// What each type has, defaults and forces a replacement of: pulumi-aws SDK v6.83.4 and
// hashicorp/terraform-provider-aws, internal/service/{sqs,sns,iam}; ranges and sizes: botocore
// 1.43.11 service models, and the developer guides of SQS and SNS and the user guide of IAM.
func AWS() Package {
	inputs := awsInputs()
	maps.Copy(inputs, awsProviderInputs())
	return Package{
		Name: "aws", Version: "6.83.4", Compares: AgainstOutputs, Inputs: inputs,
		Adds: func(m Made) map[string]any {
			if _, taggable := inputs[string(m.URN.Type())]["tags"]; !taggable || m.Inputs.Unknown("tags") {
				return nil
			}
			return tagsAll(m)
		},
		Types: slices.Concat(sqsTypes(), snsTypes(), iamTypes(), invocationTypes()),
	}
}

// unknownAccount is what an account reads that nobody has named.
const unknownAccount = "000000000000"

// awsAccount is the account that a provider is bound to. An account that nobody named
// reads as zeros.
func awsAccount(config Values) string {
	if ids := config.Strings("allowedAccountIds"); len(ids) > 0 {
		return ids[0]
	}
	if id := config.String("account"); id != "" {
		return id
	}
	return unknownAccount
}

func awsRegion(config Values) string {
	if r := config.String("region"); r != "" {
		return r
	}
	return "us-east-1" // what the SDKs of AWS take
}

// awsPartition is the partition of a region, with the domain of its endpoints.
// Source: botocore 1.43.11, data/partitions.json.
func awsPartition(region string) (name, domain string) {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn", "amazonaws.com.cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov", "amazonaws.com"
	default:
		return "aws", "amazonaws.com"
	}
}

// arn returns an ARN in the provider's region and account. IAM has no regions.
func arn(m Made, service, resource string) string {
	region := awsRegion(m.Config)
	partition, _ := awsPartition(region)
	if service == "iam" {
		region = ""
	}
	return strings.Join([]string{"arn", partition, service, region, awsAccount(m.Config), resource}, ":")
}

// tagsAll is the input that pulumi-aws makes of a resource's tags and those of its provider.
// Source: pulumi-aws, provider/tags.go, applyTags.
func tagsAll(m Made) map[string]any {
	tags := map[string]any{}
	maps.Copy(tags, m.Config.Map("defaultTags.tags"))
	maps.Copy(tags, m.Inputs.Map("tags"))
	return map[string]any{"tagsAll": tags}
}

// Names. Sources: botocore 1.43.11, sqs CreateQueue and sns CreateTopic; iam roleNameType and policyNameType.
const (
	iamRoleName   = `^[\w+=,.@-]{1,64}$`
	iamPolicyName = `^[\w+=,.@-]{1,128}$`
)

// fifoName checks that a name ends in .fifo where its owner is FIFO, and nowhere else.
func fifoName(fifo string, most int) Check {
	valid := regexp.MustCompile(`^[0-9A-Za-z_-]+$`)
	return func(v Values) []Problem {
		name := v.String("name")
		if name == "" || v.Unknown(fifo) {
			return nil
		}
		base, suffixed := strings.CutSuffix(name, ".fifo")
		switch {
		case len(name) > most:
			return problem("name", "is %d characters long, of at most %d", len(name), most)
		case v.Bool(fifo) && !suffixed:
			return problem("name", "must end in .fifo, as %s is set", fifo)
		case !v.Bool(fifo) && suffixed:
			return problem("name", "ends in .fifo, but %s is not set", fifo)
		case !valid.MatchString(base):
			return problem("name", "may only hold letters, digits, hyphens and underscores")
		}
		return nil
	}
}

// isFIFO reports whether an ARN or a URL leads to a FIFO topic or queue.
func isFIFO(id string) bool { return strings.HasSuffix(id, ".fifo") }

// object decodes an input that is a JSON object in a string. A problem is told where it is none.
func object(v Values, path string) (map[string]any, []Problem) {
	s := v.String(path)
	if s == "" {
		return nil, nil // unknown, or nothing
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(s), &out); err != nil {
		return nil, problem(path, "contains an invalid JSON: %s", err)
	}
	return out, nil
}

// policy checks a document of IAM's language: most characters (white space does not count),
// most statements, and statement, which may be nil, is asked about each.
func policy(path string, most, statements int, statement func(Values, map[string]any) string) Check {
	return func(v Values) []Problem {
		document, problems := object(v, path)
		if document == nil {
			return problems
		}
		if n := policySize(v.String(path)); n > most {
			problems = append(problems, problem(path, "is %d characters long without white space, of at most %d", n, most)...)
		}
		if document["Version"] == nil {
			// terraform-provider-aws#29497: AWS takes it, and the plugin waits for what never comes.
			problems = append(problems, problem(path, "has no Version")...)
		}
		list := listOf(document["Statement"])
		if len(list) == 0 {
			problems = append(problems, problem(path, "has no Statement")...)
		}
		if len(list) > statements {
			problems = append(problems, problem(path, "has %d statements, of at most %d", len(list), statements)...)
		}
		sids := map[any]bool{}
		for _, s := range list {
			m, ok := s.(map[string]any)
			if !ok {
				problems = append(problems, problem(path, "has a statement that is no object")...)
				continue
			}
			if sid := m["Sid"]; sid != nil && sid != "" {
				if sids[sid] {
					problems = append(problems, problem(path, "has two statements with the Sid %v", sid)...)
				}
				sids[sid] = true
			}
			if reason := statementProblem(v, m, statement); reason != "" {
				problems = append(problems, problem(path, "%s", reason)...)
			}
		}
		return problems
	}
}

func statementProblem(v Values, m map[string]any, more func(Values, map[string]any) string) string {
	if m["Effect"] != "Allow" && m["Effect"] != "Deny" {
		return "has a statement whose Effect is neither Allow nor Deny"
	}
	if m["Action"] == nil && m["NotAction"] == nil {
		return "has a statement without Action"
	}
	if more == nil {
		return ""
	}
	return more(v, m)
}

// policySize is the size that IAM counts. Source: IAM user guide, reference_iam-quotas.
func policySize(document string) int {
	n := 0
	for _, r := range document {
		if !strings.ContainsRune(" \t\r\n", r) {
			n++
		}
	}
	return n
}
