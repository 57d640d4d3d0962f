package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/msgdeploy/msgdeploy/deploy"
)

// History is the updates of a stack, the newest first.
type History struct {
	Project, Stack string
	Simulated      bool
	Updates        []Update
	// All is how many there are; Updates may be the newest of them.
	All int
}

// Update is one of them, and what it did.
type Update struct {
	deploy.Update
	Operation Operation
}

type historyDocument struct {
	FormatVersion string           `json:"formatVersion"`
	Simulated     bool             `json:"simulated,omitempty"`
	Project       string           `json:"project"`
	Stack         string           `json:"stack"`
	All           int              `json:"all"`
	Updates       []updateDocument `json:"updates"`
}

// updateDocument is an update as `history -o json` has it; times are RFC 3339 in UTC.
type updateDocument struct {
	Number    int                 `json:"number"`
	Operation string              `json:"operation"`
	Start     time.Time           `json:"start"`
	End       time.Time           `json:"end"`
	User      string              `json:"user"`
	Host      string              `json:"host"`
	Result    deploy.UpdateResult `json:"result"`
	Failure   string              `json:"failure,omitempty"`
	SpecHash  string              `json:"specHash,omitempty"`
	Commit    string              `json:"commit,omitempty"`
	Dirty     bool                `json:"dirty"`
	Modified  []string            `json:"modified"`
	// BackTo is the update whose spec this one went back to.
	BackTo   int             `json:"backTo,omitempty"`
	Before   string          `json:"before"`
	After    string          `json:"after"`
	Summary  summaryDocument `json:"summary"`
	Elements []string        `json:"elements"`
	Access   accessDocument  `json:"access"`
	DataLoss []elementLoss   `json:"dataLoss"`
}

func (u Update) document() updateDocument {
	gained, lost := u.Operation.Access()
	return updateDocument{
		Number: u.Number, Operation: u.Update.Operation, Start: u.Start, End: u.End, User: u.User, Host: u.Host,
		Result: u.Result, Failure: u.Failure,
		SpecHash: u.Source.Hash, Commit: u.Source.Commit, Dirty: len(u.Source.Modified) > 0, Modified: notNil(u.Source.Modified), BackTo: u.Source.Again,
		Before: u.Before, After: u.After, Summary: summaryDocument(u.Summary), Elements: notNil(u.elements()),
		Access: accessDocument{Gained: notNil(gained), Lost: notNil(lost)}, DataLoss: lossesJSON(u.Operation.Losses()),
	}
}

// elements are the addresses of what changed, sorted.
func (u Update) elements() []string {
	var list []string
	for _, c := range u.Changes {
		list = append(list, c.Element)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// WriteJSON writes the history as one JSON document.
func (h History) WriteJSON(w io.Writer) error {
	doc := historyDocument{FormatVersion, h.Simulated, h.Project, h.Stack, h.All, []updateDocument{}}
	for _, u := range h.Updates {
		doc.Updates = append(doc.Updates, u.document())
	}
	return WriteJSON(w, doc)
}

// WriteText writes a line for each update.
func (h History) WriteText(w io.Writer) error {
	rows := [][]string{{"UPDATE", "WHEN", "COMMAND", "RESULT", "COMMIT", "CHANGES", "BY"}}
	for _, u := range h.Updates {
		if u.Result == deploy.Unreadable {
			rows = append(rows, []string{strconv.Itoa(u.Number), "-", "-", string(u.Result), "-", visible(u.Failure), "-"})
			continue
		}
		rows = append(rows, []string{
			strconv.Itoa(u.Number), u.End.UTC().Format(time.RFC3339), visible(u.command()), string(u.Result),
			orDash(Revision(u.Source)), u.summary(), Who(u.Update),
		})
	}
	text := Table(rows)
	if more := h.All - len(h.Updates); more > 0 {
		text += fmt.Sprintf("and %d more: --limit 0 lists all\n", more)
	}
	_, err := io.WriteString(w, text)
	return err
}

// command is what ran.
func (u Update) command() string {
	if u.Source.Again > 0 {
		return fmt.Sprintf("%s --to %d", u.Update.Operation, u.Source.Again)
	}
	return u.Update.Operation
}

// summary counts what changed, and names what must not be overlooked.
func (u Update) summary() string {
	text := u.Operation.Counts()
	gained, lost := u.Operation.Access()
	if len(gained) > 0 {
		text += fmt.Sprintf("; access gained: %d", len(gained))
	}
	if len(lost) > 0 {
		text += fmt.Sprintf("; access lost: %d", len(lost))
	}
	for _, l := range u.Operation.Losses() {
		lost := "its messages"
		if l.Messages >= 0 {
			lost = fmt.Sprintf("%d messages", l.Messages)
		}
		text += "; " + visible(l.Element) + " lost " + lost
	}
	return text
}

// Who is who an update was made by, as user@host.
func Who(u deploy.Update) string {
	if u.User == "" && u.Host == "" {
		return "somebody"
	}
	return visible(u.User + "@" + u.Host)
}

// Revision is the commit of a source, cut to what people write, with a + where files were changed since; ""
// is not known.
func Revision(s deploy.Source) string {
	const enough = 10
	short := s.Commit[:min(enough, len(s.Commit))]
	if short != "" && len(s.Modified) > 0 {
		short += "+"
	}
	return visible(short)
}

// WriteText writes which update it is, and then what it did, as [Operation.WriteText] does.
func (u Update) WriteText(w io.Writer, st Style) error {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-9s %s\n", name, visible(value))
		}
	}
	if u.Result == deploy.Unreadable {
		return fmt.Errorf("update %d cannot be read: %s", u.Number, u.Failure)
	}
	line("update", fmt.Sprintf("%d, %s: %s", u.Number, u.command(), u.Result))
	line("failure", u.Failure)
	line("by", Who(u.Update))
	line("start", u.Start.UTC().Format(time.RFC3339))
	line("end", u.End.UTC().Format(time.RFC3339))
	line("commit", u.Source.Commit)
	line("modified", strings.Join(u.Source.Modified, ", "))
	line("spec", u.Source.Hash)
	line("before", u.Before)
	line("after", u.After)
	b.WriteString("\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	return u.Operation.WriteText(w, st)
}

// updateOperation is an operation's document with the update that it was.
type updateOperation struct {
	operationDocument
	Update updateDocument `json:"update"`
}

// WriteJSON writes the document of the operation, and in it which update it is.
func (u Update) WriteJSON(w io.Writer) error {
	return WriteJSON(w, updateOperation{u.Operation.document(), u.document()})
}
