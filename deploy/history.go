package deploy

import (
	"context"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/backend"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// kinds are the operations in the words of Pulumi's history.
var kinds = map[Operation]apitype.UpdateKind{
	OperationUp:      apitype.UpdateUpdate,
	OperationRefresh: apitype.RefreshUpdate,
	OperationDestroy: apitype.DestroyUpdate,
}

// recordHistory adds an operation to the stack's history, where the stock CLI
// finds it, with the state that it led to.
func (s *Stack) recordHistory(ctx context.Context, op Operation, start time.Time, out outcome, state []byte) error {
	end := time.Now()
	outcome := backend.SucceededResult
	if out.err != nil {
		outcome = backend.FailedResult
	}
	entry, err := marshal(backend.UpdateInfo{
		Kind:            kinds[op],
		StartTime:       start.Unix(),
		EndTime:         end.Unix(),
		Environment:     map[string]string{backend.ExecutionKind: msgdeploy},
		Result:          outcome,
		ResourceChanges: out.changes,
	})
	if err != nil {
		return err
	}
	prefix := fmt.Sprintf("%s%s-%d", s.keys.history(), s.opts.Stack, end.UnixNano())
	if err := s.bucket.write(ctx, prefix+".checkpoint.json", state); err != nil {
		return err
	}
	return s.bucket.write(ctx, prefix+".history.json", entry)
}
