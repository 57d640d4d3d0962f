package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/internal/gittree"
	"github.com/msgdeploy/msgdeploy/report"
	"github.com/msgdeploy/msgdeploy/spec"
)

// baseSpec is the other version of a spec, which --base names.
type baseSpec struct {
	// name says which version it is, in reports.
	name string
	// spec is nil where that version has none.
	spec *spec.Spec
}

// loadBase reads the other version of the spec: a file, or the spec's file as a revision of its git
// repository has it, with what that revision includes.
func (a *app) loadBase(ctx context.Context, file, base string) (*baseSpec, error) {
	info, err := os.Stat(base)
	isFile := err == nil && info.Mode().IsRegular()
	if isFile && strings.ContainsAny(base, `/\`) {
		return a.loadBaseFile(ctx, base)
	}
	repository, err := gittree.Open(baseDir(file))
	switch {
	case errors.Is(err, gittree.ErrNoRepository) && isFile:
		return a.loadBaseFile(ctx, base)
	case errors.Is(err, gittree.ErrNoRepository):
		return nil, usagef("--base: there is no file %s, and the spec is not in a git repository that could have a revision of that name", base)
	case err != nil:
		return nil, err
	}
	b, err := a.loadRevision(repository, file, base, isFile)
	if err := errors.Join(err, repository.Close()); err != nil {
		return nil, err
	}
	if b == nil {
		return a.loadBaseFile(ctx, base)
	}
	return b, nil
}

// baseDir is the directory that a spec's file is in.
func baseDir(file string) string {
	if file == "-" {
		return "."
	}
	return filepath.Dir(file)
}

func (a *app) loadBaseFile(ctx context.Context, file string) (*baseSpec, error) {
	s, ds, err := a.decodeSpec(ctx, file)
	if err != nil {
		return nil, err
	}
	return &baseSpec{name: file, spec: s}, baseErrors(s, ds, file)
}

// loadRevision is loadBase for a revision; nil where there is none of that name, but a file.
func (a *app) loadRevision(r *gittree.Repository, file, revision string, isFile bool) (*baseSpec, error) {
	commit, err := r.Resolve(revision)
	var unknown *gittree.UnknownError
	var ambiguous *gittree.AmbiguousError
	switch {
	case errors.As(err, &unknown) && isFile:
		return nil, nil
	case errors.As(err, &unknown):
		return nil, noSuchBase(unknown)
	case errors.As(err, &ambiguous):
		return nil, usagef("--base: %s means several commits: choose one of %s", ambiguous.Revision, strings.Join(ambiguous.Means, ", "))
	case err != nil:
		return nil, err
	case isFile:
		return nil, usagef("--base: %s is a revision and a file: write ./%s for the file, or a longer name such as refs/heads/%s for the revision", revision, revision, revision)
	case file == "-":
		return nil, usagef("--base: revision %s has no file for a spec from stdin: name the spec with --file", revision)
	}
	b := &baseSpec{name: fmt.Sprintf("%s (%s)", revision, commit)}
	if strings.HasPrefix(commit.String(), revision) || strings.HasPrefix(revision, commit.String()) {
		b.name = commit.String()
	}
	files, err := r.Files(commit, baseDir(file))
	var text []byte
	if err == nil {
		text, err = fs.ReadFile(files, filepath.Base(file))
	}
	if errors.Is(err, fs.ErrNotExist) {
		a.notef("note: %s has no %s, so everything is new", b.name, file)
		return b, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the spec of %s: %w", b.name, err)
	}
	var ds diag.Diagnostics
	b.spec, ds = spec.LoadDir(commit.String()+":./"+filepath.Base(file), text, files)
	return b, baseErrors(b.spec, ds, b.name)
}

func noSuchBase(e *gittree.UnknownError) error {
	hint := ""
	switch {
	case len(e.Near) > 0:
		hint = "; did you mean " + diag.OrList(e.Near) + "?"
	case e.Shallow:
		hint = ". This clone has not all of the history: fetch the rest with `git fetch --unshallow`, in GitHub Actions with `fetch-depth: 0` of actions/checkout"
	}
	return usagef("--base: there is no file %s, and no such revision%s", e.Revision, hint)
}

// baseErrors is the error of a base that nothing can be compared with.
func baseErrors(s *spec.Spec, ds diag.Diagnostics, name string) error {
	if !ds.HasErrors() {
		return nil
	}
	return &specError{diagnostics: ds, sources: s.Sources(), project: s.Project(), base: name}
}

// stackOf resolves a stack of a base; nil where it has none of that name.
func (a *app) stackOf(b *baseSpec, name string) (*stack, error) {
	if b.spec == nil || !has(b.spec, name) {
		return nil, nil
	}
	st, err := a.resolveStack(b.spec, name)
	var invalid *specError
	if errors.As(err, &invalid) {
		invalid.base = b.name
	}
	return st, err
}

// trust are the changes of trust that a stack of the spec shows against its base.
func (b *baseSpec) trust(next *spec.Spec, stack string) []report.TrustChange {
	var out []report.TrustChange
	for _, c := range spec.CompareTrust(b.spec, next, stack) {
		out = append(out, report.TrustChange{Kind: string(c.Matter), Subject: c.Path, Before: c.Before, After: c.After, Range: c.Range})
	}
	return out
}

// explainBase says how to go on where it is the base that has errors.
func (a *app) explainBase(e *specError) {
	if e.base != "" {
		a.notef("These are errors of the base, %s, which nothing can be compared with: name a version that `msgdeploy validate` is content with, "+
			"or leave --base out to compare with the state.", e.base)
	}
}
