// Command fakeplugin is a Pulumi plugin for tests: a process of its own that speaks gRPC with the
// engine, as the official plugins do. What it serves is the stand-in for the plugin of AWS.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"github.com/msgdeploy/msgdeploy/standin"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

// confirms reports whether endpoints answer what they are asked to confirm: unless a test names
// a file for that, they do; otherwise as soon as the file is there.
func confirms(resource.URN) bool {
	file := os.Getenv("FAKEPLUGIN_CONFIRMED")
	if file == "" {
		return true
	}
	_, err := os.Stat(file)
	return !errors.Is(err, fs.ErrNotExist)
}

// serve answers the engine until it ends this process. The engine reads the port from the first line.
func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	pulumirpc.RegisterResourceProviderServer(server, plugin.NewProviderServer(standin.New(standin.AWS(), standin.Options{
		Exists:   func(string) bool { return true }, // it knows no state
		Confirms: confirms,
	})))
	if _, err := fmt.Fprintln(os.Stdout, listener.Addr().(*net.TCPAddr).Port); err != nil {
		return err
	}
	return server.Serve(listener)
}
