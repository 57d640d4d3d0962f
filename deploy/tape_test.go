package deploy

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// tape is the machine's disk, and remembers all that was asked of it.
type tape struct {
	machine
	root  string
	world *world

	mu    sync.Mutex
	calls []call
	// before is what was there when the tape started: path → content, nil for directories.
	before map[string][]byte
}

func newTape(t *testing.T, root string, w *world) *tape {
	t.Helper()
	tp := &tape{root: root, world: w, before: map[string][]byte{}}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var data []byte
		if !e.IsDir() {
			if data, err = os.ReadFile(path); err != nil {
				return err
			}
			data = append([]byte{}, data...) // never nil
		}
		tp.before[tp.rel(path)] = data
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tp
}

func (tp *tape) rel(path string) string {
	rel, err := filepath.Rel(tp.root, path)
	if err != nil {
		return path
	}
	return rel
}

// mark remembers a call that is about to be made.
func (tp *tape) mark(c call) {
	c.world = tp.world.all()
	tp.mu.Lock()
	defer tp.mu.Unlock()
	tp.calls = append(tp.calls, c)
}

func (tp *tape) mkdir(name string) error {
	tp.mark(call{kind: "mkdir", name: tp.rel(name)})
	return tp.machine.mkdir(name)
}

func (tp *tape) create(name string) (file, error) {
	tp.mark(call{kind: "create", name: tp.rel(name)})
	f, err := tp.machine.create(name)
	return tapedFile{f, tp}, err
}

func (tp *tape) reopen(name string) (file, error) {
	f, err := tp.machine.reopen(name)
	return tapedFile{f, tp}, err
}

func (tp *tape) rename(from, to string) error {
	tp.mark(call{kind: "rename", name: tp.rel(to), to: tp.rel(from)})
	return tp.machine.rename(from, to)
}

func (tp *tape) link(from, to string) error {
	tp.mark(call{kind: "link", name: tp.rel(to), to: tp.rel(from)})
	return tp.machine.link(from, to)
}

func (tp *tape) remove(name string) error {
	err := tp.machine.remove(name)
	if err == nil {
		tp.mark(call{kind: "remove", name: tp.rel(name)})
	}
	return err
}

func (tp *tape) syncDir(name string) error {
	tp.mark(call{kind: "syncdir", name: tp.rel(name)})
	return tp.machine.syncDir(name)
}

type tapedFile struct {
	file
	tape *tape
}

func (f tapedFile) WriteAt(data []byte, at int64) (int, error) {
	f.tape.mark(call{kind: "write", name: f.tape.rel(f.Name()), data: append([]byte(nil), data...), at: at})
	return f.file.WriteAt(data, at)
}

func (f tapedFile) Truncate(size int64) error {
	f.tape.mark(call{kind: "truncate", name: f.tape.rel(f.Name()), at: size})
	return f.file.Truncate(size)
}

func (f tapedFile) Sync() error {
	f.tape.mark(call{kind: "sync", name: f.tape.rel(f.Name())})
	return f.file.Sync()
}

// cut returns what is left when the power goes just before a call.
func (tp *tape) cut(moment int, luck func(int) fate) *node {
	root := tp.start()
	for _, c := range tp.calls[:moment] {
		above := root.find(filepath.Dir(c.name))
		named := c
		named.name, named.to = filepath.Base(c.name), filepath.Base(c.to)
		switch c.kind {
		case "mkdir":
			above.pending = append(above.pending, pending{named, &node{dir: true, entries: map[string]*node{}}})
		case "create":
			above.pending = append(above.pending, pending{named, &node{}})
		case "rename", "link":
			above.pending = append(above.pending, pending{named, root.find(c.to)})
		case "remove":
			above.pending = append(above.pending, pending{named, nil})
		case "write", "truncate":
			n := root.find(c.name)
			n.pending = append(n.pending, pending{c, nil})
		case "sync", "syncdir":
			root.find(c.name).settle(allKept)
		}
	}
	root.crash(luck)
	return root
}

// start returns the tree that was there at first, all of it on the platter.
func (tp *tape) start() *node {
	root := &node{dir: true, entries: map[string]*node{}}
	var plant func(path string) *node
	plant = func(path string) *node {
		if path == "." {
			return root
		}
		above := plant(filepath.Dir(path))
		name := filepath.Base(path)
		if above.entries[name] == nil {
			data := tp.before[path]
			above.entries[name] = &node{dir: data == nil, data: append([]byte(nil), data...), entries: map[string]*node{}}
		}
		return above.entries[name]
	}
	for path := range tp.before {
		plant(path)
	}
	return root
}
