package deploy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/backend"
	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// A journal file is lines of a checksum and a [record]. The first says which
// state the journal starts from, then comes what the operation did, step by
// step, and the last says which state that made. A line that was not written
// whole, and all that follows it, does not count.

// record is one line of a journal; exactly one field is set.
type record struct {
	Header *header               `json:"header,omitempty"`
	Entry  *apitype.JournalEntry `json:"entry,omitempty"`
	// Result is the hash of the state that the entries before it make.
	Result string `json:"result,omitempty"`
	// Kept is the hash of a state that the entries before it make, and that is written while the
	// operation goes on.
	Kept string `json:"kept,omitempty"`
}

// header says what a journal is about.
type header struct {
	Version   int       `json:"version"`
	Project   string    `json:"project"`
	Stack     string    `json:"stack"`
	Operation Operation `json:"operation"`
	// Base is the hash of the state that the entries apply to; "" is a stack without state.
	Base string `json:"base"`
	// Orphans are what was added to that state, see [withOrphans].
	Orphans []string `json:"orphans,omitempty"`
}

const journalVersion = 1

// journal writes down an operation while it happens, so that nothing that was
// done to the world is forgotten, whatever becomes of this process. It is
// linear: Pulumi's file backend writes the whole state at each step instead.
//
// It is an [engine.Journal], and safe for concurrent use.
type journal struct {
	ctx  context.Context
	keys *keyring

	mu   sync.Mutex
	cond sync.Cond
	file *os.File
	// replayer makes the state of the entries as they come.
	replayer *backend.JournalReplayer
	// described is what the journal says last of the state's keys.
	described *apitype.SecretsProvidersV1
	// buffer is what is not on disk yet: the lines up to number written, of which synced are durable.
	buffer []byte
	// spare is a buffer that has been written out, to be filled again.
	spare           []byte
	written, synced int
	flushing        bool
	// err is the first failure. After it, nothing is accepted any more.
	err error
}

var _ engine.Journal = (*journal)(nil)

// newJournal starts a journal at name, which must not exist. It owns base from now on.
func newJournal(ctx context.Context, name string, h header, base *apitype.DeploymentV3, keys *keyring) (*journal, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, fmt.Errorf("start journal: %w", err)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start journal: %w", err)
	}
	j := &journal{
		ctx: ctx, keys: keys, file: f,
		replayer:  backend.NewJournalReplayer(base),
		described: base.SecretsProviders,
	}
	j.cond.L = &j.mu
	j.mu.Lock()
	defer j.mu.Unlock()
	j.append(record{Header: &h})
	if err := j.sync(); err != nil {
		j.close()
		return nil, err
	}
	return j, syncDir(filepath.Dir(name))
}

// AddJournalEntry writes one entry down. It returns when the entry is durable, if
// the world depends on it; callers that wait at the same time share one sync.
func (j *journal) AddJournalEntry(e engine.JournalEntry) error {
	if e.Kind == engine.JournalEntrySecretsManager {
		return nil // said by append, once there are keys to speak of
	}
	entry, err := backend.SerializeJournalEntry(j.ctx, e, j.keys.Encrypter())
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if p := j.keys.described(); p != nil && !sameKeys(p, j.described) {
		// The entry may hold the first secret: what opens it has to come before it.
		j.described = p
		j.add(apitype.JournalEntry{Version: 1, Kind: apitype.JournalEntryKindSecretsManager, SecretsProvider: p})
	}
	j.add(entry)
	if !worldly(e) {
		return j.err
	}
	return j.sync()
}

// worldly reports whether an entry is about something outside of the state. What is not can be
// found out again by running the program, so nobody has to wait until it is on disk.
func worldly(e engine.JournalEntry) bool {
	switch {
	case e.ElideWrite:
		return false
	case e.Operation != nil:
		return e.Operation.Resource.Custom
	case e.State != nil:
		return e.State.Custom
	}
	return true
}

