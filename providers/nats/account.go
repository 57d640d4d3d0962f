package nats

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/nats-io/nkeys"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/msgdeploy/msgdeploy/broker"
)

// accountKind are the accounts of services.
func accountKind() kind {
	return operations[accountArgs, accountState]{
		known: facts{
			computed:      []resource.PropertyKey{"publicKey", "seed"},
			stable:        []resource.PropertyKey{"publicKey", "seed"},
			secretOutputs: []resource.PropertyKey{"seed"},
		},
		identity: func(s session, args accountArgs) (string, error) {
			state, err := s.account(args)
			return state.PublicKey, err
		},
		make: func(ctx context.Context, s session, args accountArgs) (accountState, error) {
			state, err := s.account(args)
			if err != nil {
				return accountState{}, err
			}
			return state, s.putAccount(ctx, state)
		},
		fetch: fetchAccount,
		change: func(ctx context.Context, s session, old accountState, args accountArgs) (accountState, error) {
			old.accountArgs = args
			return old, s.putAccount(ctx, old)
		},
		delete: func(ctx context.Context, s session, old accountState) error {
			return s.DeleteAccount(ctx, old.PublicKey)
		},
	}
}

// account derives the account's key, so that a run that was killed before the state knew
// of the account is followed by one that makes the same account.
func (s session) account(args accountArgs) (accountState, error) {
	seed, err := s.derive(nkeys.PrefixByteAccount, args.Name)
	if err != nil {
		return accountState{}, fmt.Errorf("key of account %s: %w", args.Name, err)
	}
	state := accountState{accountArgs: args, Seed: seed}
	if state.PublicKey, err = broker.PublicKey(seed); err != nil {
		return accountState{}, fmt.Errorf("key of account %s: %w", args.Name, err)
	}
	return state, nil
}

// derive returns the seed of a key of the given kind and name: always the same one, as
// long as the owner account's signing key is. Who has that key could make any such key anyway.
func (s session) derive(kind nkeys.PrefixByte, name string) (string, error) {
	secret, err := s.Access.SigningKey.Seed()
	if err != nil {
		return "", err
	}
	info := "msgdeploy\x00" + s.owner.project + "\x00" + s.owner.stack + "\x00" + kind.String() + "\x00" + name
	raw, err := hkdf.Key(sha256.New, secret, nil, info, 32)
	if err != nil {
		return "", err
	}
	seed, err := nkeys.EncodeSeed(kind, raw)
	return string(seed), err
}

func (s session) putAccount(ctx context.Context, state accountState) error {
	spec := broker.AccountSpec{Name: state.Name, Seed: state.Seed}
	for _, subject := range state.Imports {
		spec.Imports = append(spec.Imports, broker.Import{Subject: subject, Local: local(subject)})
	}
	return s.PutAccount(ctx, spec)
}

func fetchAccount(ctx context.Context, s session, id string, old accountState) (*accountArgs, accountState, error) {
	account, err := s.Account(ctx, id)
	if err != nil || account == nil {
		return nil, accountState{}, err
	}
	args := accountArgs{Name: account.Name, Imports: []string{}}
	for _, imported := range account.Imports {
		args.Imports = append(args.Imports, imported.Subject)
	}
	slices.Sort(args.Imports)
	old.accountArgs, old.PublicKey = args, id
	return &args, old, nil
}
