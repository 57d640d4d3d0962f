// Command filecloud is a Pulumi plugin whose cloud is a directory of JSON files: a second opinion
// on what the plugins of AWS, Google Cloud and Azure do, for tests. It is a process of its own that
// speaks gRPC, and knows nothing of package standin, whose previews are compared with its own.
//
// It is the plugin that its file is called after (pulumi-resource-aws, pulumi-resource-gcp or
// pulumi-resource-azure-native), and its cloud is the directory in FILECLOUD_DIR.
package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

func main() {
	if err := serve(filepath.Base(os.Args[0]), os.Getenv("FILECLOUD_DIR")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

// serve answers until this process is ended. Whoever started it reads the port from the first line.
func serve(program, dir string) error {
	f, ok := families()[strings.TrimSuffix(strings.TrimPrefix(program, "pulumi-resource-"), ".exe")]
	if !ok {
		return fmt.Errorf("%s is not called after a plugin: pulumi-resource-aws, -gcp or -azure-native", program)
	}
	c, err := openCloud(dir)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	pulumirpc.RegisterResourceProviderServer(server, plugin.NewProviderServer(&provider{family: f, cloud: c}))
	if _, err := fmt.Fprintln(os.Stdout, listener.Addr().(*net.TCPAddr).Port); err != nil {
		return err
	}
	return server.Serve(listener)
}
