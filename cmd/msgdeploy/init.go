package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/spec"
)

// starter is the spec that init writes; its project's name is replaced.
//
//go:embed starter.yaml
var starter string

const starterProject = "project: shop"

type initOptions struct {
	dir     string
	project string
	force   bool
}

func newInitCmd(a *app) *cobra.Command {
	var opts initOptions
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a commented starter spec that works",
		Long: `Write a commented starter spec, msgdeploy.yaml, and msgdeploy.schema.json, with which
editors complete and check it. What exists is not overwritten.`,
		Example: `  msgdeploy init
  msgdeploy init --project billing ./billing`,
		Args: arguments(0, 1, "one directory"),
		RunE: func(_ *cobra.Command, args []string) error {
			opts.dir = "."
			if len(args) == 1 {
				opts.dir = args[0]
			}
			return a.init(opts)
		},
	}
	cmd.Flags().StringVar(&opts.project, "project", "", "name of the project; the directory's unless set")
	cmd.Flags().BoolVar(&opts.force, "force", false, "overwrite what exists")
	return cmd
}

func (a *app) init(opts initOptions) error {
	project := opts.project
	if project == "" {
		abs, err := filepath.Abs(opts.dir)
		if err != nil {
			return fmt.Errorf("find the project's name: %w", err)
		}
		project = projectName(filepath.Base(abs))
	}
	src := []byte(strings.Replace(starter, starterProject, "project: "+project, 1))
	file := filepath.Join(opts.dir, "msgdeploy.yaml")
	if _, ds := spec.Load(file, src); ds.HasErrors() {
		return usagef("%q cannot be a project's name: it takes 3 to 40 of a-z, 0-9 and -, and begins with a letter", project)
	}
	if err := os.MkdirAll(opts.dir, 0o777); err != nil {
		return fmt.Errorf("make %s: %w", opts.dir, err)
	}
	if err := writeNew(file, src, opts.force); err != nil {
		return err
	}
	schema := filepath.Join(opts.dir, "msgdeploy.schema.json")
	if err := writeNew(schema, spec.Schema(), true); err != nil {
		return err
	}
	a.notef("wrote %s and %s", file, schema)
	a.notef("next: msgdeploy up --yes makes it all in a broker of its own, msgdeploy dev runs that broker")
	return nil
}

// writeNew writes a file that must not exist yet unless force is set.
func writeNew(file string, data []byte, force bool) error {
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		mode = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(file, mode, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s exists already: overwrite it with --force", file)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

var notInProject = regexp.MustCompile(`[^a-z0-9]+`)

// projectName makes a project's name of a directory's, or the starter's where it has nothing to offer.
func projectName(dir string) string {
	name := strings.Trim(notInProject.ReplaceAllString(strings.ToLower(dir), "-"), "-")
	name = strings.TrimLeft(name, "-0123456789")
	name = strings.TrimRight(name[:min(len(name), 40)], "-")
	if len(name) < 3 {
		return "shop"
	}
	return name
}
