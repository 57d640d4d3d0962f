package nats

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/msgdeploy/msgdeploy/broker"
)

// brokerKind is a stack's place on its broker.
func brokerKind() kind {
	return operations[brokerArgs, brokerState]{
		known: facts{
			computed: []resource.PropertyKey{"account", "url"},
			stable:   []resource.PropertyKey{"account"},
		},
		identity: func(s session, _ brokerArgs) (string, error) { return s.owner.name(), nil },
		make:     func(ctx context.Context, s session, args brokerArgs) (brokerState, error) { return s.place(ctx, args) },
		fetch:    fetchBroker,
		change: func(ctx context.Context, s session, old brokerState, args brokerArgs) (brokerState, error) {
			if err := narrowed(old.brokerArgs, args); err != nil {
				return brokerState{}, err
			}
			return s.place(ctx, args)
		},
		delete: func(ctx context.Context, s session, _ brokerState) error {
			if s.Access.System == nil {
				return nil
			}
			return s.RemoveExports(ctx, s.owner.name())
		},
	}
}

// name is what a stack is called among all that use one broker. The dot keeps a-b, c apart from a, b-c.
func (o owner) name() string { return o.project + "." + o.stack }

// narrowed refuses to narrow access in a shared account: credentials that were handed out
// hold their permissions, and only the account's operator could revoke them.
func narrowed(old, args brokerArgs) error {
	if old.Mode != shared || args.Mode != shared {
		return nil
	}
	for _, service := range slices.Sorted(maps.Keys(old.Access)) {
		lost := slices.DeleteFunc(slices.Clone(old.Access[service]), func(grant string) bool {
			return slices.Contains(args.Access[service], grant)
		})
		if len(lost) > 0 {
			return fmt.Errorf("service %s would no longer be allowed to %s, but its credentials say it is, and without `nats.system` nothing can take that back; "+
				"give the stack `nats: {system: {credentials, operatorKey}}`, or leave the permission in place", service, strings.Join(lost, ", "))
		}
	}
	return nil
}

// place offers the stack's subjects to its services' accounts.
func (s session) place(ctx context.Context, args brokerArgs) (brokerState, error) {
	if args.Mode != shared {
		exports := make([]broker.Export, 0, len(args.Exports))
		for _, subject := range args.Exports {
			exports = append(exports, broker.Export{Subject: subject, Stream: repliesMany(subject)})
		}
		if err := s.PutExports(ctx, s.owner.name(), exports); err != nil {
			return brokerState{}, fmt.Errorf("offer subjects to services: %w", err)
		}
	}
	return s.placed(args), nil
}

// fetchBroker reads which subjects are still offered: whoever else changes the owner
// account's claims may drop them.
func fetchBroker(ctx context.Context, s session, _ string, old brokerState) (*brokerArgs, brokerState, error) {
	args := old.brokerArgs
	if args.Mode == embedded {
		args.URL = "" // known to the state alone
	}
	if s.Access.System != nil {
		exports, err := s.Exports(ctx, s.owner.name())
		if err != nil {
			return nil, brokerState{}, fmt.Errorf("read what is offered to services: %w", err)
		}
		args.Exports = nil
		for _, export := range exports {
			args.Exports = append(args.Exports, export.Subject)
		}
	}
	return &args, s.placed(args), nil
}

func (s session) placed(args brokerArgs) brokerState {
	state := brokerState{brokerArgs: args, Account: s.Access.Account}
	state.URL = s.Access.URL
	return state
}
