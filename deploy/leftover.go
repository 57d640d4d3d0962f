package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Leftover is a journal that an operation has left behind, or that belongs to one that still runs.
type Leftover struct {
	// Path is the journal's file.
	Path string
	// Operation is what it is about; "" where its first line cannot be read.
	Operation Operation
	// By is who ran it; nil where the journal does not say.
	By *Holder
	// Steps are the resources that it has touched, as "creating queue-name", in the order that they came.
	Steps []string
	// Fits is set where the state is one that the journal knows, so that the next operation takes it in.
	Fits bool
	// State, Base and Result are the hashes of the state as it is, and as it was before and after
	// the operation; Result is "" where the operation did not come to its end.
	State, Base, Result string
	// Resources counts what the state has in its cloud.
	Resources int
}

// String reads like "the up of stack local by ann@build-7 (pid 812) since 2026-11-24T10:25:00Z".
func (l *Leftover) String() string {
	switch {
	case l.Operation == "":
		return "an operation of which nobody knows more"
	case l.By == nil:
		return "the last " + string(l.Operation)
	}
	return fmt.Sprintf("the %s by %s", l.Operation, l.By)
}

// fit is how a journal and a state stand to each other.
type fit int

const (
	// fitNothing is a journal that tells of nothing that was done.
	fitNothing fit = iota
	// fitReplay is one that leads on from the state.
	fitReplay
	// fitFolded is one whose result the state is.
	fitFolded
	// fitNewer is one that only a newer msgdeploy can read.
	fitNewer
	// fitNeither is one that knows nothing of the state, or that is damaged.
	fitNeither
)

// fits compares a story, which is whole where ok is set, with a state.
func (t story) fits(ok bool, state string) fit {
	switch {
	case t.damaged:
		return fitNeither
	case !ok || t.header.Base == state && len(t.entries) == 0:
		return fitNothing
	case t.header.Version > journalVersion:
		return fitNewer
	case t.header.Base == state || slices.Contains(t.kept, state):
		return fitReplay
	case t.result != "" && t.result == state:
		return fitFolded
	}
	return fitNeither
}

// readJournal reads what was left behind; found is false where nothing was.
func (s *Stack) readJournal() (told story, ok, found bool, err error) {
	data, err := os.ReadFile(s.opts.journalFile())
	if errors.Is(err, fs.ErrNotExist) {
		return story{}, false, false, nil
	}
	if err != nil {
		return story{}, false, false, fmt.Errorf("read journal: %w", err)
	}
	told, ok = readStory(data)
	return told, ok, true, nil
}

// Leftover returns the journal of an operation that was cut off, or that still runs; nil where there
// is none. It changes nothing.
func (s *Stack) Leftover(ctx context.Context) (*Leftover, error) {
	c, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	told, ok, found, err := s.readJournal()
	if err != nil || !found {
		return nil, err
	}
	l := s.leftover(told, c.hash)
	l.Resources = resources(c.deployment)
	f := told.fits(ok, c.hash)
	l.Fits = f != fitNeither && f != fitNewer
	return l, nil
}

func (s *Stack) leftover(told story, state string) *Leftover {
	l := &Leftover{
		Path: s.opts.journalFile(), Operation: told.header.Operation, By: told.header.By,
		State: state, Base: told.header.Base, Result: told.result,
	}
	for _, e := range told.entries {
		if op := e.Operation; op != nil && cloudly(op.Resource) {
			l.Steps = append(l.Steps, string(op.Type)+" "+op.Resource.URN.Name())
		}
	}
	return l
}

// noteJournal says, once, that there is a journal which is not in the state that is about to be shown.
func (s *Stack) noteJournal(state string) {
	told, ok, found, err := s.readJournal()
	f := told.fits(ok, state)
	if err != nil || !found || f == fitNothing || f == fitFolded {
		return
	}
	l := s.leftover(told, state)
	note := fmt.Sprintf("%s was cut off, or still runs: its %d steps are not in the state that is read here; the next up takes them in, and so does `msgdeploy stacks recover %s`",
		l, len(l.Steps), s.opts.Stack)
	if f != fitReplay {
		note = fmt.Sprintf("there is a journal that does not fit the state: `msgdeploy stacks recover %s` shows both", s.opts.Stack)
	}
	s.noted.Do(func() { s.warn(note) })
}

// Side is one of a journal and a state that do not fit each other.
type Side string

// The sides.
const (
	SideState   Side = "state"
	SideJournal Side = "journal"
)

// Recovery is what [Recover] did.
type Recovery struct {
	// Leftover is what it found; nil where there was nothing.
	Leftover *Leftover
	// Backup is where the other side is kept: a file of the journal, or the state's key in the backend.
	Backup string
}

