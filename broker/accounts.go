package broker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/jwt/v2"
)

// Import is one subject of the owner account that a service's account may use, as a
// service import: replies come back to the account itself and nowhere else.
type Import struct {
	// Subject is in the owner account; Local is what the service calls it, the same if
	// it is empty.
	Subject string
	Local   string
}

// AccountSpec is a service's account as it is to be.
type AccountSpec struct {
	// Name is for people; the account is told by its key.
	Name string
	// Seed is the account's private key; see [NewAccountSeed].
	Seed string
	// Imports are all that the account may use beyond itself, in any order.
	Imports []Import
}

// Account is a service's account as the broker knows it.
type Account struct {
	Name string
	// Imports are sorted by subject.
	Imports []Import
}

// errNoSystem is for what needs the rights of an operator.
var errNoSystem = errors.New("this broker is used without its system account: services have no accounts of their own")

// PutAccount makes a service's account, or makes it what spec says. It is in effect, for
// connected clients too, when PutAccount returns.
func (a *Admin) PutAccount(ctx context.Context, spec AccountSpec) error {
	if a.system == nil {
		return errNoSystem
	}
	public, err := PublicKey(spec.Seed)
	if err != nil {
		return fmt.Errorf("key of account %s: %w", spec.Name, err)
	}
	claims := jwt.NewAccountClaims(public)
	claims.Name = spec.Name
	if !a.Access.System.Closed {
		// An operator may require that users are signed by a signing key.
		claims.SigningKeys.Add(public)
	}
	for _, i := range spec.Imports {
		imported, err := a.accountImport(public, i)
		if err != nil {
			return fmt.Errorf("account %s, import of %s: %w", spec.Name, i.Subject, err)
		}
		claims.Imports.Add(imported)
	}
	slices.SortFunc(claims.Imports, func(x, y *jwt.Import) int { return cmp.Compare(x.Subject, y.Subject) })
	return a.system.update(ctx, claims)
}

func (a *Admin) accountImport(account string, i Import) (*jwt.Import, error) {
	imported := &jwt.Import{Name: i.Subject, Subject: jwt.Subject(i.Subject), Account: a.Access.Account, Type: jwt.Service}
	if i.Local != i.Subject {
		imported.LocalSubject = jwt.RenamingSubject(i.Local)
	}
	if a.Access.System.Closed {
		return imported, nil
	}
	token := jwt.NewActivationClaims(account)
	token.Name = i.Subject
	token.ImportSubject = jwt.Subject(i.Subject)
	token.ImportType = jwt.Service
	signer, err := a.Access.SigningKey.PublicKey()
	if err != nil {
		return nil, err
	}
	if signer != a.Access.Account {
		token.IssuerAccount = a.Access.Account
	}
	imported.Token, err = token.Encode(a.Access.SigningKey)
	return imported, err
}

// DeleteAccount deletes a service's account and disconnects its users. Where the broker
// keeps accounts for ever it stays as an empty one that nobody can connect to. An account
// that does not exist is no error.
func (a *Admin) DeleteAccount(ctx context.Context, publicKey string) error {
	if a.system == nil {
		return errNoSystem
	}
	// The servers of a cluster give each other the accounts that they lack: one that had not
	// heard of the deletion would bring the account back. What it brings back is a closed one.
	if !a.Access.System.Closed {
		if err := a.closeAccount(ctx, publicKey); err != nil {
			return err
		}
	}
	err := a.system.delete(ctx, publicKey)
	if errors.Is(err, errDeleteForbidden) {
		return nil
	}
	return err
}

// closeAccount leaves an account with nothing, so that nobody can connect to it.
func (a *Admin) closeAccount(ctx context.Context, publicKey string) error {
	claims, err := a.system.lookup(ctx, publicKey)
	if err != nil || claims == nil || deleted(claims) {
		return err
	}
	closed := jwt.NewAccountClaims(publicKey)
	closed.Name = claims.Name
	closed.Limits.Conn = 0
	closed.Limits.LeafNodeConn = 0
	closed.Revoke(jwt.All)
	return a.system.update(ctx, closed)
}

// deleted says whether these are claims that closeAccount left.
func deleted(claims *jwt.AccountClaims) bool { return claims.Limits.Conn == 0 }

// Account returns the service's account with this public key, or nil if there is none. Its
// imports are those that the owner account's present signing key has signed, where imports
// are: those of a key that was replaced end with that key.
func (a *Admin) Account(ctx context.Context, publicKey string) (*Account, error) {
	if a.system == nil {
		return nil, errNoSystem
	}
	claims, err := a.system.lookup(ctx, publicKey)
	if err != nil || claims == nil || deleted(claims) {
		return nil, err
	}
	account := &Account{Name: claims.Name}
	signer, err := a.Access.SigningKey.PublicKey()
	if err != nil {
		return nil, err
	}
	for _, i := range claims.Imports {
		if !vouched(i, signer) {
			continue
		}
		account.Imports = append(account.Imports, Import{Subject: string(i.Subject), Local: local(i)})
	}
	slices.SortFunc(account.Imports, func(x, y Import) int { return cmp.Compare(x.Subject, y.Subject) })
	return account, nil
}

// vouched reports whether an import needs no token, or has one that signer signed.
func vouched(i *jwt.Import, signer string) bool {
	if i.Token == "" {
		return true
	}
	token, err := jwt.DecodeActivationClaims(i.Token)
	return err == nil && token.Issuer == signer
}

func local(i *jwt.Import) string {
	if i.LocalSubject != "" {
		return string(i.LocalSubject)
	}
	return string(i.Subject)
}
