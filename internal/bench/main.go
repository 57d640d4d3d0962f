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
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/msgdeploy/msgdeploy/spec/spectest"
)

func main() {
	bin := flag.String("bin", "bin/msgdeploy", "the binary to measure")
	runs := flag.Int("runs", 5, "how often each command runs; the median is printed")
	only := flag.String("only", "", "measure only the commands whose name contains this")
	flag.Parse()
	if err := bench(os.Stdout, *bin, *runs, *only); err != nil {
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
	// base is another version of the spec, in base.yaml; "" is none. Its resources count too.
	base string
	// before runs once a measurement, outside of it, in the fresh directory of the run.
	before [][]string
	// s3 keeps the state in a store elsewhere.
	s3 bool
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
	rows = append(rows,
		row{name: "validate, 150 files, 4 stacks", spec: string(root), files: teams, elements: 10_000, args: []string{"validate"}},
		row{name: "up, new, state on S3", spec: queues(1000), elements: 1000, args: up, s3: true},
		row{name: "preview, secrets", spec: services(10), elements: 10, args: []string{"preview"}, before: [][]string{up}},
		row{name: "render", spec: queues(1000), elements: 1000, args: []string{"render", "-o", "json"}},
	)
	for _, format := range []string{"mermaid", "svg", "html"} {
		rows = append(rows, row{name: "graph -o " + format, spec: string(spectest.Generate(200)), elements: 200, args: []string{"graph", "-o", format}})
	}
	rows = append(rows,
		row{name: "graph -o dot", spec: string(spectest.Generate(10_000)), elements: 10_000, args: []string{"graph", "-o", "dot"}},
		row{name: "graph, one element", spec: string(spectest.Generate(10_000)), elements: 10_000, args: []string{"graph", "-o", "svg", "--element", "topic.topic-00007"}},
	)
	for _, n := range []int{10, 1000, 10000} {
		rows = append(rows, cloudRows(aws(n), n)...)
		rows = append(rows, baseRows(n)...)
	}
	return rows
}

// cloudRows are the commands that need no cloud, on a spec for one.
func cloudRows(spec string, elements int) []row {
	up := []string{"up", "--simulate", "--yes"}
	rows := []row{
		{name: "aws: render", spec: spec, elements: elements, args: []string{"render", "-o", "json"}},
		{name: "aws: preview --offline", spec: spec, elements: elements, args: []string{"preview", "--offline"}},
		{name: "aws: up --simulate, new", spec: spec, elements: elements, args: up},
		{name: "aws: up --simulate, same", spec: spec, elements: elements, args: up, before: [][]string{up}},
	}
	// The engine orders deletions in a time that grows with the square of their number: beyond
	// this it would be all that is measured.
	if elements <= 1000 {
		rows = append(rows, row{
			name: "aws: destroy --simulate", spec: spec, elements: elements,
			args: []string{"destroy", "--simulate", "--yes"}, before: [][]string{up},
		})
	}
	return rows
}

func bench(w io.Writer, bin string, runs int, only string) error {
	bin, err := filepath.Abs(bin)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s/%s, %d cores, median of %d\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runs)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer tw.Flush() //nolint:errcheck // nothing follows: a broken pipe shows itself
	fmt.Fprintln(tw, "command\telements\tresources\tseconds\tCPU seconds\tpeak MB\tms each\tKB each")
	for _, r := range rows() {
		if !strings.Contains(r.name, only) {
			continue
		}
		resources, err := r.resources(bin)
		if err != nil {
			return fmt.Errorf("count the resources of %d elements: %w", r.elements, err)
		}
		m, err := r.measure(bin, runs)
		if err != nil {
			return fmt.Errorf("%s of %d elements: %w", r.name, r.elements, err)
		}
		fmt.Fprintf(tw, "%s\t%d\t%d\t%.3f\t%.3f\t%d\t%s\n", r.name, r.elements, resources,
			m.wall.Seconds(), m.cpu.Seconds(), m.peak>>20, m.each(resources))
	}
	return nil
}

