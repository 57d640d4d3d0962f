// Package deploy is Pulumi's engine, linked in: stacks, their state, and the
// operations on them. It runs any Pulumi program and knows no spec.
//
// An operation goes one way: open a [Stack], lock it, preview, let the caller
// approve, run the engine, turn its events into a [Result].
//
// # State
//
// State is an ordinary Pulumi checkpoint in the layout of Pulumi's file, S3, GCS and Azure
// backends, which the stock CLI reads and writes. What is missing from it are stack traces and
// source positions. It is written at the end of an operation, by this order, under one lock: the
// checkpoint, then the journal goes, then the lock. State on another machine is also written now
// and then while the operation goes on, see keeper.go.
//
// # Crashes
//
// While an operation runs, a journal beside the state records each step before and after the
// world is touched. The journal names the hash of the state that it starts from, and in the end
// that of the state that it makes. So whoever comes next, after a crash, knows whether to replay
// it, to drop it, or to refuse because somebody else has changed the state since. Steps that
// were cut off in the middle are settled by the next operation itself, see pending.go.
//
// Everything that touches Pulumi's engine, which promises no stable API, is in this package.
package deploy

import (
	"context"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Options says which stack is meant and how operations on it run.
type Options struct {
	// Dir is the project's `.msgdeploy` directory. It is made by the first operation that writes.
	Dir string
	// Backend is a Pulumi backend URL; "" keeps the state in Dir.
	Backend string
	// Secrets is a Pulumi secrets provider URL; "" is a passphrase.
	Secrets string
	// Passphrase and PassphraseFile say where the passphrase comes from, in this order. Without
	// either, state in Dir has one of its own in Dir/key; a remote backend is refused.
	Passphrase     string
	PassphraseFile string
	Project        string
	Stack          string
	// Target is the cloud, account and region that the stack belongs to, as sorted key=value
	// facts. It is kept in the state; an operation with another Target is refused ([TargetError]).
	Target map[string]string
	// Plugins are the resource providers that are served in this process, by package name. They are
	// asked to be idempotent, which is how a run goes on after one that was killed: Create adopts
	// what an interrupted Create of the same resource left behind, and Delete and Read find it by its
	// inputs alone, where its ID is [InterruptedID]. Read returns the ID that it has.
	Plugins map[string]func() plugin.Provider
	// Pretend are stand-ins for the providers, by package name, for [Stack.Adopt]: what is not adopted is made by
	// them, in memory, and forgotten.
	Pretend map[string]func() plugin.Provider
	// InProcess refuses all other plugins: none is looked for, installed or started.
	InProcess bool
	// Undecrypted is what a secret of the state reads that cannot be decrypted here: without the
	// passphrase, and in any case where its key is in a cloud's KMS, which is not asked then. "" is an
	// error instead. With Undecrypted a stack can only be previewed.
	Undecrypted string
	// Stateful holds the type tokens of the resources whose deletion loses messages.
	Stateful map[string]bool
	// Identity holds, by type token, the inputs by which a cloud knows a resource: to make a second one with
	// the same inputs is to be given the first. What would be deleted as it is made is refused ([TakeoverError]).
	Identity map[string][]string
	// Adopts says, of the types whose cloud answers a creation with what exists already, how to look for that first.
	// What exists is not made, but for what the state has ([OperationError]). Such types have an Identity.
	Adopts map[string]Lookup
	// Identify returns the ID that a resource of another plugin has in its cloud if it exists, where that
	// follows from its inputs. With it, a refresh finds out about creations that were cut off.
	Identify func(Creation) (id string, ok bool)
	// Unconfirmed holds, by type token, the output that is true for as long as somebody outside
	// has to confirm a resource. What is unconfirmed is asked about before it is compared.
	Unconfirmed map[string]string
	// Lasting holds, by type token, the outputs that stay what they are for as long as the resource is
	// there, as paths. A plugin that does not know them while it previews an update is told.
	Lasting map[string][]string
	// Messages, if set, counts what a stateful resource holds; ok is false where nobody can tell.
	Messages func(ctx context.Context, c Change) (n uint64, ok bool)
	// Source, if set, tells the history what an up carries out. It is asked when the up begins.
	Source func() Source
	// Abort, when it is closed, stops an operation at once: what is in flight is left to itself, and
	// is pending in the state. The end of an operation's context, in contrast, lets it finish.
	Abort <-chan struct{}
	// LockTimeout is how long to wait for a lock that somebody else has; 0 is not at all. The end of
	// an operation's context ends the wait.
	LockTimeout time.Duration
	// Parallel is how many resource operations run at once; 0 is 16.
	Parallel int
	// Progress, if set, is told of each step as it starts and ends. Calls are sequential.
	Progress func(Progress)
	// Warn, if set, is told of notes that need no decision: a lock removed, a journal replayed.
	Warn func(string)

	// disk is what is written to; nil is this machine's.
	disk disk
	// patience is how long a remote backend is waited for; zeros are the defaults.
	patience patience
	// pacing is how a cloud that has too many requests is waited for; zeros are the defaults.
	pacing pacing
}

// Op is what happens to a resource.
type Op string

// The operations, in Pulumi's words.
const (
	OpSame    Op = "same"
	OpCreate  Op = "create"
	OpUpdate  Op = "update"
	OpReplace Op = "replace"
	OpDelete  Op = "delete"
)

// Change is one resource that changes, or would.
type Change struct {
	// Element is the address in the spec that the resource belongs to (`queue.jobs`), or "stack".
	Element string
	Type    string
	Name    string
	URN     string
	// ID is the resource's id in its cloud; "" where it is not made yet.
	ID string
	Op Op
	// Component is set for the spec's own elements: they are not counted as resources.
	Component bool
	// Reasons are the properties that force a replacement, sorted.
	Reasons []string
	Diff    []PropertyDiff
	// DataLoss is set when messages would be lost; Messages is how many, -1 where nobody can tell.
	DataLoss bool
	Messages int64
	// Protected is set when the resource is protected: its deletion or replacement is going to be refused.
	Protected bool
}

// PropertyDiff is one property that changes. Before and After are plain JSON values;
// secrets read "[secret]" and values that are not known yet are [Unknown].
type PropertyDiff struct {
	Path   string
	Kind   string // add, update or delete
	Before any
	After  any
}

// Unknown stands for a value that only the operation itself will tell.
type Unknown struct{}

// MarshalJSON makes it read as design.md says, "Machine output".
func (Unknown) MarshalJSON() ([]byte, error) { return []byte(`{"unknown":true}`), nil }

// Summary counts the clouds' resources by what happens to them.
type Summary struct{ Create, Update, Replace, Delete, Same int }

// Result is what an operation did, or a preview would do.
type Result struct {
	// Changes are sorted by element, type and name. Only what changes is listed. Where an up changes the
	// stack's outputs and nothing else, that is one change of the stack itself.
	Changes []Change
	// Summary counts without components and provider settings.
	Summary Summary
	// Checkpoint is the SHA-256 of the state that the operation starts from, as "sha256:…"; "" is a
	// stack without state.
	Checkpoint string
	// Interrupted is set by a preview that starts from the steps of an operation that was cut off, or
	// still runs: no operation is going to find that state, since it is not written yet.
	Interrupted bool
	// Outputs are the stack's outputs after the operation, secrets as "[secret]".
	Outputs map[string]any
	// Unconfirmed are the elements that somebody outside has yet to confirm, sorted.
	Unconfirmed []string
	// Takeovers are what the operation would lose as it makes it. Each of them is among the diagnostics too.
	Takeovers []Takeover
	// Diagnostics are the engine's and the providers' own messages.
	Diagnostics []Message
}

// Message is something that the engine or a provider said about a resource.
type Message struct {
	Severity string // error, warning or info
	Element  string
	URN      string
	Text     string
}

// Progress is one step of a running operation.
type Progress struct {
	Change Change
	// Done is false when the step starts and true when it has ended.
	Done bool
	// Err is what the step failed with.
	Err string
	// Finished and Total count the resource steps of the operation; Total is 0 while it is not known.
	Finished, Total int
}

// Program is what an operation runs: a Pulumi program in Go.
type Program = pulumi.RunFunc
