package spec_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/msgdeploy/msgdeploy/spec"
)

const including = "version: 1\nproject: demo\ninclude: [%s]\nstacks: {local: {nats: {}}}\n"

// codes returns the codes of what is said of a spec that includes something.
func codes(dir fs.FS, include string) []string {
	_, ds := diagnoseDir(dir, fmt.Appendf(nil, including, include))
	var codes []string
	for _, d := range ds.Sorted() {
		codes = append(codes, d.Code)
	}
	return codes
}

// endless is a file that never ends, and counts what is read of it.
type endless struct{ read *int64 }

func (e endless) Open(string) (fs.File, error) { return e, nil }
func (e endless) Stat() (fs.FileInfo, error) {
	return fs.Stat(fstest.MapFS{"a": &fstest.MapFile{}}, "a")
}
func (e endless) Close() error { return nil }
func (e endless) Read(p []byte) (int, error) {
	*e.read += int64(len(p))
	return len(p), nil
}

// TestIncludeBounds includes more than any spec has: it is said, and no more is read than
// shows it.
func TestIncludeBounds(t *testing.T) {
	t.Parallel()
	var read int64
	if got := codes(endless{&read}, "a.yaml"); !slices.Equal(got, []string{spec.CodeTooMuch}) {
		t.Errorf("an endless file: %v", got)
	}
	if read > 64<<20 {
		t.Errorf("%d bytes of an endless file were read", read)
	}
	many := fstest.MapFS{}
	for i := range 2100 {
		many[fmt.Sprintf("teams/%d.yaml", i)] = &fstest.MapFile{Data: []byte("queues: {}\n")}
	}
	if got := codes(many, "teams/*.yaml"); !slices.Equal(got, []string{spec.CodeTooMuch}) {
		t.Errorf("many files: %v", got)
	}
	large := fstest.MapFS{}
	for i := range 4 {
		large[fmt.Sprintf("%d.yaml", i)] = &fstest.MapFile{Data: bytes.Repeat([]byte("# a comment of 24 bytes.\n"), 1<<20)}
	}
	if got := codes(large, "'*.yaml'"); !slices.Contains(got, spec.CodeTooMuch) {
		t.Errorf("large files: %v", got)
	}
	wide := fstest.MapFS{}
	for i := range 110_000 {
		wide[fmt.Sprintf("%d.txt", i)] = &fstest.MapFile{}
	}
	if got := codes(wide, "'*.yaml'"); !slices.Equal(got, []string{spec.CodeTooMuch}) {
		t.Errorf("a wide directory: %v", got)
	}
	bomb := "x-a: &a [1,1,1,1,1,1,1,1,1,1]\nx-b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nx-c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nx-d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\nqueues: {jobs: {x-e: 1, lease: *d}}\n"
	bombs := fstest.MapFS{}
	for i := range 120 {
		bombs[fmt.Sprintf("%d.yaml", i)] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(bomb, "jobs", fmt.Sprintf("jobs-%d", i)))}
	}
	if got := codes(bombs, "'*.yaml'"); !slices.Contains(got, spec.CodeAliasExpansion) {
		t.Error("aliases of many files come to more than those of one may")
	}
}

// TestTooMuch multiplies by defaults and by vars what is written once.
func TestTooMuch(t *testing.T) {
	t.Parallel()
	var filter, names strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&filter, "k%d: [a], ", i)
		fmt.Fprintf(&names, "  name-%d: {}\n", i)
	}
	for name, text := range map[string]string{
		"defaults": "defaults: {subscriptions: {filter: {" + filter.String() + "}}}\nsubscriptions:\n" + strings.ReplaceAll(names.String(), "{}", "{filter: {more: [a]}}"),
		"vars":     "vars: {long: " + strings.Repeat("x", 64<<10) + "}\ndefaults: {topics: {description: \"the ${var.long}\"}}\ntopics:\n" + names.String(),
	} {
		_, ds := diagnose([]byte("version: 1\nproject: demo\nstacks: {local: {nats: {}}}\n" + text))
		n := 0
		for _, d := range ds {
			if d.Code == spec.CodeTooMuch {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s: said %d times, want once", name, n)
		}
	}
}

// failing is a directory in which one file cannot be read.
type failing struct{ fstest.MapFS }

func (f failing) Open(name string) (fs.File, error) {
	if name == "locked.yaml" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return f.MapFS.Open(name)
}

func (f failing) Stat(name string) (fs.FileInfo, error) { return f.MapFS.Stat(name) }

