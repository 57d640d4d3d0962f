package deploy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"sync"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/backend"
	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
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
	// By is who runs the operation.
	By *Holder `json:"by,omitempty"`
	// Run identifies the run, Start is when it began, and Source what it carries out, for its entry in the history.
	Run    string         `json:"run,omitempty"`
	Start  time.Time      `json:"start,omitzero"`
	Source sourceDocument `json:"source,omitzero"`
	// Orphans and Adopted are what was added to that state, see [withOrphans] and [withAdopted].
	Orphans []string          `json:"orphans,omitempty"`
	Adopted map[string]string `json:"adopted,omitempty"`
}

// start returns the state that the entries apply to, of the one that the header names.
func (h header) start(d *apitype.DeploymentV3) *apitype.DeploymentV3 {
	return withAdopted(withOrphans(d, h.Orphans), h.Adopted)
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
	disk disk
	file file
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
	// size is how many bytes of the file are durable.
	size int64
	// full is why the disk took no more: it is full, read-only or broken. After it nothing begins any
	// more, but what comes to its end is still kept: maybe there is room again when the operation ends.
	full error
	// unsaved are the resources of which only this process knows what has become.
	unsaved []resource.URN
	// err is the first failure of another kind. After it, nothing is accepted any more.
	err error
}

var _ engine.Journal = (*journal)(nil)

// newJournal starts a journal at name, which must not exist. It owns base from now on.
func newJournal(ctx context.Context, d disk, name string, h header, base *apitype.DeploymentV3, keys *keyring) (*journal, error) {
	if err := makeDirs(d, filepath.Dir(name)); err != nil {
		return nil, fmt.Errorf("start journal: %w", err)
	}
	f, err := d.create(name)
	if err != nil {
		return nil, fmt.Errorf("start journal: %w", err)
	}
	j := &journal{
		ctx: ctx, keys: keys, disk: d, file: f,
		replayer:  backend.NewJournalReplayer(base),
		described: base.SecretsProviders,
	}
	j.cond.L = &j.mu
	j.mu.Lock()
	defer j.mu.Unlock()
	j.append(record{Header: &h})
	if err := errors.Join(j.sync(), d.syncDir(filepath.Dir(name))); err != nil {
		j.close()
		_ = d.remove(name) // nothing has begun
		return nil, fmt.Errorf("start journal: %w", err)
	}
	return j, nil
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
	if e.Kind == engine.JournalEntryBegin && j.full != nil {
		return j.full
	}
	if p := j.keys.described(); p != nil && !sameKeys(p, j.described) {
		// The entry may hold the first secret: what opens it has to come before it.
		j.described = p
		j.add(apitype.JournalEntry{Version: 1, Kind: apitype.JournalEntryKindSecretsManager, SecretsProvider: p})
	}
	j.add(entry)
	if !worldly(e) {
		return j.err
	}
	err = j.sync()
	switch {
	case err == nil || j.err != nil:
		return err
	case e.Kind == engine.JournalEntryBegin:
		// It is not going to begin, and so it is not pending either.
		j.add(apitype.JournalEntry{Version: 1, Kind: apitype.JournalEntryKindFailure, SequenceID: e.SequenceID, OperationID: e.OperationID})
		return err
	}
	// It is done, and the end of the operation tries once more to write it down.
	j.unsaved = append(j.unsaved, subject(e)...)
	return nil
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

// subject is the resource that an entry is about, if there is one.
func subject(e engine.JournalEntry) []resource.URN {
	switch {
	case e.Operation != nil:
		return []resource.URN{e.Operation.Resource.URN}
	case e.State != nil:
		return []resource.URN{e.State.URN}
	}
	return nil
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
	for target := j.written; j.synced < target && j.err == nil && j.full == nil; {
		if j.flushing {
			j.cond.Wait()
			continue
		}
		lines, upTo := j.buffer, j.written
		j.buffer, j.spare, j.flushing = j.spare, nil, true
		j.mu.Unlock()
		_, err := j.file.WriteAt(lines, j.size) // only who flushes touches size
		if err == nil {
			err = j.file.Sync()
		}
		j.mu.Lock()
		j.flushing = false
		if err != nil {
			j.full = fmt.Errorf("write journal: %w", err)
			j.buffer = append(lines, j.buffer...)
		} else {
			j.synced, j.size, j.spare = upTo, j.size+int64(len(lines)), lines[:0]
		}
		j.cond.Broadcast()
	}
	if j.err != nil {
		return j.err
	}
	return j.full
}

// tryAgain is a sync that gives a disk which took no more another chance.
func (j *journal) tryAgain() error {
	if j.full == nil {
		return j.sync()
	}
	full := j.full
	j.full = nil
	if err := j.file.Truncate(j.size); err != nil { // half a line may stand there
		j.full = full
	}
	return j.sync()
}

// Close is for the engine, which calls it at the end of its work; the journal ends with seal.
func (j *journal) Close() error { return nil }

// seal ends the journal and returns the state that it makes. An operation that was stopped at once
// may have steps that have not noticed: what they come to is not recorded any more, and they begin nothing.
// A disk that takes no more is no failure here: the state may be on another one.
func (j *journal) seal() (apitype.TypedDeployment, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.tryAgain(); err != nil && j.err != nil {
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
	return j.tryAgain()
}

// remove deletes the journal: its state is in the bucket.
func (j *journal) remove() error {
	if err := errors.Join(j.file.Close(), removeFile(j.disk, j.file.Name())); err != nil {
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
