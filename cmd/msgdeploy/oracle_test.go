package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/msgdeploy/msgdeploy/broker"
	"github.com/msgdeploy/msgdeploy/deploy"
	"github.com/msgdeploy/msgdeploy/report"
	"github.com/msgdeploy/msgdeploy/spec"
)

// pluginNames are those of the plugins of the clouds that have one.
var pluginNames = map[spec.Cloud]string{spec.AWS: "aws", spec.GCP: "gcp", spec.Azure: "azure-native"}

// oracle is a stack on a cloud that is a directory: what previews say is compared with what the
// plugin of internal/filecloud, a process of its own that knows nothing of package standin, says
// and does.
type oracle struct {
	app  *app
	work string // of the spec and its state
	// cloud is the directory, and client leads to the process that has it.
	cloud  string
	client pulumirpc.ResourceProviderClient
	plugin string
	stack  string
	// handles are the engines of offline and of ordinary operations.
	handles map[bool]*handle
}

// buildFileCloud builds internal/filecloud, and returns its path.
func buildFileCloud(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "filecloud")
	if out, err := exec.Command("go", "build", "-o", binary, "../../internal/filecloud").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// newOracle starts a plugin for a stack of a cloud. It ends with the test.
func newOracle(t *testing.T, binary string, cloud spec.Cloud, stack string) *oracle {
	t.Helper()
	a, _, _ := testApp("", nil)
	o := &oracle{app: a, work: t.TempDir(), cloud: t.TempDir(), plugin: pluginNames[cloud], stack: stack, handles: map[bool]*handle{}}
	program := filepath.Join(t.TempDir(), "pulumi-resource-"+o.plugin)
	if err := os.Symlink(binary, program); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "FILECLOUD_DIR="+o.cloud)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the plugin says no port: %v", err)
	}
	conn, err := grpc.NewClient("127.0.0.1:"+strings.TrimSpace(port), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	o.client = pulumirpc.NewResourceProviderClient(conn)
	return o
}

// load writes a spec into the working directory and loads its stack. An error is the spec's.
func (o *oracle) load(ctx context.Context, text []byte) (*stack, error) {
	file := filepath.Join(o.work, caseSpec)
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return nil, err
	}
	st, err := o.app.loadStack(ctx, specFlags{file: file, stack: o.stack})
	if err != nil {
		return nil, err
	}
	var existing []string
	for _, ids := range foreign(st.provider, st.Topology) {
		existing = append(existing, ids...)
	}
	for _, service := range st.Services {
		if service.Function != nil {
			existing = append(existing, service.Function.AWS, service.Function.GCP, service.Function.Azure)
		}
	}
	slices.Sort(existing)
	data, err := json.Marshal(existing)
	if err != nil {
		return nil, err
	}
	return st, os.WriteFile(filepath.Join(o.cloud, "existing.json"), data, 0o644)
}

// A handle is an engine that is kept from step to step: each new one would derive the key of the state's
// secrets anew, which takes longer than all else. What is particular to a spec is only the plugin.
type handle struct {
	engine *deploy.Stack
	target map[string]string
	plugin func() plugin.Provider
}

// open opens the stack's session: offline with a stand-in, else with the plugin's process.
func (o *oracle) open(ctx context.Context, st *stack, offline bool) (*session, error) {
	s := &session{
		stack: st, app: o.app, progress: report.NewProgress(o.app.stderr, report.Style{}, 0),
		broker: &stackBroker{topology: st.Topology, home: filepath.Join(o.work, stateDir), kind: broker.Command, warn: o.app.warn},
	}
	options := s.options(engineFlags{offline: offline})
	made := options.Plugins[o.plugin]
	if !offline {
		made = func() plugin.Provider { return plugin.NewProviderWithClient(nil, o.client, false) }
	}
	h := o.handles[offline]
	if h == nil || !maps.Equal(h.target, options.Target) {
		h = &handle{target: options.Target}
		options.Plugins[o.plugin] = func() plugin.Provider { return h.plugin() }
		options.InProcess = true // whatever else were asked for would be an official plugin
		var err error
		if h.engine, err = deploy.Open(ctx, options); err != nil {
			return nil, err
		}
		o.handles[offline] = h
	}
	h.plugin, s.engine = made, h.engine
	return s, nil
}

// said is what a preview says will happen, without the wording.
type said struct {
	Changes      []deploy.Change
	Summary      deploy.Summary
	Gained, Lost []report.Access
	// Takeovers are why an up is refused.
	Takeovers []deploy.Takeover
	// Target is set where the preview is refused because the stack belongs elsewhere.
	Target bool
}

