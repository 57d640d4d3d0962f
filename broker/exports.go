package broker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Export offers subjects of the owner account to the services' accounts.
type Export struct {
	// Subject may hold wildcards; a service imports exact subjects out of it.
	Subject string
	// Stream is set where one request may get several replies (MSG.NEXT).
	Stream bool
}

// PutExports makes exports the ones that the owner account has for stack, which is the
// name of a project's stack; what it exports for others stays. Exports come before
// the accounts that import them.
//
// Exports are private where accounts can be on the broker that msgdeploy does not make:
// an import then carries a token, for exactly its subject, that the owner account signed.
func (a *Admin) PutExports(ctx context.Context, stack string, exports []Export) error {
	if a.system == nil {
		return errNoSystem
	}
	prefix := exportName(stack, "")
	var wanted []*jwt.Export
	for _, export := range exports {
		var response jwt.ResponseType = jwt.ResponseTypeSingleton
		if export.Stream {
			response = jwt.ResponseTypeStream
		}
		wanted = append(wanted, &jwt.Export{
			Name: exportName(stack, export.Subject), Subject: jwt.Subject(export.Subject),
			Type: jwt.Service, ResponseType: response, TokenReq: !a.Access.System.Closed,
		})
	}
	slices.SortFunc(wanted, bySubject)
	return a.changeExports(ctx, func(e *jwt.Export) bool { return strings.HasPrefix(e.Name, prefix) }, wanted)
}

// RemoveExports removes what PutExports made for stack.
func (a *Admin) RemoveExports(ctx context.Context, stack string) error {
	return a.PutExports(ctx, stack, nil)
}

// Exports returns what PutExports made for stack and still stands, sorted by subject.
func (a *Admin) Exports(ctx context.Context, stack string) ([]Export, error) {
	if a.system == nil {
		return nil, errNoSystem
	}
	claims, err := a.system.lookup(ctx, a.Access.Account)
	if err != nil || claims == nil {
		return nil, err
	}
	var exports []Export
	for _, e := range claims.Exports {
		if e.Name == exportName(stack, string(e.Subject)) {
			exports = append(exports, Export{Subject: string(e.Subject), Stream: e.ResponseType == jwt.ResponseTypeStream})
		}
	}
	slices.SortFunc(exports, func(x, y Export) int { return cmp.Compare(x.Subject, y.Subject) })
	return exports, nil
}

// exportName marks an export as one of stack. A space cannot be in a stack's name.
func exportName(stack, subject string) string { return "msgdeploy " + stack + " " + subject }

// changeExports replaces the owner account's exports that are ours.
func (a *Admin) changeExports(ctx context.Context, ours func(*jwt.Export) bool, wanted []*jwt.Export) error {
	claims, err := a.withExports(ctx, ours, wanted)
	if err != nil || claims == nil {
		return err
	}
	if !a.Access.System.Closed {
		unlock, err := a.lockExports(ctx)
		if err != nil {
			return err
		}
		defer unlock()
		// As they are now that nobody else changes them.
		if claims, err = a.withExports(ctx, ours, wanted); err != nil || claims == nil {
			return err
		}
	}
	return a.system.update(ctx, claims)
}

// withExports returns the owner account's claims as they are to be, or nil if they are.
func (a *Admin) withExports(ctx context.Context, ours func(*jwt.Export) bool, wanted []*jwt.Export) (*jwt.AccountClaims, error) {
	claims, err := a.system.lookup(ctx, a.Access.Account)
	if err != nil {
		return nil, err
	}
	if claims == nil {
		return nil, fmt.Errorf("the broker does not know account %s", a.Access.Account)
	}
	if err := a.checkSigningKey(claims); err != nil {
		return nil, err
	}
	var has, kept jwt.Exports
	for _, e := range claims.Exports {
		if ours(e) {
			has = append(has, e)
		} else {
			kept = append(kept, e)
		}
	}
	slices.SortFunc(has, bySubject)
	if slices.EqualFunc(has, wanted, sameExport) {
		return nil, nil
	}
	claims.Exports = append(kept, wanted...)
	return claims, nil
}

// checkSigningKey says early what would otherwise show as imports that do not work.
func (a *Admin) checkSigningKey(owner *jwt.AccountClaims) error {
	public, err := a.Access.SigningKey.PublicKey()
	if err != nil || public == owner.Subject {
		return err
	}
	if scope, ok := owner.SigningKeys.GetScope(public); !ok {
		return fmt.Errorf("signing key %s is none of account %s (%s)", public, owner.Name, owner.Subject)
	} else if scope != nil {
		return fmt.Errorf("signing key %s of account %s is scoped; an unscoped one is needed", public, owner.Name)
	}
	return nil
}

func bySubject(x, y *jwt.Export) int { return cmp.Compare(x.Subject, y.Subject) }

func sameExport(x, y *jwt.Export) bool {
	return x.Name == y.Name && x.Subject == y.Subject && x.Type == y.Type && x.ResponseType == y.ResponseType && x.TokenReq == y.TokenReq
}

const (
	// exportsLock is the stream that stands for the right to change the owner account.
	exportsLock = "msgdeploy_exports_lock"
	// lockLife is after what time a lock is taken to be left behind: changing one account
	// takes milliseconds.
	lockLife = time.Minute
	// lockPoll is how often a lock is tried again.
	lockPoll = 50 * time.Millisecond
)

// lockExports keeps runs of msgdeploy for other stacks from changing the owner account,
// whose claims are one document without a version to compare: the later of two writers
// would undo what the earlier did. Only one of several can make a stream of the same name.
func (a *Admin) lockExports(ctx context.Context) (unlock func(), err error) {
	config := jetstream.StreamConfig{
		Name: exportsLock, Subjects: []string{exportsLock}, Storage: jetstream.MemoryStorage,
		// The same stream made twice is no error unless it differs.
		Description: nats.NewInbox(),
	}
	for began := time.Now(); ; {
		_, err := a.JetStream.CreateStream(ctx, config)
		if err == nil {
			return func() {
				// It must be given back even if ctx has ended.
				free, cancel := context.WithTimeout(context.WithoutCancel(ctx), replyTimeout)
				defer cancel()
				_ = a.JetStream.DeleteStream(free, exportsLock) // or it ages
			}, nil
		}
		// While an account's claims change, its server is for a moment not there to answer.
		answered := !errors.Is(err, nats.ErrNoResponders) || time.Since(began) > replyTimeout
		if answered && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return nil, fmt.Errorf("lock account %s: %w", a.Access.Account, err)
		}
		err = a.breakStaleLock(ctx)
		if answered = !errors.Is(err, nats.ErrNoResponders) || time.Since(began) > replyTimeout; answered && err != nil {
			return nil, fmt.Errorf("lock account %s: %w", a.Access.Account, err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for another run that changes account %s: %w", a.Access.Account, ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}

// breakStaleLock removes the lock of a run that was killed, by the server's clock.
func (a *Admin) breakStaleLock(ctx context.Context) error {
	stream, err := a.JetStream.Stream(ctx, exportsLock)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if info := stream.CachedInfo(); info.TimeStamp.Sub(info.Created) < lockLife {
		return nil
	}
	err = a.JetStream.DeleteStream(ctx, exportsLock)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	return err
}
