package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/plan"
	"github.com/msgdeploy/msgdeploy/providers/nats"
	"github.com/msgdeploy/msgdeploy/report"
)

// guard decides, with the preview in hand and the stack locked, whether an
// operation goes ahead. Whatever it answers but nil leaves everything unchanged.
type guard struct {
	app     *app
	session *session
	verb    string
	opts    operationOptions
	// plan is what was agreed to before; nil is nothing.
	plan *plan.Plan
	// wholeStack is set for destroy, whose one answer covers the messages too.
	wholeStack bool
	// readOnly is set for refresh, which changes the state and nothing else.
	readOnly bool
}

// approve is what package deploy asks before it changes anything.
func (g guard) approve(ctx context.Context, r *deploy.Result) error {
	if err := g.planned(ctx, r); err != nil {
		return err
	}
	if !pending(r) {
		return nil
	}
	g.session.advise(r, g.opts.output)
	if g.opts.output == "text" || g.app.asks {
		if err := g.session.view(g.verb, true, r).WriteText(g.app.stderr, g.app.noteStyle()); err != nil {
			return err
		}
	}
	if err := g.failsOn(r); err != nil {
		return err
	}
	if g.opts.expectNoChanges {
		return errPending
	}
	if !g.readOnly {
		if err := g.protects(r); err != nil {
			return err
		}
	}
	if !g.readOnly && !g.wholeStack {
		if err := g.keepsAccess(r); err != nil {
			return err
		}
		if err := g.keepsMessages(ctx, r); err != nil {
			return err
		}
	}
	return g.confirm(ctx)
}

// protects refuses the loss of messages in a protected stack. No flag changes that: the
// spec does. Elements that are protected themselves have stopped the engine before.
func (g guard) protects(r *deploy.Result) error {
	if !g.session.Protect {
		return nil
	}
	for _, c := range r.Changes {
		if c.DataLoss {
			return refusef("stack %s is protected, and %s would lose its messages. To go on, set the stack's `protect: false` first",
				g.session.Stack, c.Element)
		}
	}
	return nil
}

// keepsAccess refuses to narrow access where the broker could not be told: the services
// hold credentials that say what they may do.
func (g guard) keepsAccess(r *deploy.Result) error {
	if g.session.Target.NATS == nil || !nats.Irrevocable(g.session.Topology) {
		return nil
	}
	_, lost := report.AccessChanges(r.Changes)
	if len(lost) == 0 {
		return nil
	}
	first := lost[0]
	return refusef("%s would no longer be allowed to %s %s, and keeps the credentials that say it is: the services of stack %s share one account. "+
		"To go on, give it `nats: {system: {credentials, operatorKey}}`", first.Service, first.Verb, first.Resource, g.session.Stack)
}

// keepsMessages refuses the loss of messages that nobody has agreed to: by a flag
// for each element, or on a terminal by typing its address. --yes is no such answer.
func (g guard) keepsMessages(ctx context.Context, r *deploy.Result) error {
	losses := map[string]int64{}
	for _, c := range r.Changes {
		if c.DataLoss && !slices.Contains(g.opts.allowDataLoss, c.Element) {
			losses[c.Element] = addMessages(losses[c.Element], c.Messages)
		}
	}
	var refused []string
	for _, element := range slices.Sorted(maps.Keys(losses)) {
		if !g.app.asks {
			refused = append(refused, "--allow-data-loss "+element)
			continue
		}
		answer, err := g.app.ask(ctx, "%s would lose %s. Type %s to go on: ", element, countMessages(losses[element]), element)
		if err != nil {
			return err
		}
		if answer != element {
			return refusef("%s keeps its messages, nothing was changed", element)
		}
	}
	if len(refused) > 0 {
		return refusef("messages would be lost, and nobody has agreed to that; to go on, add\n\n    %s\n", strings.Join(refused, " "))
	}
	return nil
}

func (g guard) confirm(ctx context.Context) error {
	question := "Go ahead? [y/N] "
	if g.wholeStack {
		question = fmt.Sprintf("Destroy all of stack %s, with its messages? [y/N] ", g.session.Stack)
	}
	return g.app.agree(ctx, g.opts.yes, g.verb, question)
}

// agree returns nil if the user agrees: with --yes, or by an answer on the terminal.
func (a *app) agree(ctx context.Context, yes bool, verb, question string) error {
	if yes {
		return nil
	}
	if !a.asks {
		return usagef("%s asks before it changes anything, and there is no terminal to ask on: add --yes", verb)
	}
	answer, err := a.ask(ctx, "%s", question)
	if err != nil {
		return err
	}
	switch strings.ToLower(answer) {
	case "y", "yes":
		return nil
	default:
		return refusef("nothing was changed")
	}
}

// ask asks on the terminal and returns the answer, a line without its spaces.
func (a *app) ask(ctx context.Context, format string, args ...any) (string, error) {
	if _, err := fmt.Fprintf(a.stderr, format, args...); err != nil {
		return "", err
	}
	line, err := interruptible(ctx, func() (string, error) { return a.stdin.ReadString('\n') })
	if ctx.Err() != nil {
		a.notef("")
		return "", ctx.Err()
	}
	if err != nil {
		return "", refusef("no answer, nothing was changed")
	}
	if m, ok := a.stderr.(*marked); ok {
		m.answered()
	}
	return strings.TrimSpace(line), nil
}

// addMessages adds counts of which either may be -1, not known.
func addMessages(sum, n int64) int64 {
	if sum < 0 || n < 0 {
		return -1
	}
	return sum + n
}

func countMessages(n int64) string {
	switch n {
	case -1:
		return "its messages (nobody can tell how many)"
	default:
		return count(int(n), "message")
	}
}

// refuseLocalStateInCI keeps a run in CI, whose machine is thrown away, from making
// things that nobody has the state of.
func (s *session) refuseLocalStateInCI() error {
	ci := s.app.getenv("CI")
	embedded := s.Target.NATS != nil && s.Target.NATS.Embedded()
	if ci == "" || ci == "false" || ci == "0" || s.simulated || embedded || s.backend != "" {
		return nil
	}
	return refusef("CI is set, and the state of stack %s would be kept on this machine only, which CI throws away. "+
		"To go on, give it a backend: `state: {backend: s3://…}` in the spec, or --backend", s.Stack)
}