func (o *oracle) preview(ctx context.Context, st *stack, offline bool) (said, error) {
	s, err := o.open(ctx, st, offline)
	if err != nil {
		return said{}, err
	}
	r, err := s.engine.Preview(ctx, s.program())
	var elsewhere *deploy.TargetError
	if errors.As(err, &elsewhere) {
		return said{Target: true}, nil
	}
	if err != nil {
		return said{}, err
	}
	out := said{Changes: r.Changes, Summary: r.Summary, Takeovers: r.Takeovers}
	out.Gained, out.Lost = report.AccessChanges(r.Changes)
	return out, nil
}

// sameChanges compares what happens to which resource, and why.
var sameChanges = cmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.IgnoreFields(deploy.Change{}, "Diff", "Messages"),
}

// step compares what the two previews of a spec say, applies it, and sees that then nothing changes
// any more. It returns what differs; an error is the spec's own, which is no step at all.
func (o *oracle) step(ctx context.Context, text []byte) (wrong string, err error) {
	st, err := o.load(ctx, text)
	if err != nil {
		return "", err
	}
	offline, err := o.preview(ctx, st, true)
	if err != nil {
		return "preview --offline: " + err.Error(), nil
	}
	plain, err := o.preview(ctx, st, false)
	if err != nil {
		return "preview: " + err.Error(), nil
	}
	if diff := cmp.Diff(plain, offline, sameChanges); diff != "" {
		return "what the previews say (-with the plugin +offline):\n" + diff, nil
	}
	if plain.Target {
		return "", nil
	}
	if err := o.up(ctx, st); err != nil {
		var (
			protected *deploy.ProtectedError
			lost      *deploy.TakeoverError
		)
		if errors.As(err, &protected) || errors.As(err, &lost) {
			return "", nil
		}
		return "up: " + err.Error(), nil
	}
	for _, offline := range []bool{false, true}[:checked()] {
		after, err := o.preview(ctx, st, offline)
		if err != nil {
			return "the preview after that: " + err.Error(), nil
		}
		if len(after.Changes) > 0 {
			return "changes that do not end:\n" + cmp.Diff([]deploy.Change{}, after.Changes), nil
		}
	}
	return "", nil
}

// checked is how many of the two previews after an edit there is time for.
func checked() int {
	if *allEdits {
		return 2
	}
	return 1
}

func (o *oracle) up(ctx context.Context, st *stack) error {
	s, err := o.open(ctx, st, false)
	if err != nil {
		return err
	}
	_, err = s.engine.Up(ctx, s.program(), nil)
	return err
}

// resolved is a stack of a case as a spec of its own, which includes nothing.
func resolved(t *testing.T, dir, stack string) (*spec.Topology, []byte) {
	t.Helper()
	a, _, _ := testApp("", nil)
	s, err := a.loadSpec(t.Context(), filepath.Join(dir, caseSpec))
	if err != nil {
		var invalid *specError
		if !errors.As(err, &invalid) {
			t.Fatal(err)
		}
		return nil, nil
	}
	top, ds := s.Resolve(stack)
	if ds.HasErrors() {
		return nil, nil
	}
	r, ds := s.Resolved(stack)
	if ds.HasErrors() {
		return nil, nil
	}
	return top, r.YAML(false)
}

// cloudStacks are the stacks of the corpus on clouds that have a plugin.
func cloudStacks(t *testing.T) (out []cloudStack) {
	t.Helper()
	goldens, err := filepath.Glob(corpus + "/*/*" + goldenSuffix)
	if err != nil {
		t.Fatal(err)
	}
	for _, golden := range slices.Sorted(slices.Values(goldens)) {
		dir, name := filepath.Dir(golden), strings.TrimSuffix(filepath.Base(golden), goldenSuffix)
		top, text := resolved(t, dir, name)
		if top == nil || !slices.Contains(slices.Collect(maps.Keys(pluginNames)), top.Target.Cloud()) {
			continue
		}
		out = append(out, cloudStack{filepath.Base(dir) + "/" + name, name, top.Target.Cloud(), text, parsed(t, text).edits(top.Target.Cloud(), name)})
	}
	return out
}

type cloudStack struct {
	title, stack string
	cloud        spec.Cloud
	text         []byte
	// edits are those to be made of it.
	edits []edit
}
