package deploy

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/pkg/v3/secrets"
	"github.com/pulumi/pulumi/pkg/v3/secrets/passphrase"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Keys are what encrypts the secrets of a state: a key of a cloud, by its URL in the words of
// [Options.Secrets], or a passphrase.
type Keys struct {
	URL        string
	Passphrase string
}

// ErrNoSecrets says that a state has no secrets to be encrypted anew.
var ErrNoSecrets = errors.New("the state has no secrets")

// Rotate encrypts the secrets of the state anew, with new keys, and returns how many there are. It reads all of
// them, and reads all of them again with the new keys, before the state is replaced, in one piece: whoever is
// cut off has the old state or the new one. The old state is kept as a backup, and with the old keys, as
// are the older ones in the history. What approve returns, other than nil, keeps the state as it is.
func (s *Stack) Rotate(ctx context.Context, to Keys, approve func(secrets int) error) (n int, err error) {
	err = s.edit(ctx, "secrets rotate", func(ctx context.Context, c *checkpoint) (*apitype.DeploymentV3, error) {
		d := c.deployment
		if d.SecretsProviders == nil || d.SecretsProviders.Type == "" {
			return nil, ErrNoSecrets
		}
		old, err := newKeyring(s.opts, d.SecretsProviders).keys()
		if err != nil {
			return nil, err
		}
		o := s.opts
		o.Undecrypted, o.Secrets, o.Passphrase, o.PassphraseFile = "", to.URL, to.Passphrase, ""
		if to.URL == "" {
			o.Secrets = passphrase.Type
		}
		next, err := newKeys(o)
		if err != nil {
			return nil, err
		}
		r := rotation{ctx: ctx, old: old, next: next}
		for i := range d.Resources {
			r.resource(&d.Resources[i])
		}
		for i := range d.PendingOperations {
			r.resource(&d.PendingOperations[i].Resource)
		}
		if r.err != nil {
			return nil, fmt.Errorf("encrypt the secrets of stack %s anew: %w", s.opts.Stack, r.err)
		}
		d.SecretsProviders = &apitype.SecretsProvidersV1{Type: next.Type(), State: next.State()}
		if _, err := s.snapshot(ctx, d, newKeyring(o, d.SecretsProviders)); err != nil {
			return nil, fmt.Errorf("read the secrets of stack %s with the new keys: %w", s.opts.Stack, err)
		}
		n = r.n
		return d, approve(n)
	})
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ring = nil // it has the old keys
	return n, nil
}

// rotation encrypts secrets anew where they stand. Its first failure is its last step.
type rotation struct {
	ctx       context.Context
	old, next secrets.Manager
	n         int
	err       error
}

func (r *rotation) resource(state *apitype.ResourceV3) {
	r.object(state.Inputs)
	r.object(state.Outputs)
}

func (r *rotation) object(properties map[string]any) {
	if properties[resource.SigKey] == resource.SecretSig {
		r.secret(properties)
		return
	}
	for _, v := range properties {
		r.value(v)
	}
}

func (r *rotation) value(v any) {
	switch v := v.(type) {
	case map[string]any:
		r.object(v)
	case []any:
		for _, item := range v {
			r.value(item)
		}
	}
}

func (r *rotation) secret(of map[string]any) {
	const key = "ciphertext"
	cipher, ok := of[key].(string)
	switch {
	case r.err != nil:
		return
	case !ok:
		r.err = errors.New("a secret has no ciphertext")
		return
	}
	plain, err := r.old.Decrypter().DecryptValue(r.ctx, cipher)
	if err == nil {
		of[key], err = r.next.Encrypter().EncryptValue(r.ctx, plain)
	}
	r.err = err
	r.n++
}
