package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/internal/gittree"
	"github.com/msgdeploy/msgdeploy/plan"
	"github.com/msgdeploy/msgdeploy/spec"
)

// source is what the history keeps of this session's spec.
func (s *session) source() deploy.Source {
	if s.again != nil {
		again := s.again.Source
		again.Again = s.again.Number
		return again
	}
	resolved, _ := s.spec.Resolved(s.Stack)
	if resolved == nil { // which has been resolved before
		return deploy.Source{}
	}
	hash, err := plan.SpecHash(resolved.JSON())
	if err != nil {
		return deploy.Source{}
	}
	text, err := keptSpec(resolved)
	if err != nil {
		return deploy.Source{}
	}
	out := deploy.Source{Spec: text, Hash: hash}
	out.Commit, out.Modified = revision(s.spec.File(), s.sources)
	return out
}

// keptSpec is the spec as the history keeps it: a spec of the one stack, without where its state is. That is
// where the history itself is, and its URL may hold a password.
func keptSpec(r *spec.Resolved) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(r.JSON()))
	d.UseNumber()
	var doc map[string]any
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	delete(doc, "state")
	if stacks, ok := doc["stacks"].(map[string]any); ok {
		if of, ok := stacks[r.Stack].(map[string]any); ok {
			delete(of, "state")
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ") // errors of a spec show a line of it
	err := e.Encode(doc)
	return b.Bytes(), err
}

// revision returns the commit that the files of a spec are of, and which of them are not as in it. Without a
// repository, or a commit in it, there is none.
func revision(file string, sources map[string][]byte) (commit string, modified []string) {
	dir := filepath.Dir(file)
	repository, err := gittree.Open(dir)
	if err != nil {
		return "", nil
	}
	defer func() { _ = repository.Close() }()
	head, err := repository.Resolve("HEAD")
	if err != nil {
		return "", nil
	}
	files, err := repository.Files(head, dir)
	if err != nil {
		files = nil // not even the directory is in it
	}
	for name, text := range sources {
		if !committed(files, dir, name, text) {
			modified = append(modified, name)
		}
	}
	slices.Sort(modified)
	return head.Hash(), modified
}

// committed reports whether a file is as in a commit; git may have changed the ends of its lines.
func committed(files fs.FS, dir, name string, text []byte) bool {
	rel, err := filepath.Rel(dir, name)
	if files == nil || err != nil {
		return false
	}
	have, err := fs.ReadFile(files, filepath.ToSlash(rel))
	lines := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }
	return err == nil && bytes.Equal(lines(have), lines(text))
}
