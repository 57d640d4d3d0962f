//go:build strangers

package iamtest_test

import (
	"testing"

	"github.com/msgdeploy/msgdeploy/providers/aws/iamtest"
)

// TestStrangerSimulator: another implementation of IAM decides every question as this one does.
func TestStrangerSimulator(t *testing.T) {
	t.Parallel()
	qs := questions(t)
	decisions, err := iamtest.Simulate(t.Context(), qs)
	if err != nil {
		t.Fatal(err)
	}
	for i, q := range qs {
		if decisions[i] != q.Want {
			t.Errorf("%s: iam-simulate says %s, want %s", q, decisions[i], q.Want)
		}
	}
}
