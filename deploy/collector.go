package deploy

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/display"
	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// collector turns the engine's events into a [Result], and tells of progress on
// the way. Events come one at a time.
type collector struct {
	run run
	// parents leads from each resource to the one it belongs to.
	parents map[resource.URN]resource.URN
	changes map[resource.URN]*Change
	// gone are the resources that were deleted already, to be replaced.
	gone map[resource.URN]bool
	// leftovers are the old halves of replacements. One that stands alone was left behind by
	// an operation that did not finish, and is a deletion of its own.
	leftovers map[resource.URN]Change
	// exchange is what is made and what is deleted, to find what would be deleted as it is made.
	exchange exchange
	// running are the steps that have begun and not ended.
	running map[resource.URN]Change
	// messages are in the order they came; said holds them too, since the engine repeats itself.
	messages []Message
	said     map[Message]bool
	summary  Summary
	finished int
	// outputs are the stack's outputs; nil until the program has told them.
	outputs resource.PropertyMap
	// root is the stack's own resource of the state, "" where there is none yet, and rootOutputs what it
	// says there.
	root        resource.URN
	rootOutputs resource.PropertyMap
	// wanted are the resources that the program has asked for.
	wanted map[resource.URN]bool
	// goals are those of them that are in a cloud, in the order in which they were asked for.
	goals []resource.URN
	// unconfirmed are the resources that wait for somebody outside.
	unconfirmed map[resource.URN]bool
	// settled stays true while nothing has come up that would have to be written to the state.
	settled bool
}

func newCollector(r run) *collector {
	c := &collector{
		run:         r,
		parents:     map[resource.URN]resource.URN{},
		changes:     map[resource.URN]*Change{},
		gone:        map[resource.URN]bool{},
		leftovers:   map[resource.URN]Change{},
		running:     map[resource.URN]Change{},
		said:        map[Message]bool{},
		wanted:      map[resource.URN]bool{},
		unconfirmed: map[resource.URN]bool{},
		settled:     len(r.base.Resources) > 0 && len(r.base.PendingOperations) == 0,
	}
	c.root, c.rootOutputs = r.root()
	for _, s := range r.base.Resources {
		c.parents[s.URN] = s.Parent
		c.gone[s.URN] = s.PendingReplacement
	}
	return c
}

func (c *collector) collect(e engine.Event) {
	switch p := e.Payload().(type) {
	case engine.ResourcePreEventPayload:
		c.begin(p.Metadata, p.Internal)
	case engine.ResourceOutputsEventPayload:
		c.end(p.Metadata, p.Internal)
	case engine.ResourceOperationFailedPayload:
		c.fail(p.Metadata)
	case engine.DiagEventPayload:
		c.say(p)
	}
}

// begin takes in a step that starts, or, in a preview, one that would be made.
func (c *collector) begin(m engine.StepEventMetadata, internal bool) {
	for _, s := range []*engine.StepEventStateMetadata{m.Old, m.New} {
		if s != nil {
			c.parents[s.URN] = s.Parent
		}
	}
	if m.Op == deploy.OpRefresh {
		// What it finds comes when it ends. As part of an up, it settles a pending operation.
		c.settled = c.settled && c.run.operation == OperationRefresh
		return
	}
	if m.New != nil {
		if !c.wanted[m.URN] && counts(m) {
			c.goals = append(c.goals, m.URN)
		}
		c.wanted[m.URN] = true
	}
	if m.Op != deploy.OpSame || !sameState(m.Old.State, m.New.State) {
		c.settled = false
	}
	if internal || m.Type == resource.RootStackType {
		return
	}
	op, ok := ops[m.Op]
	if !ok {
		return // reads and the like change nothing
	}
	if op == OpSame {
		if counts(m) {
			c.summary.Same++
		}
		return
	}
	c.exchange.note(m, c.gone[m.URN])
	change := c.change(m, op)
	switch {
	case m.Logical:
		c.changes[m.URN] = &change
	case m.Op == deploy.OpDeleteReplaced || m.Op == deploy.OpDiscardReplaced:
		c.leftovers[m.URN] = change
	}
	if m.Op != deploy.OpReplace && !change.Component { // a replacement's own step only links its halves
		c.running[m.URN] = change
		c.tell(Progress{Change: change})
	}
}

// ops maps the engine's steps to ours. The halves of a replacement go by its name.
var ops = map[display.StepOp]Op{
	deploy.OpSame:              OpSame,
	deploy.OpCreate:            OpCreate,
	deploy.OpImport:            OpCreate,
	deploy.OpUpdate:            OpUpdate,
	deploy.OpDelete:            OpDelete,
	deploy.OpReplace:           OpReplace,
	deploy.OpCreateReplacement: OpReplace,
	deploy.OpImportReplacement: OpReplace,
	deploy.OpDeleteReplaced:    OpReplace,
	deploy.OpDiscardReplaced:   OpReplace,
}

// end takes in a step that has ended well, or the outputs of a component.
func (c *collector) end(m engine.StepEventMetadata, internal bool) {
	if m.Type == resource.RootStackType {
		if m.Op != deploy.OpDelete && m.New != nil {
			c.outputs = m.New.State.Outputs
		}
	}
	if m.Old != nil && m.New != nil && !m.Old.State.Outputs.DeepEquals(m.New.State.Outputs) {
		c.settled = false
	}
	if m.New != nil && m.New.State != nil {
		c.confirm(m.New.State)
	}
	if c.run.operation == OperationRefresh && !internal && m.Type != resource.RootStackType {
		c.found(m)
	}
	c.finish(m.URN, "")
}

