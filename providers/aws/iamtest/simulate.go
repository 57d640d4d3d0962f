//go:build strangers

package iamtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Simulate answers the questions with npm's @cloud-copilot/iam-simulate, which `make
// strangers` installs. Its answer to what it refuses to decide (an action that does not
// exist, or not on such a resource; a policy that IAM would not take) is "refused: …".
func Simulate(ctx context.Context, questions []Question) ([]Decision, error) {
	var in, errs bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, q := range questions {
		context, identity := q.Request.Context, q.Identity
		if context == nil {
			context = map[string]string{}
		}
		if identity == nil {
			identity = []string{}
		}
		if err := enc.Encode(map[string]any{
			"principal": q.Request.Principal.Value, "action": q.Request.Action, "resource": q.Request.Resource,
			"account": q.Request.Account, "context": context, "identity": identity, "policy": q.Resource,
		}); err != nil {
			return nil, err
		}
	}
	_, here, _, _ := runtime.Caller(0)
	cmd := exec.CommandContext(ctx, "node", "simulate.mjs")
	cmd.Dir = filepath.Join(filepath.Dir(here), "..", "..", "..", "internal", "strangers")
	cmd.Stdin, cmd.Stderr = &in, &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("node simulate.mjs: %w\n%s", err, errs.String())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(questions) {
		return nil, fmt.Errorf("node simulate.mjs gave %d decisions for %d questions", len(lines), len(questions))
	}
	decisions := make([]Decision, len(lines))
	for i, line := range lines {
		decisions[i] = Decision(line)
	}
	return decisions, nil
}
