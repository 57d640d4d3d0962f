package deploy

import "fmt"

// ChangedError says that somebody else has written the state while an operation was running. Nothing
// was overwritten; what the operation did is in its journal, which the next operation refuses
// ([JournalError]) until somebody has decided.
type ChangedError struct {
	Stack string
	// Want is the hash of the state that should have been there, Have that of the state that is;
	// "" is no state, or for Have also one that came in the very moment of the write.
	Want, Have string
	// Journal is the file that has what the operation did.
	Journal string
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("the state of stack %s was changed by someone else during this operation, from %s to %s, and was not overwritten; "+
		"what this operation did is on record in %s. `msgdeploy stacks recover %s` shows both",
		e.Stack, orNone(e.Want), orNone(e.Have), e.Journal, e.Stack)
}

// StolenError says that an operation's lock was removed while it was running, and that somebody else
// has taken it. What the operation did is in its journal.
type StolenError struct {
	Stack  string
	Holder Holder
	// Journal is the file that has what the operation did.
	Journal string
}

func (e *StolenError) Error() string {
	return fmt.Sprintf("the lock of this operation on stack %s was removed while it was running, and %s holds the stack now; "+
		"no state was written, what this operation did is on record in %s. When that run has ended, run the same command again on this machine",
		e.Stack, e.Holder, e.Journal)
}
