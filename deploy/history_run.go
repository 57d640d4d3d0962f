package deploy

import (
	"context"
	"errors"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/display"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// recordRun writes the entry of an operation that came to its end, well or not. Without an entry the operation
// is as done as with one, so that what goes wrong is no more than a note.
func (s *Stack) recordRun(ctx context.Context, h header, p *plan, out outcome, r *Result, state []byte) {
	u := h.update()
	u.Result, u.After = Succeeded, hash(state)
	var interrupted *InterruptedError
	switch {
	case errors.As(out.err, &interrupted):
		u.Result = Interrupted
	case out.err != nil:
		u.Result = Failed
	}
	if out.err != nil {
		u.Failure = out.err.Error()
	}
	u.Summary, u.Changes = r.Summary, counted(r.Changes, p.result)
	s.noteRecord(string(h.Operation), s.record(ctx, u, out.changes, state))
}

// counted are changes with the messages that were there to be lost when the preview looked.
func counted(changes []Change, preview *Result) []Change {
	messages := map[string]int64{}
	if preview != nil {
		for _, c := range preview.Changes {
			messages[c.URN] = c.Messages
		}
	}
	out := make([]Change, len(changes))
	for i, c := range changes {
		if c.DataLoss && c.Messages == 0 {
			c.Messages = -1
			if n, ok := messages[c.URN]; ok {
				c.Messages = n
			}
		}
		out[i] = c
	}
	return out
}

// recordCutOff writes the entry of an operation whose process was gone before it could, once the state is what
// the journal makes of it.
func (s *Stack) recordCutOff(ctx context.Context, told story, before []apitype.ResourceV3, after *checkpoint) {
	if told.header.Run == "" { // by a version that had no such history
		return
	}
	u := told.header.update()
	u.Result, u.After = Interrupted, after.hash
	u.Failure = "it was cut off: its process ended before it did"
	u.Changes, u.Summary = s.between(before, after.deployment)
	changes := display.ResourceChanges{}
	for op, n := range map[display.StepOp]int{
		deploy.OpCreate: u.Summary.Create, deploy.OpUpdate: u.Summary.Update, deploy.OpReplace: u.Summary.Replace,
		deploy.OpDelete: u.Summary.Delete, deploy.OpSame: u.Summary.Same,
	} {
		if n > 0 {
			changes[op] = n
		}
	}
	state, _, _, err := fetchCheckpoint(ctx, s.bucket, s.keys)
	if err == nil {
		err = s.record(ctx, u, changes, state)
	}
	s.noteRecord(u.Operation, err)
}

// recordEdit writes the entry of a command that has edited the state.
func (s *Stack) recordEdit(ctx context.Context, command string, start time.Time, before []apitype.ResourceV3, base string, d *apitype.DeploymentV3, result string) {
	u := Update{Operation: command, Start: start, End: time.Now().UTC(), Result: Succeeded, Before: base, After: result}
	if me, err := self(command); err == nil {
		u.User, u.Host = me.User, me.Host
	}
	u.Changes, u.Summary = s.between(before, d)
	for i := range u.Changes { // the clouds were not touched
		u.Changes[i].DataLoss, u.Changes[i].Messages = false, 0
	}
	s.noteRecord(command, s.record(ctx, u, nil, nil))
}

func (s *Stack) noteRecord(what string, err error) {
	if err != nil {
		s.warn("the history has no entry for this " + what + ": " + err.Error())
	}
}

// update is the entry of the operation that a journal is about, as far as its header tells.
func (h header) update() Update {
	u := Update{
		Operation: string(h.Operation), Start: h.Start, End: time.Now().UTC(), Source: Source(h.Source), Before: h.Base, run: h.Run,
	}
	if h.By != nil {
		u.User, u.Host = h.By.User, h.By.Host
	}
	return u
}
