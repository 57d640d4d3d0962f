package deploy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/pkg/v3/resource/stack/snapshot"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Export returns the stack's state as `pulumi stack export` writes it, secrets as they are encrypted.
// Which passphrase or key of a cloud opens them, it does not say.
func (s *Stack) Export(ctx context.Context) ([]byte, error) {
	c, err := s.show(ctx)
	if err != nil {
		return nil, err
	}
	if !c.exists() {
		return nil, fmt.Errorf("stack %s has no state", s.opts.Stack)
	}
	d := c.typed(c.deployment)
	declare(&d)
	body, err := marshal(d.Deployment)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "    ")
	err = e.Encode(apitype.UntypedDeployment{Version: d.Version, Features: d.Features, Deployment: body})
	return b.Bytes(), err
}

// ImportError says why a state cannot be the stack's. Nothing was changed.
type ImportError struct {
	Stack  string
	Reason string
}

func (e *ImportError) Error() string {
	return fmt.Sprintf("this is no state for stack %s: %s", e.Stack, e.Reason)
}

// ImportPreview is what an import would change.
type ImportPreview struct {
	// Resources counts what the new state has in its cloud.
	Resources int
	// Forgotten are the resources that the state has now and would not have any more: they stay in the cloud
	// and belong to nobody. Sorted, as "queue.audit (aws:sqs/queue:Queue)".
	Forgotten []string
}

// Import replaces the stack's state by an export, or a backup, of this stack: one of another project, stack, account or
// region, or with secrets that cannot be read here, is refused with an [ImportError]. What approve
// returns, other than nil, keeps the state as it is. The state before is kept as a backup.
func (s *Stack) Import(ctx context.Context, export []byte, approve func(ImportPreview) error) error {
	d, err := s.readExport(ctx, export)
	if err != nil {
		return err
	}
	return s.edit(ctx, "stacks import", func(ctx context.Context, c *checkpoint) (*apitype.DeploymentV3, error) {
		if err := approve(s.compare(c.deployment, d.Deployment)); err != nil {
			return nil, err
		}
		c.features = d.Features
		return d.Deployment, s.recordTarget(ctx)
	})
}

// readExport reads an export and checks that it is one of this stack.
func (s *Stack) readExport(ctx context.Context, export []byte) (apitype.TypedDeployment, error) {
	refuse := func(format string, args ...any) (apitype.TypedDeployment, error) {
		return apitype.TypedDeployment{}, &ImportError{Stack: s.opts.Stack, Reason: fmt.Sprintf(format, args...)}
	}
	t, err := s.parseExport(ctx, export)
	if err != nil {
		return refuse("it is not what `msgdeploy stacks export` or `pulumi stack export` writes: %v", err)
	}
	d := t.Deployment
	if err := s.checkNames(d); err != nil {
		return apitype.TypedDeployment{}, err
	}
	if err := snapshot.VerifyIntegrity(d); err != nil {
		return refuse("it is inconsistent: %v", err)
	}
	if have := targetOf(d); !agree(have, s.opts.Target) {
		return refuse("its resources are in %s, those of the stack in %s", facts(have), facts(s.opts.Target))
	}
	// The engine reads all secrets as it starts: better now than with the state replaced.
	if _, err := s.snapshot(ctx, d, newKeyring(s.opts, d.SecretsProviders)); err != nil {
		return refuse("its secrets cannot be read here: %v", err)
	}
	return t, nil
}

// parseExport reads an export, or a backup, which is a checkpoint.
func (s *Stack) parseExport(ctx context.Context, export []byte) (apitype.TypedDeployment, error) {
	var file struct {
		apitype.UntypedDeployment
		Checkpoint json.RawMessage `json:"checkpoint"`
	}
	if err := json.Unmarshal(export, &file); err != nil {
		return apitype.TypedDeployment{}, err
	}
	if len(file.Checkpoint) > 0 {
		c, err := parseCheckpoint(export, s.keys)
		if err != nil {
			return apitype.TypedDeployment{}, err
		}
		return c.typed(c.deployment), nil
	}
	if file.Version == 0 || len(file.Deployment) == 0 {
		return apitype.TypedDeployment{}, errors.New("it has no deployment")
	}
	d, err := stack.UnmarshalUntypedDeployment(ctx, &file.UntypedDeployment)
	return apitype.TypedDeployment{Deployment: d, Version: file.Version, Features: file.Features}, err
}

// checkNames refuses what was made by another project or stack.
func (s *Stack) checkNames(d *apitype.DeploymentV3) error {
	urns := make([]resource.URN, 0, len(d.Resources)+len(d.PendingOperations))
	for _, r := range d.Resources {
		urns = append(urns, r.URN)
	}
	for _, op := range d.PendingOperations {
		urns = append(urns, op.Resource.URN)
	}
	for _, urn := range urns {
		if !urn.IsValid() {
			return &ImportError{Stack: s.opts.Stack, Reason: fmt.Sprintf("it has a resource named %q, which is no URN", urn)}
		}
		if string(urn.Project()) != s.opts.Project || urn.Stack().String() != s.opts.Stack {
			return &ImportError{Stack: s.opts.Stack, Reason: fmt.Sprintf("it has resources of stack %s of project %s, and this one's project is %s",
				urn.Stack(), urn.Project(), s.opts.Project)}
		}
	}
	return nil
}

// targetOf returns where a deployment's resources are, as far as its provider settings say, in the
// words of [Options.Target].
func targetOf(d *apitype.DeploymentV3) map[string]string {
	target := map[string]string{}
	for _, r := range d.Resources {
		if !strings.HasPrefix(string(r.Type), "pulumi:providers:") || r.Delete {
			continue
		}
		for fact, input := range map[string]string{
			"region": "region", "project": "project", "subscription": "subscriptionId", "location": "location", "account": "allowedAccountIds",
		} {
			switch v := r.Inputs[input].(type) {
			case string:
				var list []string
				if json.Unmarshal([]byte(v), &list) == nil && len(list) == 1 { // lists are strings in provider settings
					v = list[0]
				}
				target[fact] = v
			case []any:
				if one, ok := v[0].(string); ok && len(v) == 1 {
					target[fact] = one
				}
			}
		}
	}
	return target
}

// agree reports whether two places differ in nothing that both of them say.
func agree(a, b map[string]string) bool {
	for _, fact := range slices.Sorted(maps.Keys(a)) {
		if other, ok := b[fact]; ok && other != a[fact] {
			return false
		}
	}
	return true
}

func (s *Stack) compare(before, after *apitype.DeploymentV3) ImportPreview {
	stays := map[string]bool{}
	for _, r := range after.Resources {
		stays[string(r.URN)+" "+string(r.ID)] = true
	}
	p := ImportPreview{Resources: resources(after)}
	up := parents(before)
	for _, r := range before.Resources {
		if cloudly(r) && !r.External && !stays[string(r.URN)+" "+string(r.ID)] {
			p.Forgotten = append(p.Forgotten, fmt.Sprintf("%s (%s)", elementOf(r.URN, up), r.Type))
		}
	}
	slices.Sort(p.Forgotten)
	return p
}
