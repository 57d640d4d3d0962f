package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/msgdeploy/msgdeploy/permissions"
	"github.com/msgdeploy/msgdeploy/providers"
	"github.com/msgdeploy/msgdeploy/report"
	"github.com/msgdeploy/msgdeploy/spec"
)

// The files of a case.
const (
	caseSpec     = "spec.yaml"
	goldenSuffix = ".golden.yaml"
	// caseErrors says of a case that its spec has errors, and caseRefusals that clouds refuse
	// it: such stacks render to nothing.
	caseErrors   = "diagnostics.txt"
	caseRefusals = "clouds.txt"
)

// caseDirs returns the directories below root that hold a case, sorted.
func caseDirs(root string) ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() == caseSpec {
			dirs = append(dirs, filepath.Dir(path))
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("there is no directory %s", root)
	}
	return dirs, err
}

// golden is one golden file: what it holds, and what its stack renders to now. A nil
// want is a file that does not exist, a nil got a stack that does not.
type golden struct {
	file      string
	want, got []byte
}

// diff returns how want turns into got, or nil.
func (g golden) diff() []byte {
	if g.want != nil && g.got != nil && bytes.Equal(g.want, g.got) {
		return nil
	}
	d := diff.Diff(g.file, g.want, "rendered now", g.got)
	// An empty file and a missing one look alike to the diff.
	return append([]byte{}, d...)
}

func (g golden) write() error {
	if g.got == nil {
		return os.Remove(g.file)
	}
	return os.WriteFile(g.file, g.got, 0o666)
}

// renderCase renders every stack of a case that this version deploys to, and
// finds the golden files whose stacks are gone.
func (a *app) renderCase(ctx context.Context, dir string) ([]golden, error) {
	expected := exists(filepath.Join(dir, caseErrors)) || exists(filepath.Join(dir, caseRefusals))
	s, err := a.loadSpec(ctx, filepath.Join(dir, caseSpec))
	var invalid *specError
	if expected && errors.As(err, &invalid) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var goldens []golden
	files := map[string]bool{}
	for _, name := range slices.Sorted(slices.Values(s.Stacks())) {
		g := golden{file: filepath.Join(dir, name+goldenSuffix)}
		files[g.file] = true
		if g.got, err = a.renderGolden(ctx, s, name); expected && errors.As(err, &invalid) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if g.got == nil {
			// A cloud that this version does not deploy to.
			continue
		}
		if g.want, err = readGolden(g.file); err != nil {
			return nil, err
		}
		goldens = append(goldens, g)
	}
	found, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*"+goldenSuffix))
	if err != nil {
		return nil, err
	}
	for _, file := range found {
		if files[file] {
			continue
		}
		g := golden{file: file}
		if g.want, err = readGolden(file); err != nil {
			return nil, err
		}
		goldens = append(goldens, g)
	}
	return goldens, nil
}

// renderGolden renders one stack; nil is a stack on a cloud that has no provider yet.
func (a *app) renderGolden(ctx context.Context, s *spec.Spec, name string) ([]byte, error) {
	if ds := a.checkStack(s, name); ds.HasErrors() {
		return nil, &specError{diagnostics: ds, sources: s.Sources()}
	}
	t, _ := s.Resolve(name)
	provider, ok := a.providers[t.Target.Cloud()]
	if !ok {
		return nil, nil
	}
	rendering, err := providers.Render(ctx, provider, t, permissions.Derive(t))
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	err = report.WriteProgramYAML(&buf, rendering)
	return buf.Bytes(), err
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func readGolden(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read golden file: %w", err)
	}
	return data, nil
}

// escapeGlob takes the special meaning from a path that a user chose.
func escapeGlob(path string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