// resources counts what r's spec comes down to, and its base, components included.
func (r row) resources(bin string) (n int, err error) {
	if r.base != "" {
		n, err = row{spec: r.base}.resources(bin)
		if err != nil {
			return 0, err
		}
	}
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
	return n + len(program.Resources), nil
}

// measurement is what one process has taken, or what is made of several.
type measurement struct {
	wall, cpu time.Duration
	// peak is the most memory that was in use at once, in bytes.
	peak int64
}

// fixedMemory is what the promise of a process grants it before any resource, in bytes.
const fixedMemory = 100 << 20

// each is what a measurement comes to per resource, as two columns: the time in milliseconds, and the
// memory in KB beyond [fixedMemory]. A few resources say nothing of that.
func (m measurement) each(resources int) string {
	const enough = 1000
	if resources < enough {
		return "\t"
	}
	memory := max(0, m.peak-fixedMemory) >> 10
	return fmt.Sprintf("%.2f\t%d", float64(m.wall.Microseconds())/1000/float64(resources), memory/int64(resources))
}

// measure returns the medians of the times and the highest peak.
func (r row) measure(bin string, runs int) (measurement, error) {
	var wall, cpu []time.Duration
	var out measurement
	for range runs {
		m, err := r.once(bin)
		if err != nil {
			return measurement{}, err
		}
		wall, cpu = append(wall, m.wall), append(cpu, m.cpu)
		out.peak = max(out.peak, m.peak)
	}
	out.wall, out.cpu = median(wall), median(cpu)
	return out, nil
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func (r row) once(bin string) (m measurement, err error) {
	dir, err := r.directory()
	if err != nil {
		return measurement{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	for _, args := range r.before {
		if _, err := run(dir, bin, args, nil); err != nil {
			return measurement{}, err
		}
	}
	if r.s3 {
		return onS3(func(args, env []string) (measurement, error) { return run(dir, bin, slices.Concat(r.args, args), env) })
	}
	return run(dir, bin, r.args, nil)
}

// directory makes one that holds the spec, which the caller removes.
func (r row) directory() (string, error) {
	dir, err := os.MkdirTemp("", "msgdeploy-bench")
	if err != nil {
		return "", err
	}
	err = os.WriteFile(filepath.Join(dir, "msgdeploy.yaml"), []byte(r.spec), 0o644)
	if err == nil && r.base != "" {
		err = os.WriteFile(filepath.Join(dir, "base.yaml"), []byte(r.base), 0o644)
	}
	if err == nil && r.files != nil {
		err = os.CopyFS(dir, r.files)
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// run runs one process in env; nil is that of this one.
func run(dir, bin string, args, env []string) (measurement, error) {
	var out bytes.Buffer
	cmd := exec.Command(bin, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &out, &out
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return measurement{}, fmt.Errorf("%v: %w\n%s", args, err, out.String())
	}
	m := measurement{wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.peak = usage.Maxrss << 10 // Linux counts in KiB
	}
	return m, nil
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

// aws is a spec of n elements of all kinds for AWS: each topic delivers into a queue with dead
// letters, and each service publishes to one and dequeues from the other.
func aws(n int) string {
	var b bytes.Buffer
	b.WriteString("version: 1\nproject: bench\nstacks:\n  prod: {aws: {region: eu-west-1, account: \"123456789012\"}}\n")
	section := func(name, format string) {
		fmt.Fprintf(&b, "%s:\n", name)
		for i := range max(1, n/4) {
			fmt.Fprintf(&b, "  "+format+"\n", i)
		}
	}
	section("topics", "t%05d: {}")
	section("queues", "q%05d: {deadLetter: {maxAttempts: 5}}")
	section("subscriptions", "d%05[1]d: {topic: t%05[1]d, to: {queue: q%05[1]d}}")
	section("services", "s%05[1]d: {identity: {aws: {role: role-%05[1]d}}}")
	section("permissions", "s%05[1]d: {publish: [t%05[1]d], dequeue: [q%05[1]d]}")
	return b.String()
}
