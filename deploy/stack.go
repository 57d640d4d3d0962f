package deploy

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/secrets/passphrase"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Stack is one deployment of a spec. Its methods are safe for concurrent use:
// operations lock the stack, the rest only reads.
type Stack struct {
	opts   Options
	keys   stackKeys
	bucket bucket

	mu   sync.Mutex
	ring *keyring // the last that was asked for

	noted sync.Once // that there is a journal
}

// Open returns a stack, which need not exist yet. It writes nothing.
func Open(ctx context.Context, o Options) (*Stack, error) {
	o, err := o.checked()
	if err != nil {
		return nil, err
	}
	b, err := openBucket(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Stack{opts: o, keys: stackKeys{o.Project, o.Stack}, bucket: b}, nil
}

func openBucket(ctx context.Context, o Options) (bucket, error) {
	if o.local() {
		return o.directory()
	}
	return openRemote(ctx, o)
}

// Exists reports whether the stack has state.
func (s *Stack) Exists(ctx context.Context) (bool, error) {
	c, err := s.load(ctx)
	return c != nil && c.exists(), err
}

// interrupted reports whether there is a journal: of an operation that was cut off, or that still runs.
func (s *Stack) interrupted() bool {
	_, err := os.Stat(s.opts.journalFile())
	return err == nil
}

// Outputs returns the stack's outputs as plain JSON values. Secrets read
// "[secret]", and no keys are made to find that out.
func (s *Stack) Outputs(ctx context.Context) (map[string]any, error) {
	c, err := s.show(ctx)
	if err != nil {
		return nil, err
	}
	return rootOutputs(c.deployment), nil
}

// SecretOutput returns one output with its secrets in the clear, as a plain JSON
// value; nil where there is no such output.
func (s *Stack) SecretOutput(ctx context.Context, name string) (any, error) {
	c, err := s.show(ctx)
	if err != nil {
		return nil, err
	}
	root := rootResource(c.deployment)
	if root == nil {
		return nil, nil
	}
	return reveal(root.Outputs[name], s.keyring(c.deployment.SecretsProviders))
}

// Resource is a resource as the state has it, secrets as they are encrypted.
type Resource struct {
	URN    string
	Type   string
	ID     string
	Inputs map[string]any
	// Element is the address in the spec of what the resource is a part of; "stack" where it
	// is a part of no element.
	Element string
}

// Resources returns what the stack has in its cloud: components are left out, and what waits to be
// deleted is among them.
func (s *Stack) Resources(ctx context.Context) ([]Resource, error) {
	c, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	parents := parents(c.deployment)
	var list []Resource
	for _, r := range c.deployment.Resources {
		if r.Custom && !r.External {
			list = append(list, Resource{URN: string(r.URN), Type: string(r.Type), ID: string(r.ID), Inputs: r.Inputs, Element: elementOf(r.URN, parents)})
		}
	}
	return list, nil
}

// show is load for those who show the state, and have to say that it is not all.
func (s *Stack) show(ctx context.Context) (*checkpoint, error) {
	c, err := s.load(ctx)
	if err == nil {
		s.noteJournal(c.hash)
	}
	return c, err
}

// parents leads from each resource to the one it belongs to.
func parents(d *apitype.DeploymentV3) map[resource.URN]resource.URN {
	parents := map[resource.URN]resource.URN{}
	for _, r := range d.Resources {
		parents[r.URN] = r.Parent
	}
	for _, op := range d.PendingOperations {
		if parents[op.Resource.URN] == "" {
			parents[op.Resource.URN] = op.Resource.Parent
		}
	}
	return parents
}

// load reads the state as it is; a journal that waits for its recovery is not in it.
func (s *Stack) load(ctx context.Context) (*checkpoint, error) {
	return loadCheckpoint(ctx, s.bucket, s.keys)
}

func (s *Stack) warn(note string) {
	if s.opts.Warn != nil {
		s.opts.Warn(note)
	}
}

// rootResource returns the stack's own resource, which holds the outputs; nil where there is none.
func rootResource(d *apitype.DeploymentV3) *apitype.ResourceV3 {
	for i := range d.Resources {
		if r := &d.Resources[i]; r.Type == resource.RootStackType && !r.Delete {
			return r
		}
	}
	return nil
}

// prepare makes what the first operation needs: the directory, hidden from git, its
// passphrase, and the layout of the state.
func (s *Stack) prepare(ctx context.Context) error {
	if err := makeDirs(s.opts.disk, s.opts.Dir); err != nil {
		return fmt.Errorf("make the state's directory: %w", err)
	}
	ignore := filepath.Join(s.opts.Dir, ".gitignore")
	if _, err := os.Stat(ignore); errors.Is(err, fs.ErrNotExist) {
		if err := writeFile(s.opts.disk, ignore, []byte("*\n"), true); err != nil {
			return err
		}
		// Whoever made the directory, such as a broker, may not have made its name durable.
		if err := s.opts.disk.syncDir(filepath.Dir(s.opts.Dir)); err != nil {
			return fmt.Errorf("make the state's directory: %w", err)
		}
	}
	if err := ensureLayout(ctx, s.bucket); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	return nil
}

// ensurePassphrase makes the passphrase of local state where none is given. It never makes
// a second one for secrets that were written with the first.
func (s *Stack) ensurePassphrase(c *checkpoint) error {
	o := s.opts
	p := c.deployment.SecretsProviders
	if !o.local() || o.Secrets != "" || o.Passphrase != "" || o.PassphraseFile != "" || p != nil && p.Type == passphrase.Type {
		return nil
	}
	if _, err := os.Stat(o.keyFile()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	temporary := o.keyFile() + "." + o.Stack
	if err := writeFile(o.disk, temporary, []byte(newPassphrase(random)), true); err != nil {
		return err
	}
	defer func() { _ = o.disk.remove(temporary) }()
	// Another stack of the project may be doing the same: the first link wins.
	if err := o.disk.link(temporary, o.keyFile()); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write the state's passphrase: %w", err)
	}
	return o.disk.syncDir(o.Dir)
}
