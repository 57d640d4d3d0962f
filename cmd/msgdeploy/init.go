package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/asyncapi"
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
	from    string
	force   bool
}

func newInitCmd(a *app) *cobra.Command {
	var opts initOptions
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a commented starter spec that works",
		Long: `Write a commented starter spec, msgdeploy.yaml, and msgdeploy.schema.json, with which
editors complete and check it. What exists is not overwritten.

With --from the spec is made of an AsyncAPI 3 document: its channels become topics and
queues, its operations permissions. Whatever a spec has no word for is a warning that
points to it in the document.`,
		Example: `  msgdeploy init
  msgdeploy init --project billing ./billing
  msgdeploy init --from asyncapi.yaml`,
		Args: arguments(0, 1, "one directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.dir = "."
			if len(args) == 1 {
				opts.dir = args[0]
			}
			return a.init(cmd.Context(), opts)
		},
	}
	cmd.Flags().StringVar(&opts.project, "project", "", "name of the project; the directory's unless set")
	cmd.Flags().StringVar(&opts.from, "from", "", "an AsyncAPI 3 document, YAML or JSON, to make the spec of; - reads it from stdin")
	cmd.Flags().BoolVar(&opts.force, "force", false, "overwrite what exists")
	return cmd
}

// schemaFile stands beside the spec, which refers to it.
const schemaFile = "msgdeploy.schema.json"

func (a *app) init(ctx context.Context, opts initOptions) error {
	src, err := a.firstSpec(ctx, opts)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(opts.dir, 0o777); err != nil {
		return fmt.Errorf("make %s: %w", opts.dir, err)
	}
	file, schema := filepath.Join(opts.dir, "msgdeploy.yaml"), filepath.Join(opts.dir, schemaFile)
	if err := writeNew(file, src, opts.force); err != nil {
		return err
	}
	if err := writeNew(schema, spec.Schema(), true); err != nil {
		return err
	}
	a.notef("wrote %s and %s", file, schema)
	if opts.from != "" {
		a.notef("next: msgdeploy validate checks it for the cloud of each of its stacks")
		return nil
	}
	a.notef("next: msgdeploy up --yes makes it all in a broker of its own, msgdeploy dev runs that broker")
	return nil
}

// firstSpec returns the spec to write: the starter, or what an AsyncAPI document comes to.
func (a *app) firstSpec(ctx context.Context, opts initOptions) ([]byte, error) {
	project := opts.project
	if project == "" && opts.from != "" {
		return a.readAsyncAPI(ctx, opts.from, "")
	}
	if project == "" {
		abs, err := filepath.Abs(opts.dir)
		if err != nil {
			return nil, fmt.Errorf("find the project's name: %w", err)
		}
		project = projectName(filepath.Base(abs))
	}
	src := []byte(strings.Replace(starter, starterProject, "project: "+project, 1))
	if _, ds := spec.Load("msgdeploy.yaml", src); ds.HasErrors() {
		return nil, usagef("%q cannot be a project's name: it takes 3 to 40 of a-z, 0-9 and -, and begins with a letter", project)
	}
	if opts.from != "" {
		return a.readAsyncAPI(ctx, opts.from, project)
	}
	return src, nil
}

// readAsyncAPI makes a spec of an AsyncAPI document, and shows what it could not carry over.
func (a *app) readAsyncAPI(ctx context.Context, file, project string) ([]byte, error) {
	name, source, err := a.readInput(ctx, file, "the AsyncAPI document")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("there is no %s", file)
	}
	if err != nil {
		return nil, err
	}
	src, ds := asyncapi.Read(name, source, asyncapi.Options{Project: project, Schema: "./" + schemaFile, Check: a.checkCloud})
	sources := map[string][]byte{name: source}
	if ds.HasErrors() {
		return nil, &specError{diagnostics: ds, sources: sources}
	}
	a.showDiagnostics(ds, sources)
	return src, nil
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
