package deploy

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// runtimeName is the "language" of our programs, as Pulumi's project files name it.
const runtimeName = msgdeploy

// programRuntime runs a Go program of this process where Pulumi expects a language host.
type programRuntime struct {
	// LanguageRuntime is nil: what is not below is about projects on disk, and the
	// engine asks for none of it.
	plugin.LanguageRuntime
	engine  string // the address of the engine's own service
	program Program

	mu     sync.Mutex
	cancel context.CancelFunc
}

// GetRequiredPackages names no packages: each resource says which plugin it wants.
func (r *programRuntime) GetRequiredPackages(
	context.Context, plugin.ProgramInfo,
) ([]workspace.PackageDescriptor, []workspace.PackageSpec, error) {
	return nil, nil, nil
}

// GetPluginInfo has nothing to tell.
func (r *programRuntime) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	return plugin.PluginInfo{}, nil
}

// Run runs the program. Its own failure is returned as a message, as language hosts do.
func (r *programRuntime) Run(ctx context.Context, info plugin.RunInfo) (message string, bail bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.mu.Lock()
	r.cancel = cancel
	r.mu.Unlock()

	p, err := pulumi.NewContext(ctx, pulumi.RunInfo{
		Project: info.Project, Stack: info.Stack, Organization: info.Organization,
		Parallel: info.Parallel, DryRun: info.DryRun,
		MonitorAddr: info.MonitorAddress, EngineAddr: r.engine, RootDirectory: info.Pwd,
	})
	if err != nil {
		return "", false, err
	}
	defer func() { _ = p.Close() }()
	if err := r.run(p); err != nil {
		return err.Error(), false, nil
	}
	return "", false, nil
}

func (r *programRuntime) run(p *pulumi.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("this is a bug in msgdeploy: the program panicked: %v\n%s", v, debug.Stack())
		}
	}()
	return pulumi.RunWithContext(p, r.program)
}

// Cancel stops the program.
func (r *programRuntime) Cancel(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancel != nil {
		r.cancel()
	}
	return nil
}

// Close has nothing to close.
func (r *programRuntime) Close() error { return nil }
