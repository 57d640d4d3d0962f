package spec_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/spec"
)

// FuzzResolve reads specs of several files, as a txtar archive: nothing makes resolving
// panic or point outside of a file, and what is resolved without mistakes means the same
// when it is read again.
func FuzzResolve(f *testing.F) {
	for dir := range corpus(f) {
		f.Add(archive(f, dir))
	}
	for _, text := range []string{
		"-- spec.yaml --\ninclude: ['*']\nversion: 1\nproject: demo\nstacks: {local: {nats: {}}}\n-- a.yaml --\nqueues: {jobs: &a {lease: \"${var.x}\"}}\nx-b: *a\n-- b.yaml --\nqueues: {jobs: {}}\n",
		"-- spec.yaml --\nversion: 1\nproject: demo\nvars: {a: 1, b: null, c: [], \"\": x, d: \"${var.a}\"}\ndefaults: {queues: {lease: \"${var.a}s\", deadLetter: \"${var.b}\"}, topics: {description: \"$${${var.a}${}${\"}}\nqueues: {jobs: {lease: null}}\ntopics: {orders: {}}\nstacks: {local: {nats: {port: \"${var.a}\"}, vars: 7, identity: \"${name}\", patch: {add: {queues: {jobs: null, more: {}}}}}}\n",
		"-- spec.yaml --\ninclude: [a/*/b.yaml, '[', '', /a, ../a, a//b, ./spec.yaml, '?pec.yaml']\nversion: 1\nproject: demo\nstacks: {local: {nats: {}}}\n-- a/b/b.yaml --\n\ufeffpermissions: {worker: {publish: [orders, orders]}}\r\n-- a/c/b.yaml --\npermissions: {worker: {publish: [orders], enqueue: 5}}\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte("-- --")) {
			return // on which txtar.Parse panics
		}
		dir := fstest.MapFS{}
		for _, file := range txtar.Parse(data).Files {
			if fs.ValidPath(file.Name) && len(dir) < 20 {
				dir[file.Name] = &fstest.MapFile{Data: file.Data}
			}
		}
		root, has := dir["spec.yaml"]
		if !has {
			return
		}
		s, ds := spec.LoadDir("spec.yaml", root.Data, dir)
		for _, stack := range s.Stacks() {
			ds = append(ds, fuzzStack(t, s, stack, ds.HasErrors())...)
		}
		if err := rangesInside(s.Sources(), ds); err != nil {
			t.Fatal(err)
		}
		if err := (diag.Text{Sources: s.Sources()}).Write(&bytes.Buffer{}, ds); err != nil {
			t.Fatal(err)
		}
	})
}

// fuzzStack resolves one stack of a spec that is invalid or not.
func fuzzStack(t *testing.T, s *spec.Spec, stack string, invalid bool) diag.Diagnostics {
	topology, ds := s.Resolve(stack)
	if topology == nil {
		return ds
	}
	sound(t, topology)
	if invalid || ds.HasErrors() {
		return ds
	}
	r, _ := s.Resolved(stack)
	for _, text := range [][]byte{r.YAML(false), r.YAML(true), r.JSON()} {
		if err := meansTheSame("spec.yaml", text, topology, r); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	return ds
}

// archive packs the YAML files of a case.
func archive(tb testing.TB, dir string) []byte {
	tb.Helper()
	var a txtar.Archive
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || filepath.Ext(path) != ".yaml" || bytes.HasSuffix([]byte(path), []byte(".golden.yaml")) {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		a.Files = append(a.Files, txtar.File{Name: filepath.ToSlash(name), Data: text})
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return txtar.Format(&a)
}
