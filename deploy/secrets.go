package deploy

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/secrets"
	"github.com/pulumi/pulumi/pkg/v3/secrets/cloud"
	"github.com/pulumi/pulumi/pkg/v3/secrets/passphrase"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// keyring is a [secrets.Manager] that makes its keys when the first secret is
// read or written: deriving one from a passphrase takes longer than all else
// that a small run does. A stack without secrets never has keys.
type keyring struct {
	// open finds or makes the keys. It is called at most once.
	open func() (secrets.Manager, error)
	// undecrypted is what a secret reads for which there are no keys; "" is an error.
	undecrypted string

	once    sync.Once
	manager secrets.Manager
	err     error

	mu sync.Mutex
	// provider is what the state says of the keys; nil until there are any.
	provider *apitype.SecretsProvidersV1
}

var (
	_ secrets.Manager  = (*keyring)(nil)
	_ secrets.Provider = (*keyring)(nil)
)

// newKeyring returns the keys that provider describes; nil are new ones, of the kind that o asks for.
func newKeyring(o Options, provider *apitype.SecretsProvidersV1) *keyring {
	if provider == nil || provider.Type == "" {
		return &keyring{open: func() (secrets.Manager, error) { return newKeys(o) }}
	}
	return &keyring{
		provider: provider, undecrypted: o.Undecrypted,
		open: func() (secrets.Manager, error) { return oldKeys(o, provider) },
	}
}

// keyring returns the keys that provider describes. Those that were made or derived once are kept:
// a command that writes a secret and reads it back waits for its keys once.
func (s *Stack) keyring(provider *apitype.SecretsProvidersV1) *keyring {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ring == nil || !sameKeys(s.ring.described(), provider) {
		s.ring = newKeyring(s.opts, provider)
	}
	return s.ring
}

func sameKeys(a, b *apitype.SecretsProvidersV1) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Type == b.Type && bytes.Equal(a.State, b.State)
}

func newKeys(o Options) (secrets.Manager, error) {
	if o.Secrets != "" && o.Secrets != passphrase.Type {
		m, err := cloud.NewCloudSecretsManager(&workspace.ProjectStack{}, o.Secrets, false)
		if err != nil {
			return nil, fmt.Errorf("open secrets provider %s: %w", scheme(o.Secrets), err)
		}
		return m, nil
	}
	phrase, err := o.passphrase()
	if err != nil {
		return nil, err
	}
	_, m, err := passphrase.NewPassphraseSecretsManager(phrase)
	return m, err
}

func oldKeys(o Options, p *apitype.SecretsProvidersV1) (secrets.Manager, error) {
	switch p.Type {
	case passphrase.Type:
		phrase, err := o.passphrase()
		if err != nil {
			return nil, err
		}
		var state struct {
			Salt string `json:"salt"`
		}
		if err := json.Unmarshal(p.State, &state); err != nil {
			return nil, fmt.Errorf("read the state's secrets: %w", err)
		}
		m, err := passphrase.GetPassphraseSecretsManager(phrase, state.Salt)
		if errors.Is(err, passphrase.ErrIncorrectPassphrase) {
			return nil, fmt.Errorf("read the state's secrets: the passphrase from %s is not the one they were written with", o.passphraseSource())
		}
		return m, err
	case cloud.Type:
		if o.Undecrypted != "" {
			return nil, errors.New("the key of the state's secrets is in a cloud")
		}
		m, err := cloud.NewCloudSecretsManagerFromState(p.State)
		if err != nil {
			return nil, fmt.Errorf("read the state's secrets: %w", err)
		}
		return m, nil
	}
	return nil, fmt.Errorf("read the state's secrets: secrets provider %q is not supported", p.Type)
}

func scheme(url string) string {
	s, _, _ := strings.Cut(url, ":")
	return s
}

