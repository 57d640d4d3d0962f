package broker

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

// keyring is what an embedded broker is made of: the operator that every account claim
// is signed by, the system account, and the account that owns the streams.
type keyring struct {
	operator, system, owner identity
}

// identity is a key pair and its public key.
type identity struct {
	pair   nkeys.KeyPair
	public string
}

// keysName is the directory of a broker's seeds.
const keysName = "keys"

// loadKeys reads the keys of the broker in dir.
func loadKeys(dir string) (keyring, error) {
	var keys keyring
	for _, part := range keys.parts() {
		path := filepath.Join(dir, keysName, part.file)
		seed, err := os.ReadFile(path)
		if err != nil {
			return keyring{}, err
		}
		if *part.key, err = newIdentity(seed); err != nil {
			return keyring{}, fmt.Errorf("read key %s: %w", path, err)
		}
	}
	return keys, nil
}

// loadOrMakeKeys reads the keys of the broker in dir and makes the ones that are missing.
// The caller holds the lock of dir.
func loadOrMakeKeys(dir string) (keyring, error) {
	if err := os.MkdirAll(filepath.Join(dir, keysName), 0o700); err != nil {
		return keyring{}, err
	}
	var keys keyring
	for _, part := range keys.parts() {
		path := filepath.Join(dir, keysName, part.file)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		pair, err := part.create()
		if err != nil {
			return keyring{}, err
		}
		seed, err := pair.Seed()
		if err != nil {
			return keyring{}, err
		}
		if err := writeFile(path, seed); err != nil {
			return keyring{}, err
		}
	}
	return loadKeys(dir)
}

type keyPart struct {
	file   string
	create func() (nkeys.KeyPair, error)
	key    *identity
}

func (k *keyring) parts() []keyPart {
	return []keyPart{
		{"operator.nk", nkeys.CreateOperator, &k.operator},
		{"system.nk", nkeys.CreateAccount, &k.system},
		{"owner.nk", nkeys.CreateAccount, &k.owner},
	}
}

func newIdentity(seed []byte) (identity, error) {
	pair, err := nkeys.FromSeed(seed)
	if err != nil {
		return identity{}, err
	}
	public, err := pair.PublicKey()
	if err != nil {
		return identity{}, err
	}
	return identity{pair, public}, nil
}

// operatorClaims are what the server trusts.
func (k keyring) operatorClaims() (*jwt.OperatorClaims, error) {
	claims := jwt.NewOperatorClaims(k.operator.public)
	claims.Name = "msgdeploy"
	claims.SystemAccount = k.system.public
	encoded, err := claims.Encode(k.operator.pair)
	if err != nil {
		return nil, err
	}
	return jwt.DecodeOperatorClaims(encoded)
}

// accounts are the signed claims that the server cannot start without, by public key.
func (k keyring) accounts() (map[string]string, error) {
	system := jwt.NewAccountClaims(k.system.public)
	system.Name = "system"
	owner := jwt.NewAccountClaims(k.owner.public)
	owner.Name = "broker"
	owner.Limits.JetStreamLimits = jwt.JetStreamLimits{
		MemoryStorage: jwt.NoLimit, DiskStorage: jwt.NoLimit, Streams: jwt.NoLimit, Consumer: jwt.NoLimit,
	}
	encoded := make(map[string]string, 2)
	for _, claims := range []*jwt.AccountClaims{system, owner} {
		token, err := claims.Encode(k.operator.pair)
		if err != nil {
			return nil, err
		}
		encoded[claims.Subject] = token
	}
	return encoded, nil
}

// access is the whole right over the broker at url. Its users are made afresh each time:
// only seeds are kept.
func (k keyring) access(url string) (Access, error) {
	owner, err := adminCredentials(k.owner)
	if err != nil {
		return Access{}, err
	}
	system, err := adminCredentials(k.system)
	if err != nil {
		return Access{}, err
	}
	return Access{
		URL:         url,
		Credentials: owner,
		Account:     k.owner.public,
		SigningKey:  k.owner.pair,
		System:      &System{Credentials: system, OperatorKey: k.operator.pair, Closed: true},
	}, nil
}

func adminCredentials(account identity) ([]byte, error) {
	seed, err := NewUserSeed()
	if err != nil {
		return nil, err
	}
	return Credentials(account.pair, account.public, User{Name: "msgdeploy", Seed: seed})
}
