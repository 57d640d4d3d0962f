package brokertest

import (
	"os"
	"path/filepath"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

// operator is whom the servers trust. As with an operator in earnest, what is handed out
// are signing keys, of the operator and of the account; the identities stay in the safe.
type operator struct {
	signing      key
	claims       *jwt.OperatorClaims
	system       key
	owner        key
	ownerSigning key
	accounts     map[string]string // signed claims by public key
}

func newOperator() (*operator, error) {
	o := &operator{}
	var identity key
	for _, k := range []struct {
		key    *key
		create func() (nkeys.KeyPair, error)
	}{
		{&identity, nkeys.CreateOperator},
		{&o.signing, nkeys.CreateOperator},
		{&o.system, nkeys.CreateAccount},
		{&o.owner, nkeys.CreateAccount},
		{&o.ownerSigning, nkeys.CreateAccount},
	} {
		made, err := newKey(k.create)
		if err != nil {
			return nil, err
		}
		*k.key = made
	}
	claims := jwt.NewOperatorClaims(identity.public)
	claims.Name = "test"
	claims.SystemAccount = o.system.public
	claims.SigningKeys.Add(o.signing.public)
	claims.StrictSigningKeyUsage = true
	token, err := claims.Encode(identity.pair)
	if err != nil {
		return nil, err
	}
	if o.claims, err = jwt.DecodeOperatorClaims(token); err != nil {
		return nil, err
	}
	return o, o.signAccounts()
}

func (o *operator) signAccounts() error {
	system := jwt.NewAccountClaims(o.system.public)
	system.Name = "SYS"
	// The operator requires signing keys, of accounts too.
	system.SigningKeys.Add(o.system.public)
	owner := jwt.NewAccountClaims(o.owner.public)
	owner.Name = "messaging"
	owner.SigningKeys.Add(o.ownerSigning.public)
	owner.Limits.JetStreamLimits = jwt.JetStreamLimits{
		MemoryStorage: jwt.NoLimit, DiskStorage: jwt.NoLimit, Streams: jwt.NoLimit, Consumer: jwt.NoLimit,
	}
	o.accounts = make(map[string]string, 2)
	for _, claims := range []*jwt.AccountClaims{system, owner} {
		token, err := claims.Encode(o.signing.pair)
		if err != nil {
			return err
		}
		o.accounts[claims.Subject] = token
	}
	return nil
}

// writeFiles writes the files that a user of the servers is handed.
func (o *operator) writeFiles(dir string) (*Broker, error) {
	b := &Broker{
		Account:           o.owner.public,
		Credentials:       filepath.Join(dir, "messaging.creds"),
		SigningKey:        filepath.Join(dir, "messaging-signing.nk"),
		SystemCredentials: filepath.Join(dir, "sys.creds"),
		OperatorKey:       filepath.Join(dir, "operator-signing.nk"),
	}
	owner, err := credentials(o.owner, o.ownerSigning, "deployer")
	if err != nil {
		return nil, err
	}
	system, err := credentials(o.system, o.system, "sys")
	if err != nil {
		return nil, err
	}
	signing, err := o.ownerSigning.pair.Seed()
	if err != nil {
		return nil, err
	}
	operatorKey, err := o.signing.pair.Seed()
	if err != nil {
		return nil, err
	}
	for path, content := range map[string][]byte{
		b.Credentials: owner, b.SystemCredentials: system, b.SigningKey: signing, b.OperatorKey: operatorKey,
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func credentials(account, signer key, name string) ([]byte, error) {
	user, err := newKey(nkeys.CreateUser)
	if err != nil {
		return nil, err
	}
	claims := jwt.NewUserClaims(user.public)
	claims.Name = name
	if signer.public != account.public {
		claims.IssuerAccount = account.public
	}
	token, err := claims.Encode(signer.pair)
	if err != nil {
		return nil, err
	}
	seed, err := user.pair.Seed()
	if err != nil {
		return nil, err
	}
	return jwt.FormatUserConfig(token, seed)
}
