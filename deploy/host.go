package deploy

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	pluginhost "github.com/pulumi/pulumi/pkg/v3/host"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/env"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// host is Pulumi's plugin host, except that it runs the program, and the
// plugins that were given to it, in this process. All other plugins are the
// official ones, found in Pulumi's home and installed there when first needed.
type host struct {
	plugin.Host
	// ctx ends when the user has had enough: a download ends with it.
	ctx     context.Context //nolint:containedctx // the engine's requests come without one that ends
	program Program
	plugins map[string]func() plugin.Provider
	// inProcess refuses the plugins that would be processes of their own.
	inProcess  bool
	lasting    map[string][]string
	adoption   *adoption
	caution    *caution
	throttling *throttling

	mu sync.Mutex
	// missed is told of a plugin that could not be had.
	missed func(error)
	// note is told of what takes its time.
	note func(string)
	// served are the plugins that run in this process.
	served []plugin.Provider
	closed sync.Once
}

// hosts makes the host of one operation, and keeps it so that it can be closed: the engine
// closes its host only when an operation is terminated, and then in the background.
type hosts struct {
	ctx       context.Context //nolint:containedctx // as in host
	program   Program
	plugins   map[string]func() plugin.Provider
	inProcess bool
	lasting   map[string][]string
	// adoption, if set, has the plugins read and change nothing.
	adoption *adoption
	// caution, if set, keeps the plugins from making what exists.
	caution    *caution
	throttling *throttling
	note       func(string)
	made       *host
	// missing is a plugin that could not be had, which the engine reports in words of its own.
	missing error
}

var _ engine.HostFactory = (*hosts)(nil).new

func (h *hosts) new(ctx context.Context, d, status diag.Sink, debug plugin.DebugContext) (plugin.Host, error) {
	// No services for other languages: no schema loader, no mapper, no package resolver.
	base, err := pluginhost.New(ctx, d, status, debug, nil, nil, nil, nil)
	if err != nil {
		return nil, err
	}
	h.made = &host{
		Host: base, missed: func(err error) { h.missing = err }, note: h.note, ctx: h.ctx, program: h.program, plugins: h.plugins,
		inProcess: h.inProcess, lasting: h.lasting, adoption: h.adoption, caution: h.caution, throttling: h.throttling,
	}
	return h.made, nil
}

func (h *hosts) close() {
	if h.made != nil {
		_ = h.made.Close()
	}
}

// LanguageRuntime returns the program of this process; there is no other.
func (h *host) LanguageRuntime(*plugin.Context, string) (plugin.LanguageRuntime, error) {
	return &programRuntime{engine: h.ServerAddr(), program: h.program}, nil
}

// Provider returns the plugin of a package.
func (h *host) Provider(ctx *plugin.Context, d workspace.PluginDescriptor, e env.Env) (plugin.Provider, error) {
	open, ok := h.plugins[d.Name]
	if !ok && h.inProcess {
		return nil, fmt.Errorf("the state has resources of package %s, for which there is no stand-in", d.Name)
	}
	if !ok {
		if err := ensure(h.ctx, d, h.note); err != nil {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.missed(err)
			return nil, err
		}
		p, err := h.Host.Provider(ctx, d, e)
		if err != nil {
			return nil, err
		}
		return h.guard(d.Name, p)
	}
	p := open()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.served = append(h.served, p)
	return h.guard(d.Name, p)
}

// guard returns a plugin as this run may use it.
func (h *host) guard(name string, p plugin.Provider) (plugin.Provider, error) {
	p = throttled{p, h.throttling}
	if h.caution != nil {
		p = &wary{Provider: p, by: h.caution}
	}
	if h.adoption != nil {
		var err error
		if p, err = h.adoption.wrap(name, p); err != nil {
			return nil, err
		}
	}
	return guarded{p, h.lasting}, nil
}

// SignalCancellation passes a request to stop on to all plugins.
func (h *host) SignalCancellation() error {
	h.mu.Lock()
	served := h.served
	h.mu.Unlock()
	errs := []error{h.Host.SignalCancellation()}
	for _, p := range served {
		errs = append(errs, p.SignalCancellation(context.Background()))
	}
	return errors.Join(errs...)
}

// Close ends the plugins. It is safe to call more than once, and returns when all is closed.
func (h *host) Close() (err error) {
	h.closed.Do(func() {
		errs := []error{h.Host.Close()}
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, p := range h.served {
			errs = append(errs, p.Close())
		}
		err = errors.Join(errs...)
	})
	return err
}
