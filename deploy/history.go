package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/backend"
	"github.com/pulumi/pulumi/pkg/v3/display"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// The history of a stack lies beside its state, two entries an operation: Pulumi's own, which the stock
// CLI shows, and an [Update], under a name that it passes over. An update is written before the journal of
// its operation goes, so that one which is killed has its entry too: whoever takes the journal in writes it.

// Source is what an operation carries out, in words of the caller's.
type Source struct {
	// Spec is a text to come back to, without secrets; nil is none. Updates with the same Spec share one copy of it.
	Spec []byte
	// Hash identifies what Spec says.
	Hash string
	// Commit is the revision that Spec was made of; "" is not known. Modified are its files that were not as in
	// that revision, sorted.
	Commit   string
	Modified []string
	// Again is the number of the update whose Spec this is once more; 0 is a new one.
	Again int
}

// UpdateResult is what became of an update.
type UpdateResult string

// The results of an update.
const (
	Succeeded UpdateResult = "succeeded"
	Failed    UpdateResult = "failed"
	// Interrupted is stopped by the user, or cut off.
	Interrupted UpdateResult = "interrupted"
	// Unreadable is an entry that is damaged, or that a newer version has written.
	Unreadable UpdateResult = "unreadable"
)

// Update is an entry of a stack's history: an operation that has changed something, or was about to.
type Update struct {
	// Number counts the updates of the stack from 1. It stays when older ones are pruned.
	Number int
	// Operation is up, refresh or destroy, or the command that has edited the state.
	Operation string
	// Start and End are in UTC. Of what was cut off, End is when that was found out.
	Start, End time.Time
	User, Host string
	// Source is without its Spec, see [Stack.Update].
	Source Source
	Result UpdateResult
	// Failure is why it failed; "" when it did not.
	Failure string
	// Summary and Changes are those of [Result]. Of what was cut off, Changes are without their diffs.
	Summary Summary
	Changes []Change
	// Before and After are the hashes of the state; Before is "" where there was none.
	Before, After string

	// run identifies the run, so that it has one entry whoever writes it.
	run string
}

// NoUpdateError says that a history has no update of a number.
type NoUpdateError struct {
	Stack  string
	Number int
	// First and Last are the numbers of the oldest and the newest; 0 is an empty history.
	First, Last int
}

func (e *NoUpdateError) Error() string {
	if e.Last == 0 {
		return fmt.Sprintf("stack %s has no history", e.Stack)
	}
	return fmt.Sprintf("the history of stack %s has no update %d: it has %d to %d", e.Stack, e.Number, e.First, e.Last)
}

// updateKey is where an update stands in the bucket.
type updateKey struct {
	key string
	// run is the beginning that the entries of one operation share.
	run    string
	number int
}

const (
	updateExt = ".msgdeploy.json.gz"
	specExt   = ".spec.gz"
)

// updateKeys lists the updates, the oldest first, and the keys of all that is in the history.
func (s *Stack) updateKeys(ctx context.Context) (updates []updateKey, all []string, err error) {
	all, err = s.bucket.list(ctx, s.keys.history())
	if err != nil {
		return nil, nil, fmt.Errorf("list the history of stack %s: %w", s.opts.Stack, err)
	}
	for _, key := range all {
		name, ok := strings.CutSuffix(key, updateExt)
		dot := strings.LastIndexByte(name, '.')
		if !ok || dot < 0 {
			continue
		}
		if n, err := strconv.Atoi(name[dot+1:]); err == nil {
			updates = append(updates, updateKey{key, name[:dot+1], n})
		}
	}
	// By number: the clocks of those who have written them may differ.
	slices.SortFunc(updates, func(a, b updateKey) int { return a.number - b.number })
	return updates, all, nil
}

// History returns the newest updates, the newest first, and how many there are in all; limit 0 is no limit.
// One that cannot be read is [Unreadable].
func (s *Stack) History(ctx context.Context, limit int) (updates []Update, all int, err error) {
	keys, _, err := s.updateKeys(ctx)
	if err != nil {
		return nil, 0, err
	}
	all = len(keys)
	if limit > 0 {
		keys = keys[max(0, len(keys)-limit):]
	}
	slices.Reverse(keys)
	updates = make([]Update, len(keys))
	errs := make([]error, len(keys))
	var wait sync.WaitGroup
	room := make(chan struct{}, s.opts.parallel())
	for i, key := range keys {
		room <- struct{}{}
		wait.Go(func() {
			defer func() { <-room }()
			updates[i], errs[i] = s.readUpdate(ctx, key)
		})
	}
	wait.Wait()
	return updates, all, errors.Join(errs...)
}

