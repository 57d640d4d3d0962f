package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/report"
	"github.com/msgdeploy/msgdeploy/spec"
)

// errUnwell ends a doctor that has found something, and has said what.
var errUnwell = errors.New("something is missing")

type doctorOptions struct {
	file   string
	engine engineFlags
	output string
}

func newDoctorCmd(a *app) *cobra.Command {
	var opts doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is missing to deploy, and how to get it",
		Long: `Say what is missing to deploy the stacks of the spec, and how to get it: the clouds' plugins,
the state of each stack and the passphrase of its secrets, and a place to write to. No cloud is
asked, and nothing is written. The exit code is 1 when something is missing.`,
		Example: "  msgdeploy doctor",
		Args:    arguments(0, 0, ""),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd.Context(), opts) },
	}
	cmd.Flags().StringVarP(&opts.file, "file", "f", "msgdeploy.yaml", "the spec; - reads it from stdin")
	opts.engine.bindBackend(cmd)
	bindOutput(cmd, &opts.output, "text", "json")
	return cmd
}

// finding is what the doctor has looked at.
type finding struct {
	Check string `json:"check"`
	// OK is false where Mend says how to get what is missing.
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Mend   string `json:"mend,omitempty"`
}

func (a *app) doctor(ctx context.Context, opts doctorOptions) error {
	s, err := a.loadSpec(ctx, opts.file)
	if err != nil {
		return err
	}
	findings := []finding{{Check: "msgdeploy", OK: true, Detail: currentVersion()}}
	for _, cloud := range a.cloudsOf(s) {
		findings = append(findings, a.examinePlugin(cloud))
	}
	for _, name := range s.Stacks() {
		if t, _ := s.Resolve(name); t != nil {
			findings = append(findings, a.examineState(ctx, t, opts.engine))
		}
	}
	if err := a.writeFindings(findings, opts.output); err != nil {
		return err
	}
	for _, f := range findings {
		if !f.OK {
			return errUnwell
		}
	}
	return nil
}

func (a *app) examinePlugin(cloud spec.Cloud) finding {
	p, _ := a.plugin(cloud)
	f := finding{Check: "plugin " + p.String()}
	path, err := p.Path()
	switch {
	case err != nil:
		f.Detail, f.Mend = err.Error(), "set PULUMI_HOME to a directory that can be read"
	case path == "":
		f.Detail, f.Mend = "is not installed", "run `msgdeploy plugins install "+string(cloud)+"`"
		if a.getenv("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION") == "" {
			f.Mend += ", or leave it to the first preview or up"
		}
	default:
		f.OK, f.Detail = true, path
	}
	return f
}

// examineState says whether the state of a stack can be opened, and written where it is on this machine.
func (a *app) examineState(ctx context.Context, t *spec.Topology, flags engineFlags) finding {
	f := finding{Check: "state of " + t.Stack}
	o := a.engineOptions(flags, stateOf(t))
	o.Project, o.Stack = t.Project, t.Stack
	engine, err := deploy.Open(ctx, o)
	if err != nil {
		f.Detail, f.Mend = err.Error(), "give the backend what it needs, or another one with `state: {backend: …}`"
		return f
	}
	exists, err := engine.Exists(ctx)
	if err != nil {
		f.Detail, f.Mend = err.Error(), "see to it that the backend can be reached with these credentials"
		return f
	}
	f.Detail = "not deployed"
	if exists {
		f.Detail = "deployed"
	}
	if o.Backend != "" {
		f.OK, f.Detail = true, f.Detail+", in "+o.Backend
		return f
	}
	if err := writable(o.Dir); err != nil {
		f.Detail, f.Mend = err.Error(), "make the directory of the spec writable, or keep the state elsewhere with `state: {backend: …}`"
		return f
	}
	f.OK, f.Detail = true, f.Detail+", in "+filepath.Join(filepath.Dir(o.Dir), stateDir)
	return f
}

// writable reports, without writing anything, whether a directory can be written to or made.
func writable(dir string) error {
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		switch {
		case errors.Is(err, os.ErrNotExist) && dir != filepath.Dir(dir):
			continue
		case err != nil:
			return err
		case !info.IsDir():
			return fmt.Errorf("%s is no directory", dir)
		case info.Mode().Perm()&0o200 == 0:
			return fmt.Errorf("%s cannot be written to", dir)
		}
		return nil
	}
}

func (a *app) writeFindings(findings []finding, output string) error {
	if output == "json" {
		return report.WriteJSON(a.stdout, struct {
			FormatVersion string    `json:"formatVersion"`
			Findings      []finding `json:"findings"`
		}{report.FormatVersion, findings})
	}
	var rows [][]string
	var mend []string
	for _, f := range findings {
		mark := "ok"
		if !f.OK {
			mark = "missing"
			mend = append(mend, fmt.Sprintf("%s: %s", f.Check, f.Mend))
		}
		rows = append(rows, []string{mark, f.Check, f.Detail})
	}
	text := report.Table(rows)
	if len(mend) > 0 {
		text += "\n" + strings.Join(mend, "\n") + "\n"
	}
	_, err := io.WriteString(a.stdout, text)
	return err
}
