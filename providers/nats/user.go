package nats

import (
	"context"
	"fmt"

	"github.com/nats-io/nkeys"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/msgdeploy/msgdeploy/broker"
)

// userKind are services' credentials. A user exists nowhere but in them: making one needs
// the key of its account, and no broker.
func userKind() kind {
	return operations[userArgs, userState]{
		known: facts{
			replace:       []resource.PropertyKey{"account", "name"},
			computed:      []resource.PropertyKey{"credentials", "publicKey"},
			stable:        []resource.PropertyKey{"publicKey"},
			secretInputs:  []resource.PropertyKey{"account"},
			secretOutputs: []resource.PropertyKey{"credentials"},
		},
		identity: func(s session, args userArgs) (string, error) {
			state, err := s.user(args)
			return state.PublicKey, err
		},
		make: func(_ context.Context, s session, args userArgs) (userState, error) { return s.user(args) },
		fetch: func(_ context.Context, _ session, id string, old userState) (*userArgs, userState, error) {
			if old.PublicKey != id {
				return nil, userState{}, nil // whom the state does not know is nobody
			}
			return &old.userArgs, old, nil
		},
		change: func(_ context.Context, s session, _ userState, args userArgs) (userState, error) {
			return s.user(args)
		},
		// What the user could do ends with its account, or with the streams.
		delete: func(context.Context, session, userState) error { return nil },
	}
}

// user makes credentials. The user's key is derived as its account's is: other
// permissions in a shared account are new credentials of the same user.
func (s session) user(args userArgs) (userState, error) {
	seed, err := s.derive(nkeys.PrefixByteUser, args.Name)
	if err != nil {
		return userState{}, fmt.Errorf("key of user %s: %w", args.Name, err)
	}
	state := userState{userArgs: args}
	if state.PublicKey, err = broker.PublicKey(seed); err != nil {
		return userState{}, fmt.Errorf("key of user %s: %w", args.Name, err)
	}
	signer, account := s.Access.SigningKey, s.Access.Account
	user := broker.User{Name: args.Name, Seed: seed}
	if args.Account != "" {
		if account, err = broker.PublicKey(args.Account); err != nil {
			return userState{}, fmt.Errorf("account of user %s: %w", args.Name, err)
		}
		if signer, err = nkeys.FromSeed([]byte(args.Account)); err != nil {
			return userState{}, fmt.Errorf("account of user %s: %w", args.Name, err)
		}
	} else {
		user.Permissions = &broker.Permissions{Publish: args.Publish, Subscribe: []string{args.InboxPrefix + ".>"}}
	}
	credentials, err := broker.Credentials(signer, account, user)
	if err != nil {
		return userState{}, err
	}
	state.Credentials = string(credentials)
	return state, nil
}
