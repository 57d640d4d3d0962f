package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/pkg/v3/backend"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// story is what a journal that was left behind tells.
type story struct {
	header  header
	entries []apitype.JournalEntry
	// end is where the entries end in the file.
	end    int64
	result string
	// damaged is set where the first line cannot be read, though others can.
	damaged bool
	// kept are the hashes of the states that were written while the operation went on.
	kept []string
}

// readStory reads as much of a journal as was written whole. ok is false where
// not even the header was: then the operation had not begun.
func readStory(data []byte) (s story, ok bool) {
	size := len(data)
	for {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		if !whole {
			return s, ok
		}
		r, good := parseLine(line)
		switch {
		case !good && !ok:
			return story{damaged: damagedHeader(rest)}, false
		case !good:
			return s, ok
		case !ok && r.Header == nil:
			return story{damaged: true}, false
		case r.Header != nil:
			s.header, ok = *r.Header, true
		case r.Entry != nil:
			s.entries = append(s.entries, *r.Entry)
		case r.Kept != "":
			s.kept = append(s.kept, r.Kept)
		case r.Result != "":
			s.result = r.Result
			return s, true
		}
		data = rest
		s.end = int64(size - len(rest))
	}
}

// recover finishes what an interrupted operation left behind: it folds its
// journal into the state, or drops the journal if that had already happened.
// The stack's lock is held.
func (s *Stack) recover(ctx context.Context, c *checkpoint) (*checkpoint, error) {
	name := s.opts.journalFile()
	told, ok, found, err := s.readJournal()
	if err != nil || !found {
		return c, err
	}
	switch told.fits(ok, c.hash) {
	case fitNothing:
	case fitFolded:
		// All had been done but the removal, and maybe the entry in the history.
		var before []apitype.ResourceV3
		if base, err := s.baseOf(ctx, c, told); err == nil {
			before = base.deployment.Resources
		}
		s.recordCutOff(ctx, told, before, c)
	case fitNewer:
		return nil, fmt.Errorf("read journal %s: it was written by a newer msgdeploy", name)
	case fitReplay:
		base, err := s.baseOf(ctx, c, told)
		if err != nil {
			return nil, err
		}
		before := slices.Clone(base.deployment.Resources)
		if c, err = s.replayOn(ctx, base, told, append([]string{told.header.Base}, told.kept...)); err != nil {
			return nil, fmt.Errorf("replay journal %s: %w", name, err)
		}
		s.recordCutOff(ctx, told, before, c)
		s.warn(fmt.Sprintf("%s of stack %s was cut off; its %d recorded steps are in the state now",
			s.leftover(told, c.hash), s.opts.Stack, len(told.entries)))
	case fitNeither:
		return nil, s.doesNotFit(told, c)
	}
	if err := removeFile(s.opts.disk, name); err != nil {
		return nil, fmt.Errorf("remove journal: %w", err)
	}
	return c, nil
}

func (s *Stack) doesNotFit(told story, c *checkpoint) *JournalError {
	return &JournalError{Stack: s.opts.Stack, Leftover: *s.leftover(told, c.hash)}
}

// peek returns what the state will be once the journal is folded into it, without doing so.
// A journal that does not belong to the state is the next operation's problem.
func (s *Stack) peek(ctx context.Context, c *checkpoint) (*checkpoint, error) {
	told, ok, found, err := s.readJournal()
	if err != nil || !found {
		return c, err
	}
	if told.fits(ok, c.hash) != fitReplay {
		s.noteJournal(c.hash)
		return c, nil
	}
	base, err := s.baseOf(ctx, c, told)
	if err != nil {
		return nil, err
	}
	s.warn(fmt.Sprintf("%s of stack %s was cut off or is still running; this preview starts from its %d recorded steps",
		s.leftover(told, c.hash), s.opts.Stack, len(told.entries)))
	d, err := replayed(told.header.start(base.deployment), told.entries)
	if err != nil {
		return nil, fmt.Errorf("replay journal %s: %w", s.opts.journalFile(), err)
	}
	settlePending(d.Deployment)
	return &checkpoint{deployment: d.Deployment, hash: c.hash, interrupted: true}, nil
}

