package deploy

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/pkg/v3/resource/stack/snapshot"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// checkpoint is a stack's state as it stands in the bucket.
type checkpoint struct {
	// deployment is never nil; a stack without state has an empty one.
	deployment *apitype.DeploymentV3
	// hash identifies the file's bytes; "" is a stack without state.
	hash string
	// interrupted is set while a journal's steps are in the deployment and not in the file.
	interrupted bool
}

// exists reports whether there was anything to load.
func (c *checkpoint) exists() bool { return c.hash != "" }

// stackKeys are the keys that Pulumi's file, S3, GCS and Azure backends use for
// one stack, in the layout with projects ("version 1" of .pulumi/meta.yaml).
type stackKeys struct{ project, stack string }

const metaKey = ".pulumi/meta.yaml"

func (k stackKeys) qualified() tokens.QName {
	return tokens.QName("organization/" + k.project + "/" + k.stack)
}
func (k stackKeys) stacks() string     { return ".pulumi/stacks/" + k.project + "/" }
func (k stackKeys) checkpoint() string { return k.stacks() + k.stack + ".json" }
func (k stackKeys) backup() string     { return k.checkpoint() + ".bak" }
func (k stackKeys) tags() string       { return k.stacks() + k.stack + ".pulumi-tags" }
func (k stackKeys) locks() string {
	return ".pulumi/locks/organization/" + k.project + "/" + k.stack + "/"
}
func (k stackKeys) history() string { return ".pulumi/history/" + k.project + "/" + k.stack + "/" }
func (k stackKeys) backups() string { return ".pulumi/backups/" + k.project + "/" + k.stack + "/" }

// compressed lists where a checkpoint may stand that the stock CLI wrote with compression on.
func (k stackKeys) compressed() []string {
	return []string{k.checkpoint() + encoding.GZIPExt, k.checkpoint() + encoding.ZSTDExt}
}

// loadCheckpoint reads a stack's state. It writes nothing.
func loadCheckpoint(ctx context.Context, b bucket, k stackKeys) (*checkpoint, error) {
	data, err := b.read(ctx, k.checkpoint())
	for _, key := range k.compressed() {
		if errors.Is(err, fs.ErrNotExist) {
			data, err = b.read(ctx, key)
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &checkpoint{deployment: &apitype.DeploymentV3{}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read state of stack %s: %w", k.stack, err)
	}
	return parseCheckpoint(data, k)
}

func parseCheckpoint(data []byte, k stackKeys) (*checkpoint, error) {
	m := encoding.Compress(encoding.JSON, encoding.DetectCompression(data))
	c, _, _, err := stack.UnmarshalVersionedCheckpointToLatestCheckpoint(m, data)
	if err != nil {
		return nil, fmt.Errorf("read state of stack %s: %w", k.stack, err)
	}
	d := c.Latest
	if d == nil {
		d = &apitype.DeploymentV3{}
	}
	return &checkpoint{deployment: d, hash: hash(data)}, nil
}

// encodeCheckpoint renders a deployment as Pulumi's backends store it, without
// what grows the state and helps nobody: stack traces and source positions point
// at msgdeploy's own code. Its output is a function of the deployment alone.
func encodeCheckpoint(k stackKeys, d apitype.TypedDeployment) ([]byte, error) {
	settlePending(d.Deployment)
	for i := range d.Deployment.Resources {
		strip(&d.Deployment.Resources[i])
	}
	// The engine hands these over in the order of a map.
	slices.SortStableFunc(d.Deployment.PendingOperations, func(a, b apitype.OperationV2) int {
		return cmp.Or(cmp.Compare(a.Resource.URN, b.Resource.URN), cmp.Compare(a.Type, b.Type))
	})
	body, err := marshal(apitype.CheckpointV3{Stack: k.qualified(), Latest: d.Deployment})
	if err != nil {
		return nil, fmt.Errorf("encode state of stack %s: %w", k.stack, err)
	}
	return marshal(apitype.VersionedCheckpoint{Version: d.Version, Features: d.Features, Checkpoint: body})
}

func strip(r *apitype.ResourceV3) { r.SourcePosition, r.StackTrace = "", nil }

// marshal is [json.Marshal] without the escapes for HTML, which Pulumi's backends leave out too.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// saveCheckpoint replaces a stack's state, keeping the one before beside it as the stock CLI does.
func saveCheckpoint(ctx context.Context, b bucket, k stackKeys, data []byte) error {
	old, err := b.read(ctx, k.checkpoint())
	switch {
	case err == nil:
		err = b.write(ctx, k.backup(), old)
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err == nil {
		err = b.writeThrough(ctx, k.checkpoint(), data)
	}
	for _, key := range k.compressed() {
		if err == nil {
			// Both files could be read as the state from now on, so the old one must go.
			err = b.remove(ctx, key)
		}
	}
	if err != nil {
		return fmt.Errorf("write state of stack %s: %w", k.stack, err)
	}
	return nil
}

// verify reports what is inconsistent in a deployment: a parent or dependency that is not there.
func verify(k stackKeys, d *apitype.DeploymentV3) error {
	if err := snapshot.VerifyIntegrity(d); err != nil {
		return fmt.Errorf("state of stack %s was written, but is inconsistent (the state before it is in %s): %w",
			k.stack, k.backup(), err)
	}
	return nil
}

// ensureLayout says which layout the bucket has, so that the stock CLI finds what we write.
func ensureLayout(ctx context.Context, b bucket) error {
	data, err := b.read(ctx, metaKey)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(bytes.TrimSpace(data)) == 0 {
		return b.write(ctx, metaKey, []byte("version: 1\n"))
	}
	return err
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
