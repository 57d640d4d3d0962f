package providers

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// hashLen is how many hex digits of the hash end a name that was cut.
const hashLen = 8

// The suffixes of physical names.
const (
	// QueueSuffix ends the names of queues where topics and queues share a namespace. An
	// exact name (`name:`) goes without: the user has chosen one that is free.
	QueueSuffix = "-queue"
	// DeadLetterSuffix ends the names of dead letters.
	DeadLetterSuffix = "-dlq"
)

// Physical is the name of an element in a cloud, or of its dead letters: what the stack's
// `naming` makes of it, `<project>-<stack>-<name>` by default, or exactly its `name:`, and
// then the suffix. Beyond limit characters it is cut, and ends in `-` and 8 hex digits of
// sha256(project, stack, kind, name). An element that was moved keeps the name of the one
// that it was, and an element of another project has the name that its own stack gives it.
//
// The rule never changes: consumers rely on it.
func Physical(t *spec.Topology, of permissions.Address, suffix string, limit int) string {
	full, hashed := physical(t, of, suffix)
	if len(full) <= limit {
		return full
	}
	// The fields are joined by NUL, which no name contains, so that no two sets of them hash alike.
	return cut(full, limit, hashed...)
}

// physical returns a name before it is cut, and the fields that the hash is of.
func physical(t *spec.Topology, of permissions.Address, suffix string) (full string, hashed []string) {
	kind, name := of.Split()
	c, _ := common(t, of)
	project, naming := t.Project, t.Naming
	if other, theirs, foreign := strings.Cut(name, "/"); foreign {
		project, name, naming = other, theirs, foreignNaming(t, of)
	} else {
		name = cmp.Or(c.MovedFrom, name)
	}
	if c.PhysicalName != "" {
		full = c.PhysicalName + strings.TrimPrefix(suffix, QueueSuffix)
	} else {
		full = expand(cmp.Or(naming, spec.DefaultNaming), project, t.Stack, name) + suffix
	}
	return full, []string{project, t.Stack, kind + suffix, name}
}

// expand fills in a naming pattern. One after the other does, as no name can hold a "${", and a
// program asks for several names of each element: a [strings.Replacer] for each costs more than all else here.
func expand(naming, project, stack, name string) string {
	naming = strings.ReplaceAll(naming, "${project}", project)
	naming = strings.ReplaceAll(naming, "${stack}", stack)
	return strings.ReplaceAll(naming, "${name}", name)
}

func foreignNaming(t *spec.Topology, of permissions.Address) string {
	kind, name := of.Split()
	if topic := t.Topic(name); kind == "topic" && topic != nil {
		return topic.Naming
	}
	if q := t.Queue(name); kind == "queue" && q != nil {
		return q.Naming
	}
	return ""
}

func cut(full string, limit int, hashed ...string) string {
	head := strings.TrimRight(full[:limit-hashLen-1], "-")
	return head + "-" + digest(hashed...)
}

func digest(fields ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(fields, "\x00")))
	return hex.EncodeToString(sum[:])[:hashLen]
}

// storageLetters is how much of a storage account's name is readable: with the hash it has
// the 24 characters that Azure allows (the documentation of
// Microsoft.Storage/storageAccounts, "accountName").
const storageLetters = 16

// StorageAccount is the name of a stack's storage account, which must be like no other in
// all of Azure and has no hyphens: up to 16 letters and digits of the project and the
// stack, and 8 hex digits of sha256(project, stack, "storageAccount", subscription).
func StorageAccount(t *spec.Topology) string {
	letters := strings.ReplaceAll(t.Project+t.Stack, "-", "")
	subscription := ""
	if t.Target.Azure != nil {
		subscription = strings.ToLower(t.Target.Azure.Subscription) // two spellings are one subscription
	}
	return letters[:min(len(letters), storageLetters)] + digest(t.Project, t.Stack, "storageAccount", subscription)
}

// NameRule is what a cloud takes as a name of some kind.
type NameRule struct {
	// Limit is the greatest length in characters.
	Limit int
	// Expr is what the name must match, as a regular expression; "" is anything.
	Expr string
	// Words say the same to users, at the end of "must be ".
	Words string
	// FoldCase is set where names that differ in their case only are the same.
	FoldCase bool
}

func (r NameRule) key(physical string) string {
	if r.FoldCase {
		return strings.ToLower(physical)
	}
	return physical
}