func TestIncludeFailures(t *testing.T) {
	t.Parallel()
	dir := failing{fstest.MapFS{
		"locked.yaml": &fstest.MapFile{},
		"pipe.yaml":   &fstest.MapFile{Mode: fs.ModeNamedPipe},
		"utf16.yaml":  &fstest.MapFile{Data: []byte("\xff\xfeq\x00")},
		"empty.yaml":  &fstest.MapFile{},
	}}
	for include, want := range map[string][]string{
		"locked.yaml":     {spec.CodeIncludeUnreadable},
		"pipe.yaml":       {spec.CodeIncludeUnreadable},
		"utf16.yaml":      {spec.CodeEncoding},
		"empty.yaml":      nil,
		"'e[m]pty.yaml'":  nil,
		"'*.yml'":         {spec.CodeIncludeNothing},
		"empty.yaml/more": {spec.CodeIncludeNothing},
	} {
		if diff := cmp.Diff(want, codes(dir, include)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", include, diff)
		}
	}
	if got := codes(nil, "empty.yaml"); !slices.Equal(got, []string{spec.CodeIncludeUnreadable}) {
		t.Errorf("without a directory: %v", got)
	}
}

// TestIncludeLinks follows links inside of the directory, and none that lead out of it.
func TestIncludeLinks(t *testing.T) {
	t.Parallel()
	outside, inside := t.TempDir(), t.TempDir()
	for file, text := range map[string]string{
		filepath.Join(outside, "secret.yaml"):      "queues: {secret: {}}\n",
		filepath.Join(inside, "real", "some.yaml"): "queues: {some: {}}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{
		"file.yaml": filepath.Join(outside, "secret.yaml"), "dir": outside,
		"linked": "real", "broken.yaml": "nowhere.yaml", "loop": "loop",
	} {
		if err := os.Symlink(target, filepath.Join(inside, link)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(inside)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	}()
	for include, want := range map[string][]string{
		"file.yaml":        {spec.CodeIncludeOutside},
		"dir/secret.yaml":  {spec.CodeIncludeOutside},
		"'d*/secret.yaml'": {spec.CodeIncludeOutside},
		"'dir/*.yaml'":     {spec.CodeIncludeOutside},
		"linked/some.yaml": nil,
		"broken.yaml":      {spec.CodeIncludeNothing},
		"'b*.yaml'":        {spec.CodeIncludeUnreadable},
		"loop/some.yaml":   {spec.CodeIncludeUnreadable},
	} {
		if diff := cmp.Diff(want, codes(root.FS(), include)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", include, diff)
		}
	}
}

// TestFiles names the files of a spec as they are now.
func TestFiles(t *testing.T) {
	t.Parallel()
	dir := fstest.MapFS{"a/x.yaml": &fstest.MapFile{}, "a/y.yaml": &fstest.MapFile{}}
	s, ds := spec.LoadDir("some/where/spec.yaml", fmt.Appendf(nil, including, "'a/*.yaml', a/x.yaml, b.yaml"), dir)
	if !ds.HasErrors() {
		t.Error("b.yaml is missing, and nothing is said")
	}
	dir["b.yaml"] = &fstest.MapFile{}
	delete(dir, "a/y.yaml")
	if diff := cmp.Diff([]string{"some/where/spec.yaml", "some/where/a/x.yaml", "some/where/b.yaml"}, s.Files(dir)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestReadErrors passes on what fails while a file is read.
func TestReadErrors(t *testing.T) {
	t.Parallel()
	if got := codes(torn{}, "a.yaml"); !slices.Equal(got, []string{spec.CodeIncludeUnreadable}) {
		t.Errorf("got %v", got)
	}
}

type torn struct{ endless }

func (t torn) Open(string) (fs.File, error) { return t, nil }
func (t torn) Read([]byte) (int, error)     { return 0, errors.Join(io.ErrUnexpectedEOF) }

// TestManyFilesGrant lets several files add to what one service may do: each in turn, none
// twice, and the lists of a file that an anchor shares stay what they are.
func TestManyFilesGrant(t *testing.T) {
	t.Parallel()
	dir := fstest.MapFS{
		"a.yaml": {Data: []byte("queues: {aaa: {}, bbb: {}}\nservices: {worker: {}, other: {}}\npermissions: {worker: &w {dequeue: [aaa]}, other: *w}\n")},
		"b.yaml": {Data: []byte("queues: {ccc: {}, ddd: {}}\npermissions: {worker: {dequeue: [bbb, ccc], enqueue: [aaa]}}\n")},
		"c.yaml": {Data: []byte("permissions: {worker: {dequeue: [ddd, ccc], enqueue: [bbb]}}\n")},
	}
	s, ds := spec.LoadDir("spec.yaml", fmt.Appendf(nil, including, "'*.yaml'"), dir)
	if len(ds) != 1 || ds[0].Code != spec.CodeDuplicateItem || ds[0].Range.String() != "c.yaml:1:39" || ds[0].Related[0].Range.String() != "b.yaml:2:39" {
		t.Fatalf("%+v", ds)
	}
	topology, ds := s.Resolve("local")
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	var got []string
	for _, p := range topology.Permissions {
		got = append(got, fmt.Sprintf("%s %s %s", p.Service.Name, p.Verb, p.Queue.Name))
	}
	want := []string{
		"other dequeue aaa",
		"worker enqueue aaa", "worker enqueue bbb",
		"worker dequeue aaa", "worker dequeue bbb", "worker dequeue ccc", "worker dequeue ddd",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
