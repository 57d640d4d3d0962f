package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/msgdeploy/msgdeploy/standin"
)

// buildFakePlugin returns the path of a plugin of AWS, as a program of its own, that is built once.
func buildFakePlugin(t *testing.T) func() (string, error) {
	dir := t.TempDir()
	return sync.OnceValues(func() (string, error) {
		binary := filepath.Join(dir, "pulumi-resource-aws")
		out, err := exec.Command("go", "build", "-o", binary, "../../internal/fakeplugin").CombinedOutput()
		if err != nil {
			t.Logf("%s", out)
		}
		return binary, err
	})
}

// fakePluginCommand is `fakeplugin cache|serve|stall|path`: it puts the plugin into the cache of
// $PULUMI_HOME, or on a server of this machine that $PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES then leads
// to, or, as a program that only fails, on $PATH. A server that stalls sends the beginning, and
// then writes a file `downloading`.
func fakePluginCommand(build func() (string, error)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: fakeplugin cache|serve|stall|path")
		}
		if args[0] == "path" {
			dir := ts.MkAbs("bin")
			ts.Check(os.MkdirAll(dir, 0o755))
			ts.Check(os.WriteFile(filepath.Join(dir, "pulumi-resource-aws"), []byte("#!/bin/sh\nexit 1\n"), 0o755))
			ts.Setenv("PATH", dir+string(os.PathListSeparator)+ts.Getenv("PATH"))
			return
		}
		binary, err := build()
		ts.Check(err)
		program, err := os.ReadFile(binary)
		ts.Check(err)
		version := standin.AWS().Version
		if args[0] == "cache" {
			dir := filepath.Join(ts.Getenv("PULUMI_HOME"), "plugins", "resource-aws-v"+version)
			ts.Check(os.MkdirAll(dir, 0o755))
			ts.Check(os.WriteFile(filepath.Join(dir, "pulumi-resource-aws"), program, 0o755))
			return
		}
		name := strings.Join([]string{"/pulumi-resource-aws-v" + version, runtime.GOOS, runtime.GOARCH}, "-") + ".tar.gz"
		archive, err := tarball("pulumi-resource-aws", program)
		ts.Check(err)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != name {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Length", strconv.Itoa(len(archive)))
			if args[0] == "serve" {
				_, _ = w.Write(archive)
				return
			}
			_, _ = w.Write(archive[:len(archive)/2])
			_ = os.WriteFile(ts.MkAbs("downloading"), []byte(r.URL.Path), 0o644) // the script waits for it
			<-r.Context().Done()
		}))
		ts.Defer(server.Close)
		ts.Setenv("PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES", ".*="+server.URL)
	}
}

func tarball(name string, content []byte) ([]byte, error) {
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	archive := tar.NewWriter(zip)
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
		return nil, err
	}
	if _, err := archive.Write(content); err != nil {
		return nil, err
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	err := zip.Close()
	return buf.Bytes(), err
}