// passphrase returns the passphrase of the state's secrets.
func (o Options) passphrase() (string, error) {
	if o.Passphrase != "" {
		return o.Passphrase, nil
	}
	name := o.PassphraseFile
	if name == "" {
		if !o.local() {
			return "", errNoPassphrase
		}
		name = o.keyFile()
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && o.PassphraseFile == "" {
		return "", fmt.Errorf("read the passphrase of the state's secrets: %s is gone; restore it, or give its content as PULUMI_CONFIG_PASSPHRASE", name)
	}
	if err != nil {
		return "", fmt.Errorf("read the passphrase of the state's secrets: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

var errUndecrypted = errors.New("a state whose secrets are not decrypted can only be previewed")

var errNoPassphrase = errors.New("state on a remote backend needs a secrets provider (state.secrets) or a passphrase (PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE)")

func (o Options) passphraseSource() string {
	switch {
	case o.Passphrase != "":
		return "PULUMI_CONFIG_PASSPHRASE"
	case o.PassphraseFile != "":
		return o.PassphraseFile
	}
	return o.keyFile()
}

// newPassphrase returns a passphrase with 256 bits of chance in it.
func newPassphrase(random []byte) string { return base64.RawURLEncoding.EncodeToString(random) + "\n" }

func (k *keyring) keys() (secrets.Manager, error) {
	k.once.Do(func() {
		k.manager, k.err = k.open()
		if k.err == nil {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.provider = &apitype.SecretsProvidersV1{Type: k.manager.Type(), State: k.manager.State()}
		}
	})
	return k.manager, k.err
}

// described is what the state has to say of the keys; nil while there are none.
func (k *keyring) described() *apitype.SecretsProvidersV1 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.provider
}

// Type is the kind of keys, as Pulumi's state names it; "" while there are none.
func (k *keyring) Type() string {
	if p := k.described(); p != nil {
		return p.Type
	}
	return ""
}

// State is what is needed, beside the passphrase or the KMS, to find the keys again.
func (k *keyring) State() json.RawMessage {
	if p := k.described(); p != nil {
		return p.State
	}
	return nil
}

// Encrypter returns an encrypter that makes the keys when it is first used.
func (k *keyring) Encrypter() config.Encrypter { return lazyCrypter{k} }

// Decrypter returns a decrypter that makes the keys when it is first used.
func (k *keyring) Decrypter() config.Decrypter { return lazyCrypter{k} }

// OfType returns k itself: a state has one set of keys.
func (k *keyring) OfType(context.Context, string, json.RawMessage) (secrets.Manager, error) {
	return k, nil
}

type lazyCrypter struct{ *keyring }

func (c lazyCrypter) EncryptValue(ctx context.Context, plain string) (string, error) {
	m, err := c.keys()
	if err != nil {
		return "", err
	}
	return m.Encrypter().EncryptValue(ctx, plain)
}

func (c lazyCrypter) BatchEncrypt(ctx context.Context, plain []string) ([]string, error) {
	if len(plain) == 0 {
		return nil, nil
	}
	m, err := c.keys()
	if err != nil {
		return nil, err
	}
	return m.Encrypter().BatchEncrypt(ctx, plain)
}

func (c lazyCrypter) DecryptValue(ctx context.Context, cipher string) (string, error) {
	m, err := c.keys()
	if err != nil && c.undecrypted != "" {
		return c.placeholder(), nil
	}
	if err != nil {
		return "", err
	}
	return m.Decrypter().DecryptValue(ctx, cipher)
}

func (c lazyCrypter) BatchDecrypt(ctx context.Context, cipher []string) ([]string, error) {
	if len(cipher) == 0 {
		return nil, nil
	}
	m, err := c.keys()
	if err != nil && c.undecrypted != "" {
		return slices.Repeat([]string{c.placeholder()}, len(cipher)), nil
	}
	if err != nil {
		return nil, err
	}
	return m.Decrypter().BatchDecrypt(ctx, cipher)
}

// placeholder stands for a secret's plain text, which is JSON.
func (c lazyCrypter) placeholder() string { return strconv.Quote(c.undecrypted) }
