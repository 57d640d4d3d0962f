// Command bench measures the built binary as users meet it: whole processes, median of
// five runs, peak memory. docs/performance.md records what it printed and where.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/msgdeploy/msgdeploy/spec/spectest"
)

func main() {
	bin := flag.String("bin", "bin/msgdeploy", "the binary to measure")
	runs := flag.Int("runs", 5, "how often each command runs; the median is printed")
	flag.Parse()
	if err := bench(os.Stdout, *bin, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:forbidigo // this is a main
	}
}

// row is one command on one spec.
type row struct {
	name     string
	spec     string
	elements int
	args     []string
	// files are those that the spec includes; nil for one that stands alone.
	files fs.FS
	// before runs once a measurement, outside of it, in the fresh directory of the run.
	before [][]string
}

func rows() []row {
	up := []string{"up", "--yes"}
	var rows []row
	rows = append(rows, row{name: "--help", spec: queues(1), elements: 1, args: []string{"--help"}})
	for _, n := range []int{10, 1000, 10000} {
		rows = append(rows, row{name: "validate", spec: queues(n), elements: n, args: []string{"validate"}})
	}
	for _, n := range []int{10, 1000} {
		rows = append(rows,
			row{name: "preview, new", spec: queues(n), elements: n, args: []string{"preview"}},
			row{name: "preview, same", spec: queues(n), elements: n, args: []string{"preview"}, before: [][]string{up}},
			row{name: "up, new", spec: queues(n), elements: n, args: up},
			row{name: "up, same", spec: queues(n), elements: n, args: up, before: [][]string{up}},
			row{name: "destroy", spec: queues(n), elements: n, args: []string{"destroy", "--yes"}, before: [][]string{up}},
		)
	}
	root, teams := spectest.GenerateFiles(10_000, 150)
	return append(rows,
		row{name: "validate, 150 files, 4 stacks", spec: string(root), files: teams, elements: 10_000, args: []string{"validate"}},
		row{name: "preview, secrets", spec: services(10), elements: 10, args: []string{"preview"}, before: [][]string{up}},
		row{name: "render", spec: queues(1000), elements: 1000, args: []string{"render", "-o", "json"}},
	)
}

func bench(w io.Writer, bin string, runs int) error {
	bin, err := filepath.Abs(bin)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s/%s, %d cores, median of %d\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runs)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer tw.Flush() //nolint:errcheck // nothing follows: a broken pipe shows itself
	fmt.Fprintln(tw, "command\telements\tresources\tseconds\tpeak MB")
	for _, r := range rows() {
		resources, err := r.resources(bin)
		if err != nil {
			return fmt.Errorf("count the resources of %d elements: %w", r.elements, err)
		}
		seconds, peak, err := r.measure(bin, runs)
		if err != nil {
			return fmt.Errorf("%s of %d elements: %w", r.name, r.elements, err)
		}
		fmt.Fprintf(tw, "%s\t%d\t%d\t%.3f\t%d\n", r.name, r.elements, resources, seconds.Seconds(), peak>>20)
	}
	return nil
}

// resources counts what r's spec comes down to, components included.
func (r row) resources(bin string) (n int, err error) {
	dir, err := r.directory()
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	args := []string{"render", "-o", "json"}
	if r.files != nil {
		args = append(args, "-s", "local") // one of several
	}
	cmd := exec.Command(bin, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	var program struct{ Resources []struct{} }
	if err := json.Unmarshal(out, &program); err != nil {
		return 0, err
	}
	return len(program.Resources), nil
}

// measure returns the median wall time and the highest peak memory, in bytes.
func (r row) measure(bin string, runs int) (time.Duration, int64, error) {
	var times []time.Duration
	var peak int64
	for range runs {
		took, memory, err := r.once(bin)
		if err != nil {
			return 0, 0, err
		}
		times = append(times, took)
		peak = max(peak, memory)
	}
	slices.Sort(times)
	return times[len(times)/2], peak, nil
}

func (r row) once(bin string) (took time.Duration, peak int64, err error) {
	dir, err := r.directory()
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, args := range r.before {
		if _, _, err := run(dir, bin, args); err != nil {
			return 0, 0, err
		}
	}
	return run(dir, bin, r.args)
}

// directory makes one that holds the spec, which the caller removes.
func (r row) directory() (string, error) {
	dir, err := os.MkdirTemp("", "msgdeploy-bench")
	if err != nil {
		return "", err
	}
	err = os.WriteFile(filepath.Join(dir, "msgdeploy.yaml"), []byte(r.spec), 0o644)
	if err == nil && r.files != nil {
		err = os.CopyFS(dir, r.files)
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

func run(dir, bin string, args []string) (time.Duration, int64, error) {
	var out bytes.Buffer
	cmd := exec.Command(bin, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, 0, fmt.Errorf("%v: %w\n%s", args, err, out.String())
	}
	took := time.Since(start)
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return took, 0, nil
	}
	return took, usage.Maxrss << 10, nil // Linux counts in KiB
}

// queues is a spec of n queues with dead letters, and nothing else: no secret in its state.
func queues(n int) string {
	var b bytes.Buffer
	b.WriteString("version: 1\nproject: bench\nstacks:\n  local: {nats: {}}\nqueues:\n")
	for i := range n {
		fmt.Fprintf(&b, "  q%05d: {lease: 30s, deadLetter: {maxAttempts: 5}}\n", i)
	}
	return b.String()
}

// services is a spec of n elements of all kinds, a third of them services with credentials.
func services(n int) string {
	var b bytes.Buffer
	b.WriteString("version: 1\nproject: bench\nstacks:\n  local: {nats: {}}\n")
	section := func(name, format string) {
		fmt.Fprintf(&b, "%s:\n", name)
		for i := range n / 3 {
			fmt.Fprintf(&b, "  %s\n", fmt.Sprintf(format, i))
		}
	}
	section("topics", "t%05d: {}")
	section("queues", "q%05d: {}")
	section("services", "s%05d: {}")
	section("permissions", "s%05[1]d: {publish: [t%05[1]d], dequeue: [q%05[1]d]}")
	return b.String()
}
