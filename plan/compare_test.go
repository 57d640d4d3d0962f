package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/plan"
)

// Whatever is not as it was planned is a difference, and says so to who has to decide.
func TestCompare(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		basis  func(*plan.Basis)
		result func(*deploy.Result)
		want   []string
	}{
		"nothing": {},
		"more messages to lose": {
			result: func(r *deploy.Result) { r.Changes[0].Messages = 4000 },
		},
		"files by other names": {
			basis: func(b *plan.Basis) { b.Spec.Files = []string{"/elsewhere/msgdeploy.yaml"} },
		},
		"another stack": {
			basis: func(b *plan.Basis) { b.Project, b.Stack = "bank", "eu" },
			want:  []string{"project: planned for shop, and this is bank", "stack: planned for prod, and this is eu"},
		},
		"another operation": {
			basis: func(b *plan.Basis) { b.Operation = "destroy" },
			want:  []string{"operation: planned for up, and this is destroy"},
		},
		"a rehearsal": {
			basis: func(b *plan.Basis) { b.Simulated = true },
			want:  []string{"simulation: planned for the real stack, and this is a rehearsal"},
		},
		"another target": {
			basis: func(b *plan.Basis) {
				b.Target = map[string]string{"cloud": "gcp", "project": "acme", "region": "eu-west-1"}
			},
			want: []string{
				"target account: planned for 111122223333, and this is none", "target cloud: planned for aws, and this is gcp",
				"target project: planned for none, and this is acme",
			},
		},
		"other versions": {
			basis: func(b *plan.Basis) {
				b.Versions = plan.Versions{Msgdeploy: "v2.0.0", Engine: "v3.2.0", Plugins: map[string]string{"aws": "6.1.0"}}
			},
			want: []string{
				"msgdeploy: planned with v1.0.0, and this is v2.0.0", "engine: planned with v3.1.0, and this is v3.2.0",
				"plugin aws: planned with 6.0.0, and this is 6.1.0",
			},
		},
		"another spec, another state": {
			basis: func(b *plan.Basis) { b.Spec.Hash, b.Checkpoint = "sha256:0123456789abcdef", "" },
			want: []string{
				"spec: it was sha256:aaaa when the plan was made, and is 0123456789ab now",
				"state: it was sha256:bbbb when the plan was made, and is none now: something was deployed, refreshed or destroyed since",
			},
		},
		"more than planned": {
			result: func(r *deploy.Result) {
				r.Changes = append(r.Changes, deploy.Change{Element: "topic.users", Type: "aws:sns/topic:Topic", Name: "users", Op: deploy.OpDelete})
			},
			want: []string{"topic.users: would delete aws:sns/topic:Topic users, which was not planned"},
		},
		"less than planned": {
			result: func(r *deploy.Result) { r.Changes = r.Changes[1:] },
			want:   []string{"queue.audit: would not delete aws:sqs/queue:Queue audit, which was planned"},
		},
		"another operation on the same": {
			result: func(r *deploy.Result) { r.Changes[3].Op = deploy.OpReplace },
			want:   []string{"topic.orders: would replace aws:sns/topic:Topic orders, which the plan would update"},
		},
		"another reason": {
			result: func(r *deploy.Result) { r.Changes[1].Reasons = []string{"name"} },
			want:   []string{"queue.jobs: aws:sqs/queue:Queue jobs: planned because of fifoQueue, and now it is because of name"},
		},
		"a loss that was none": {
			result: func(r *deploy.Result) { r.Changes[3].DataLoss = true },
			want:   []string{"topic.orders: aws:sns/topic:Topic orders: messages lost true, planned false"},
		},
		"access": {
			result: func(r *deploy.Result) { r.Changes[2].Diff[0].After = []any{"dequeue queue.audit"} },
			want: []string{
				"access: worker would gain dequeue on queue.audit, which was not planned",
				"access: worker would not gain enqueue on queue.jobs, which was planned",
				"access: worker would lose dequeue on queue.jobs, which was not planned",
				`service.worker: msgdeploy:index:Service worker: grants would be ["dequeue queue.jobs"] → ["dequeue queue.audit"], ` +
					`planned ["dequeue queue.jobs"] → ["dequeue queue.jobs","enqueue queue.jobs"]`,
			},
		},
		"other properties": {
			result: func(r *deploy.Result) {
				r.Changes[3].Diff = []deploy.PropertyDiff{
					{Path: "arn", Kind: "update", Before: "arn:1", After: "arn:2"},
					{Path: "limit", Kind: "update", Before: 1.0, After: 345600.0},
					{Path: "name", Kind: "delete", Before: "x"},
					{Path: "signingKey", Kind: "update", Before: "[secret]", After: "[secret]"},
				}
			},
			want: []string{
				`topic.orders: aws:sns/topic:Topic orders: arn would be "arn:1" → "arn:2", planned "arn:1" → {"unknown":true}`,
				"topic.orders: aws:sns/topic:Topic orders: limit would be 1 → 345600, planned 345600",
				"topic.orders: aws:sns/topic:Topic orders: name would be removed, planned to stay as it is",
				"topic.orders: aws:sns/topic:Topic orders: tags would stay as it is, planned removed",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			planned, err := plan.Decode(encode(t, plan.New(basis(), found(), nil)))
			if err != nil {
				t.Fatal(err)
			}
			b, r := basis(), found()
			if test.basis != nil {
				test.basis(&b)
			}
			if test.result != nil {
				test.result(r)
			}
			var got []string
			for _, d := range planned.Compare(plan.New(b, r, nil)) {
				got = append(got, d.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
		})
	}
}
