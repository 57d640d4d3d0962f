package aws_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers/aws/iamtest"
)

// The sizes that AWS accepts: IAM user guide, "IAM and AWS STS quotas"; SQS developer guide,
// "Quotas related to policies"; SNS developer guide, "Overview of managing access".
const (
	queuePolicyBytes, queuePolicyStatements = 8192, 20
	topicPolicyBytes, topicPolicyStatements = 30 << 10, 100
	roleInlineChars, userInlineChars        = 10240, 2048
	managedChars, managedPolicies           = 6144, 10
	trustChars                              = 2048
)

// TestPolicies holds what no evaluation shows: each topic and queue has a policy, so that
// none of AWS's defaults is left; an Allow names its actions, its resources and its
// principals one by one; what is written is inside AWS's limits.
func TestPolicies(t *testing.T) {
	t.Parallel()
	for name, w := range worlds(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, arn := range w.made() {
				if w.policies[arn] == "" {
					t.Errorf("%s has no policy: what AWS has by default is left", arn)
				}
			}
			for arn, document := range w.policies {
				statements := w.noWildcards(t, document)
				switch service := strings.Split(arn, ":")[2]; {
				case service == "sqs" && (len(document) > queuePolicyBytes || statements > queuePolicyStatements),
					service == "sns" && (len(document) > topicPolicyBytes || statements > topicPolicyStatements),
					service == "iam" && len(document) > trustChars:
					t.Errorf("the policy of %s has %d bytes and %d statements", arn, len(document), statements)
				}
			}
			for _, documents := range w.identities {
				for _, document := range documents {
					w.noWildcards(t, document)
				}
			}
			w.sizes(t)
		})
	}
}

// made are the ARNs of the topics and queues that the program makes, sorted.
func (w *world) made() []string {
	var arns []string
	for _, res := range w.refs {
		if res.Type == topicType || res.Type == queueType {
			arns = append(arns, w.arn(res))
		}
	}
	slices.Sort(arns)
	return arns
}

func (w *world) noWildcards(t *testing.T, document string) (statements int) {
	t.Helper()
	policy, err := iamtest.Parse(document)
	if err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	for _, s := range policy.Statements {
		if s.Effect == iamtest.Deny {
			continue
		}
		texts := slices.Concat(s.Actions, s.Resources)
		for _, p := range s.Principals {
			texts = append(texts, p.Value)
		}
		for _, text := range texts {
			if strings.ContainsAny(text, "*?") {
				t.Errorf("an Allow has a wildcard: %s", text)
			}
		}
	}
	return len(policy.Statements)
}

// sizes adds up what each role and user gets.
func (w *world) sizes(t *testing.T) {
	t.Helper()
	inline, attached := map[string]int{}, map[string]int{}
	for _, res := range w.refs {
		switch res.Type {
		case rolePolicyType:
			inline["role/"+w.text(res.Inputs["role"])] += len(w.text(res.Inputs["policy"]))
		case userPolicyType:
			inline["user/"+w.text(res.Inputs["user"])] += len(w.text(res.Inputs["policy"]))
		case roleAttachmentType:
			attached["role/"+w.text(res.Inputs["role"])]++
		case userAttachmentType:
			attached["user/"+w.text(res.Inputs["user"])]++
		case policyType:
			if n := len(w.text(res.Inputs["policy"])); n > managedChars {
				t.Errorf("%s has %d characters", res.Ref(), n)
			}
		}
	}
	for holder, n := range inline {
		limit := roleInlineChars
		if strings.HasPrefix(holder, "user/") {
			limit = userInlineChars
		}
		if n > limit {
			t.Errorf("the inline policies of %s have %d characters", holder, n)
		}
	}
	for holder, n := range attached {
		if n > managedPolicies {
			t.Errorf("%s has %d managed policies", holder, n)
		}
	}
}

// TestRedrive: a dead-letter queue takes messages from the queues of the spec that give
// theirs to it, and from no other.
func TestRedrive(t *testing.T) {
	t.Parallel()
	found := 0
	for name, w := range worlds(t) {
		want, got := map[string][]string{}, map[string][]string{}
		for _, g := range w.grants {
			if kind, _ := g.Principal.Split(); kind == "queue" && g.Verb == permissions.DeadLetter && slices.Contains(w.made(), w.arns[g.Resource]) {
				want[w.arns[g.Resource]] = append(want[w.arns[g.Resource]], w.arns[g.Principal])
			}
		}
		for _, res := range w.refs {
			if res.Type != redriveAllowType {
				continue
			}
			var allowed struct {
				RedrivePermission string
				SourceQueueArns   []string
			}
			if err := json.Unmarshal([]byte(w.text(res.Inputs["redriveAllowPolicy"])), &allowed); err != nil {
				t.Fatal(err)
			}
			queue := w.target(res, "queueUrl")
			if allowed.RedrivePermission == "allowAll" && len(want[queue]) > 10 {
				delete(want, queue) // AWS can name ten
				continue
			}
			got[queue] = allowed.SourceQueueArns
		}
		for _, sources := range want {
			slices.Sort(sources)
			found++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: who gives dead letters to whom (-spec +program):\n%s", name, diff)
		}
	}
	if found == 0 {
		t.Error("no queue of the corpus has dead letters")
	}
}