// replayOn makes the state that a journal leads to from base, and saves it in the place of one of those with the
// hashes in place.
func (s *Stack) replayOn(ctx context.Context, base *checkpoint, told story, place []string) (*checkpoint, error) {
	d, err := replayed(told.header.start(base.deployment), told.entries)
	if err != nil {
		return nil, err
	}
	data, err := encodeCheckpoint(s.keys, d)
	if err != nil {
		return nil, err
	}
	// The manifest holds a time, so this is no state that the journal could foresee: it has to be on
	// record before it is written, like that of an operation that ends well.
	if err := setResult(s.opts.disk, s.opts.journalFile(), told.end, hash(data)); err != nil {
		return nil, err
	}
	if err := saveCheckpoint(ctx, s.bucket, s.keys, place, data); err != nil {
		return nil, err
	}
	return parseCheckpoint(data, s.keys)
}

// baseOf returns the state that a journal starts from: c itself, or, where c was written while the
// operation went on, the one before it, which is kept beside it.
func (s *Stack) baseOf(ctx context.Context, c *checkpoint, told story) (*checkpoint, error) {
	switch told.header.Base {
	case c.hash:
		return c, nil
	case "":
		return &checkpoint{deployment: &apitype.DeploymentV3{}}, nil
	}
	data, err := s.bucket.read(ctx, s.keys.backup())
	if err != nil {
		return nil, fmt.Errorf("read the state that the journal starts from: %w", err)
	}
	if hash(data) != told.header.Base {
		return nil, s.doesNotFit(told, c)
	}
	return parseCheckpoint(data, s.keys)
}

// setResult puts the result's hash behind the entries, in the place of whatever stands there.
func setResult(d disk, name string, end int64, result string) error {
	line, err := marshal(record{Result: result})
	if err != nil {
		return err
	}
	f, err := d.reopen(name)
	if err != nil {
		return err
	}
	if err = f.Truncate(end); err == nil {
		_, err = f.WriteAt(appendLine(nil, line), end)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// replayed applies entries to base, which it changes.
func replayed(base *apitype.DeploymentV3, entries []apitype.JournalEntry) (apitype.TypedDeployment, error) {
	r := backend.NewJournalReplayer(base)
	check := entryChecker{resources: len(base.Resources), states: map[int64]bool{}}
	for i, e := range entries {
		if err := check.entry(e); err != nil {
			return apitype.TypedDeployment{}, fmt.Errorf("entry %d: %w", i+1, err)
		}
		if err := r.Add(e); err != nil {
			return apitype.TypedDeployment{}, fmt.Errorf("entry %d: %w", i+1, err)
		}
		if e.Kind == apitype.JournalEntryKindRebuiltBaseState {
			// The entries that follow count in the state made so far.
			d, err := r.GenerateDeployment()
			if err != nil {
				return apitype.TypedDeployment{}, fmt.Errorf("entry %d: %w", i+1, err)
			}
			check = entryChecker{resources: len(d.Deployment.Resources), states: map[int64]bool{}}
		}
	}
	return r.GenerateDeployment()
}

// entryChecker guards Pulumi's replayer, which trusts that entries make sense and panics where they do not.
type entryChecker struct {
	// resources is how many resources the base has.
	resources int
	// states holds the operations that have added a resource.
	states map[int64]bool
}

var errEntry = errors.New("it refers to something that is not there")

func (c *entryChecker) entry(e apitype.JournalEntry) error {
	for _, old := range []*int64{e.RemoveOld, e.DeleteOld, e.PendingReplacementOld} {
		if old != nil && (*old < 0 || *old >= int64(c.resources)) {
			return errEntry
		}
	}
	for _, op := range []*int64{e.RemoveNew, e.DeleteNew, e.PendingReplacementNew} {
		if op != nil && !c.states[*op] {
			return errEntry
		}
	}
	switch e.Kind {
	case apitype.JournalEntryKindSuccess:
		if e.State != nil {
			c.states[e.OperationID] = true
		}
	case apitype.JournalEntryKindWrite:
		if e.NewSnapshot == nil {
			return errEntry
		}
		c.resources = len(e.NewSnapshot.Resources)
	case apitype.JournalEntryKindSecretsManager:
		if e.SecretsProvider == nil {
			return errEntry
		}
	case apitype.JournalEntryKindExtensionParameterize:
		if e.ExtensionRef == nil || e.Extension == nil {
			return errEntry
		}
	}
	return nil
}
