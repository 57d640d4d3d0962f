package broker

import (
	"fmt"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

// User is a user of an account.
type User struct {
	Name string
	// Seed is the user's private key; see [NewUserSeed]. The user is the same as long as
	// its seed is, whatever its permissions.
	Seed string
	// Permissions narrow what the user may do in its account; nil leaves it everything.
	Permissions *Permissions
}

// Permissions are the subjects, wildcards among them, that a user may use in its account.
// What is not listed is denied.
type Permissions struct {
	Publish   []string
	Subscribe []string
}

// NewAccountSeed makes the private key of an account.
func NewAccountSeed() (string, error) { return newSeed(nkeys.CreateAccount) }

// NewUserSeed makes the private key of a user.
func NewUserSeed() (string, error) { return newSeed(nkeys.CreateUser) }

func newSeed(create func() (nkeys.KeyPair, error)) (string, error) {
	pair, err := create()
	if err != nil {
		return "", err
	}
	seed, err := pair.Seed()
	return string(seed), err
}

// PublicKey returns the public key that belongs to a seed. Its errors do not show the seed.
func PublicKey(seed string) (string, error) {
	id, err := newIdentity([]byte(seed))
	return id.public, err
}

// NewUser returns the content of a .creds file for a user of the account whose private
// key is accountSeed, with a key of its own. Nil permissions leave it all of the account.
func NewUser(accountSeed, name string, permissions *Permissions) ([]byte, error) {
	account, err := newIdentity([]byte(accountSeed))
	if err != nil {
		return nil, fmt.Errorf("account key of user %s: %w", name, err)
	}
	seed, err := NewUserSeed()
	if err != nil {
		return nil, err
	}
	return Credentials(account.pair, account.public, User{Name: name, Seed: seed, Permissions: permissions})
}

// Credentials returns the content of a .creds file for a user of the account with this
// public key. The signer is the account's own key or one of its signing keys. The user
// does not expire.
func Credentials(signer nkeys.KeyPair, account string, user User) ([]byte, error) {
	id, err := newIdentity([]byte(user.Seed))
	if err != nil {
		return nil, fmt.Errorf("key of user %s: %w", user.Name, err)
	}
	claims := jwt.NewUserClaims(id.public)
	claims.Name = user.Name
	signerKey, err := signer.PublicKey()
	if err != nil {
		return nil, err
	}
	if signerKey != account {
		claims.IssuerAccount = account
	}
	if p := user.Permissions; p != nil {
		claims.Pub.Allow.Add(p.Publish...)
		claims.Sub.Allow.Add(p.Subscribe...)
		// An empty list allows everything.
		if len(p.Publish) == 0 {
			claims.Pub.Deny.Add(">")
		}
		if len(p.Subscribe) == 0 {
			claims.Sub.Deny.Add(">")
		}
	}
	token, err := claims.Encode(signer)
	if err != nil {
		return nil, fmt.Errorf("sign user %s: %w", user.Name, err)
	}
	return jwt.FormatUserConfig(token, []byte(user.Seed))
}
