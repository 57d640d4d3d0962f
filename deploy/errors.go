package deploy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Holder is who holds a stack's lock.
type Holder struct {
	PID  int       `json:"pid"`
	User string    `json:"username"`
	Host string    `json:"hostname"`
	Time time.Time `json:"timestamp"`
	// Program is "msgdeploy" for our own locks and "" for those of the stock CLI.
	Program string `json:"program,omitempty"`
	// Command is what runs, such as "up"; "" where the stock CLI's locks do not say.
	Command string `json:"command,omitempty"`
	// torn is set for what a power cut has left of a lock.
	torn bool
}

// String reads like "ann@build-7 (pid 812, up) since 2026-11-24T10:25:00Z".
func (h Holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	command := h.Command
	if command != "" {
		command = ", " + command
	}
	return fmt.Sprintf("%s@%s (pid %d%s) since %s", h.User, h.Host, h.PID, command, h.Time.UTC().Format(time.RFC3339))
}

// LockedError says that another run holds the stack.
type LockedError struct {
	Stack  string
	Holder Holder
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("stack %s is locked by %s", e.Stack, e.Holder)
}

// TargetError says that the stack's resources live somewhere else than where the
// operation would work: another cloud, account, project or region.
type TargetError struct {
	Stack string
	// Have is where the stack's resources are, Want where the operation would work.
	Have, Want map[string]string
}

func (e *TargetError) Error() string {
	return fmt.Sprintf("stack %s belongs to %s, not to %s", e.Stack, facts(e.Have), facts(e.Want))
}

// facts renders a target as sorted key=value words.
func facts(target map[string]string) string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(target)) {
		words = append(words, k+"="+target[k])
	}
	return strings.Join(words, " ")
}

// InterruptedError says that an operation stopped because it was asked to. What
// was done until then is in the state, and the same operation can go on from it.
type InterruptedError struct {
	Stack string
	// Pending are the addresses of resources whose operations were cut off; nobody knows
	// yet whether they happened. There are none unless the stop was at once ([Options.Abort]).
	Pending []string
}

func (e *InterruptedError) Error() string {
	if len(e.Pending) == 0 {
		return fmt.Sprintf("stack %s: interrupted; what was done is in the state", e.Stack)
	}
	return fmt.Sprintf("stack %s: interrupted; what was done is in the state, of these nobody knows yet: %s",
		e.Stack, strings.Join(e.Pending, ", "))
}

// OperationError says that an operation failed. Everything that went well until then is in the state.
type OperationError struct {
	Stack     string
	Operation Operation
	// Messages are the errors, in the order they came up. There is at least one.
	Messages []Message
	// Occupied are what was not made because it exists already, one for each element and sorted. Other plugins say
	// so in words of their own, among the messages.
	Occupied []Occupied
}

func (e *OperationError) Error() string {
	first := e.Messages[0]
	s := first.Text
	if first.Element != "" {
		s = first.Element + ": " + s
	}
	if n := len(e.Messages) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more)", n)
	}
	return s
}

// ProtectedError says that an operation would delete or replace what is protected. Nothing was changed.
type ProtectedError struct {
	Stack string
	// Elements are the addresses of what is protected, sorted.
	Elements []string
}

func (e *ProtectedError) Error() string {
	return fmt.Sprintf("stack %s: protected from deletion and replacement: %s", e.Stack, strings.Join(e.Elements, ", "))
}

// JournalError says that a journal was left behind that belongs neither to the
// state as it is, nor to the one that it would lead to: somebody else has
// changed the state in between, and replaying the journal would undo that.
type JournalError struct {
	Stack string
	Leftover
}

func (e *JournalError) Error() string {
	if e.Operation == "" {
		return fmt.Sprintf("the journal %s is damaged in its first line, so nobody knows which state it starts from. "+
			"`msgdeploy stacks recover %s --keep state` keeps the state, %s, and puts the journal aside", e.Path, e.Stack, orNone(e.State))
	}
	result := e.Result
	if result == "" {
		result = "an unknown state"
	}
	return fmt.Sprintf("the journal %s, of %s, leads from %s to %s, but the state is %s: it was changed by someone else. "+
		"`msgdeploy stacks recover %s` shows both; with `--keep state` the journal is put aside, and with `--keep journal` the state",
		e.Path, e.String(), orNone(e.Base), result, orNone(e.State), e.Stack)
}

func orNone(hash string) string {
	if hash == "" {
		return "no state"
	}
	return hash
}

// UnsavedError says that the state could not be written at the end of an operation: the disk is full
// or broken, or the backend cannot be reached. The journal stays, and whoever comes next takes it in.
type UnsavedError struct {
	Stack   string
	Journal string
	Err     error
	// Unknown are the resources that came to their end while the journal could not be written
	// either: the state is going to call them pending.
	Unknown []resource.URN
}

func (e *UnsavedError) Error() string {
	s := fmt.Sprintf("%v. What was done is on record in %s: keep that file, put right what is wrong, and run the same command again", e.Err, e.Journal)
	if len(e.Unknown) > 0 {
		var names []string
		for _, urn := range e.Unknown {
			names = append(names, urn.Name())
		}
		slices.Sort(names)
		s += ". Of these it does not say how they ended: " + strings.Join(slices.Compact(names), ", ")
	}
	return s
}

func (e *UnsavedError) Unwrap() error { return e.Err }

// NotEmptyError says that a stack cannot be removed because it still has resources.
type NotEmptyError struct {
	Stack     string
	Resources int
}

func (e *NotEmptyError) Error() string {
	return fmt.Sprintf("stack %s still has %d resources", e.Stack, e.Resources)
}
