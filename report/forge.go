package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/msgdeploy/msgdeploy/diag"
)

// The codes of what a report finds, beside those of the spec's own diagnostics.
const (
	codeDataLoss     = "data-loss"
	codeAccessGained = "access-gained"
	codeAccessLost   = "access-lost"
	codeTrustChanged = "trust-changed"
	codeRefused      = "refused"
)

// warnings are the spec's errors and warnings, sorted. Notes are for who validates it.
func (o Operation) warnings() diag.Diagnostics {
	return slices.DeleteFunc(o.Diagnostics.Sorted(), func(d diag.Diagnostic) bool { return d.Severity == diag.Note })
}

// said are what the engine and the providers said, on the lines of the elements that it is about.
func (o Operation) said() diag.Diagnostics {
	var ds diag.Diagnostics
	for _, m := range o.result().Diagnostics {
		d := diag.Diagnostic{Severity: diag.Note, Code: engineCode, Summary: "What the engine says", Range: o.Known.place(m.Element)}
		switch m.Severity {
		case "error":
			d.Severity = diag.Error
		case "warning":
			d.Severity = diag.Warning
		}
		d.Detail = visible(m.Text)
		if m.Element != "" {
			d.Detail = m.Element + ": " + d.Detail
		}
		ds = append(ds, d)
	}
	return ds
}

// findings are what reviewers must see on the lines of the spec: what is refused, what is
// lost, who gains and loses access, what is trusted, and the diagnostics.
func (o Operation) findings() diag.Diagnostics {
	ds := append(o.warnings(), o.said()...)
	for _, r := range o.Refused {
		at := diag.Range{}
		if len(r.Elements) > 0 {
			at = o.Known.place(r.Elements[0])
		}
		ds = append(ds, diag.Diagnostic{Code: codeRefused, Summary: "Refused by " + r.Guard, Detail: visible(r.Text), Range: at})
	}
	for _, l := range o.Losses() {
		ds = append(ds, diag.Diagnostic{
			Severity: diag.Warning, Code: codeDataLoss, Summary: "Messages are lost", Detail: l.text() + ".", Range: o.Known.place(l.Element),
		})
	}
	for _, t := range o.Trust {
		ds = append(ds, diag.Diagnostic{
			Severity: diag.Warning, Code: codeTrustChanged, Summary: "What is trusted changes",
			Detail: visible(fmt.Sprintf("%s, %s: %s → %s.", t.Subject, t.Kind, wordText(t.Before), wordText(t.After))), Range: t.Range,
		})
	}
	gained, lost := o.Access()
	for _, a := range gained {
		ds = append(ds, o.accessFinding(codeAccessGained, "A service gains access", a, "gains"))
	}
	for _, a := range lost {
		ds = append(ds, o.accessFinding(codeAccessLost, "A service loses access", a, "loses"))
	}
	return o.marked(ds)
}

// marked says of each diagnostic that it is about a rehearsal, if it is.
func (o Operation) marked(ds diag.Diagnostics) diag.Diagnostics {
	if o.Simulated {
		for i := range ds {
			ds[i].Summary = "Simulated: " + ds[i].Summary
		}
	}
	return ds
}

func (o Operation) accessFinding(code, summary string, a Access, verb string) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Note, Code: code, Summary: summary, Detail: o.accessText(a, verb) + ".", Range: o.Known.place("service." + a.Service),
	}
}

// WriteGitHub writes workflow commands, which GitHub Actions shows as annotations of the
// spec's lines. GitHub shows ten of each kind a step, and those of errors first.
func (o Operation) WriteGitHub(w io.Writer) error { return diag.WriteGitHub(w, o.findings()) }

// WriteSARIF writes what was said about the spec, and by the engine, as SARIF 2.1.0.
func (o Operation) WriteSARIF(w io.Writer, tool diag.Tool) error {
	return diag.WriteSARIF(w, tool, o.marked(append(o.Diagnostics.Sorted(), o.said()...)))
}

// outputsMost is how many names an output lists: GitHub takes 1 MiB of outputs of a job.
const outputsMost = 1_000

// WriteGitHubOutputs writes what later steps of a job can decide on, a line for each: `name=value`,
// in the format of the file that GITHUB_OUTPUT names. Lists have commas between their items,
// and are empty where there is nothing; of what is listed only letters, digits and few signs
// are left, so that no value can end its line or mean something to a shell.
func (o Operation) WriteGitHubOutputs(w io.Writer) error {
	r := o.result()
	gained, lost := o.Access()
	access := func(a Access) string { return a.Service + " " + a.Verb + " " + a.Resource }
	for _, out := range []struct{ name, value string }{
		{"has-changes", strconv.FormatBool(len(r.Changes) > 0)},
		{"create", strconv.Itoa(r.Summary.Create)},
		{"update", strconv.Itoa(r.Summary.Update)},
		{"replace", strconv.Itoa(r.Summary.Replace)},
		{"delete", strconv.Itoa(r.Summary.Delete)},
		{"access-gained", outputList(gained, access)},
		{"access-lost", outputList(lost, access)},
		{"data-loss", outputList(o.Losses(), func(l Loss) string { return l.Element })},
		{"trust-changed", outputList(o.Trust, func(t TrustChange) string { return t.Subject })},
	} {
		if _, err := fmt.Fprintf(w, "%s=%s\n", out.name, out.value); err != nil {
			return err
		}
	}
	return nil
}

func outputList[T any](list []T, name func(T) string) string {
	var names []string
	for _, item := range list[:min(len(list), outputsMost)] {
		names = append(names, strings.Map(func(r rune) rune {
			if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune(" ._-/", r) {
				return r
			}
			return '_'
		}, name(item)))
	}
	if len(list) > outputsMost {
		names = append(names, fmt.Sprintf("%d more", len(list)-outputsMost))
	}
	return strings.Join(names, ",")
}

// WriteGitLab writes the report that GitLab's merge requests count changes with
// (`artifacts: reports: terraform`), which has three numbers and no word for replacing: what is
// replaced is deleted and created.
// Source: https://docs.gitlab.com/user/infrastructure/iac/mr_integration/
func (o Operation) WriteGitLab(w io.Writer) error {
	s := o.result().Summary
	_, err := fmt.Fprintf(w, "{\"create\":%d,\"update\":%d,\"delete\":%d}\n", s.Create+s.Replace, s.Update, s.Delete+s.Replace)
	return err
}
