package deploy

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/env"
)

// Isolate makes the engine deaf to the process's environment: of Pulumi's
// variables it sees those in vars and no others, and it finds no plugins on
// $PATH. Call it once, before all else that this package does.
func Isolate(vars map[string]string) {
	isolated := env.MapStore{"PULUMI_IGNORE_AMBIENT_PLUGINS": "true"}
	for k, v := range vars {
		isolated[k] = v
	}
	env.Global = isolated
}

const defaultParallel = 16

func (o Options) parallel() int32 { return int32(cmp.Or(o.Parallel, defaultParallel)) }

// local reports whether the state is on this machine's disk.
func (o Options) local() bool { return o.Backend == "" || strings.HasPrefix(o.Backend, "file://") }

func (o Options) keyFile() string { return filepath.Join(o.Dir, "key") }

// journalFile is where the stack's journal is while an operation runs. It is local even
// where the state is not: a cloud's bucket takes too long for each step, and cannot append.
func (o Options) journalFile() string { return o.journalPath(journalExt) }

const journalExt = ".journal"

// lockFile is the file that the kernel locks.
func (o Options) lockFile() string { return o.journalPath(".lock") }

func (o Options) journalPath(ext string) string {
	return filepath.Join(o.journalDir(), o.Project+"."+o.Stack+ext)
}

func (o Options) journalDir() string { return filepath.Join(o.journalBase(), "journal") }

// journalBase is the directory of local state, wherever that is: who shares the one must share the
// other, and the kernel's lock. For state elsewhere it is the project's.
func (o Options) journalBase() string {
	if o.local() {
		if d, err := o.directory(); err == nil {
			return d.root
		}
	}
	return o.Dir
}

// names is what projects and stacks may be called; file names and URNs are made of them.
const names = `^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`

// checked returns o with absolute paths, or says what is wrong with it.
func (o Options) checked() (Options, error) {
	valid := regexp.MustCompile(names)
	for what, name := range map[string]string{"project": o.Project, "stack": o.Stack} {
		if !valid.MatchString(name) {
			return o, fmt.Errorf("%s name %q is not made of letters, digits, dots, underscores and hyphens", what, name)
		}
	}
	if o.Dir == "" {
		return o, errors.New("no directory for the state")
	}
	if o.disk == nil {
		o.disk = machine{}
	}
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return o, err
	}
	if !o.local() && o.Undecrypted == "" && o.Secrets == "" && o.Passphrase == "" && o.PassphraseFile == "" {
		return o, errNoPassphrase
	}
	return o, nil
}

// directory returns the directory of local state.
func (o Options) directory() (directory, error) {
	if o.Backend == "" {
		return directory{o.Dir, o.disk}, nil
	}
	u, err := url.Parse(o.Backend)
	if err != nil {
		return directory{}, fmt.Errorf("open state: %w", err)
	}
	dir := filepath.FromSlash(u.Host + u.Path) // file://./state has its first part as the host
	if strings.HasPrefix(dir, "~") {
		return directory{}, fmt.Errorf("open state %s: write the home directory out", o.Backend)
	}
	if !filepath.IsAbs(dir) {
		// Relative to the spec, like all its paths, not to wherever the command runs.
		dir = filepath.Join(filepath.Dir(o.Dir), dir)
	}
	return directory{dir, o.disk}, nil
}
