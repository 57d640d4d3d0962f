package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/report"
)

// The findings that --fail-on takes.
const (
	failAccessWidened = "access-widened"
	failAccessLost    = "access-lost"
	failDataLoss      = "data-loss"
	failTrustChanged  = "trust-changed"
)

func findings() []string {
	return []string{failAccessWidened, failAccessLost, failDataLoss, failTrustChanged}
}

// failOn is the value of --fail-on: findings, in the order in which they were given.
type failOn []string

func (f *failOn) String() string { return strings.Join(*f, ",") }

// Type is how the help names the value.
func (f *failOn) Type() string { return strings.Join(findings(), "|") }

// Set adds one finding, or several with commas.
func (f *failOn) Set(s string) error {
	words, err := csv.NewReader(strings.NewReader(s)).Read()
	if err != nil || len(words) == 0 {
		return usagef("%q is no list of %s", s, strings.Join(findings(), ", "))
	}
	for _, word := range words {
		word = strings.TrimSpace(word)
		if !slices.Contains(findings(), word) {
			near, _ := diag.Nearest(word, findings())
			return usagef("nothing is found that is called %q; did you mean %s?", word, diag.OrList(near))
		}
		if !slices.Contains(*f, word) {
			*f = append(*f, word)
		}
	}
	return nil
}

// bindBase adds --base and --fail-on, which needs it for one of its findings.
func (o *operationOptions) bindBase(cmd *cobra.Command, usage string) {
	cmd.Flags().StringVar(&o.base, "base", "", usage)
	cmd.Flags().Var(&o.failOn, "fail-on", "end with exit code 4 when this is found; may be repeated, or be a list with commas")
	completeFlag(cmd, "fail-on", findings)
}

// checkBase says which flags do not go together.
func (o *operationOptions) checkBase() error {
	switch {
	case o.base == "" && slices.Contains(o.failOn, failTrustChanged):
		return usagef("--fail-on %s compares the spec with another version of it: name one with --base", failTrustChanged)
	case o.to > 0 && o.base != "" && o.engine.offline:
		return usagef("--to and --base do not go together in an offline preview: with --base no state is read, and no history")
	case o.base != "" && o.engine.simulate:
		return usagef("--base and --%s do not go together: a rehearsal is a stack of its own", simulateFlag)
	case o.base != "" && o.engine.offline && o.engine.backend != "":
		return usagef("--base and --backend do not go together in an offline preview: with --base no state is read")
	case o.base != "" && o.engine.offline && o.plan != "":
		return usagef("--base and --plan do not go together in an offline preview: a plan starts from the state, and with --base none is read")
	}
	return nil
}

// openBase reads what --base names for a session that works with a state: for its changes of trust.
func (a *app) openBase(ctx context.Context, s *session, verb string, opts operationOptions) error {
	if opts.base == "" {
		return nil
	}
	base, err := a.loadBase(ctx, opts.spec.file, opts.base)
	if err == nil {
		_, err = a.stackOf(base, s.Stack)
	}
	if err != nil {
		return a.shownInvalid(err, verb, opts)
	}
	s.base, s.trust = base, base.trust(s.spec, s.Stack)
	return nil
}

// refusals are the findings that an operation was told to fail on. What somebody has agreed to lose
// is not found.
func (f failOn) refusals(o report.Operation, agreed []string) []report.Refusal {
	var out []report.Refusal
	gained, lost := report.AccessChanges(o.Result.Changes)
	for _, finding := range findings() { // in one order, whatever was asked for first
		if !slices.Contains(f, finding) {
			continue
		}
		var r report.Refusal
		switch finding {
		case failAccessWidened:
			r = accessRefusal("may", gained)
		case failAccessLost:
			r = accessRefusal("may no longer", lost)
		case failDataLoss:
			r = lossRefusal(o, agreed)
		case failTrustChanged:
			r = trustRefusal(o)
		}
		if len(r.Elements) > 0 {
			r.Guard = finding
			out = append(out, r)
		}
	}
	return out
}

func accessRefusal(may string, list []report.Access) report.Refusal {
	var texts, elements []string
	for _, a := range list {
		texts = append(texts, fmt.Sprintf("%s %s %s %s", a.Service, may, a.Verb, a.Resource))
		elements = append(elements, "service."+a.Service)
	}
	return report.Refusal{Text: sentence(texts), Elements: slices.Compact(elements)} // sorted by service
}

func lossRefusal(o report.Operation, agreed []string) report.Refusal {
	var texts, elements []string
	for _, l := range o.Losses() {
		if slices.Contains(agreed, l.Element) {
			continue
		}
		texts = append(texts, fmt.Sprintf("%s loses %s", l.Element, countMessages(l.Messages)))
		elements = append(elements, l.Element)
	}
	return report.Refusal{Text: sentence(texts), Elements: elements}
}

func trustRefusal(o report.Operation) report.Refusal {
	var texts, elements []string
	for _, c := range o.Trust {
		what := "changes"
		switch {
		case c.Before == "":
			what = "is new"
		case c.After == "":
			what = "is gone"
		}
		texts = append(texts, fmt.Sprintf("%s (%s) %s", c.Subject, c.Kind, what))
		elements = append(elements, c.Subject)
	}
	return report.Refusal{Text: sentence(texts), Elements: elements}
}

// sentence puts findings together.
func sentence(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return strings.Join(texts, "; ") + "."
}

// refuse names what was found, and returns the error that ends the command; nil if nothing was.
func (a *app) refuse(found []report.Refusal) error {
	if len(found) == 0 {
		return nil
	}
	names := make([]string, len(found))
	for i, r := range found {
		names[i] = r.Guard
		a.notef("%s %s: %s", a.noteStyle().Error("found:"), r.Guard, r.Text)
	}
	return refusef("refused by --fail-on %s", strings.Join(names, ","))
}

// failsOn refuses an operation before it begins. People have been shown by then what it would do;
// whoever reads documents is given that one.
func (g guard) failsOn(r *deploy.Result) error {
	view := g.session.view(g.verb, true, r)
	view.Refused = g.opts.failOn.refusals(view, g.opts.allowDataLoss)
	if len(view.Refused) > 0 && g.opts.output != "text" {
		if err := g.app.writeOperation(view, g.opts.output); err != nil {
			return err
		}
	}
	return g.app.refuse(view.Refused)
}
