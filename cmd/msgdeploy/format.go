package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/report"
	"github.com/msgdeploy/msgdeploy/report/graph"
	"github.com/msgdeploy/msgdeploy/spec"
)

// operationFormats are the formats of a command that shows an operation. Only a preview is
// what a code scanning service wants to know of.
func operationFormats(command string) []string {
	formats := []string{"text", "json", "markdown", "html", "github", "gitlab"}
	if command == "preview" {
		formats = append(formats, "sarif")
	}
	return formats
}

// isDocument reports whether a format is read as a whole: no line of it can be marked.
func isDocument(format string) bool {
	return slices.Contains([]string{"json", "markdown", "html", "github", "gitlab", "sarif"}, format)
}

// holdsNotes reports whether a format has room for warnings and notes, which are told on
// stderr otherwise. GitLab's has room for three numbers.
func holdsNotes(format string) bool { return isDocument(format) && format != "gitlab" }

// writeOperation writes what an operation did, or would do, as the command's data.
func (a *app) writeOperation(o report.Operation, format string) error {
	switch format {
	case "json":
		return o.WriteJSON(a.stdout)
	case "markdown":
		return o.WriteMarkdown(a.stdout)
	case "html":
		return o.WriteHTML(a.stdout)
	case "github":
		return a.writeGitHub(o)
	case "gitlab":
		return o.WriteGitLab(a.stdout)
	case "sarif":
		return a.inRepositoryOf(o).WriteSARIF(a.stdout, diag.Tool{Name: "msgdeploy", Version: currentVersion()})
	default:
		return o.WriteText(a.stdout, a.dataStyle())
	}
}

// writeGitHub writes annotations, and where GitHub Actions names files for them, the summary
// of the step and its outputs.
// Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables
func (a *app) writeGitHub(o report.Operation) error {
	return errors.Join(
		a.inRepositoryOf(o).WriteGitHub(a.stdout),
		appendTo(a.getenv("GITHUB_STEP_SUMMARY"), o.WriteMarkdown),
		appendTo(a.getenv("GITHUB_OUTPUT"), o.WriteGitHubOutputs),
	)
}

// appendTo appends to a file that the environment names, if it does.
func appendTo(file string, write func(io.Writer) error) (err error) {
	if file == "" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write for GitHub: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}

// inRepository returns ds with the files by their paths in the repository that GitHub has
// checked out, which is where it puts annotations; a command may run in a directory below.
func (a *app) inRepository(ds diag.Diagnostics) diag.Diagnostics {
	ds = slices.Clone(ds)
	for i := range ds {
		ds[i].Range = a.inCheckout(ds[i].Range)
		ds[i].Related = slices.Clone(ds[i].Related)
		for j := range ds[i].Related {
			ds[i].Related[j].Range = a.inCheckout(ds[i].Related[j].Range)
		}
	}
	return ds
}

// inRepositoryOf is inRepository for all places in an operation.
func (a *app) inRepositoryOf(o report.Operation) report.Operation {
	o.Diagnostics = a.inRepository(o.Diagnostics)
	o.Trust = slices.Clone(o.Trust)
	for i := range o.Trust {
		o.Trust[i].Range = a.inCheckout(o.Trust[i].Range)
	}
	if place := o.Known.Place; place != nil {
		o.Known.Place = func(element string) diag.Range { return a.inCheckout(place(element)) }
	}
	return o
}

func (a *app) inCheckout(r diag.Range) diag.Range {
	root := a.getenv("GITHUB_WORKSPACE")
	if root == "" || r.File == "" {
		return r
	}
	file, err := filepath.Abs(r.File)
	if err != nil {
		return r
	}
	if path, err := filepath.Rel(root, file); err == nil && filepath.IsLocal(path) {
		r.File = filepath.ToSlash(path)
	}
	return r
}

// known is what reports are told of this stack and of its cloud.
func (st *stack) known() report.Known {
	vocabulary := providers.VocabularyOf(st.provider.Resources())
	return report.Known{
		Cloud: cloudTitle(st.Target.Cloud()),
		Word: func(c deploy.Change, path string, value any) (key, text string, ok bool) {
			return vocabulary.Word(c.Type, c.Name, c.Element, path, value)
		},
		Actions: st.actions,
		Place:   st.place,
		Picture: func(changes []deploy.Change) ([]byte, error) { return picture(nil, st, changes) },
	}
}

