package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/msgdeploy/msgdeploy/diag"
	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/spec"
)

// stack is one stack of a spec, checked, and ready to be rendered or deployed.
type stack struct {
	*spec.Topology
	// spec is the spec that it was resolved of.
	spec     *spec.Spec
	provider providers.Provider
	grants   []permissions.Grant
	// warnings are what the spec and the provider have to say about it.
	warnings diag.Diagnostics
	sources  map[string][]byte
}

// readSpec reads the bytes of the spec, from stdin where the file is "-".
func (a *app) readSpec(ctx context.Context, file string) (name string, src []byte, err error) {
	name, src, err = a.readInput(ctx, file, "the spec")
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, usagef("there is no %s: write one with `msgdeploy init`, or name yours with --file", file)
	}
	return name, src, err
}

// readInput reads a file of the user's, or stdin where it is "-", and returns its name for
// messages. Whoever has to type it can still interrupt.
func (a *app) readInput(ctx context.Context, file, what string) (name string, src []byte, err error) {
	if file == "-" {
		src, err := interruptible(ctx, func() ([]byte, error) { return io.ReadAll(a.stdin) })
		if err != nil {
			return "", nil, fmt.Errorf("read %s from stdin: %w", what, err)
		}
		return "<stdin>", src, nil
	}
	if src, err = os.ReadFile(file); err != nil {
		return "", nil, fmt.Errorf("read %s: %w", what, err)
	}
	return file, src, nil
}

// decodeSpec reads and decodes the spec and the files that it includes. Those of a spec
// from stdin are relative to the working directory.
func (a *app) decodeSpec(ctx context.Context, file string) (*spec.Spec, diag.Diagnostics, error) {
	name, src, err := a.readSpec(ctx, file)
	if err != nil {
		return nil, nil, err
	}
	// A root keeps links from leading out of the directory.
	dir, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return nil, nil, fmt.Errorf("open the directory of the spec: %w", err)
	}
	s, ds := spec.LoadDir(name, src, dir.FS())
	return s, ds, dir.Close()
}

// loadSpec is decodeSpec for those who need a spec without mistakes. What is wrong with it
// beyond one stack is a [specError].
func (a *app) loadSpec(ctx context.Context, file string) (*spec.Spec, error) {
	s, ds, err := a.decodeSpec(ctx, file)
	if err != nil {
		return nil, err
	}
	if ds.HasErrors() {
		stack, _ := chooseStack(s.Stacks(), "") // "" where there is a choice
		return nil, &specError{diagnostics: append(ds, a.checkStacks(s, s.Stacks())...), sources: s.Sources(), project: s.Project(), stack: stack}
	}
	return s, nil
}

// loadStack resolves and checks the stack that the flags mean.
func (a *app) loadStack(ctx context.Context, f specFlags) (*stack, error) {
	s, err := a.loadSpec(ctx, f.file)
	if err != nil {
		return nil, err
	}
	name, err := chooseStack(s.Stacks(), f.stack)
	if err != nil {
		return nil, err
	}
	return a.resolveStack(s, name)
}

// resolveStack is loadStack for a spec that is loaded, and has the stack.
func (a *app) resolveStack(s *spec.Spec, name string) (*stack, error) {
	t, ds := s.Resolve(name)
	if ds.HasErrors() {
		return nil, &specError{diagnostics: ds, sources: s.Sources(), project: s.Project(), stack: name}
	}
	provider, ok := a.providers[t.Target.Cloud()]
	if !ok {
		return nil, usagef("stack %s is on %s, and this version of msgdeploy does not deploy there; `msgdeploy validate` and `msgdeploy schema` work for it",
			name, cloudTitle(t.Target.Cloud()))
	}
	ds = append(ds, a.checkCloud(t)...)
	if ds.HasErrors() {
		return nil, &specError{diagnostics: ds, sources: s.Sources(), project: s.Project(), stack: name}
	}
	return &stack{Topology: t, spec: s, provider: provider, grants: permissions.Derive(t), warnings: ds, sources: s.Sources()}, nil
}

// chooseStack returns the one that is asked for, or the only one there is.
func chooseStack(stacks []string, asked string) (string, error) {
	switch {
	case len(stacks) == 0:
		return "", usagef("the spec has no stacks")
	case asked != "" && slices.Contains(stacks, asked):
		return asked, nil
	case asked != "":
		near, _ := diag.Nearest(asked, stacks)
		return "", usagef("the spec has no stack %s; did you mean %s?", asked, diag.OrList(near))
	case len(stacks) == 1:
		return stacks[0], nil
	default:
		return "", usagef("the spec has several stacks: choose one with --stack: %s", strings.Join(stacks, ", "))
	}
}

func cloudTitle(c spec.Cloud) string {
	switch c {
	case spec.AWS:
		return "AWS"
	case spec.GCP:
		return "Google Cloud"
	case spec.Azure:
		return "Azure"
	default:
		return "NATS"
	}
}