// Update returns one update with the Spec of its Source. The error is a [NoUpdateError] where there is none.
func (s *Stack) Update(ctx context.Context, number int) (*Update, error) {
	keys, _, err := s.updateKeys(ctx)
	if err != nil {
		return nil, err
	}
	i, ok := slices.BinarySearchFunc(keys, number, func(k updateKey, n int) int { return k.number - n })
	if !ok {
		e := &NoUpdateError{Stack: s.opts.Stack, Number: number}
		if len(keys) > 0 {
			e.First, e.Last = keys[0].number, keys[len(keys)-1].number
		}
		return nil, e
	}
	u, err := s.readUpdate(ctx, keys[i])
	if err != nil || u.Source.Hash == "" {
		return &u, err
	}
	if u.Source.Spec, err = s.readSpec(ctx, u.Source.Hash); err != nil {
		return nil, err
	}
	return &u, nil
}

// record adds an update to the history, with the state that it led to. changes are in Pulumi's words.
// To record a run again changes nothing.
func (s *Stack) record(ctx context.Context, u Update, changes display.ResourceChanges, state []byte) error {
	keys, all, err := s.updateKeys(ctx)
	if err != nil {
		return err
	}
	u.Number = 1
	if len(keys) > 0 {
		last := keys[len(keys)-1]
		u.Number = last.number + 1
		if have, err := s.readUpdate(ctx, last); err == nil && u.run != "" && have.run == u.run {
			return nil
		}
	}
	if key := s.specKey(u.Source.Hash); u.Source.Spec != nil && !slices.Contains(all, key) {
		if err := s.writeSpec(ctx, key, u.Source); err != nil {
			return err
		}
	}
	prefix := fmt.Sprintf("%s%s-%d", s.keys.history(), s.opts.Stack, time.Now().UnixNano())
	if kind, ok := kinds[Operation(u.Operation)]; ok {
		if err := s.recordForPulumi(ctx, prefix, kind, u, changes, state); err != nil {
			return err
		}
	}
	data, err := encodeUpdate(u)
	if err != nil {
		return err
	}
	return s.bucket.replace(ctx, fmt.Sprintf("%s.%d%s", prefix, u.Number, updateExt), "", data)
}

// kinds are the operations in the words of Pulumi's history.
var kinds = map[Operation]apitype.UpdateKind{
	OperationUp:      apitype.UpdateUpdate,
	OperationRefresh: apitype.RefreshUpdate,
	OperationDestroy: apitype.DestroyUpdate,
}

// recordForPulumi adds the entry that the stock CLI shows.
func (s *Stack) recordForPulumi(ctx context.Context, prefix string, kind apitype.UpdateKind, u Update, changes display.ResourceChanges, state []byte) error {
	result := backend.SucceededResult
	if u.Result != Succeeded {
		result = backend.FailedResult
	}
	environment := map[string]string{backend.ExecutionKind: msgdeploy}
	if u.Source.Commit != "" {
		environment[backend.GitHead] = u.Source.Commit
		environment[backend.GitDirty] = strconv.FormatBool(len(u.Source.Modified) > 0)
	}
	entry, err := marshal(backend.UpdateInfo{
		Kind:            kind,
		StartTime:       u.Start.Unix(),
		EndTime:         u.End.Unix(),
		Environment:     environment,
		Result:          result,
		ResourceChanges: changes,
	})
	if err != nil {
		return err
	}
	if err := s.bucket.write(ctx, prefix+".checkpoint.json", state); err != nil {
		return err
	}
	return s.bucket.write(ctx, prefix+".history.json", entry)
}

// Prune forgets all but the newest updates, with Pulumi's entries of them and the specs that no update has any
// more. It returns how many updates are gone. The state is not touched.
func (s *Stack) Prune(ctx context.Context, keep int) (int, error) {
	l, err := s.acquire(ctx, "history prune")
	if err != nil {
		return 0, err
	}
	defer l.release(context.WithoutCancel(ctx))
	updates, all, err := s.updateKeys(ctx)
	if err != nil {
		return 0, err
	}
	old := updates[:max(0, len(updates)-keep)]
	if len(old) == 0 {
		return 0, nil
	}
	needed := map[string]bool{}
	for _, key := range updates[len(old):] {
		u, err := s.readUpdate(ctx, key)
		if err != nil {
			return 0, err
		}
		if u.Result == Unreadable {
			return 0, fmt.Errorf("update %d of stack %s cannot be read, so nobody can tell which specs are still needed: %s", u.Number, s.opts.Stack, u.Failure)
		}
		needed[s.specKey(u.Source.Hash)] = true
	}
	gone := map[string]bool{}
	for _, key := range old {
		gone[key.run] = true
	}
	for _, key := range slices.Backward(all) { // an update goes last of what it has: a prune that was cut off can be done again
		prefix := s.keys.history() + s.opts.Stack
		run, _, _ := strings.Cut(strings.TrimPrefix(key, prefix), ".")
		if gone[prefix+run+"."] || strings.HasSuffix(key, specExt) && !needed[key] {
			if err := s.bucket.remove(ctx, key); err != nil {
				return 0, fmt.Errorf("prune the history of stack %s: %w", s.opts.Stack, err)
			}
		}
	}
	return len(old), nil
}