// found takes in what a refresh has found out about a resource.
func (c *collector) found(m engine.StepEventMetadata) {
	switch op := ops[m.Op]; op {
	case OpSame:
		if counts(m) {
			c.summary.Same++
		}
	case OpUpdate, OpDelete:
		c.settled = false
		change := c.change(m, op)
		// The messages are gone already, if any were lost.
		change.DataLoss, change.Messages = false, 0
		c.changes[m.URN] = &change
	}
}

// fail takes in a step that has gone wrong.
func (c *collector) fail(m engine.StepEventMetadata) {
	c.settled = false
	text := "failed"
	for _, msg := range slices.Backward(c.messages) {
		if msg.URN == string(m.URN) && msg.Severity == severityError {
			text = msg.Text
			break
		}
	}
	delete(c.changes, m.URN)
	delete(c.leftovers, m.URN)
	c.finish(m.URN, text)
}

// finish ends a running step.
func (c *collector) finish(urn resource.URN, failure string) {
	change, ok := c.running[urn]
	if !ok {
		return
	}
	delete(c.running, urn)
	if failure == "" {
		c.finished++
	}
	c.tell(Progress{Change: change, Done: true, Err: failure})
}

func (c *collector) tell(p Progress) {
	if c.run.journal == nil || c.run.stack.opts.Progress == nil {
		return
	}
	p.Finished, p.Total = c.finished, c.run.total
	c.run.stack.opts.Progress(p)
}

// inFlight returns the elements whose steps never ended, sorted.
func (c *collector) inFlight() []string {
	var pending []string
	for _, change := range c.running {
		pending = append(pending, change.Element)
	}
	slices.Sort(pending)
	return slices.Compact(pending)
}

// steps is how many steps the changes take: a replacement is made of two.
func (c *collector) steps() (n int) {
	for _, change := range c.changes {
		switch {
		case change.Component:
		case change.Op == OpReplace:
			n += 2
		default:
			n++
		}
	}
	return n
}

// change describes what a step does.
func (c *collector) change(m engine.StepEventMetadata, op Op) Change {
	change := Change{
		Element:   c.element(m.URN),
		Type:      string(m.Type),
		Name:      m.URN.Name(),
		URN:       string(m.URN),
		Op:        op,
		Component: !counts(m),
		Diff:      diff(m, op, c.run.operation == OperationRefresh),
	}
	for _, key := range m.Keys {
		change.Reasons = append(change.Reasons, string(key))
	}
	slices.Sort(change.Reasons)
	if m.Old != nil {
		change.ID = string(m.Old.ID)
		// To take protection off and to replace in one go is allowed.
		change.Protected = m.Old.Protect && (m.New == nil || m.New.Protect)
		lost := (op == OpDelete || op == OpReplace) && !c.gone[m.URN]
		change.DataLoss = lost && !m.Old.RetainOnDelete && c.run.stack.opts.Stateful[string(m.Type)]
	}
	return change
}

// counts reports whether a step is about a resource of the cloud: neither a
// component, nor a provider, which is a setting.
func counts(m engine.StepEventMetadata) bool {
	s := m.New
	if s == nil {
		s = m.Old
	}
	return s.Custom && !strings.HasPrefix(string(m.Type), "pulumi:")
}

// componentPrefix starts the types of the spec's own elements.
const componentPrefix = "msgdeploy:index:"

// element returns the address in the spec that a resource belongs to.
func (c *collector) element(urn resource.URN) string { return elementOf(urn, c.parents) }

// elementOf looks for the component that a resource is below of.
func elementOf(urn resource.URN, parents map[resource.URN]resource.URN) string {
	for u := urn; u != ""; u = parents[u] {
		if kind, ok := strings.CutPrefix(string(u.Type()), componentPrefix); ok {
			return strings.ToLower(kind) + "." + u.Name()
		}
	}
	return stackElement
}

// wants reports whether the program has asked for a resource.
func (c *collector) wants(urn resource.URN) bool { return c.wanted[urn] }

// result returns what has been collected.
func (c *collector) result() *Result {
	changes, summary := c.sorted()
	if outputs, ok := c.outputsChange(); ok && len(changes) == 0 {
		changes = append(changes, outputs)
	}
	r := &Result{
		Changes: changes, Summary: summary, Outputs: plainMap(c.outputs), Unconfirmed: c.unconfirmedElements(),
		Takeovers: c.takeovers(), Diagnostics: c.messages,
	}
	for _, t := range r.Takeovers {
		r.Diagnostics = append(slices.Clip(r.Diagnostics), Message{Severity: severityError, Element: t.Element, URN: t.URN, Text: t.String()})
	}
	return r
}

// sorted returns the changes by element, type and name, and counts them.
func (c *collector) sorted() ([]Change, Summary) {
	for urn, change := range c.leftovers {
		if c.changes[urn] == nil {
			change.Op = OpDelete
			c.changes[urn] = &change
		}
	}
	changes := make([]Change, 0, len(c.changes))
	summary := c.summary
	for _, change := range c.changes {
		changes = append(changes, *change)
		if change.Component {
			continue
		}
		switch change.Op {
		case OpCreate:
			summary.Create++
		case OpUpdate:
			summary.Update++
		case OpReplace:
			summary.Replace++
		case OpDelete:
			summary.Delete++
		}
	}
	slices.SortFunc(changes, compareChanges)
	return changes, summary
}