// Recover does what the next operation would do about a journal that was left behind: it takes it
// into the state. A journal that does not fit is refused with a [JournalError] unless keep says which
// side is right; the other one is put aside.
//
//   - [SideState] leaves the state as it is.
//   - [SideJournal] replays the journal on the state that it starts from, which has to be found among
//     the backups and the history.
func Recover(ctx context.Context, o Options, keep Side) (Recovery, error) {
	s, err := Open(ctx, o)
	if err != nil {
		return Recovery{}, err
	}
	if !s.interrupted() {
		return Recovery{}, nil
	}
	l, err := s.acquire(ctx, "stacks recover")
	if err != nil {
		return Recovery{}, err
	}
	work := context.WithoutCancel(ctx)
	defer l.release(work)
	c, err := s.load(work)
	if err != nil {
		return Recovery{}, err
	}
	told, ok, found, err := s.readJournal()
	if err != nil || !found {
		return Recovery{}, err
	}
	r := Recovery{Leftover: s.leftover(told, c.hash)}
	f := told.fits(ok, c.hash)
	switch {
	case f == fitNeither && keep == SideJournal:
		r.Backup, err = s.preferJournal(work, c, told)
	case (f == fitNeither || f == fitNewer) && keep == SideState:
		r.Backup, err = s.putAside()
	default:
		r.Leftover.Fits = true
		_, err = s.recover(work, c)
	}
	return r, err
}

// putAside renames the journal and returns its new name.
func (s *Stack) putAside() (string, error) {
	name := s.opts.journalFile()
	aside := fmt.Sprintf("%s.%d.bak", strings.TrimSuffix(name, journalExt), time.Now().UnixNano())
	if err := s.opts.disk.rename(name, aside); err != nil {
		return "", fmt.Errorf("put the journal aside: %w", err)
	}
	return aside, s.opts.disk.syncDir(s.opts.journalDir())
}

// preferJournal makes the state what a journal says that does not know the state as it is.
func (s *Stack) preferJournal(ctx context.Context, c *checkpoint, told story) (backup string, err error) {
	if told.damaged {
		return "", fmt.Errorf("the first line of the journal %s is damaged, so nobody knows what it starts from: only the state can be kept", s.opts.journalFile())
	}
	base := &checkpoint{deployment: &apitype.DeploymentV3{}}
	if told.header.Base != "" {
		if base, err = s.find(ctx, told.header.Base); err != nil {
			return "", err
		}
	}
	if backup, err = s.backUp(ctx); err != nil {
		return "", err
	}
	if _, err := s.replayOn(ctx, base, told, []string{c.hash}); err != nil {
		return backup, fmt.Errorf("replay journal %s: %w", s.opts.journalFile(), err)
	}
	return backup, removeFile(s.opts.disk, s.opts.journalFile())
}

// find looks for a state by its hash where old states are kept.
func (s *Stack) find(ctx context.Context, want string) (*checkpoint, error) {
	keys := []string{s.keys.checkpoint(), s.keys.backup()}
	for _, dir := range []string{s.keys.history(), s.keys.backups()} {
		more, err := s.bucket.list(ctx, dir)
		if err != nil {
			return nil, fmt.Errorf("look for the state that the journal starts from: %w", err)
		}
		slices.Reverse(more) // what is wanted is most likely new
		keys = append(keys, more...)
	}
	for _, key := range keys {
		data, err := s.bucket.read(ctx, key)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look for the state that the journal starts from: %w", err)
		}
		if hash(data) == want {
			return parseCheckpoint(data, s.keys)
		}
	}
	return nil, fmt.Errorf("the state that the journal starts from, %s, is neither among the backups nor in the history: only the state can be kept", want)
}

// backUp keeps the state as it is, where the stock CLI keeps its backups, and returns the key; "" where
// there is no state.
func (s *Stack) backUp(ctx context.Context) (string, error) {
	data, _, _, err := fetchCheckpoint(ctx, s.bucket, s.keys)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("%s%s.%d.json", s.keys.backups(), s.opts.Stack, time.Now().UnixNano())
	if err := s.bucket.replace(ctx, name, "", data); err != nil {
		return "", fmt.Errorf("back up the state of stack %s: %w", s.opts.Stack, err)
	}
	return name, nil
}

// damagedHeader reports whether lines that were written whole follow one that cannot be read. The
// first line is durable before there is a second, so that no power cut does that.
func damagedHeader(data []byte) bool {
	for line := range bytes.Lines(data) {
		if _, ok := parseLine(bytes.TrimSuffix(line, []byte("\n"))); ok {
			return true
		}
	}
	return false
}
