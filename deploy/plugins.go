package deploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/pkg/v3/pluginstorage"
	pkgworkspace "github.com/pulumi/pulumi/pkg/v3/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/env"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// Plugin is a cloud's official Pulumi plugin, at one version. It lives in the directory
// `plugins` of Pulumi's home (PULUMI_HOME, or ~/.pulumi), where Pulumi's own tools find it too.
type Plugin struct{ Name, Version string }

func (p Plugin) String() string { return p.Name + " " + p.Version }

// Path returns the directory that the plugin is installed in; "" where it is not.
func (p Plugin) Path() (string, error) {
	d, err := p.descriptor()
	if err != nil {
		return "", err
	}
	dir, err := d.DirPath()
	if err != nil || !workspace.HasPlugin(d) {
		return "", err
	}
	return dir, nil
}

// Install downloads and installs the plugin, unless it is installed. It is safe against others who do
// the same at the same time. A failure is a [PluginError].
func (p Plugin) Install(ctx context.Context) error {
	d, err := p.descriptor()
	if err != nil {
		return err
	}
	return install(ctx, d)
}

func (p Plugin) descriptor() (workspace.PluginDescriptor, error) {
	v, err := semver.Parse(p.Version)
	if err != nil {
		return workspace.PluginDescriptor{}, fmt.Errorf("version of plugin %s: %w", p.Name, err)
	}
	return workspace.PluginDescriptor{Kind: apitype.ResourcePlugin, Name: p.Name, Version: &v}, nil
}

// PluginError is a plugin that is not installed, and why it could not be.
type PluginError struct {
	Plugin Plugin
	Err    error
}

func (e *PluginError) Error() string {
	return fmt.Sprintf("the plugin %s is not installed, and could not be: %v", e.Plugin, e.Err)
}

func (e *PluginError) Unwrap() error { return e.Err }

// ErrAcquisitionDisabled is why a plugin is not installed when it is first used.
var ErrAcquisitionDisabled = errors.New("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION is set, so it is not downloaded when it is needed")

// ensure installs the plugin that the engine asks for, if it is missing. The engine would do the
// same, without an end while nobody answers, and would send users to the `pulumi` that they have not.
func ensure(ctx context.Context, d workspace.PluginDescriptor, note func(string)) error {
	if d.Version == nil || workspace.HasPlugin(d) {
		return nil
	}
	if env.DisableAutomaticPluginAcquisition.Value() {
		return &PluginError{pluginOf(d), ErrAcquisitionDisabled}
	}
	note("installing the plugin " + pluginOf(d).String())
	return install(ctx, d)
}

func pluginOf(d workspace.PluginDescriptor) Plugin { return Plugin{d.Name, d.Version.String()} }

func install(ctx context.Context, d workspace.PluginDescriptor) error {
	if workspace.HasPlugin(d) {
		return nil
	}
	archive, err := download(ctx, d)
	if err != nil {
		return &PluginError{pluginOf(d), err}
	}
	defer func() { _ = os.Remove(archive.Name()) }() // a temporary file
	// It closes the archive.
	err = pkgworkspace.InstallPluginContent(ctx, d, pluginstorage.TarPlugin(archive), false, schema.NewLoaderServerFromContext)
	if err != nil {
		return &PluginError{pluginOf(d), fmt.Errorf("unpack it: %w", err)}
	}
	return nil
}

// download fetches a plugin's archive. It ends early when ctx does.
func download(ctx context.Context, d workspace.PluginDescriptor) (*os.File, error) {
	var last error
	archive, err := workspace.DownloadToFile(ctx, d,
		func(stream io.ReadCloser, _ int64) io.ReadCloser { return untilDone{ctx, stream} },
		func(err error, _, _ int, _ time.Duration) { last = err },
	)
	switch {
	case err == nil:
		return archive, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case last != nil:
		return nil, fmt.Errorf("download it: %s", oneLine(last)) // err only counts the attempts
	}
	return nil, fmt.Errorf("download it: %s", oneLine(err))
}

// untilDone is a stream that ends with its context.
type untilDone struct {
	ctx context.Context
	io.ReadCloser
}

func (s untilDone) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.ReadCloser.Read(p)
}

// oneLine joins the lines of an error: Pulumi lists the places that it tried.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
