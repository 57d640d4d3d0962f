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
	"maps"
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
	// features are what Pulumi's readers have to know to understand the file.
	features []string
}

// typed is a changed deployment of the checkpoint, ready to be encoded.
func (c *checkpoint) typed(d *apitype.DeploymentV3) apitype.TypedDeployment {
	return apitype.TypedDeployment{Deployment: d, Version: apitype.DeploymentSchemaVersionCurrent, Features: c.features}
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

// fetchCheckpoint reads a stack's state as it stands in the bucket, and where it stands.
func fetchCheckpoint(ctx context.Context, b bucket, k stackKeys) (data []byte, key, version string, err error) {
	for _, key = range append([]string{k.checkpoint()}, k.compressed()...) {
		if data, version, err = b.fetch(ctx, key); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("read state of stack %s: %w", k.stack, err)
	}
	return data, key, version, err
}

// loadCheckpoint reads a stack's state. It writes nothing.
func loadCheckpoint(ctx context.Context, b bucket, k stackKeys) (*checkpoint, error) {
	data, _, _, err := fetchCheckpoint(ctx, b, k)
	if errors.Is(err, fs.ErrNotExist) {
		return &checkpoint{deployment: &apitype.DeploymentV3{}}, nil
	}
	if err != nil {
		return nil, err
	}
	return parseCheckpoint(data, k)
}

func parseCheckpoint(data []byte, k stackKeys) (*checkpoint, error) {
	m := encoding.Compress(encoding.JSON, encoding.DetectCompression(data))
	c, _, features, err := stack.UnmarshalVersionedCheckpointToLatestCheckpoint(m, data)
	if err != nil {
		return nil, fmt.Errorf("read state of stack %s: %w", k.stack, err)
	}
	d := c.Latest
	if d == nil {
		d = &apitype.DeploymentV3{}
	}
	return &checkpoint{deployment: d, hash: hash(data), features: features}, nil
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
	declare(&d)
	body, err := marshal(apitype.CheckpointV3{Stack: k.qualified(), Latest: d.Deployment})
	if err != nil {
		return nil, fmt.Errorf("encode state of stack %s: %w", k.stack, err)
	}
	return marshal(apitype.VersionedCheckpoint{Version: d.Version, Features: d.Features, Checkpoint: body})
}

// declare adds what readers have to know of resources as they are by now.
func declare(d *apitype.TypedDeployment) {
	features := map[string]bool{}
	for _, f := range d.Features {
		features[f] = true
	}
	for _, r := range d.Deployment.Resources {
		stack.ApplyFeatures(r, false, features)
	}
	d.Features = slices.Sorted(maps.Keys(features))
	if len(features) > 0 {
		d.Version = apitype.DeploymentSchemaVersionLatest
	}
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

// saveCheckpoint replaces a stack's state, which has to be one with a hash among bases: any other is
// somebody else's, and a [ChangedError]. The first of them is the state before the operation, which
// is kept beside the new one, as the stock CLI does; the others are the operation's own. To save what
// is saved is no error, so that a save whose answer got lost can be repeated.
func saveCheckpoint(ctx context.Context, b bucket, k stackKeys, bases []string, data []byte) error {
	const races = 3 // of which a write of ours that was given up, and came late, is one
	for n := 1; ; n++ {
		old, key, version, err := fetchCheckpoint(ctx, b, k)
		have := ""
		switch {
		case err == nil:
			have = hash(old)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
		switch {
		case have == hash(data):
			return nil
		case !slices.Contains(bases, have) || n > races:
			return &ChangedError{Stack: k.stack, Want: bases[len(bases)-1], Have: have}
		}
		if have != "" && have == bases[0] {
			err = b.write(ctx, k.backup(), old)
		} else {
			err = nil
		}
		compressed := have != "" && key != k.checkpoint()
		if compressed {
			version = ""
		}
		if err == nil {
			err = b.replace(ctx, k.checkpoint(), version, data)
		}
		if errors.Is(err, errChanged) {
			continue
		}
		if err == nil && compressed {
			// Both could be read as the state from now on, so the old one must go.
			err = b.remove(ctx, key)
		}
		if err != nil {
			return fmt.Errorf("write state of stack %s: %w", k.stack, err)
		}
		return nil
	}
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