// String returns the rule in words: "lower-case letters, at most 50 characters".
func (r NameRule) String() string { return fmt.Sprintf("%s, at most %d characters", r.Words, r.Limit) }

// Namespace is a set of physical names that must differ, such as the streams of an account.
type Namespace struct {
	// What is named, in the plural: "streams".
	What string
	// Rule is what the names must be; only [Namespace.Name] goes by it.
	Rule NameRule

	expr   *regexp.Regexp // of the rule
	claims map[string]claim
	cuts   []claim
	names  []string // of cuts
	diags  diag.Diagnostics
}

type claim struct {
	element permissions.Address
	at      diag.Range
}

// Claim takes a physical name for an element. A second claim of it is an error.
func (n *Namespace) Claim(physical string, element permissions.Address, at diag.Range) {
	key := n.Rule.key(physical)
	first, taken := n.claims[key]
	if !taken {
		if n.claims == nil {
			n.claims = map[string]claim{}
		}
		n.claims[key] = claim{element, at}
		return
	}
	d := Problem(CodeNameCollision, at, "Two elements get the same physical name",
		fmt.Sprintf("%s and %s would both be called %q among this stack's %s. Rename one of them.", first.element, element, physical, n.What))
	d.Related = []diag.Related{{Range: first.at, Message: string(first.element) + " has this name first"}}
	n.diags = append(n.diags, d)
}

// Name returns the physical name of an element of t, or of its dead letters, and claims it.
// A name that the rule forbids is an error, at the `name` or the `naming` that made it; one
// that was cut is noted.
func (n *Namespace) Name(t *spec.Topology, of permissions.Address, suffix string) string {
	name := Physical(t, of, suffix, n.Rule.Limit)
	c, origin := common(t, of)
	at := origin.Range
	if c.PhysicalName != "" {
		at = origin.At("name")
	}
	full, _ := physical(t, of, suffix)
	switch _, dead := of.Owner(); {
	case !n.takes(name):
		n.refuse(t, of, name, at)
	case len(full) <= n.Rule.Limit:
	case c.PhysicalName != "" && !dead:
		n.refuse(t, of, full, at)
	default:
		n.cuts = append(n.cuts, claim{of, at})
		n.names = append(n.names, name)
	}
	n.Claim(name, of, at)
	return name
}

// takes reports whether the rule allows a name.
func (n *Namespace) takes(physical string) bool {
	if n.expr == nil {
		n.expr = regexp.MustCompile(n.Rule.Expr)
	}
	return n.expr.MatchString(physical)
}

// refuse reports a name that the rule forbids. A template that makes such names is
// reported once.
func (n *Namespace) refuse(t *spec.Topology, of permissions.Address, name string, at diag.Range) {
	c, _ := common(t, of)
	mend := "Give it another `name`."
	if c.PhysicalName == "" {
		mend = "Give it a `name`, or the stack another `naming`."
		if !t.NamingAt.IsZero() {
			at = t.NamingAt
		}
	}
	if slices.ContainsFunc(n.diags, func(d diag.Diagnostic) bool { return d.Code == CodeInvalidName && d.Range == at }) {
		return
	}
	n.diags = append(n.diags, Problem(CodeInvalidName, at, "Not a name that this cloud takes",
		fmt.Sprintf("%s would be called %q among the %s of stack %s, which must be %s. %s", of, name, n.What, t.Stack, n.Rule, mend)))
}

// Diagnostics returns the collisions, the names that the rule forbids, and one note of all
// names that were cut.
func (n *Namespace) Diagnostics() diag.Diagnostics {
	if len(n.cuts) == 0 {
		return n.diags
	}
	words := make([]string, len(n.cuts))
	for i, c := range n.cuts {
		words[i] = fmt.Sprintf("%s is called %q", c.element, n.names[i])
	}
	d := Remark(CodeNameCut, n.cuts[0].at, "A name was cut",
		fmt.Sprintf("The names of %s have at most %d characters here: %s. Such names stay the same; a `name` of your own reads better.",
			n.What, n.Rule.Limit, words[0]))
	for i, c := range n.cuts[1:] {
		d.Related = append(d.Related, diag.Related{Range: c.at, Message: words[i+1]})
	}
	return append(slices.Clone(n.diags), d)
}