// pictured is how many elements, dead letters included, a report's picture shows before it
// is cut to what changes and what that is connected with.
const pictured = 60

// picture draws a stack as it will be, with what changes, beside an older version if there is
// one. It is nil where even what changes is more than one picture can show.
func picture(old, next *stack, changes []deploy.Change) ([]byte, error) {
	var before *graph.Graph
	if old != nil {
		before = graph.Of(old.Topology, old.grants)
	}
	g := graph.Of(next.Topology, next.grants).Compare(before, changes)
	if len(g.Nodes) > pictured {
		g = g.Around(g.Changes()...)
	}
	if len(g.Nodes) == 0 {
		return nil, nil
	}
	svg, err := g.SVG()
	var large *graph.TooLargeError
	if errors.As(err, &large) {
		return nil, nil
	}
	return svg, err
}

// known is what reports are told of both versions: what goes is known to the older one alone. All
// places are in the newer one's file, which is the one that reviewers see.
func (c *comparison) known(file string) report.Known {
	k := c.stack.known()
	if c.next == nil {
		k.Place = func(string) diag.Range { return diag.Range{File: file} }
		k.Picture = nil
	}
	if c.next == nil || c.old == nil {
		return k
	}
	types := slices.Concat(c.old.provider.Resources(), c.next.provider.Resources())
	vocabulary := providers.VocabularyOf(types)
	k.Word = func(c deploy.Change, path string, value any) (key, text string, ok bool) {
		return vocabulary.Word(c.Type, c.Name, c.Element, path, value)
	}
	k.Actions = func(a report.Access) (actions []string, scope string) {
		if actions, scope = c.next.actions(a); len(actions) > 0 {
			return actions, scope
		}
		return c.old.actions(a)
	}
	k.Picture = func(changes []deploy.Change) ([]byte, error) { return picture(c.old, c.next, changes) }
	return k
}

// actions is what access comes down to in the stack's cloud; nothing for access to what the
// spec no longer has. Of what was moved, access is known by the name before.
func (st *stack) actions(a report.Access) (actions []string, scope string) {
	grants := permissions.Of(st.grants, permissions.ServiceAddress(a.Service))
	at := slices.IndexFunc(grants, func(g permissions.Grant) bool {
		return string(g.Verb) == a.Verb && string(providers.Standing(st.Topology, g.Resource)) == a.Resource
	})
	if at >= 0 {
		return st.provider.Actions(st.Topology, grants[at])
	}
	resource := permissions.Address(a.Resource)
	if !hasElement(st.Topology, resource) {
		return nil, ""
	}
	return st.provider.Actions(st.Topology, permissions.Grant{
		Principal: permissions.ServiceAddress(a.Service), Verb: permissions.Verb(a.Verb), Resource: resource,
	})
}

// hasElement reports whether a topology has an element, or dead letters of it that are its own.
func hasElement(t *spec.Topology, of permissions.Address) bool {
	_, dead := of.Owner()
	switch kind, name := of.Split(); kind {
	case "topic":
		return t.Topic(name) != nil
	case "queue":
		q := t.Queue(name)
		return q != nil && (!dead || q.DeadLetter != nil && q.DeadLetter.Queue == "")
	default:
		return false
	}
}

// place is where the spec says what an element is; for one that it no longer has, the file.
func (st *stack) place(element string) diag.Range {
	switch kind, name, _ := strings.Cut(element, "."); kind {
	case "topic":
		if e := st.Topic(name); e != nil {
			return e.Range
		}
	case "queue":
		if e := st.Queue(name); e != nil {
			return e.Range
		}
	case "subscription":
		if e := st.Subscription(name); e != nil {
			return e.Range
		}
	case "service":
		if e := st.Service(name); e != nil {
			return e.Range
		}
	}
	return diag.Range{File: st.spec.File()}
}