func (j *journal) add(e apitype.JournalEntry) {
	if e.State != nil {
		strip(e.State)
	}
	if e.Operation != nil {
		strip(&e.Operation.Resource)
	}
	if e.NewSnapshot != nil {
		if p := e.NewSnapshot.SecretsProviders; p != nil && p.Type == "" {
			e.NewSnapshot.SecretsProviders = nil // no keys yet
		}
		for i := range e.NewSnapshot.Resources {
			strip(&e.NewSnapshot.Resources[i])
		}
	}
	j.append(record{Entry: &e})
	if j.err == nil {
		j.err = j.replayer.Add(e)
	}
}

// append puts a line into the buffer. The caller holds the lock.
func (j *journal) append(r record) {
	if j.err != nil {
		return
	}
	line, err := marshal(r)
	if err != nil {
		j.err = fmt.Errorf("write journal: %w", err)
		return
	}
	j.buffer = appendLine(j.buffer, line)
	j.written++
}

func appendLine(b, line []byte) []byte {
	b = fmt.Appendf(b, "%08x ", crc32.Checksum(line, castagnoli()))
	b = append(b, line...)
	return append(b, '\n')
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) } // made once by the library

// sync returns when all lines so far are durable. The first that comes writes for all that
// wait: an operation with sixteen steps at once pays about one sync for sixteen entries.
// The caller holds the lock, which is released in between.
func (j *journal) sync() error {
	for target := j.written; j.synced < target && j.err == nil; {
		if j.flushing {
			j.cond.Wait()
			continue
		}
		lines, upTo := j.buffer, j.written
		j.buffer, j.spare, j.flushing = j.spare, nil, true
		j.mu.Unlock()
		_, err := j.file.Write(lines)
		if err == nil {
			err = j.file.Sync()
		}
		j.mu.Lock()
		j.spare, j.flushing = lines[:0], false
		if err != nil {
			j.err = fmt.Errorf("write journal: %w", err)
		}
		j.synced = upTo
		j.cond.Broadcast()
	}
	return j.err
}

// Close is for the engine, which calls it at the end of its work; the journal ends with seal.
func (j *journal) Close() error { return nil }

// seal ends the journal and returns the state that it makes. An operation that was stopped at once
// may have steps that have not noticed: what they come to is not recorded any more, and they begin nothing.
func (j *journal) seal() (apitype.TypedDeployment, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.sync(); err != nil {
		return apitype.TypedDeployment{}, err
	}
	j.err = errSealed
	return j.replayer.GenerateDeployment()
}

var errSealed = errors.New("the operation has ended")

// soFar returns the state that the entries so far make, and how many lines they are.
func (j *journal) soFar() (apitype.TypedDeployment, int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return apitype.TypedDeployment{}, 0, j.err
	}
	d, err := j.replayer.GenerateDeployment()
	return d, j.written, err
}

// keep writes the hash of a state down that is going to be written while the operation goes on.
func (j *journal) keep(state string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.append(record{Kept: state})
	return j.sync()
}

// conclude writes the hash of the state that the journal makes down, below its entries.
func (j *journal) conclude(result string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.err = nil
	defer func() { j.err = errSealed }()
	j.append(record{Result: result})
	return j.sync()
}

// remove deletes the journal: its state is in the bucket.
func (j *journal) remove() error {
	if err := errors.Join(j.file.Close(), os.Remove(j.file.Name())); err != nil {
		return fmt.Errorf("remove journal: %w", err)
	}
	return nil
}

// close lets go of the file and leaves it for recovery.
func (j *journal) close() { _ = j.file.Close() }

// parseLine returns the record of one line without its end; ok is false for a torn or damaged one.
func parseLine(line []byte) (r record, ok bool) {
	const prefix = len("00000000 ")
	if len(line) < prefix || line[prefix-1] != ' ' {
		return record{}, false
	}
	body := line[prefix:]
	if string(line[:prefix-1]) != fmt.Sprintf("%08x", crc32.Checksum(body, castagnoli())) {
		return record{}, false
	}
	return r, json.Unmarshal(body, &r) == nil
}
