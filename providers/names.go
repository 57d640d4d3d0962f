package providers

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/spec"
)

// hashLen is how many hex digits of the hash end a name that was cut.
const hashLen = 8

// Physical is the name of an element in a cloud: `<project>-<stack>-<name><suffix>`.
// Beyond limit characters it is cut, and ends in `-` and 8 hex digits of
// sha256(project, stack, kind, name). The rule never changes: consumers rely on it.
func Physical(t *spec.Topology, of permissions.Address, suffix string, limit int) string {
	kind, name := of.Split()
	full := t.Project + "-" + t.Stack + "-" + name + suffix
	if len(full) <= limit {
		return full
	}
	// The fields are joined by NUL, which no name contains, so that no two sets of them hash alike.
	sum := sha256.Sum256([]byte(strings.Join([]string{t.Project, t.Stack, kind + suffix, name}, "\x00")))
	head := strings.TrimRight(full[:limit-hashLen-1], "-")
	return head + "-" + hex.EncodeToString(sum[:])[:hashLen]
}

// Namespace is a set of physical names that must differ, such as the streams of an account.
type Namespace struct {
	// What is named, in the plural: "streams".
	What string

	claims map[string]claim
	diags  diag.Diagnostics
}

type claim struct {
	element permissions.Address
	at      diag.Range
}

// Claim takes a physical name for an element. A second claim of it is an error.
func (n *Namespace) Claim(physical string, element permissions.Address, at diag.Range) {
	first, taken := n.claims[physical]
	if !taken {
		if n.claims == nil {
			n.claims = map[string]claim{}
		}
		n.claims[physical] = claim{element, at}
		return
	}
	d := Problem(CodeNameCollision, at, "Two elements get the same physical name",
		fmt.Sprintf("%s and %s would both be called %q among this stack's %s. Rename one of them.", first.element, element, physical, n.What))
	d.Related = []diag.Related{{Range: first.at, Message: string(first.element) + " has this name first"}}
	n.diags = append(n.diags, d)
}

// Diagnostics returns the collisions.
func (n *Namespace) Diagnostics() diag.Diagnostics { return n.diags }
