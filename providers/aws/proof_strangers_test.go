//go:build strangers

package aws_test

import (
	"strings"
	"testing"

	"github.com/msgdeploy/msgdeploy/providers/aws/iamtest"
)

// TestStrangerLeastPrivilege has another implementation of IAM answer the questions of
// TestLeastPrivilege. It validates the policies besides, and refuses to be asked about an
// action on a kind of resource that AWS knows no such action of.
func TestStrangerLeastPrivilege(t *testing.T) {
	t.Parallel()
	o := readOracle(t)
	var questions []iamtest.Question
	var stacks []string
	for name, w := range worlds(t) {
		for _, q := range w.questions(o) {
			if sensible(q) {
				questions, stacks = append(questions, q), append(stacks, name)
			}
		}
	}
	decisions, err := iamtest.Simulate(t.Context(), questions)
	if err != nil {
		t.Fatal(err)
	}
	allowed := 0
	for i, q := range questions {
		if decisions[i] != q.Want {
			t.Errorf("%s: %s: iam-simulate says %s, want %s", stacks[i], q, decisions[i], q.Want)
		}
		if decisions[i] == iamtest.Allowed {
			allowed++
		}
	}
	if allowed == 0 {
		t.Error("nothing is allowed: what was compared?")
	}
	t.Logf("%d questions, %d allowed", len(questions), allowed)
}

// sensible leaves out what no call of AWS can be: an action of one service on a resource
// of another, and actions that take no resource on one.
func sensible(q iamtest.Question) bool {
	service, _, _ := strings.Cut(q.Request.Action, ":")
	arn := strings.Split(q.Request.Resource, ":")
	if len(arn) < 3 {
		return false
	}
	switch q.Request.Action {
	case "sqs:ListQueues", "sns:ListTopics", "sns:ListSubscriptions", "sns:SetSMSAttributes", "sns:Unsubscribe",
		"sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes":
		return false
	case "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession":
		return arn[2] == "iam"
	}
	return arn[2] == service
}
