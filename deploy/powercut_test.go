package deploy

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// TestPowerCut cuts the power before each call that an up makes to the disk. What was not synced by
// then is lost, or kept, or kept in part and out of order. From all that may be left the next up
// has to converge: nothing forgotten, nothing twice, by the rule of the journal.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	first := []thing{{name: "plain-a", value: "1"}, {name: "plain-b", value: "1", needs: []string{"plain-a"}}}
	second := []thing{{name: "plain-a", value: "2"}, {name: "plain-b", value: "1", shape: "round", needs: []string{"plain-a"}}, {name: "plain-d", value: "1"}}
	for name, test := range map[string]struct{ before, then []thing }{
		"the first up": {nil, first},
		"another up":   {first, second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			o := testOptions(t, w)
			if test.before != nil {
				up(t, open(t, o), test.before...)
			}
			tape := newTape(t, filepath.Dir(o.Dir), w)
			recorded := o
			recorded.disk = tape
			up(t, open(t, recorded), test.then...)
			tape.mark(call{kind: "end"})
			chance := rand.New(rand.NewPCG(8, uint64(len(test.before)))) //nolint:gosec // a test has to be the same each time
			for moment := range tape.calls {
				// An up of the same things makes what is missing; one of nothing shows what was forgotten.
				for k, next := range [][]thing{test.then, nil} {
					for n, luck := range []func(int) fate{allLost, allKept, someKept(chance)} {
						if *thorough || (moment+n+k)%6 == 0 {
							cutAndGoOn(t, tape, moment, luck, next)
						}
					}
				}
			}
		})
	}
}

// cutAndGoOn cuts the power at a moment, and demands that the next up converges.
func cutAndGoOn(t *testing.T, tape *tape, moment int, luck func(int) fate, next []thing) {
	t.Helper()
	dir := t.TempDir()
	left := tape.cut(moment, luck)
	left.write(t, dir)
	w := newWorld()
	w.set(maps.Clone(tape.calls[moment].world))
	o := testOptions(t, w)
	o.Dir = filepath.Join(dir, ".msgdeploy")
	s := open(t, o)
	if _, err := s.Up(t.Context(), program(next...), nil); err != nil {
		t.Fatalf("power cut before %s: %v\nleft:\n%s", tape.calls[moment], err, left)
	}
	assertConverged(t, s, w, next)
	if t.Failed() {
		t.Fatalf("power cut before %s; left:\n%s", tape.calls[moment], left)
	}
}

// TestPowerCutKeepsTheKey demands that no secret is ever on the disk without the passphrase that opens it.
func TestPowerCutKeepsTheKey(t *testing.T) {
	t.Parallel()
	w := newWorld()
	o := testOptions(t, w)
	tape := newTape(t, filepath.Dir(o.Dir), w)
	o.disk = tape
	up(t, open(t, o), thing{name: "aaa", secret: "hidden"}, thing{name: "bbb", needs: []string{"aaa"}})
	tape.mark(call{kind: "end"})
	want := key(t, o)
	kept := 0
	for moment := range tape.calls {
		left := tape.cut(moment, allLost)
		if !strings.Contains(left.String(), "ciphertext") {
			continue
		}
		kept++
		dir := t.TempDir()
		left.write(t, dir)
		data, err := os.ReadFile(filepath.Join(dir, ".msgdeploy", "key"))
		if err != nil || strings.TrimSpace(string(data)) != want {
			t.Fatalf("power cut before %s: there are secrets, and no key to them: %v", tape.calls[moment], err)
		}
	}
	if kept == 0 {
		t.Error("there was never a secret")
	}
}

// call is what was asked of a disk, and how the world was just before.
type call struct {
	kind     string
	name, to string
	data     []byte
	at       int64
	world    map[string]resource.PropertyMap
}

func (c call) String() string { return c.kind + " " + c.name + " " + c.to }

// fate says what becomes of something that was not synced when the power went.
type fate int

const (
	lost fate = iota
	kept
	torn
)

// The fates of n things that were not synced, by their number.
func allLost(int) fate { return lost }
func allKept(int) fate { return kept }
func someKept(chance *rand.Rand) func(int) fate {
	return func(int) fate { return fate(chance.IntN(3)) }
}

// node is a file or a directory, as it is on the platter and with what is still on its way there.
type node struct {
	dir     bool
	data    []byte
	entries map[string]*node
	// pending are the calls since the last sync.
	pending []pending
}

type pending struct {
	call
	node *node
}

func (n *node) settle(luck func(int) fate) {
	for i, p := range n.pending {
		f := luck(i)
		switch {
		case f == lost:
		case n.dir && p.node == nil:
			delete(n.entries, p.name)
		case n.dir:
			if p.kind == "rename" {
				delete(n.entries, p.to)
			}
			n.entries[p.name] = p.node
		case p.kind == "truncate":
			n.data = append(n.data, make([]byte, max(0, int(p.at)-len(n.data)))...)[:p.at]
		default:
			data := p.data
			if f == torn {
				data = data[:len(data)/2]
			}
			if size := int(p.at) + len(data); size > len(n.data) {
				n.data = append(n.data, make([]byte, size-len(n.data))...) // what was to stand before reads as zeros
			}
			copy(n.data[p.at:], data)
		}
	}
	n.pending = nil
}

// find returns the node at a path as programs see it: with all that is on its way.
func (n *node) find(path string) *node {
	if path == "." {
		return n
	}
	above := n.find(filepath.Dir(path))
	if above == nil {
		return nil
	}
	name := filepath.Base(path)
	found := above.entries[name]
	for _, p := range above.pending {
		switch {
		case p.name == name:
			found = p.node
		case p.kind == "rename" && p.to == name:
			found = nil
		}
	}
	return found
}

// crash leaves of a tree what the fates leave of it.
func (n *node) crash(luck func(int) fate) {
	n.settle(luck)
	for _, e := range n.entries {
		e.crash(luck)
	}
}

func (n *node) write(t *testing.T, path string) {
	t.Helper()
	for name, e := range n.entries {
		at := filepath.Join(path, name)
		var err error
		if e.dir {
			err = os.MkdirAll(at, 0o700)
		} else {
			err = os.WriteFile(at, e.data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		e.write(t, at)
	}
}

func (n *node) String() string { return n.list("") }

func (n *node) list(path string) string {
	var b strings.Builder
	for name, e := range n.entries {
		if e.dir {
			b.WriteString(e.list(path + name + "/"))
			continue
		}
		fmt.Fprintf(&b, "%s%s: %s\n", path, name, e.data)
	}
	return b.String()
}
